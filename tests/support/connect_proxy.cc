#include "tests/support/connect_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace muster::testing {
namespace {

// "CONNECT api.example:443 HTTP/1.1" without its last word.
std::string WithoutVersion(const std::string& line) { return line.substr(0, line.rfind(' ')); }

int ConnectTo(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

ConnectProxy::ConnectProxy(Options options)
    : options_(std::move(options)), server_([this](RawConnection& connection) { Serve(connection); }) {}

std::vector<std::string> ConnectProxy::asked() const {
  std::vector<std::string> lines;
  for (const RawRequest& request : server_.requests()) lines.push_back(WithoutVersion(request.line));
  return lines;
}

void ConnectProxy::Serve(RawConnection& connection) const {
  while (const auto request = connection.ReadRequest()) {
    const std::vector<std::string> shown = request->Header("Proxy-Authorization");
    if (!options_.authorization.empty() && (shown.empty() || shown[0] != options_.authorization)) {
      connection.Write(HttpAnswer(407, "", {"Proxy-Authenticate: Basic realm=\"test\"", "Connection: close"}));
      return;
    }
    const std::string asked = WithoutVersion(request->line);
    if (!asked.starts_with("CONNECT ")) {
      connection.Write(HttpAnswer(200, "\"" + asked + "\""));
      continue;
    }
    if (options_.status != 200) {
      connection.Write(HttpAnswer(options_.status, "no"));
      return;
    }
    const std::string target = asked.substr(8);
    const auto way = options_.ways.find(target);
    const int port = way == options_.ways.end() ? std::atoi(target.substr(target.rfind(':') + 1).c_str()) : way->second;
    const int upstream = ConnectTo(port);
    if (upstream < 0) {
      connection.Write(HttpAnswer(502, "no"));
      return;
    }
    connection.Write("HTTP/1.1 200 Connection established\r\n\r\n");
    connection.Pump(upstream);
    ::close(upstream);
    return;
  }
}

}  // namespace muster::testing
