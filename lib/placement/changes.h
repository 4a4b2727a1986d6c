// The changes that, each alone, would let a waiting group in. Layer: placement. Pure.
// Every one of them is tried on a changed copy of the board before it is named, and made as small as it can be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/explanation.h"
#include "lib/placement/explain.h"

namespace muster::placement {

namespace change {
inline constexpr std::string_view kAddNodes = "AddNodes";
inline constexpr std::string_view kAddToleration = "AddToleration";
inline constexpr std::string_view kUncordon = "Uncordon";
inline constexpr std::string_view kRemoveSelector = "RemoveSelector";
inline constexpr std::string_view kFreeResources = "FreeResources";
inline constexpr std::string_view kAdmitAlways = "AdmitAlways";
inline constexpr std::string_view kReduceMembers = "ReduceMembers";
inline constexpr std::string_view kWaitForAdmitted = "WaitForAdmitted";
inline constexpr std::string_view kWaitForGroup = "WaitForGroup";
}  // namespace change

struct Shortage {
  std::vector<WaitingRole> roles;
  const Scratch* after = nullptr;              // the groups in flight, and those members that find a place, put down
  std::optional<size_t> resource = {};         // (index) that the first short role lacks most, if any runs out
  const Picture* picture = nullptr;            // with the priorities of the pods that run
  std::optional<int64_t> preempts_below = {};  // see Ask
};

// The nodes that a change names: "n1, n2, n3, n4, ...". Where the picture hides names, their pools, each of them once.
class NamedNodes {
 public:
  // The first `count` nodes of the bucket.
  void Add(const Board& board, size_t bucket, int64_t count);
  // "freed on " + this: "n1", "3 nodes (n1, n2, n3)", "3 nodes (a node of pool gpu)".
  std::string Text() const;
  std::string List() const;
  int64_t count() const { return count_; }

 private:
  std::vector<std::string> names_;  // each once; at most 4
  bool more_ = false;
  int64_t count_ = 0;
};

// At most five, those that leave the group as it is first.
std::vector<api::Change> ChangesFor(const Shortage& shortage, Fit& fit);

}  // namespace muster::placement
