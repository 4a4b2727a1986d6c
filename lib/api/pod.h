// What we keep of a Pod: under 1 KB each, because every pod of the cluster is watched. Layer: api.
// Of pods that are not members of a group only what takes room is kept; texts are kept for members alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/api/meta.h"
#include "lib/api/quantity.h"
#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::api {

enum class PodPhase : uint8_t { kPending, kRunning, kSucceeded, kFailed, kUnknown };

struct Pod {
  ObjectMeta meta;        // without labels; the owner for members only
  std::string group;      // label muster.dev/pod-group, "" without
  std::string role;       // label muster.dev/role, "" without
  std::string node_name;  // see IsBound
  Resources requests;     // effective, for a bound pod at least what the kubelet has allocated; without the pod itself
  int32_t priority = 0;
  PodPhase phase = PodPhase::kPending;
  bool ready = false;            // condition Ready is True
  bool unschedulable = false;    // members: PodScheduled is False (kube-scheduler found no place, or it is gated)
  bool gated = false;            // members: it has scheduling gates, so kube-scheduler does not consider it
  bool comes_with_node = false;  // a pod of a DaemonSet, or a static pod: every node like its own runs such a pod
  bool awaits_node = false;      // a pod of a DaemonSet that is not bound yet: node_name is the only node it may go to
  int32_t restarts = 0;          // members: container restarts, all containers together
  std::string problem;           // members: why it is not scheduled, or why a container waits or failed; short

  bool IsMember() const { return !group.empty() && !role.empty(); }
  bool IsBound() const { return !node_name.empty() && !awaits_node; }
  bool IsFinished() const { return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed; }
  // Takes room on its node: bound and not finished. A pod that is being deleted does, until it is gone.
  bool TakesRoom() const { return IsBound() && !IsFinished(); }
  // The node whose room it takes, or will take whatever else is scheduled: "" when it takes none.
  std::string_view RoomNode() const { return IsFinished() ? std::string_view() : node_name; }

  // Everything but the resourceVersion.
  bool operator==(const Pod& other) const;
};

Result<Pod> DecodePod(const json::Value& object);

}  // namespace muster::api
