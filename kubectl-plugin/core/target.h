// NAME or KIND/NAME as a user types it. Layer: plugin core. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace muster::plugin {

enum class TargetKind { kUnsaid, kWorkload, kPodGroup };

struct Target {
  TargetKind kind = TargetKind::kUnsaid;
  std::string name;
  bool operator==(const Target&) const = default;
};

// "train", "workload/train", "wl/train", "mwl/train", "workloads.muster.dev/train", "podgroup/train-1", "mpg/train-1".
// kInvalid names what is wrong: an unknown kind, or a name that no object can have.
Result<Target> ParseTarget(std::string_view text);
Result<std::vector<Target>> ParseTargets(const std::vector<std::string>& texts);

// "workload.muster.dev" / "podgroup.muster.dev", as kubectl names an object in what it prints.
std::string_view PrintedKind(TargetKind kind);

// "podgroups" or "workload" as a word of its own, as in "get podgroups train-1"; nullopt for any other word.
std::optional<TargetKind> KindOfWord(std::string_view word);

// Those of `names` that the user may have meant by `wanted` (small edit distance, or one begins with the other),
// nearest first, at most three.
std::vector<std::string> NearNames(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace muster::plugin
