// Why a group is not running and what would let it: the value stored in status.explanation of a PodGroup. Layer: api.
// Made by lib/placement (and by operator/core for reasons that are not about room), rendered by the plugin, counted
// in metrics by the code of the first blocker. It holds nothing that ticks: no time, no position, no counter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/json/value.h"

namespace muster::api {

// Stable codes of blockers; docs/explanations.md says what each means and what to do. Metrics use them as label values.
namespace blocker {
inline constexpr std::string_view kInsufficientPrefix = "Insufficient";  // + Cpu, Memory, EphemeralStorage, Pods,
                                                                         //   ExtendedResource
inline constexpr std::string_view kUntoleratedTaint = "UntoleratedTaint";
inline constexpr std::string_view kNodeSelectorMismatch = "NodeSelectorMismatch";
inline constexpr std::string_view kNodeAffinityMismatch = "NodeAffinityMismatch";
inline constexpr std::string_view kNodeNotReady = "NodeNotReady";
inline constexpr std::string_view kNodeUnschedulable = "NodeUnschedulable";
inline constexpr std::string_view kNoNodes = "NoNodes";
inline constexpr std::string_view kFragmentedCapacity = "FragmentedCapacity";  // fits only if packed exactly
inline constexpr std::string_view kFitNotProven = "FitNotProven";              // fits, but perhaps not in every order
inline constexpr std::string_view kBehindHigherPriority = "BehindHigherPriority";
inline constexpr std::string_view kBehindEarlierGroup = "BehindEarlierGroup";
inline constexpr std::string_view kReservedByAdmitted = "ReservedByAdmitted";  // room promised to groups starting now
inline constexpr std::string_view kInvalidRole = "InvalidRole";                // the API server refused a child
inline constexpr std::string_view kWriteRefused = "WriteRefused";  // rights, quota or policy: a write of ours
inline constexpr std::string_view kNameConflict = "NameConflict";  // a foreign object has a name we need
inline constexpr std::string_view kPodsRefused = "PodsRefused";    // Pod Security, quota or a webhook
inline constexpr std::string_view kMemberUnschedulable =
    "MemberUnschedulable";                               // kube-scheduler's words, once released
inline constexpr std::string_view kBackOff = "BackOff";  // waits until nextAttemptTime
inline constexpr std::string_view kSuspended = "Suspended";
inline constexpr std::string_view kMembersLeft = "MembersLeft";  // old members are not gone yet
inline constexpr std::string_view kCannotStart = "CannotStart";  // managedBy Job, paused Deployment, ...
inline constexpr std::string_view kPriorityClassNotFound = "PriorityClassNotFound";
}  // namespace blocker

// How many of a role's members would have a place now.
struct RoleFit {
  std::string role;
  int64_t placed = 0;
  int64_t members = 0;
  bool operator==(const RoleFit&) const = default;
};

// One thing in the way, most binding first.
struct Blocker {
  std::string code;      // one of blocker::*
  std::string role;      // "" when it concerns the whole group
  std::string resource;  // for Insufficient*: "cpu", "nvidia.com/gpu"
  std::string missing;   // for Insufficient*: how much more the group needs in all, as a quantity: "12", "64Gi"
  int64_t nodes = 0;     // how many nodes it rules out
  std::string message;   // one line for a person: "nvidia.com/gpu: 12 more needed"
  bool operator==(const Blocker&) const = default;
};

// A change that alone would let the group in, smallest first.
struct Change {
  std::string
      code;  // AddNodes, FreeResources, AddToleration, ReduceMembers, RemoveSelector, WaitForHigherPriority, ...
  std::string text;  // "3 more nodes like gpu-a-1 (4 nvidia.com/gpu each)"
  bool operator==(const Change&) const = default;
};

struct Explanation {
  std::string summary;  // one line: "needs 8 x 4 nvidia.com/gpu, room for 5"
  std::vector<RoleFit> roles;
  std::vector<Blocker> blockers;
  std::vector<Change> changes;
  std::vector<std::string> not_considered;  // "pod anti-affinity of role workers": asked for, but not modelled
  int64_t nodes = 0;                        // how many nodes were looked at
  bool operator==(const Explanation&) const = default;
};

// Why a group is not even considered; plugin and operator say it alike.
Explanation PriorityClassMissing(const std::string& name);

Explanation DecodeExplanation(const json::Value& value);
json::Value EncodeExplanation(const Explanation& explanation);
// Summary and first blocker alone: what is stored for groups far from the head.
Explanation ShortForm(const Explanation& explanation);

}  // namespace muster::api
