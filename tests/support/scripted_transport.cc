#include "tests/support/scripted_transport.h"

#include <utility>

#include "lib/json/text.h"

namespace muster::testing {

void ScriptedTransport::Play(StreamScript script) {
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(script));
}

void ScriptedTransport::Answer(Result<wire::Response> answer) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(answer));
}

void ScriptedTransport::OnSend(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

void ScriptedTransport::Push(std::string line) {
  const std::lock_guard lock(mutex_);
  pushed_.push_back(std::move(line));
  changed_.notify_all();
}

void ScriptedTransport::EndStream(StreamEnd end) {
  const std::lock_guard lock(mutex_);
  ends_.push_back(end);
  changed_.notify_all();
}

std::vector<wire::Request> ScriptedTransport::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool ScriptedTransport::WaitForRequests(size_t count, Duration longest) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [&] { return requests_.size() >= count; });
}

void ScriptedTransport::Record(const wire::Request& request) {
  requests_.push_back(request);
  changed_.notify_all();
}

Result<wire::Response> ScriptedTransport::Send(const wire::Request& request) {
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    Record(request);
    if (!answers_.empty()) {
      Result<wire::Response> answer = std::move(answers_.front());
      answers_.pop_front();
      return answer;
    }
    handler = handler_;
  }
  if (handler) return handler(request);
  return MakeError(Code::kUnavailable, "no answer in the script");
}

Result<wire::Response> ScriptedTransport::Stream(const wire::Request& request, const wire::LineSink& on_line,
                                                 std::stop_token stop) {
  StreamScript script{.then = StreamEnd::kStaysOpen};
  {
    const std::lock_guard lock(mutex_);
    Record(request);
    if (!streams_.empty()) {
      script = std::move(streams_.front());
      streams_.pop_front();
    }
  }
  if (script.status != 200) return wire::Response{.status = script.status, .body = script.body};
  for (const std::string& line : script.lines) {
    if (!on_line(line)) return wire::Response{.status = 200};
  }
  if (script.then == StreamEnd::kBreaks) return script.error;
  if (script.then == StreamEnd::kServerEnds) return wire::Response{.status = 200};
  return StayOpen(on_line, stop);
}

Result<wire::Response> ScriptedTransport::StayOpen(const wire::LineSink& on_line, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, stop, [&] { return !pushed_.empty() || !ends_.empty(); });
    if (stop.stop_requested()) return MakeError(Code::kCancelled, "stopping");
    if (!pushed_.empty()) {
      const std::string line = std::move(pushed_.front());
      pushed_.pop_front();
      lock.unlock();
      if (!on_line(line)) return wire::Response{.status = 200};
      lock.lock();
      continue;
    }
    const StreamEnd end = ends_.front();
    ends_.pop_front();
    if (end == StreamEnd::kBreaks) return MakeError(Code::kUnavailable, "connection reset");
    return wire::Response{.status = 200};
  }
}

std::string EventLine(const std::string& type, const json::Value& object) {
  return json::Write(json::Object{{"type", type}, {"object", object}});
}

std::string BookmarkLine(const std::string& resource_version, InitialEnd end) {
  json::Value meta = json::Object{{"resourceVersion", resource_version}, {"creationTimestamp", nullptr}};
  if (end == InitialEnd::kYes) meta.Mutable("annotations").Set("k8s.io/initial-events-end", "true");
  return EventLine("BOOKMARK", json::Object{{"kind", "Pod"}, {"metadata", meta}});
}

namespace {

json::Value StatusOf(int code, const std::string& reason) {
  return json::Object{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::Object{}},
                      {"status", "Failure"},
                      {"message", reason + " in the script"},
                      {"reason", reason},
                      {"code", code}};
}

}  // namespace

std::string ErrorLine(int code, const std::string& reason) { return EventLine("ERROR", StatusOf(code, reason)); }

wire::Response Json(int status, const json::Value& body) { return {.status = status, .body = json::Write(body)}; }

wire::Response Refusal(int status, const std::string& reason, std::optional<Duration> retry_after) {
  return {.status = status, .body = json::Write(StatusOf(status, reason)), .retry_after = retry_after};
}

std::string QueryOf(const wire::Request& request, const std::string& name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return "";
}

json::Value TestObject(const std::string& ns, const std::string& name, const std::string& uid,
                       const std::string& resource_version, int value) {
  const json::Value meta =
      json::Object{{"namespace", ns}, {"name", name}, {"uid", uid}, {"resourceVersion", resource_version}};
  return json::Object{{"kind", "Test"}, {"metadata", meta}, {"spec", json::Object{{"value", value}}}};
}

}  // namespace muster::testing
