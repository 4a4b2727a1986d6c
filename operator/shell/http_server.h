// A small HTTP/1.1 listener for health and metrics. Layer: operator/shell. Our own, on plain POSIX sockets, because
// prometheus-cpp's Exposer brings civetweb 1.15, whose URI parser can write past its buffer (CVE-2025-55763).
// One thread, started by Start, polls non-blocking sockets and calls the handlers: they must be quick and safe to call
// from it. Everything is bounded: connections, bytes of a request, time to read it, to find the answer and to send it.
// One request per connection, GET and HEAD only, no body, no TLS. Never put anything here that changes state.
//
//   TRY(auto server, HttpServer::Start(":8081", {{"/healthz", Handler}}, {.flag = "--health-address"}));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "operator/shell/http_message.h"

namespace muster::shell {

// nullopt: the answer is not known yet. The handler is called again every 20 ms until answer_timeout has passed;
// whoever answers so must bound how many requests wait, because these connections are not replaced by new ones.
using HttpHandler = std::function<std::optional<HttpAnswer>(const HttpRequest&)>;
using HttpRoutes = std::map<std::string, HttpHandler, std::less<>>;  // by exact path

struct HttpServerOptions {
  std::string flag = "--address";  // named in errors
  size_t connections_max = 64;     // more wait in the kernel's queue, or take the place of the slowest reader
  size_t request_bytes_max = 8192;
  std::chrono::milliseconds read_timeout{5000};    // for the whole request
  std::chrono::milliseconds answer_timeout{5000};  // until the handler knows the answer; then 503
  std::chrono::milliseconds write_timeout{5000};   // for the whole answer
};

class HttpServer {
 public:
  // Listens from when it returns; address as ParseListenAddress takes it. "0" gives a server that does not listen.
  // Errors say which flag, why and what to do:
  // "--metrics-address 127.0.0.1:8080: address already in use: choose another or 0 to disable".
  static Result<std::unique_ptr<HttpServer>> Start(const std::string& address, HttpRoutes routes,
                                                   HttpServerOptions options = {});
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port listened on; 0 when it does not listen. Not while another thread stops it.
  uint16_t Port() const;
  // Closes every connection and returns within a second, unless a handler takes longer. May be called twice.
  void Stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::shell
