// What carries a group's label and is not controlled by one of its children: pods that were members until their
// controller was deleted, and objects of somebody else. Layer: operator/core. Pure.
//
// Former members must be gone before the group starts again, or a Job would run an index twice. They are known by
// memory: this process has seen them controlled by a child. After a restart there is none, so for a limited time pods
// that look like members are taken for former members. Everything else is a stranger: it is ignored, and reported once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "operator/core/group.h"

namespace muster::core {

// How long a pod that no child controls may keep its group from starting, while the child of its role is there. Whoever
// may write pods can bring one about, so this bounds what they can do. A pod gets 30 s to end by default.
inline constexpr Duration kFormerMembersWait = std::chrono::seconds(60);
// How long an object is a stranger before it is reported: caches run late, and garbage is collected within seconds.
inline constexpr Duration kStrangeFor = std::chrono::seconds(30);
// One event names the first stranger and counts the others; the next one comes no sooner than this.
inline constexpr Duration kStrangersReportedEvery = std::chrono::minutes(10);
inline constexpr size_t kStrangersRemembered = 16;

struct MemberMemory {
  struct Strange {
    Instant since{};
    bool reported = false;
  };
  std::optional<Instant> first_visit = {};
  std::vector<uint64_t> members = {};             // hashes of the uids of pods that were members; sorted
  std::map<uint64_t, Instant> former = {};        // of these, pods that no child controls any more, and since when
  std::map<std::string, Strange> strangers = {};  // by uid
  std::optional<Instant> strangers_reported_at = {};
};

// Moves former members from observed.stray_pods to observed.pods.
void RecallMembers(ObservedGroup& observed, MemberMemory& memory, Instant now);

// Sets observed.strangers to those to report now, at most once each, from what RecallMembers has left.
void ChooseStrangers(ObservedGroup& observed, MemberMemory& memory, Instant now);

}  // namespace muster::core
