// Where a listener listens: an address from a flag, and a socket bound to it. Layer: operator/shell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace muster::shell {

// host "" is every address of the machine, IPv6 and IPv4; port 0 is any free one.
struct ListenAddress {
  std::string host;
  uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

// ":8081", "127.0.0.1:0", "[::1]:8080", "localhost:8080"; nullopt for "0", which disables the listener; else kInvalid.
Result<std::optional<ListenAddress>> ParseListenAddress(std::string_view text);

// A file descriptor, closed with this.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  int fd() const { return fd_; }
  bool IsOpen() const { return fd_ >= 0; }

 private:
  int fd_;
};

// A listening socket, non-blocking and closed on exec. The message says why not, and what to do.
Result<Socket> Listen(const ListenAddress& address, int backlog);
// The port that it is bound to.
uint16_t PortOf(const Socket& socket);

}  // namespace muster::shell
