// I8: after each schedule timeout in a row a group waits longer before it is admitted again; a child is released once
// for each admission and each hold by somebody else; a request that is refused is not sent again in a loop.
#include <algorithm>
#include <deque>
#include <map>

#include "lib/api/child.h"
#include "lib/api/pod_group.h"
#include "operator/core/collision.h"
#include "operator/core/plan.h"
#include "tests/support/sim/decoded.h"
#include "tests/support/sim/law.h"

namespace muster::sim {
namespace {

// What a back-off from a few milliseconds on, doubling, and retries of what is refused by name come to in a minute.
constexpr size_t kMostRefusedInAMinute = 20;

class BoundedAttemptsLaw : public Law {
 public:
  explicit BoundedAttemptsLaw(const Parts& parts) : Law(parts) {
    p_.api.WatchRefusals([this](const RefusedRequest& refused) { OnRefused(refused); });
  }

  void OnChange(const Change& change) override {
    if (change.resource == api::kPodGroups) return OnGroup(change);
    for (const api::RoleKind kind : api::kRoleKinds) {
      if (api::ResourceOf(kind) == change.resource) OnChild(kind, change);
    }
  }

 private:
  struct Group {
    int64_t timeouts = 0;  // in a row
    Instant stopped{};     // by the last of them
    int64_t admissions = 0;
  };

  static Duration BackOffAfter(int64_t timeouts) {
    const core::Policy policy;
    Duration wait = policy.backoff_base;
    for (int64_t i = 1; i < timeouts && wait < policy.backoff_max; ++i) wait *= 2;
    return std::min(wait, policy.backoff_max);
  }

  void OnGroup(const Change& change) {
    if (change.after == nullptr) {
      groups_.erase(UidOf(*change.before));
      return;
    }
    const auto after = Decoded(api::DecodePodGroup(*change.after));
    Group& group = groups_[after.meta.uid];
    const bool was_admitted =
        change.before != nullptr &&
        api::IsTrue(Decoded(api::DecodePodGroup(*change.before)).status.conditions, api::condition::kAdmitted);
    const api::Condition* admitted = api::FindCondition(after.status.conditions, api::condition::kAdmitted);
    const bool is_admitted = admitted != nullptr && admitted->status == api::Truth::kTrue;
    if (api::IsTrue(after.status.conditions, api::condition::kScheduled) ||
        after.status.state == api::GroupState::kHeld) {
      group.timeouts = 0;
    }
    if (was_admitted && !is_admitted) {
      const bool failed = admitted != nullptr && core::IsFailedAttempt(admitted->reason);
      group.timeouts = failed ? group.timeouts + 1 : 0;
      // As recorded: the record may have been on its way for some time.
      group.stopped = std::min(p_.events.now(), after.status.last_stop.time.value_or(p_.events.now()));
    }
    if (was_admitted || !is_admitted) return;
    ++group.admissions;
    // Times are written in whole seconds.
    const Duration wait = BackOffAfter(group.timeouts) - std::chrono::seconds(1);
    if (group.timeouts > 0 && p_.events.now() < group.stopped + wait) {
      p_.broken(after.meta.name + ": admitted " + std::to_string((p_.events.now() - group.stopped).count()) +
                " ms after timeout number " + std::to_string(group.timeouts) + " in a row");
    }
  }

  void OnChild(api::RoleKind kind, const Change& change) {
    if (change.after == nullptr) {
      releases_.erase(UidOf(*change.before));
      return;
    }
    const auto after = Decoded(api::DecodeChild(kind, *change.after));
    if (!after.meta.owner || after.meta.owner->kind != api::kPodGroups.kind) return;
    const bool was_released = change.before != nullptr && !Decoded(api::DecodeChild(kind, *change.before)).Held();
    int64_t& releases = releases_[after.meta.uid];
    if (!change.by_operator) {
      if (was_released && after.Held()) --releases;  // by hand: it will be released once more
      return;
    }
    if (was_released || after.Held()) return;
    if (!groups_.contains(after.meta.owner->uid)) return;  // it is gone, and its children are going
    if (++releases <= groups_[after.meta.owner->uid].admissions) return;
    p_.broken(after.meta.name + ": released " + std::to_string(releases) + " times, its group admitted " +
              std::to_string(groups_[after.meta.owner->uid].admissions) + " times");
  }

  void OnRefused(const RefusedRequest& refused) {
    if (refused.code != Code::kInvalid && refused.code != Code::kForbidden) return;
    std::deque<Instant>& times = refusals_[refused.what];
    times.push_back(p_.events.now());
    while (times.front() < p_.events.now() - std::chrono::minutes(1)) times.pop_front();
    if (times.size() == kMostRefusedInAMinute + 1) {
      p_.broken(refused.what + ": refused, and sent " + std::to_string(times.size()) + " times within a minute");
    }
  }

  std::map<std::string, Group> groups_;                  // by uid
  std::map<std::string, int64_t> releases_;              // of children, by uid
  std::map<std::string, std::deque<Instant>> refusals_;  // by request
};

}  // namespace

std::unique_ptr<Law> BoundedAttempts(const Law::Parts& parts) { return std::make_unique<BoundedAttemptsLaw>(parts); }

}  // namespace muster::sim
