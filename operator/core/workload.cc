#include "operator/core/workload.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/api/names.h"
#include "lib/base/strings.h"
#include "lib/json/patch.h"
#include "operator/core/hands.h"
#include "operator/core/render.h"
#include "operator/core/workload_status.h"

namespace muster::core {
namespace {

using GroupPointer = std::shared_ptr<const api::PodGroup>;

// Besides its status.
constexpr size_t kStepsPerVisit = 32;

bool IsAdmitted(const api::PodGroup& group) { return api::IsTrue(group.status.conditions, api::condition::kAdmitted); }
// A group that was just given another revision is about to stop, though its status does not say so yet.
bool IsUp(const api::PodGroup& group) {
  if (IsFinished(group)) return true;
  return IsAdmitted(group) && group.status.revision == group.spec.revision &&
         api::IsTrue(group.status.conditions, api::condition::kReady);
}

class WorkloadReconciler {
 public:
  WorkloadReconciler(const ObservedWorkload& observed, Instant now, const Policy& policy)
      : o_(observed), workload_(*observed.workload), now_(now), policy_(policy), wanted_(WantRevision(workload_)) {
    for (const auto& revision : o_.revisions) {
      if (revision->meta.name == wanted_.name && Holds(*revision)) revision_ = revision;
    }
  }

  Plan Run() {
    // Roles that cannot be read make no revision and no group; what needs none of them, size and suspension, goes on.
    const bool readable = workload_.unreadable.empty();
    if (readable) EnsureRevision();
    RemoveSurplusGroups();
    if (readable) CreateMissingGroups();
    UpdateGroups();
    CollectRevisions();
    const RefusedWrite* refused = LeaveOutRefused(o_.refused_writes, now_, LeaveOut::kEach, plan_);
    BoundWrites();
    WorkloadStatusWriter(o_, readable ? wanted_.name : workload_.status.update_revision, refused, now_)
        .Write(policy_, plan_);
    return std::move(plan_);
  }

 private:
  // A Workload of a thousand groups would keep a worker from everybody else's for as long as that takes. The rest is
  // done on the next visit, which comes when the Workloads of other namespaces had their turns.
  void BoundWrites() {
    if (plan_.steps.size() <= kStepsPerVisit) return;
    for (size_t i = kStepsPerVisit; i < plan_.steps.size(); ++i) {
      plan_.left_out.push_back(Describe(Step{plan_.steps[i].action, {}}));
    }
    plan_.steps.resize(kStepsPerVisit);
    plan_.WakeAt(now_);
  }

  // Its name is a short hash: whoever may write ControllerRevisions could have made one of that name.
  bool Holds(const Revision& revision) const { return revision.digest == wanted_.digest; }

  void EnsureRevision() {
    if (revision_ != nullptr) return;
    int64_t number = 0;
    for (const auto& revision : o_.revisions) number = std::max(number, revision->number);
    plan_.Add(CreateRevision(o_.workload, wanted_, number + 1), "the spec is new");
    revision_refused_ = o_.refused_writes.Find(plan_.steps.back()) != nullptr;
  }

  api::PodGroupSpec WantedSpec(int64_t index) const {
    return {.index = index,
            .revision = wanted_.name,
            .run = workload_.spec.suspend ? api::Run::kHold : api::Run::kRun,
            .priority_class_name = workload_.spec.priority_class_name,
            .gang = workload_.spec.gang};
  }

  json::Value NewGroup(int64_t index) const {
    const json::Object labels{{std::string(api::kLabelWorkload), workload_.meta.name}};
    json::Object meta{{"name", api::GroupName(workload_.meta.name, index)},
                      {"namespace", workload_.meta.ns},
                      {"labels", labels},
                      {"ownerReferences", json::Array{api::EncodeOwnerReference(api::kWorkloads, workload_.meta)}}};
    return json::Object{{"apiVersion", api::kPodGroups.ApiVersion()},
                        {"kind", api::kPodGroups.kind},
                        {"metadata", std::move(meta)},
                        {"spec", api::EncodePodGroupSpec(WantedSpec(index))}};
  }

  void RemoveSurplusGroups() {
    for (const GroupPointer& group : o_.groups) {
      if (group->spec.index < workload_.spec.replicas || group->meta.deleted) continue;
      plan_.Add(DeleteOf(api::kPodGroups, group->meta), "scaled down");
    }
  }

  void CreateMissingGroups() {
    if (revision_refused_) return;  // they would have no roles
    std::set<int64_t> present;
    for (const GroupPointer& group : o_.groups) present.insert(group->spec.index);
    for (int64_t index = 0; index < workload_.spec.replicas; ++index) {
      if (present.contains(index) || o_.foreign_groups.contains(index)) continue;
      plan_.Add(Create{.resource = api::kPodGroups, .object = NewGroup(index)}, {});
      if (auto event = DeletedGroup(workload_, index)) plan_.Add(std::move(*event), {});
    }
  }

  void UpdateGroups() {
    const bool all_up = std::all_of(o_.groups.begin(), o_.groups.end(), [&](const GroupPointer& group) {
      return group->spec.index >= workload_.spec.replicas || IsUp(*group);
    });
    const bool refused = o_.refused_revisions.contains(wanted_.name);
    bool one_under_way = !all_up;
    for (const GroupPointer& group : o_.groups) {
      if (group->meta.deleted || group->spec.index >= workload_.spec.replicas) continue;
      bool take_revision = false;
      if (group->spec.revision != wanted_.name && revision_ != nullptr && !IsFinished(*group)) {
        const bool running = IsAdmitted(*group);
        // A group that is not up loses nothing by it, and the new revision may be just what mends it.
        take_revision = !running || (!refused && (!one_under_way || !IsUp(*group)));
        if (take_revision && running) {
          one_under_way = true;
          TryDry(group);
        }
      }
      PatchSpec(*group, take_revision);
    }
  }

  // What would be done to the children, asked of the API server without doing it: before anything that runs is stopped.
  void TryDry(const GroupPointer& group) {
    const auto found = o_.children.find(group->meta.name);
    const ChildList children = found == o_.children.end() ? ChildList() : found->second;
    for (const RevisionRole& role : revision_->roles) {
      const api::Child* child = ChildOf(children, role.role);
      if (child != nullptr && child->role_hash == role.hash) continue;
      const bool patchable = child != nullptr && child->kind == role.role.kind && child->kind != api::RoleKind::kJob;
      const ChildToMake wanted{group, revision_, role};
      patchable ? plan_.Add(ChangeChild(wanted, *child, Mode::kDryRun), "before anything is stopped")
                : plan_.Add(CreateChild(wanted, Hold::kHeld, group->status.attempt, Mode::kDryRun),
                            "before anything is stopped");
    }
  }

  void PatchSpec(const api::PodGroup& group, bool take_revision) {
    const api::PodGroupSpec wanted = WantedSpec(group.spec.index);
    json::Array operations;
    if (take_revision) operations.push_back(json::Operation("add", "/spec/revision", wanted.revision));
    // A group of another revision may be stopped, but nothing that comes with the new roles lets it start with its old
    // ones: whoever wrote them may have had no right to the kinds that the old ones name.
    const bool other = group.spec.revision != wanted.revision && !take_revision;
    if (group.spec.run != wanted.run && (!other || wanted.run == api::Run::kHold)) {
      operations.push_back(json::Operation("add", "/spec/run", wanted.run == api::Run::kHold ? "Hold" : "Run"));
    }
    if (!other && group.spec.gang != wanted.gang)
      operations.push_back(json::Operation("add", "/spec/gang", api::EncodeGang(wanted.gang)));
    if (!other && group.spec.priority_class_name != wanted.priority_class_name) {
      // The schema knows no empty name: without one, the field goes.
      operations.push_back(wanted.priority_class_name.empty()
                               ? json::Object{{"op", "remove"}, {"path", "/spec/priorityClassName"}}
                               : json::Operation("add", "/spec/priorityClassName", wanted.priority_class_name));
    }
    if (operations.empty()) return;
    plan_.Add(Patch{.resource = api::kPodGroups,
                    .key = group.meta.key(),
                    .uid = group.meta.uid,
                    .operations = std::move(operations),
                    .generation = group.meta.generation},
              take_revision ? "to the wanted revision" : "");
    if (auto event = ChangedGroup(workload_, group, wanted)) plan_.Add(std::move(*event), {});
  }

  // Revisions that no group names are history: the newest few are kept.
  void CollectRevisions() {
    std::set<std::string> used = {wanted_.name};
    for (const GroupPointer& group : o_.groups) used.insert({group->spec.revision, group->status.revision});
    std::vector<std::shared_ptr<const Revision>> unused;
    for (const auto& revision : o_.revisions) {
      if (!used.contains(revision->meta.name) && !revision->meta.deleted) unused.push_back(revision);
    }
    std::sort(unused.begin(), unused.end(), [](const auto& a, const auto& b) { return a->number > b->number; });
    for (size_t i = static_cast<size_t>(policy_.revision_history_limit); i < unused.size(); ++i) {
      plan_.Add(DeleteOf(api::kControllerRevisions, unused[i]->meta), "beyond the history limit");
    }
  }

  const ObservedWorkload& o_;
  const api::Workload& workload_;
  const Instant now_;
  const Policy& policy_;
  const WantedRevision wanted_;
  std::shared_ptr<const Revision> revision_;  // the wanted one, once it is stored
  bool revision_refused_ = false;
  Plan plan_;
};

}  // namespace

Plan ReconcileWorkload(const ObservedWorkload& observed, Instant now, const Policy& policy) {
  if (observed.workload->meta.deleted) return {};
  return WorkloadReconciler(observed, now, policy).Run();
}

}  // namespace muster::core
