#include "tests/support/sim/planner.h"

#include <algorithm>

namespace muster::sim {

core::Verdict Planner::VerdictOf(const api::Key& group, const std::string& uid) const {
  const auto found = entries_.find(group);
  return found == entries_.end() || found->second.uid != uid ? core::Verdict() : found->second.verdict;
}

void Planner::Publish(const api::Key& group, const std::string& uid, const core::Stance& stance) {
  const bool was_expected = expected_.erase(group) > 0;
  const auto found = entries_.find(group);
  const bool same = found != entries_.end() && found->second.uid == uid && found->second.stance == stance;
  if (same && !was_expected) return;
  Entry& entry = entries_[group];
  const bool holds = entry.uid == uid && core::Holds(entry.verdict, entry.stance, stance);
  entry = {.uid = uid, .stance = stance, .verdict = holds ? entry.verdict : core::Verdict()};
  hooks_.notify();
}

void Planner::Remove(const api::Key& group) {
  expected_.erase(group);
  entries_.erase(group);
  hooks_.notify();
}

placement::CycleInput Planner::Input(Instant now) const {
  placement::CycleInput input{.policy = {}, .now = now};
  for (const auto& [group, entry] : entries_) {
    const bool granted = entry.verdict.kind == core::Verdict::Kind::kAdmit;
    const bool asking = entry.stance.kind == core::Stance::Kind::kAsking;
    if (entry.stance.kind == core::Stance::Kind::kInFlight && !entry.stance.unbound.empty()) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.unbound});
    } else if (asking && granted) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.ask.classes});
    } else if (asking) {
      input.asks.push_back(entry.stance.ask);
    }
  }
  return input;
}

bool Planner::Plan(Instant now) {
  if (!expected_.empty()) return false;
  const placement::CycleInput input = Input(now);
  if (input.asks.empty()) return false;
  for (const placement::Decision& decision : placement::PlanCycle(picture_, input)) {
    const auto found = entries_.find(decision.group);
    if (found == entries_.end()) continue;
    core::Verdict& verdict = found->second.verdict;
    const bool first = verdict.kind == core::Verdict::Kind::kNone;
    if (decision.admitted) {
      verdict = {.kind = core::Verdict::Kind::kAdmit, .explanation = std::nullopt};
      hooks_.wake(decision.group, Duration(0));
    } else if (first || verdict.explanation != decision.explanation) {
      verdict = {.kind = core::Verdict::Kind::kWait, .explanation = decision.explanation};
      hooks_.wake(decision.group, first ? Duration(0) : std::chrono::seconds(5));
    }
  }
  return true;
}

}  // namespace muster::sim
