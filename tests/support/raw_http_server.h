// An HTTP server that misbehaves as it is told: raw sockets on loopback, one thread per connection. Test support.
// What a connection sends back is the handler's to write, byte by byte; nothing is added.
//
//   RawHttpServer server([](RawConnection& c) {
//     while (auto request = c.ReadRequest()) c.Write(HttpAnswer(200, "{}"));
//   });
//   Connect to server.Url(); then look at server.requests().
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace muster::testing {

struct RawRequest {
  std::string line;  // "GET /api HTTP/1.1"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int connection = 0;  // 0 for the first one accepted
  int nth = 0;         // on its connection, from 0
  // The values of a header, in their order.
  std::vector<std::string> Header(std::string_view name) const;
};

class RawHttpServer;

class RawConnection {
 public:
  RawConnection(RawHttpServer& server, int fd, int index) : server_(server), fd_(fd), index_(index) {}

  // The next request, body included; nullopt when the peer has closed or the server stops.
  std::optional<RawRequest> ReadRequest();
  // False when the peer is gone.
  bool Write(std::string_view bytes);
  // Sends nothing more, but keeps the connection until the peer closes it or the server stops.
  void Stall();
  // Carries bytes both ways between the peer and that socket until one of them closes, or the server stops.
  void Pump(int other_fd);
  // Closes with a reset instead of an orderly end.
  void Reset();
  int index() const { return index_; }

 private:
  RawHttpServer& server_;
  int fd_;
  int index_;
  int requests_ = 0;
  std::string unread_;
};

class RawHttpServer {
 public:
  // When the handler returns, its connection is closed.
  using Handler = std::function<void(RawConnection&)>;

  explicit RawHttpServer(Handler handler);
  ~RawHttpServer();  // stops and waits for all handlers
  RawHttpServer(const RawHttpServer&) = delete;

  int port() const { return port_; }
  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<RawRequest> requests() const;
  int connections() const { return accepted_; }
  int open_connections_max() const { return open_max_; }

 private:
  friend class RawConnection;
  void Accept();
  void Serve(int fd, int index);
  void Record(const RawRequest& request);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<int> open_{0};
  std::atomic<int> open_max_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<RawRequest> requests_;
  std::list<int> fds_;  // open ones, to be shut down at the end
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// "HTTP/1.1 <status> X", a Content-Length and `headers` (each "Name: value").
std::string HttpAnswer(int status, std::string_view body, const std::vector<std::string>& headers = {});
// The head of a chunked answer; then Chunk after Chunk, and LastChunk.
std::string ChunkedHead(int status = 200);
std::string Chunk(std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace muster::testing
