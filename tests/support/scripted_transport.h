// ScriptedTransport: a wire::Transport that answers from a script and remembers what it was asked. Test support;
// thread-safe. No socket: a stream that stays open blocks until the test pushes a line, ends it, or stop is requested.
//
//   ScriptedTransport transport;
//   transport.Play({.lines = {EventLine("ADDED", pod), BookmarkLine("7", InitialEnd::kYes)},
//                   .then = StreamEnd::kStaysOpen});
//   transport.Answer(Json(200, lease));
//   transport.Push(EventLine("DELETED", pod));
//
// Streams and answers are given in order; when there are no more, `OnSend` answers and streams stay open in silence.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::testing {

enum class StreamEnd { kServerEnds, kStaysOpen, kBreaks };

struct StreamScript {
  int status = 200;  // not 200: body is the answer and no line is given
  std::string body;
  std::vector<std::string> lines;
  StreamEnd then = StreamEnd::kServerEnds;
  Error error = MakeError(Code::kUnavailable, "connection reset");  // of kBreaks
};

class ScriptedTransport final : public wire::Transport {
 public:
  using Handler = std::function<Result<wire::Response>(const wire::Request&)>;

  void Play(StreamScript script);
  void Answer(Result<wire::Response> answer);
  void OnSend(Handler handler);
  // Into the stream that is open, or the next one that stays open.
  void Push(std::string line);
  // Ends the stream that is open, as `end` says.
  void EndStream(StreamEnd end = StreamEnd::kServerEnds);

  std::vector<wire::Request> requests() const;
  bool WaitForRequests(size_t count, Duration longest = std::chrono::seconds(10)) const;

  Result<wire::Response> Send(const wire::Request& request) override;
  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                std::stop_token stop) override;

 private:
  Result<wire::Response> StayOpen(const wire::LineSink& on_line, const std::stop_token& stop);
  void Record(const wire::Request& request);

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::deque<StreamScript> streams_;
  std::deque<Result<wire::Response>> answers_;
  std::deque<std::string> pushed_;
  std::deque<StreamEnd> ends_;
  Handler handler_;
  std::vector<wire::Request> requests_;
};

enum class InitialEnd { kNo, kYes };

std::string EventLine(const std::string& type, const json::Value& object);
std::string BookmarkLine(const std::string& resource_version, InitialEnd end = InitialEnd::kNo);
std::string ErrorLine(int code, const std::string& reason);
wire::Response Json(int status, const json::Value& body);
// A metav1.Status as the body of a refusal.
wire::Response Refusal(int status, const std::string& reason, std::optional<Duration> retry_after = std::nullopt);
// The value of a query parameter; empty when it is not there.
std::string QueryOf(const wire::Request& request, const std::string& name);
// {"metadata": {namespace, name, uid, resourceVersion}, "spec": {"value": value}}.
json::Value TestObject(const std::string& ns, const std::string& name, const std::string& uid,
                       const std::string& resource_version, int value = 0);

}  // namespace muster::testing
