// The API server over HTTP/1.1 and TLS: wire::Transport on cpprestsdk, which is seen by transport*.cc alone.
// Layer: client. Safe from any thread; Send and Stream block their caller.
//
// cpprestsdk's hazards, each guarded here (facts in docs/libraries.md): connections are bounded by a semaphore; watches
// and unary requests have clients of their own; timeouts are ours, for the whole answer or for silence; no redirect is
// followed (it would carry the token); bodies are bounded and watches have backpressure; only the kubeconfig's CA is
// trusted; every task chain ends in a catching continuation; cancelling returns at once, even where the library does
// not.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/client/connection.h"
#include "lib/wire/http.h"

namespace muster::client {

// Threads that do the sockets' work, for the whole process; call once in main before anything else here. One is right
// for a few hundred requests per second. Later calls, and a call after the library has started, do nothing.
void InitThreads(int count);

// "muster-operator/v0.1.0 (linux/amd64)".
std::string UserAgent(const std::string& program, const std::string& version);

// One HTTP exchange, for rest_client_requests_total and its durations.
struct Observation {
  std::string_view method;  // "GET"
  std::string_view code;    // "200", or "<error>" when no answer came
  std::string_view host;    // host:port of the server
  Duration took;            // until the answer was there; for streams, until its headers
  Duration waited;          // before that, for the rate limit and a free connection
};

struct TransportOptions {
  std::string user_agent = "muster";
  int connections_max = 32;                                  // unary; streams have a connection each
  double qps = 0;                                            // client-side rate limit, streams included; 0: none
  int burst = 0;                                             // 0: 2 * qps
  Duration request_timeout = std::chrono::seconds(30);       // for Send when the request gives none
  Duration stream_idle_timeout = std::chrono::seconds(100);  // for Stream; bookmarks come every 60 s or so
  size_t body_bytes_max = 256UL << 20U;                      // a longer answer is an error (kDecode)
  size_t line_bytes_max = 16UL << 20U;
  size_t stream_buffer_bytes = 1UL << 20U;                // read ahead of a slow consumer
  std::function<void(const Observation&)> observer = {};  // from any thread; must not block
};

class HttpTransport final : public wire::Transport {
 public:
  // kInvalid when the connection cannot be used (a URL, certificate or key that cannot be read): one line for the user.
  // Nothing is sent.
  static Result<std::unique_ptr<HttpTransport>> Create(const Connection& connection, TransportOptions options);
  ~HttpTransport() override;

  Result<wire::Response> Send(const wire::Request& request) override;
  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                std::stop_token stop) override;
  // From now on every call, those in flight too, ends with kCancelled.
  void Stop();

 private:
  class Impl;
  explicit HttpTransport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::client
