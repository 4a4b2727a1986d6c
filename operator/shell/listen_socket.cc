#include "operator/shell/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "lib/base/strings.h"

namespace muster::shell {
namespace {

Error BadAddress(std::string_view text) {
  return MakeError(Code::kInvalid, "\"" + std::string(text) +
                                       "\" is not an address: give [host]:port, such as :8080 or 127.0.0.1:8080, "
                                       "or 0 to disable");
}

Error SystemError(int error) {
  switch (error) {
    case EADDRINUSE:
      return MakeError(Code::kUnavailable, "address already in use: choose another or 0 to disable");
    case EACCES:
      return MakeError(Code::kForbidden, "not permitted: choose a port above 1023 or 0 to disable");
    case EADDRNOTAVAIL:
      return MakeError(Code::kInvalid, "no address of this machine: choose another, such as :8080, or 0 to disable");
    default:
      return MakeError(Code::kUnavailable, std::generic_category().message(error) + ": choose another or 0 to disable");
  }
}

int Open(const addrinfo& at, int backlog, int& error) {
  const int fd = socket(at.ai_family, at.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at.ai_protocol);
  const int on = 1;
  const int off = 0;
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // One socket for both families where the host is empty; where it is not, the address decides.
    if (at.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, at.ai_addr, at.ai_addrlen) == 0 && listen(fd, backlog) == 0) return fd;
  }
  error = errno;
  if (fd >= 0) close(fd);
  return -1;
}

}  // namespace

Result<std::optional<ListenAddress>> ParseListenAddress(std::string_view text) {
  if (text == "0") return std::optional<ListenAddress>();
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return BadAddress(text);
  std::string_view host = text.substr(0, colon);
  int64_t port = -1;
  const std::string_view digits = text.substr(colon + 1);
  if (digits.size() > 5 || !ParseInteger(digits, port) || port < 0 || port > 65535) return BadAddress(text);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) return BadAddress(text);
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return BadAddress(text);
  } else if (host.find(':') != std::string_view::npos) {
    return BadAddress(text);  // an IPv6 address needs its brackets
  }
  const auto odd = [](char c) { return c <= ' ' || c == '[' || c == ']' || c == '/' || c == 0x7F; };
  if (std::any_of(host.begin(), host.end(), odd)) return BadAddress(text);
  return std::optional<ListenAddress>({.host = std::string(host), .port = static_cast<uint16_t>(port)});
}

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}
Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Result<Socket> Listen(const ListenAddress& address, int backlog) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int failed = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) {
    return MakeError(Code::kInvalid, "host \"" + address.host + "\" is not known (" + gai_strerror(failed) +
                                         "): give an address of this machine, such as 127.0.0.1");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  // Every address: the IPv6 socket serves both families, so it is tried first.
  int error = EADDRNOTAVAIL;
  for (const int family : {AF_INET6, AF_INET}) {
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
      if (at->ai_family != family) continue;
      if (const int fd = Open(*at, backlog, error); fd >= 0) return Socket(fd);
      if (error == EADDRINUSE) return SystemError(error);
    }
  }
  return SystemError(error);
}

uint16_t PortOf(const Socket& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace muster::shell
