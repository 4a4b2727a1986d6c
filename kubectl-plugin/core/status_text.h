// `status` as a picture: header and tree, fitted to the paper. Layer: plugin core. Pure.
//
// A small workload is shown whole, by index. What does not fit is shown in the order a person needs it: groups that are
// not well first, then the others; roles are opened as long as there is room; the rest is one line, "+37 more ready".
#pragma once

#include <vector>

#include "kubectl-plugin/core/page.h"
#include "kubectl-plugin/core/status_view.h"

namespace muster::plugin {

// Whether `status` folds what is long even where the paper has no end.
enum class Fold { kLong, kNever };

Page RenderStatus(const WorkloadView& workload, const Paper& paper, Instant now, Fold fold = Fold::kLong);
// One after the other; those that are well get one line each when there are several.
Page RenderStatuses(const std::vector<WorkloadView>& workloads, const Paper& paper, Instant now,
                    Fold fold = Fold::kLong);

// One line per group, for a watch without a terminal: "train-1  Running  9/9 scheduled, 9/9 ready".
std::string GroupChange(const GroupView& group);

}  // namespace muster::plugin
