#include "kubectl-plugin/core/completion_notes.h"

#include <string>

#include "lib/api/workload.h"
#include "lib/base/strings.h"

namespace muster::plugin {

std::vector<Finding> CompletionNotes(const json::Value& workload) {
  std::vector<Finding> notes;
  std::vector<std::string> serving;
  bool any_job = false;
  const json::Array& roles = workload["spec"]["roles"].Items();
  for (size_t i = 0; i < roles.size(); ++i) {
    const json::Value& job = roles[i][api::FieldOf(api::RoleKind::kJob)];
    if (!job.IsObject()) {
      serving.push_back(roles[i]["name"].Text());
      continue;
    }
    any_job = true;
    const json::Value& parallelism = job["spec"]["parallelism"];
    if (!parallelism.IsInteger() || parallelism.Integer() != 0 || job["spec"]["completions"].Integer(1) == 0) continue;
    notes.push_back({ChildPath("spec.roles", i) + ".job.spec.parallelism",
                     "is 0: the Job is paused and creates no pod, so the Workload never completes"});
  }
  if (any_job && !serving.empty()) {
    notes.push_back({"spec.roles", "the Workload never completes: when its Jobs have finished, " + Join(serving, ", ") +
                                       (serving.size() == 1 ? " runs on and keeps its" : " run on and keep their") +
                                       " resources until the Workload is suspended or deleted"});
  }
  return notes;
}

}  // namespace muster::plugin
