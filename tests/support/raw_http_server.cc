#include "tests/support/raw_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace muster::testing {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

RawRequest ParseHead(std::string_view head) {
  RawRequest request;
  const size_t first = std::min(head.find("\r\n"), head.size());
  request.line = head.substr(0, first);
  head.remove_prefix(std::min(first + 2, head.size()));
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const size_t colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon), Trimmed(line.substr(std::min(colon + 1, line.size()))));
    head.remove_prefix(std::min(line.size() + 2, head.size()));
  }
  return request;
}

}  // namespace

std::vector<std::string> RawRequest::Header(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (SameName(key, name)) values.push_back(value);
  }
  return values;
}

std::optional<RawRequest> RawConnection::ReadRequest() {
  std::array<char, 65536> piece{};
  const auto read_more = [&] {
    const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
    if (got > 0) unread_.append(piece.data(), static_cast<size_t>(got));
    return got > 0;
  };
  size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  RawRequest request = ParseHead(std::string_view(unread_).substr(0, end + 2));
  unread_.erase(0, end + 4);
  const std::vector<std::string> lengths = request.Header("Content-Length");
  const size_t length = lengths.empty() ? 0 : std::strtoul(lengths[0].c_str(), nullptr, 10);
  while (unread_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  request.body = unread_.substr(0, length);
  unread_.erase(0, length);
  request.connection = index_;
  request.nth = requests_++;
  server_.Record(request);
  return request;
}

bool RawConnection::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawConnection::Pump(int other_fd) {
  const auto carry = [](int from, int to) {
    std::array<char, 65536> piece{};
    const ssize_t got = ::recv(from, piece.data(), piece.size(), 0);
    return got > 0 && ::send(to, piece.data(), static_cast<size_t>(got), MSG_NOSIGNAL) == got;
  };
  if (!unread_.empty()) ::send(other_fd, unread_.data(), unread_.size(), MSG_NOSIGNAL);
  unread_.clear();
  for (;;) {
    std::array<pollfd, 2> both{pollfd{.fd = fd_, .events = POLLIN, .revents = 0},
                               pollfd{.fd = other_fd, .events = POLLIN, .revents = 0}};
    if (::poll(both.data(), both.size(), -1) < 0) return;
    if (both[0].revents != 0 && !carry(fd_, other_fd)) return;
    if (both[1].revents != 0 && !carry(other_fd, fd_)) return;
  }
}

void RawConnection::Stall() {
  std::array<char, 4096> piece{};
  while (::recv(fd_, piece.data(), piece.size(), 0) > 0) {
  }
}

void RawConnection::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

RawHttpServer::RawHttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 512) != 0)
    std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

RawHttpServer::~RawHttpServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::scoped_lock lock(mutex_);
    for (const int fd : fds_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void RawHttpServer::Accept() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int index = accepted_++;
    const std::scoped_lock lock(mutex_);
    fds_.push_back(fd);
    threads_.emplace_back([this, fd, index] { Serve(fd, index); });
  }
}

void RawHttpServer::Serve(int fd, int index) {
  const int open = ++open_;
  int seen = open_max_;
  while (seen < open && !open_max_.compare_exchange_weak(seen, open)) {
  }
  RawConnection connection(*this, fd, index);
  handler_(connection);
  const std::scoped_lock lock(mutex_);
  --open_;
  fds_.remove(fd);
  ::close(fd);
}

void RawHttpServer::Record(const RawRequest& request) {
  const std::scoped_lock lock(mutex_);
  requests_.push_back(request);
}

std::vector<RawRequest> RawHttpServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::string HttpAnswer(int status, std::string_view body, const std::vector<std::string>& headers) {
  std::string answer =
      "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const std::string& header : headers) answer += header + "\r\n";
  return answer + "\r\n" + std::string(body);
}

std::string ChunkedHead(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string Chunk(std::string_view bytes) {
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return std::string(size.data()) + std::string(bytes) + "\r\n";
}

}  // namespace muster::testing
