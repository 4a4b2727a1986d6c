#include "operator/core/admission_book.h"

#include <algorithm>
#include <utility>

namespace muster::core {
namespace {

// A group that waits long enough keeps others from passing it: time alone can change a plan.
constexpr Duration kLongestWithoutPlan = std::chrono::seconds(30);

}  // namespace

void AdmissionBook::Start(const std::vector<api::Key>& expected) {
  entries_.clear();
  expected_ = {expected.begin(), expected.end()};
}

void AdmissionBook::Clear() { entries_.clear(); }

bool AdmissionBook::ReplaceNode(const api::Node* before, const api::Node* after) {
  if (before != nullptr && after != nullptr && *before == *after) return false;
  if (after != nullptr) {
    picture_.SetNode(*after);
  } else if (before != nullptr) {
    picture_.RemoveNode(before->meta.name);
  }
  return true;
}

bool AdmissionBook::ReplacePod(const api::Pod* before, const api::Pod* after) {
  const uint64_t generation = picture_.generation();
  picture_.ReplacePod(before, after);
  return picture_.generation() != generation;
}

Verdict AdmissionBook::VerdictOf(const api::Key& group, const std::string& uid) const {
  const auto found = entries_.find(group);
  return found == entries_.end() || found->second.uid != uid ? Verdict() : found->second.verdict;
}

bool AdmissionBook::Publish(const api::Key& group, const std::string& uid, const Stance& stance) {
  const bool was_expected = expected_.erase(group) > 0;
  const auto found = entries_.find(group);
  if (found != entries_.end() && found->second.uid == uid && found->second.stance == stance && !was_expected) {
    return false;
  }
  Entry& entry = found == entries_.end() ? entries_[group] : found->second;
  const bool holds = entry.uid == uid && Holds(entry.verdict, entry.stance, stance);
  entry = {.uid = uid, .stance = stance, .verdict = holds ? std::move(entry.verdict) : Verdict(), .told = entry.told};
  return true;
}

void AdmissionBook::Remove(const api::Key& group) {
  expected_.erase(group);
  entries_.erase(group);
}

bool AdmissionBook::IsDue() const {
  return expected_.empty() && std::any_of(entries_.begin(), entries_.end(), [](const auto& known) {
           const Entry& entry = known.second;
           return entry.stance.kind == Stance::Kind::kAsking && entry.verdict.kind != Verdict::Kind::kAdmit;
         });
}

placement::CycleInput AdmissionBook::Input(Instant wall) const {
  placement::CycleInput input{.policy = options_.policy, .now = wall};
  for (const auto& [group, entry] : entries_) {
    const bool granted = entry.verdict.kind == Verdict::Kind::kAdmit;
    if (entry.stance.kind == Stance::Kind::kInFlight && !entry.stance.unbound.empty()) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.unbound});
    } else if (entry.stance.kind == Stance::Kind::kAsking && granted) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.ask.classes});
    } else if (entry.stance.kind == Stance::Kind::kAsking) {
      input.asks.push_back(entry.stance.ask);
    }
  }
  return input;
}

// True when the group is to be woken for it.
bool AdmissionBook::Apply(const placement::Decision& decision, Entry& entry, Instant now) const {
  if (decision.admitted) {
    entry.verdict = {.kind = Verdict::Kind::kAdmit, .explanation = std::nullopt, .granted = entry.stance.ask.classes};
    entry.to_tell = false;
    return true;
  }
  const bool first = entry.verdict.kind == Verdict::Kind::kNone;
  if (first || entry.verdict.explanation != decision.explanation) {
    entry.verdict = {.kind = Verdict::Kind::kWait, .explanation = decision.explanation};
    entry.to_tell = true;
  }
  if (!entry.to_tell || (!first && now < entry.told + options_.explanation_interval)) return false;
  entry.to_tell = false;
  entry.told = now;
  return true;
}

std::vector<api::Key> AdmissionBook::Plan(Instant wall, Instant now) {
  std::vector<api::Key> to_wake;
  if (!IsDue()) return to_wake;
  for (const placement::Decision& decision : placement::PlanCycle(picture_, Input(wall))) {
    const auto found = entries_.find(decision.group);
    if (found != entries_.end() && Apply(decision, found->second, now)) to_wake.push_back(decision.group);
  }
  return to_wake;
}

std::optional<Duration> AdmissionBook::NextTelling(Instant now) const {
  std::optional<Duration> next;
  for (const auto& [group, entry] : entries_) {
    if (entry.stance.kind != Stance::Kind::kAsking) continue;
    next = std::min(next.value_or(kLongestWithoutPlan), kLongestWithoutPlan);
    if (!entry.to_tell) continue;
    next = std::min(*next, std::max(Duration(1), entry.told + options_.explanation_interval - now));
  }
  return next;
}

}  // namespace muster::core
