#include "operator/shell/planner.h"

#include <algorithm>
#include <utility>

namespace muster::shell {
namespace {

constexpr runtime::Debouncer::Options kDebounce{.quiet = Duration(2), .longest = Duration(20)};

}  // namespace

Planner::Planner(const runtime::Clock& clock, Options options)
    : clock_(clock), options_(std::move(options)), debouncer_(clock, kDebounce) {}

void Planner::Start(const std::vector<api::Key>& expected) {
  {
    const std::lock_guard lock(mutex_);
    entries_.clear();
    expected_ = {expected.begin(), expected.end()};
    running_ = true;
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Planner::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  const std::lock_guard lock(mutex_);
  running_ = false;
  entries_.clear();
}

void Planner::ReplaceNode(const api::Node* before, const api::Node* after) {
  if (before != nullptr && after != nullptr && *before == *after) return;
  {
    const std::lock_guard lock(mutex_);
    if (after != nullptr) {
      picture_.SetNode(*after);
    } else if (before != nullptr) {
      picture_.RemoveNode(before->meta.name);
    }
  }
  debouncer_.Notify();
}

void Planner::ReplacePod(const api::Pod* before, const api::Pod* after) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    const uint64_t generation = picture_.generation();
    picture_.ReplacePod(before, after);
    changed = picture_.generation() != generation;
  }
  if (changed) debouncer_.Notify();
}

core::Verdict Planner::VerdictOf(const api::Key& group, const std::string& uid) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(group);
  return found == entries_.end() || found->second.uid != uid ? core::Verdict() : found->second.verdict;
}

void Planner::Publish(const api::Key& group, const std::string& uid, const core::Stance& stance) {
  {
    const std::lock_guard lock(mutex_);
    const bool was_expected = expected_.erase(group) > 0;
    const auto found = entries_.find(group);
    if (found != entries_.end() && found->second.uid == uid && found->second.stance == stance && !was_expected) return;
    Entry& entry = found == entries_.end() ? entries_[group] : found->second;
    const bool holds = entry.uid == uid && core::Holds(entry.verdict, entry.stance, stance);
    entry = {.uid = uid,
             .stance = stance,
             .verdict = holds ? std::move(entry.verdict) : core::Verdict(),
             .told = entry.told};
  }
  debouncer_.Notify();
}

void Planner::Remove(const api::Key& group) {
  {
    const std::lock_guard lock(mutex_);
    expected_.erase(group);
    entries_.erase(group);
  }
  debouncer_.Notify();
}

void Planner::Run(const std::stop_token& stop) {
  std::optional<Duration> at_most = Duration(0);
  while (debouncer_.Wait(stop, at_most)) {
    for (const api::Key& group : Plan()) options_.wake(group);
    at_most = NextTelling();
  }
}

bool Planner::AnyAsks() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& known) {
    const Entry& entry = known.second;
    return entry.stance.kind == core::Stance::Kind::kAsking && entry.verdict.kind != core::Verdict::Kind::kAdmit;
  });
}

placement::CycleInput Planner::Input() const {
  placement::CycleInput input{.policy = options_.policy, .now = clock_.Wall()};
  for (const auto& [group, entry] : entries_) {
    const bool granted = entry.verdict.kind == core::Verdict::Kind::kAdmit;
    if (entry.stance.kind == core::Stance::Kind::kInFlight && !entry.stance.unbound.empty()) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.unbound});
    } else if (entry.stance.kind == core::Stance::Kind::kAsking && granted) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.ask.classes});
    } else if (entry.stance.kind == core::Stance::Kind::kAsking) {
      input.asks.push_back(entry.stance.ask);
    }
  }
  return input;
}

bool Planner::Apply(const placement::Decision& decision, Entry& entry) {
  if (decision.admitted) {
    entry.verdict = {.kind = core::Verdict::Kind::kAdmit, .explanation = std::nullopt};
    entry.to_tell = false;
    return true;
  }
  const bool first = entry.verdict.kind == core::Verdict::Kind::kNone;
  if (first || entry.verdict.explanation != decision.explanation) {
    entry.verdict = {.kind = core::Verdict::Kind::kWait, .explanation = decision.explanation};
    entry.to_tell = true;
  }
  const Instant now = clock_.Now();
  if (!entry.to_tell || (!first && now < entry.told + options_.explanation_interval)) return false;
  entry.to_tell = false;
  entry.told = now;
  return true;
}

std::vector<api::Key> Planner::Plan() {
  std::vector<api::Key> to_wake;
  const std::lock_guard lock(mutex_);
  if (!expected_.empty() || !AnyAsks()) return to_wake;
  const placement::CycleInput input = Input();
  const Instant began = clock_.Now();
  for (const placement::Decision& decision : placement::PlanCycle(picture_, input)) {
    const auto found = entries_.find(decision.group);
    if (found != entries_.end() && Apply(decision, found->second)) to_wake.push_back(decision.group);
  }
  if (options_.on_planned) options_.on_planned(clock_.Now() - began);
  return to_wake;
}

std::optional<Duration> Planner::NextTelling() const {
  const std::lock_guard lock(mutex_);
  std::optional<Duration> next;
  // A group that waits long enough keeps others from passing it: time alone can change a plan.
  for (const auto& [group, entry] : entries_) {
    if (entry.stance.kind != core::Stance::Kind::kAsking) continue;
    next = std::min(next.value_or(std::chrono::seconds(30)), Duration(std::chrono::seconds(30)));
    if (!entry.to_tell) continue;
    const Duration wait = std::max(Duration(1), entry.told + options_.explanation_interval - clock_.Now());
    next = std::min(*next, wait);
  }
  return next;
}

}  // namespace muster::shell
