// `wait --for=`: whether it has come true, may still, or cannot any more. Layer: plugin core. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kubectl-plugin/core/status_view.h"

namespace muster::plugin {

enum class WaitFor { kReady, kAdmitted, kComplete, kRolledOut };
std::optional<WaitFor> WaitForOf(std::string_view text);  // "ready", "admitted", "complete", "rolled-out"

enum class WaitState {
  kNotYet,
  kDone,
  kNever,  // failed, or stalled until a person changes something
};

WaitState StateOfWait(const WorkloadView& workload, WaitFor wanted);
// "workload.muster.dev/train is ready"
std::string DoneText(const api::Key& workload, WaitFor wanted);

}  // namespace muster::plugin
