#include "operator/core/admission_book.h"

#include <algorithm>
#include <utility>

namespace muster::core {
namespace {

// Guards begin and end with time alone, which changes plans.
constexpr Duration kLongestWithoutPlan = std::chrono::seconds(30);

// A reservation that is younger than this is the ordinary start of another group, which takes about a second: it is not
// worth a new explanation for all that wait.
constexpr Duration kOrdinaryStart = std::chrono::seconds(2);
// A turn that was lost longer ago than this no longer matters: who waits that long is guarded (placement/guards.h).
constexpr Duration kTurnsKept = std::chrono::hours(1);

// Groups that have collided and start now, or are still being held: those that have collided with one of them wait.
class Turns {
 public:
  void Take(const api::Key& group, const std::optional<Collided>& collided) {
    if (collided) taken_.emplace_back(group, *collided);
  }
  // The group that it must wait for; null: none.
  const api::Key* InFrontOf(const std::optional<Collided>& collided) const {
    if (!collided) return nullptr;
    const auto at = std::find_if(taken_.begin(), taken_.end(),
                                 [&](const auto& other) { return HaveCollided(*collided, other.second); });
    return at == taken_.end() ? nullptr : &at->first;
  }

 private:
  std::vector<std::pair<api::Key, Collided>> taken_;
};

placement::Decision WaitForTurn(const api::Key& group, const api::Key& in_front) {
  placement::Decision decision{.group = group};
  decision.explanation.summary =
      "PodGroup " + in_front.Text() + " starts first: neither could start while both started at the same time";
  decision.explanation.blockers.push_back(
      {.code = std::string(api::blocker::kBehindEarlierGroup), .message = decision.explanation.summary});
  return decision;
}

}  // namespace

void AdmissionBook::Start(const std::vector<api::Key>& expected) {
  entries_.clear();
  unused_.clear();
  unused_now_.clear();
  guards_began_.clear();
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
  NoteUnused(group, entry.stance, stance);
  const bool holds = entry.uid == uid && Holds(entry.verdict, entry.stance, stance);
  const bool still_asks = entry.uid == uid && stance.kind == Stance::Kind::kAsking;
  entry = {.uid = uid,
           .stance = stance,
           .verdict = holds ? std::move(entry.verdict) : Verdict(),
           .told = entry.told,
           .held_back = still_asks ? entry.held_back : std::nullopt};
  return true;
}

void AdmissionBook::Remove(const api::Key& group) {
  expected_.erase(group);
  const auto found = entries_.find(group);
  if (found == entries_.end()) return;
  NoteUnused(group, found->second.stance, {});
  entries_.erase(found);
}

// A start that ends in anything but a started group has kept room from others for nothing: it has failed, or the group
// was deleted, suspended or changed meanwhile. The time of a failure is in the group's status, which outlives this
// process; that of anything else is the next plan's.
void AdmissionBook::NoteUnused(const api::Key& group, const Stance& before, const Stance& after) {
  if (after.collided) {
    Instant& last = unused_[group.ns];
    last = std::max(last, after.collided->stopped);
  }
  if (before.starting && !after.starting && !after.started) unused_now_.insert(group.ns);
}

void AdmissionBook::ForgetOldTurns(Instant wall) {
  for (const std::string& ns : unused_now_) unused_[ns] = wall;
  unused_now_.clear();
  std::erase_if(unused_, [&](const auto& known) { return known.second + kTurnsKept < wall; });
}

bool AdmissionBook::IsDue() const {
  return expected_.empty() && std::any_of(entries_.begin(), entries_.end(), [](const auto& known) {
           const Entry& entry = known.second;
           return entry.stance.kind == Stance::Kind::kAsking && entry.verdict.kind != Verdict::Kind::kAdmit;
         });
}

placement::CycleInput AdmissionBook::Input(Instant wall) const {
  placement::CycleInput input{.policy = options_.policy, .now = wall, .guards_began = guards_began_};
  Instant first_guard = Instant::max();
  for (const auto& [ns, began] : guards_began_) first_guard = std::min(first_guard, began);
  for (const auto& [group, entry] : entries_) {
    // Times of admission are written in whole seconds.
    if (!entry.stance.members.empty() && entry.stance.since + std::chrono::seconds(1) >= first_guard) {
      input.admitted.push_back({.group = group, .since = entry.stance.since, .classes = entry.stance.members});
    }
    const bool granted = entry.verdict.kind == Verdict::Kind::kAdmit;
    if (entry.stance.kind == Stance::Kind::kInFlight && !entry.stance.unbound.empty()) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.unbound, .since = entry.stance.since});
    } else if (entry.stance.kind == Stance::Kind::kAsking && granted) {
      input.in_flight.push_back({.group = group, .unbound = entry.stance.ask.classes, .since = wall});
      input.admitted.push_back({.group = group, .since = wall, .classes = entry.stance.ask.classes});
    } else if (entry.stance.kind == Stance::Kind::kAsking) {
      input.asks.push_back(entry.stance.ask);
      input.asks.back().held_back = entry.held_back;
      const auto unused = unused_.find(group.ns);
      if (unused != unused_.end()) input.asks.back().behind = unused->second;
    }
  }
  return input;
}

// True when the group is to be woken for it.
bool AdmissionBook::Apply(const placement::Decision& decision, Entry& entry, Instant wall, Instant now) const {
  if (decision.admitted) {
    entry.verdict = {.kind = Verdict::Kind::kAdmit, .explanation = std::nullopt, .granted = entry.stance.ask.classes};
    entry.to_tell = false;
    return true;
  }
  const bool first = entry.verdict.kind == Verdict::Kind::kNone;
  if (!first && decision.reserved_since && wall < *decision.reserved_since + kOrdinaryStart) {
    entry.to_tell = true;  // looked at again when its explanation is due
    return false;
  }
  if (first || entry.verdict.explanation != decision.explanation) {
    entry.verdict = {.kind = Verdict::Kind::kWait, .explanation = decision.explanation};
    entry.to_tell = true;
  }
  if (!entry.to_tell || (!first && now < entry.told + options_.explanation_interval)) return false;
  entry.to_tell = false;
  entry.told = now;
  return true;
}

// The planner's decisions, but those that would admit two groups together which have collided. What such a group was
// granted is planned again without it: others may have been refused for the room it takes.
std::vector<placement::Decision> AdmissionBook::Decide(Instant wall) const {
  placement::CycleInput input = Input(wall);
  std::vector<placement::Decision> waiting;
  Turns in_flight;
  for (const auto& [group, entry] : entries_) {
    const bool granted = entry.stance.kind == Stance::Kind::kAsking && entry.verdict.kind == Verdict::Kind::kAdmit;
    if (granted || entry.stance.kind == Stance::Kind::kInFlight) in_flight.Take(group, entry.stance.collided);
  }
  const auto leave_out = [&](const api::Key& group, const api::Key& in_front) {
    waiting.push_back(WaitForTurn(group, in_front));
    std::erase_if(input.asks, [&](const placement::Ask& ask) { return ask.group == group; });
  };
  for (const placement::Ask& ask : std::vector(input.asks)) {
    if (const api::Key* first = in_flight.InFrontOf(entries_.at(ask.group).stance.collided)) {
      leave_out(ask.group, *first);
    }
  }
  while (true) {
    std::vector<placement::Decision> decisions = placement::PlanCycle(picture_, input);
    Turns turns = in_flight;
    bool all_alone = true;
    for (const placement::Decision& decision : decisions) {
      const std::optional<Collided>& collided = entries_.at(decision.group).stance.collided;
      if (!decision.admitted) continue;
      if (const api::Key* first = turns.InFrontOf(collided)) {
        leave_out(decision.group, *first);
        all_alone = false;
      } else {
        turns.Take(decision.group, collided);
      }
    }
    if (!all_alone) continue;
    decisions.insert(decisions.end(), waiting.begin(), waiting.end());
    return decisions;
  }
}

void AdmissionBook::NoteGuards(const std::vector<placement::Decision>& decisions, Instant wall) {
  std::erase_if(guards_began_,
                [&](const auto& known) { return wall >= known.second + 2 * options_.policy.guard_time; });
  for (const placement::Decision& decision : decisions) {
    if (decision.guarded) guards_began_.try_emplace(decision.group.ns, wall);
    const auto found = entries_.find(decision.group);
    if (decision.held_back && found != entries_.end() && !found->second.held_back) found->second.held_back = wall;
  }
}

std::vector<api::Key> AdmissionBook::Plan(Instant wall, Instant now) {
  std::vector<api::Key> to_wake;
  ForgetOldTurns(wall);
  if (!IsDue()) return to_wake;
  const std::vector<placement::Decision> decisions = Decide(wall);
  NoteGuards(decisions, wall);
  for (const placement::Decision& decision : decisions) {
    const auto found = entries_.find(decision.group);
    if (found != entries_.end() && Apply(decision, found->second, wall, now)) to_wake.push_back(decision.group);
  }
  return to_wake;
}

std::optional<Duration> AdmissionBook::NextTelling(Instant now) const {
  std::optional<Duration> next;
  for (const auto& [group, entry] : entries_) {
    if (entry.stance.kind != Stance::Kind::kAsking) continue;
    const placement::PlanPolicy& policy = options_.policy;
    const Duration longest = std::min({kLongestWithoutPlan, policy.guard_after, policy.guard_time});
    next = std::min(next.value_or(longest), longest);
    if (!entry.to_tell) continue;
    next = std::min(*next, std::max(Duration(1), entry.told + options_.explanation_interval - now));
  }
  return next;
}

}  // namespace muster::core
