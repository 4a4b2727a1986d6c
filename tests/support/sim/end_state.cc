// What a World has come to, as text that two runs of the same story share.
#include <algorithm>
#include <map>
#include <sstream>

#include "operator/core/observe.h"
#include "tests/support/sim/decoded.h"
#include "tests/support/sim/world.h"

namespace muster::sim {
namespace {

std::string ConditionsText(api::Conditions conditions) {
  std::sort(conditions.begin(), conditions.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
  std::string text;
  for (const api::Condition& condition : conditions) {
    const char* truth = condition.status == api::Truth::kTrue ? "=True(" : "=False(";
    // Why a group that runs was not admitted before is history.
    text += " " + condition.type + truth + condition.reason + ")";
  }
  return text;
}

std::string WorkloadText(const api::Workload& workload) {
  const api::WorkloadStatus& s = workload.status;
  std::ostringstream text;
  text << "workload " << workload.meta.name << " generation " << s.observed_generation << "/"
       << workload.meta.generation << " groups " << s.replicas << " admitted " << s.admitted << " ready " << s.ready
       << " updated " << s.updated << " succeeded " << s.succeeded << " failed " << s.failed << " " << s.update_revision
       << ConditionsText(s.conditions) << "\n";
  return text.str();
}

std::string GroupText(const api::PodGroup& group) {
  const api::PodGroupStatus& s = group.status;
  std::ostringstream text;
  text << "group " << group.meta.name << " " << (s.state ? api::StateName(*s.state) : "?") << " "
       << (group.spec.revision == s.revision ? s.revision : group.spec.revision + " but " + s.revision) << " members "
       << s.members << "/" << s.scheduled << "/" << s.ready << ConditionsText(s.conditions) << "\n";
  for (const api::RoleStatus& role : s.roles) {
    text << "  role " << role.name << " " << role.kind << " " << role.desired << "/" << role.created << "/"
         << role.scheduled << "/" << role.ready << " succeeded " << role.succeeded << " " << role.result << "\n";
  }
  if (s.explanation) text << "  " << s.explanation->summary << "\n";
  return text.str();
}

std::string ChildText(api::RoleKind kind, const json::Value& document) {
  const auto child = Decoded(api::DecodeChild(kind, document));
  std::ostringstream text;
  text << "child " << api::KindName(kind) << " " << child.meta.name << (child.Held() ? " held" : " released");
  if (kind != api::RoleKind::kJob) text << " " << child.replicas;
  if (child.Finished()) text << (child.result == api::JobResult::kSucceeded ? " succeeded" : " failed");
  // The revision it was made for is history, as long as its role is the same.
  text << " " << child.role_hash << "\n";
  return text.str();
}

}  // namespace

std::string World::EndState() const {
  std::string text;
  for (const Document& document : api_.List(api::kWorkloads)) {
    text += WorkloadText(Decoded(api::DecodeWorkload(*document)));
  }
  for (const Document& document : api_.List(api::kControllerRevisions)) {
    text += "revision " + KeyOf(*document).name + "\n";
  }
  for (const Document& document : api_.List(api::kPodGroups))
    text += GroupText(Decoded(api::DecodePodGroup(*document)));
  for (const api::RoleKind kind : api::kRoleKinds) {
    for (const Document& document : api_.List(api::ResourceOf(kind))) {
      const bool ours = !LabelOf(*document, api::kLabelPodGroup).empty();
      if (ours && (*document)["metadata"]["ownerReferences"].At(0)["kind"].Text() != "Deployment") {
        text += ChildText(kind, *document);
      }
    }
  }
  std::map<std::string, int> pods;
  for (const Document& document : api_.List(api::kPods)) {
    const std::string& group = LabelOf(*document, api::kLabelPodGroup);
    ++pods["pods " + group + " " + LabelOf(*document, api::kLabelRole) + " " + (*document)["status"]["phase"].Text()];
  }
  for (const auto& [what, count] : pods) text += what + " x" + std::to_string(count) + "\n";
  for (const Document& document : api_.List(kClaims)) text += "claim " + KeyOf(*document).name + "\n";
  return text;
}

std::string World::PlansLeft() const {
  Caches caches;
  caches.Fill(api_);
  std::string left;
  const auto note = [&](const core::Plan& plan) {
    if (plan.HasWrites()) left += core::Describe(plan);
  };
  caches.groups.ForEach([&](const std::shared_ptr<const api::PodGroup>& group) {
    core::ObservedGroup observed = core::ObserveGroup(caches, group);
    observed.last_write = events_.now() - std::chrono::hours(1);
    if (group->status.explanation && group->status.state == api::GroupState::kWaiting) {
      observed.verdict = {core::Verdict::Kind::kWait, group->status.explanation};
    }
    if (group->status.state != api::GroupState::kStalled) note(core::ReconcileGroup(observed, events_.now(), {}).plan);
  });
  caches.workloads.ForEach([&](const std::shared_ptr<const api::Workload>& workload) {
    const api::Condition* stalled = api::FindCondition(workload->status.conditions, api::condition::kStalled);
    if (stalled == nullptr) {
      note(core::ReconcileWorkload(core::ObserveWorkload(caches, workload), events_.now(), {}));
    }
  });
  return left;
}

}  // namespace muster::sim
