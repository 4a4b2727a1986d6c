#include "operator/shell/event_sink.h"

#include <utility>

#include "lib/base/log.h"
#include "lib/base/strings.h"

namespace muster::shell {
namespace {

constexpr size_t kLongestQueue = 1000;
constexpr size_t kLongestNote = 1024;  // events.k8s.io/v1 refuses more

}  // namespace

EventSink::EventSink(client::Api& api, const runtime::Clock& clock, std::string reporter)
    : api_(api),
      clock_(clock),
      reporter_(std::move(reporter)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void EventSink::Add(EventAbout about) {
  {
    const std::lock_guard lock(mutex_);
    if (!budget_.Take(about.uid, clock_.Now())) return;
    if (queue_.size() >= kLongestQueue) queue_.DropOfLongest();
    const std::string lane = about.object.ns;
    queue_.Push(lane, {std::move(about), clock_.Wall()});
  }
  changed_.notify_one();
}

void EventSink::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void EventSink::Run(const std::stop_token& stop) {
  for (;;) {
    Queued next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (stop.stop_requested()) return;
      next = queue_.Pop();
    }
    Send(next);
  }
}

json::Value EventSink::Encode(const Queued& queued) const {
  const EventAbout& about = queued.about;
  const std::string ns = about.object.ns.empty() ? "default" : about.object.ns;
  // The same change told twice (a repeated POST) has the same name and answers 409.
  const uint64_t hash = StableHash(about.uid + about.event.reason + about.event.note + FormatTime(queued.at));
  json::Object meta{{"name", about.object.name + "." + SafeName(hash, 12)}, {"namespace", ns}};
  json::Object regarding{{"apiVersion", about.resource.ApiVersion()},
                         {"kind", about.resource.kind},
                         {"namespace", about.object.ns},
                         {"name", about.object.name},
                         {"uid", about.uid}};
  return json::Object{{"apiVersion", api::kEvents.ApiVersion()},
                      {"kind", api::kEvents.kind},
                      {"metadata", std::move(meta)},
                      {"eventTime", FormatMicroTime(queued.at)},
                      {"reportingController", "muster.dev/operator"},
                      {"reportingInstance", reporter_},
                      {"action", about.event.action},
                      {"reason", about.event.reason},
                      {"type", about.event.type == core::EventType::kWarning ? "Warning" : "Normal"},
                      {"note", Shorten(about.event.note, kLongestNote)},
                      {"regarding", std::move(regarding)}};
}

void EventSink::Send(const Queued& queued) {
  const json::Value event = Encode(queued);
  const auto written = api_.Create(api::kEvents, event["metadata"]["namespace"].Text(), event);
  if (written.has_value() || written.error().code == Code::kAlreadyExists) return;
  LogDebug("Event was not accepted", {{"object", queued.about.object.Text()}, {"error", written.error().message}});
}

}  // namespace muster::shell
