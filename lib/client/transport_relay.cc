#include "lib/client/transport_relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/client/transport_tls.h"

namespace muster::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kReachLongest = std::chrono::seconds(30);
constexpr int kStopPollMs = 100;  // how often a thread looks whether it is to end

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

class TlsRelay final : public ProxyRelay {
 public:
  TlsRelay(ProxyAddress proxy, bool verified, std::shared_ptr<TlsMaterial> tls, Socket listener, int port)
      : proxy_(std::move(proxy)),
        verified_(verified),
        tls_(std::move(tls)),
        listener_(std::move(listener)),
        port_(port) {
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~TlsRelay() override {
    stopping_ = true;
    acceptor_.join();
    for (Carrier& carrier : carriers_) carrier.thread.join();
  }

  int port() const override { return port_; }

  std::string TakeError() override {
    const std::scoped_lock lock(mutex_);
    return std::exchange(error_, "");
  }

 private:
  struct Carrier {
    std::atomic<bool> done{false};
    std::thread thread;
  };

  void Accept() {
    while (!stopping_) {
      carriers_.remove_if([](Carrier& carrier) {
        if (carrier.done) carrier.thread.join();
        return carrier.done.load();
      });
      if (!Ready(listener_.get(), POLLIN)) continue;
      Socket client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!client) continue;
      Carrier& carrier = carriers_.emplace_back();
      carrier.thread = std::thread([this, &carrier, client = std::move(client)] {
        Serve(client.get());
        carrier.done = true;
      });
    }
  }

  void Serve(int client) {
    sigset_t pipe;  // OpenSSL writes to sockets without MSG_NOSIGNAL
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    const Socket upstream = Reach();
    if (!upstream) return;
    const std::unique_ptr<SSL_CTX, SslFree> context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_verify(context.get(), verified_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    tls_->Apply(context.get());
    const std::unique_ptr<SSL, SslFree> ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), upstream.get());
    in_addr address{};
    const bool is_name = ::inet_pton(AF_INET, proxy_.host.c_str(), &address) != 1;
    if (is_name) SSL_set_tlsext_host_name(ssl.get(), proxy_.host.c_str());
    const auto deadline = Clock::now() + kReachLongest;
    if (!Repeat(ssl.get(), deadline, [&] { return SSL_connect(ssl.get()); })) {
      const std::optional<Mistrust> mistrust = tls_->TakeMistrust();
      Note(mistrust ? "it cannot be trusted: " + mistrust->why : "no TLS connection with it");
      return;
    }
    Carry(client, upstream.get(), ssl.get());
    SSL_shutdown(ssl.get());
    ERR_clear_error();
  }

  // A connection to the proxy, without TLS yet; nothing when there is none, and why is noted.
  Socket Reach() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(proxy_.host.c_str(), std::to_string(proxy_.port).c_str(), &hints, &found) != 0) {
      Note("its host name " + proxy_.host + " cannot be resolved");
      return Socket(-1);
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    for (const addrinfo* at = found; at != nullptr && !stopping_; at = at->ai_next) {
      Socket socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (!socket) continue;
      if (::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) return socket;
      if (errno == EINPROGRESS && Await(socket.get(), POLLOUT, Clock::now() + kReachLongest) && IsConnected(socket)) {
        return socket;
      }
    }
    Note("cannot connect to " + proxy_.HostPort());
    return Socket(-1);
  }

  static bool IsConnected(const Socket& socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }

  static bool Ready(int fd, short events) {
    pollfd one{.fd = fd, .events = events, .revents = 0};
    return ::poll(&one, 1, kStopPollMs) > 0;
  }

  bool Await(int fd, short events, Clock::time_point deadline) const {
    while (!stopping_ && Clock::now() < deadline) {
      if (Ready(fd, events)) return true;
    }
    return false;
  }

  // An SSL call on a socket that does not block, until it is through.
  template <class Call>
  bool Repeat(SSL* ssl, Clock::time_point deadline, Call call) const {
    for (;;) {
      ERR_clear_error();
      const int result = call();
      if (result > 0) return true;
      const int why = SSL_get_error(ssl, result);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
      if (!Await(SSL_get_fd(ssl), why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) return false;
    }
  }

  // Both ways, until one of them ends. What cannot be passed on holds back what comes after it.
  void Carry(int client, int upstream, SSL* ssl) const {
    std::array<char, 16384> piece{};
    while (!stopping_) {
      std::array<pollfd, 2> both{pollfd{.fd = client, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = upstream, .events = POLLIN, .revents = 0}};
      if (SSL_pending(ssl) == 0 && ::poll(both.data(), both.size(), kStopPollMs) <= 0) continue;
      if (both[0].revents != 0) {
        const ssize_t got = ::recv(client, piece.data(), piece.size(), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return;
        const auto write = [&] { return SSL_write(ssl, piece.data(), static_cast<int>(got)); };
        if (got > 0 && !Repeat(ssl, Clock::time_point::max(), write)) return;
      }
      ERR_clear_error();
      const int got = SSL_read(ssl, piece.data(), static_cast<int>(piece.size()));
      if (got > 0 && !SendAll(client, {piece.data(), static_cast<size_t>(got)})) return;
      if (got > 0) continue;
      const int why = SSL_get_error(ssl, got);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return;
    }
  }

  bool SendAll(int fd, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (sent < 0 && !Await(fd, POLLOUT, Clock::time_point::max())) return false;
    }
    return true;
  }

  void Note(std::string why) {
    const std::scoped_lock lock(mutex_);
    error_ = std::move(why);
  }

  const ProxyAddress proxy_;
  const bool verified_;
  const std::shared_ptr<TlsMaterial> tls_;
  const Socket listener_;
  const int port_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::string error_;
  std::list<Carrier> carriers_;  // the acceptor's, and the destructor's after it
  std::thread acceptor_;
};

}  // namespace

Result<std::shared_ptr<ProxyRelay>> ProxyRelay::Start(const Connection& connection, const ProxyAddress& proxy) {
  Connection trust = connection;
  trust.client_certificate = {};
  trust.client_key = {};
  TRY(std::shared_ptr<TlsMaterial> tls, TlsMaterial::Load(trust, proxy.host));
  Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), raw, size) != 0 || ::listen(listener.get(), 64) != 0 ||
      ::getsockname(listener.get(), raw, &size) != 0) {
    return MakeError(Code::kUnavailable,
                     "no way to an https proxy: cannot listen on loopback: " + std::generic_category().message(errno));
  }
  return std::shared_ptr<ProxyRelay>(std::make_shared<TlsRelay>(
      proxy, !connection.insecure_skip_tls_verify, std::move(tls), std::move(listener), ntohs(address.sin_port)));
}

}  // namespace muster::client
