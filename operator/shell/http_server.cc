// One thread, one poll over the listener, the connections and an eventfd that wakes it to stop. A connection reads its
// request, waits while the handler does not know the answer, writes the answer, and then drains what the client still
// sends until it closes: closing with unread bytes would reset the connection, and the answer could be lost on its way.
#include "operator/shell/http_server.h"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>
#include <list>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "operator/shell/listen_socket.h"

namespace muster::shell {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kDrainTime{1000};
constexpr milliseconds kGrace{100};    // a full server leaves every connection this long before it takes its place
constexpr milliseconds kAskAgain{20};  // between two calls of a handler that does not know the answer yet
constexpr int kBacklog = 1024;         // of clients that connect at once; the kernel lowers it to its own limit

struct Connection {
  enum class Phase { kReading, kWaiting, kWriting, kDraining, kClosed };
  Socket socket;
  Phase phase = Phase::kReading;
  Clock::time_point since;
  Clock::time_point deadline;
  std::string in;
  HttpRequest request;  // while waiting
  std::string out;
  size_t written = 0;

  // Whether a new connection may take its place. Those that wait are bounded by their handler.
  bool IsReplaceable() const { return phase == Phase::kReading || phase == Phase::kDraining; }
};

short EventsOf(Connection::Phase phase) {
  if (phase == Connection::Phase::kWaiting) return 0;  // nothing but that the client has gone
  return phase == Connection::Phase::kWriting ? POLLOUT : POLLIN;
}

// The address of the other end without its port, "" when there is none.
std::string PeerOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return {};
  }
  return host.data();
}

// The thread's signals belong to main.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

struct HttpServer::Impl {
  HttpRoutes routes;
  HttpServerOptions options;
  Socket listener;
  Socket wake;
  uint16_t port = 0;
  std::thread thread;
  std::atomic<bool> stopping{false};

  // The thread's own:
  std::list<Connection> connections;
  Clock::time_point accept_again{};  // after the process ran out of descriptors

  void Run();
  void Accept();
  bool MakeRoom();
  void Read(Connection& c) const;
  void Write(Connection& c) const;
  void Drain(Connection& c) const;
  void Expire(Connection& c) const;
  void AskHandler(Connection& c) const;
  void Serve(Connection& c, bool has_events) const;
  void Reply(Connection& c, const HttpAnswer& answer, bool is_head) const;
  std::optional<HttpAnswer> Handle(const HttpRequest& request) const;
  int PollTimeout(bool is_full) const;
};

void HttpServer::Impl::Run() {
  BlockSignals();
  while (!stopping) {
    const Clock::time_point now = Clock::now();
    const bool accepting = now >= accept_again && (connections.size() < options.connections_max || MakeRoom());
    std::vector<pollfd> polled = {{wake.fd(), POLLIN, 0}, {accepting ? listener.fd() : -1, POLLIN, 0}};
    for (const Connection& c : connections) {
      polled.push_back({c.socket.fd(), EventsOf(c.phase), 0});
    }
    poll(polled.data(), polled.size(), PollTimeout(!accepting));
    size_t i = 2;
    for (Connection& c : connections) {
      Serve(c, polled[i++].revents != 0);
      Expire(c);
    }
    connections.remove_if([](const Connection& c) { return c.phase == Connection::Phase::kClosed; });
    if (polled[1].revents != 0) Accept();
  }
  connections.clear();
}

void HttpServer::Impl::Serve(Connection& c, bool has_events) const {
  switch (c.phase) {
    case Connection::Phase::kReading:
      if (has_events) Read(c);
      break;
    case Connection::Phase::kWaiting:
      if (has_events) {
        c.phase = Connection::Phase::kClosed;
      } else {
        AskHandler(c);
      }
      break;
    case Connection::Phase::kWriting:
      if (has_events) Write(c);
      break;
    case Connection::Phase::kDraining:
      if (has_events) Drain(c);
      break;
    case Connection::Phase::kClosed:
      break;
  }
}

// Milliseconds until something is due; -1 for never.
int HttpServer::Impl::PollTimeout(bool is_full) const {
  std::optional<Clock::time_point> due;
  if (is_full) due = Clock::now() + kGrace;
  for (const Connection& c : connections) {
    const bool waits = c.phase == Connection::Phase::kWaiting;
    const Clock::time_point next = waits ? std::min(c.deadline, Clock::now() + kAskAgain) : c.deadline;
    due = due ? std::min(*due, next) : next;
  }
  if (!due) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*due - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

// True when a connection may be accepted although all places are taken: one that has had its time will go.
bool HttpServer::Impl::MakeRoom() {
  const Clock::time_point latest = Clock::now() - kGrace;
  return std::any_of(connections.begin(), connections.end(),
                     [&](const Connection& c) { return c.IsReplaceable() && c.since <= latest; });
}

void HttpServer::Impl::Accept() {
  const int fd = accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (!WouldBlock() && errno != ECONNABORTED) accept_again = Clock::now() + kGrace;
    return;
  }
  if (connections.size() >= options.connections_max) {
    const auto oldest =
        std::find_if(connections.begin(), connections.end(), [](const Connection& c) { return c.IsReplaceable(); });
    if (oldest == connections.end()) {
      close(fd);
      return;
    }
    connections.erase(oldest);
  }
  const Clock::time_point now = Clock::now();
  connections.push_back({.socket = Socket(fd), .since = now, .deadline = now + options.read_timeout});
  Read(connections.back());
  connections.remove_if([](const Connection& c) { return c.phase == Connection::Phase::kClosed; });
}

void HttpServer::Impl::Read(Connection& c) const {
  std::array<char, 4096> buffer;
  const ssize_t got = recv(c.socket.fd(), buffer.data(), buffer.size(), 0);
  if (got < 0 && WouldBlock()) return;
  if (got <= 0) {
    c.phase = Connection::Phase::kClosed;
    return;
  }
  c.in.append(buffer.data(), static_cast<size_t>(got));
  const HttpParse parse = ParseHttpRequest(c.in, options.request_bytes_max);
  if (parse.state == HttpParse::State::kRefused) Reply(c, parse.refusal, c.in.starts_with("HEAD "));
  if (parse.state != HttpParse::State::kComplete) return;
  c.request = parse.request;
  c.request.peer = PeerOf(c.socket.fd());
  c.in.clear();
  c.phase = Connection::Phase::kWaiting;
  c.deadline = Clock::now() + options.answer_timeout;
  AskHandler(c);
}

void HttpServer::Impl::AskHandler(Connection& c) const {
  if (const std::optional<HttpAnswer> answer = Handle(c.request)) Reply(c, *answer, c.request.method == "HEAD");
}

std::optional<HttpAnswer> HttpServer::Impl::Handle(const HttpRequest& request) const try {
  const auto route = routes.find(request.path);
  return route == routes.end() ? PlainAnswer(404, "not found") : route->second(request);
} catch (const std::exception& e) {  // out of memory, or a library below the handler
  LogError("HTTP handler failed", {{"path", request.path}, {"error", e.what()}});
  return PlainAnswer(500, "internal error");
}

void HttpServer::Impl::Reply(Connection& c, const HttpAnswer& answer, bool is_head) const {
  c.out = RenderHttpAnswer(answer, is_head);
  c.in.clear();
  c.phase = Connection::Phase::kWriting;
  c.deadline = Clock::now() + options.write_timeout;
  Write(c);
}

void HttpServer::Impl::Write(Connection& c) const {
  while (c.written < c.out.size()) {
    const ssize_t sent = send(c.socket.fd(), c.out.data() + c.written, c.out.size() - c.written, MSG_NOSIGNAL);
    if (sent < 0 && WouldBlock()) return;
    if (sent < 0) {
      c.phase = Connection::Phase::kClosed;
      return;
    }
    c.written += static_cast<size_t>(sent);
  }
  shutdown(c.socket.fd(), SHUT_WR);
  c.phase = Connection::Phase::kDraining;
  c.deadline = Clock::now() + kDrainTime;
}

void HttpServer::Impl::Drain(Connection& c) const {
  std::array<char, 4096> buffer;
  const ssize_t got = recv(c.socket.fd(), buffer.data(), buffer.size(), 0);
  if (got > 0 || (got < 0 && WouldBlock())) return;
  c.phase = Connection::Phase::kClosed;
}

void HttpServer::Impl::Expire(Connection& c) const {
  if (c.phase == Connection::Phase::kClosed || Clock::now() < c.deadline) return;
  if (c.phase == Connection::Phase::kReading && !c.in.empty()) {
    Reply(c, PlainAnswer(408, "the request took too long"), false);
  } else if (c.phase == Connection::Phase::kWaiting) {
    Reply(c, PlainAnswer(503, "the answer was not found in time: try again"), c.request.method == "HEAD");
  } else {
    c.phase = Connection::Phase::kClosed;
  }
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address, HttpRoutes routes,
                                                      HttpServerOptions options) {
  auto impl = std::make_unique<Impl>();
  const Result<std::optional<ListenAddress>> parsed = ParseListenAddress(address);
  if (!parsed.has_value()) return parsed.error().In(options.flag);
  if (parsed->has_value()) {
    Result<Socket> listener = Listen(**parsed, kBacklog);
    if (!listener.has_value()) return listener.error().In(options.flag + " " + address);
    impl->listener = std::move(listener).value();
    impl->wake = Socket(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!impl->wake.IsOpen()) {
      return MakeError(Code::kUnavailable, options.flag + " " + address + ": no file descriptor is left");
    }
    impl->port = PortOf(impl->listener);
    impl->routes = std::move(routes);
    impl->options = std::move(options);
    impl->thread = std::thread([server = impl.get()] { server->Run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { Stop(); }

uint16_t HttpServer::Port() const { return impl_->port; }

void HttpServer::Stop() {
  if (!impl_->thread.joinable()) return;
  impl_->stopping = true;
  eventfd_write(impl_->wake.fd(), 1);
  impl_->thread.join();
  impl_->listener = Socket();
  impl_->port = 0;
}

}  // namespace muster::shell
