#include "tests/bench/gang_watch.h"

#include <algorithm>
#include <thread>

namespace muster::bench {
namespace {

constexpr Duration kPoll{20};  // of a map in memory; the times themselves are taken as the events come
constexpr Duration kStartMax = std::chrono::seconds(30);

Result<RunningPod> DecodeRunningPod(const json::Value& object) {
  TRY(api::ObjectMeta meta, api::DecodeMeta(object, api::KeepLabels::kAll));
  return RunningPod{std::move(meta)};
}

wire::WatchScope RunningPods() {
  return {.resource = api::kPods,
          .ns = {},
          .label_selector = std::string(kGangLabel),
          .field_selector = "status.phase=Running"};
}

template <class Done>
bool WaitUntil(Duration longest, Done done) {
  const runtime::Clock& clock = runtime::RealClock();
  const Instant deadline = clock.Now() + longest;
  while (!done()) {
    if (clock.Now() >= deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

}  // namespace

std::string_view GangLabel(As as) { return as == As::kReplicas ? api::kLabelPodGroup : kGangLabel; }

GangWatch::GangWatch(wire::Transport& transport, std::string_view label, int size)
    : label_(label), size_(size), pods_(transport, runtime::RealClock(), {.scope = RunningPods()}, DecodeRunningPod) {
  pods_.AddHandler([this](const auto& before, const auto& after) { Changed(before.get(), after.get()); });
}

Status GangWatch::Start() {
  pods_.Start();
  if (pods_.WaitSynced(kStartMax)) return Ok();
  return MakeError(Code::kTimeout, "the watch of pods does not begin");
}

void GangWatch::Changed(const RunningPod* before, const RunningPod* after) {
  if (before != nullptr && after != nullptr) return;
  const RunningPod& pod = after != nullptr ? *after : *before;
  const auto label = pod.meta.labels.find(label_);
  if (label == pod.meta.labels.end()) return;
  const Instant now = runtime::RealClock().Now();
  const std::lock_guard lock(mutex_);
  Gang& gang = gangs_[label->second];
  gang.running += after != nullptr ? 1 : -1;
  if (after != nullptr && gang.running == 1) gang.first = now;
  if (after != nullptr && gang.running == size_) gang.full = now;
}

std::optional<Instant> GangWatch::AllFullSince(const std::vector<std::string>& gangs) const {
  const std::lock_guard lock(mutex_);
  Instant last{};
  for (const std::string& name : gangs) {
    const auto found = gangs_.find(name);
    if (found == gangs_.end() || found->second.running < size_) return std::nullopt;
    last = std::max(last, found->second.full);
  }
  return last;
}

std::optional<Instant> GangWatch::WaitFull(const std::vector<std::string>& gangs, Duration longest) const {
  std::optional<Instant> since;
  WaitUntil(longest, [&] { return (since = AllFullSince(gangs)).has_value(); });
  return since;
}

bool GangWatch::WaitGone(const std::string& gang, Duration longest) const {
  return WaitUntil(longest, [&] {
    const std::lock_guard lock(mutex_);
    const auto found = gangs_.find(gang);
    return found == gangs_.end() || found->second.running == 0;
  });
}

int GangWatch::CountFull(const std::vector<std::string>& gangs) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(gangs.begin(), gangs.end(), [&](const std::string& name) {
    const auto found = gangs_.find(name);
    return found != gangs_.end() && found->second.running >= size_;
  }));
}

double GangWatch::MedianSpread(const std::vector<std::string>& gangs) const {
  const std::lock_guard lock(mutex_);
  std::vector<double> spreads;
  for (const std::string& name : gangs) {
    const auto found = gangs_.find(name);
    if (found == gangs_.end() || found->second.running < size_) continue;
    spreads.push_back(std::chrono::duration<double>(found->second.full - found->second.first).count());
  }
  if (spreads.empty()) return 0;
  const auto middle = spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2);
  std::nth_element(spreads.begin(), middle, spreads.end());
  return *middle;
}

Instant GangWatch::HalfFull(const std::vector<std::string>& gangs) const {
  const std::lock_guard lock(mutex_);
  std::vector<Instant> times;
  for (const std::string& name : gangs) {
    const auto found = gangs_.find(name);
    if (found != gangs_.end() && found->second.running >= size_) times.push_back(found->second.full);
  }
  std::sort(times.begin(), times.end());
  const size_t half = (gangs.size() + 1) / 2;
  return times.size() < half ? Instant{} : times[half - 1];
}

}  // namespace muster::bench
