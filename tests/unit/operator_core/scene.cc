#include "tests/unit/operator_core/scene.h"

#include <algorithm>

#include "lib/api/names.h"
#include "lib/base/check.h"
#include "lib/json/text.h"

namespace muster::core {
namespace {

template <class T>
T Unwrap(Result<T> result) {
  CHECK(result.has_value());
  return std::move(*result);
}

void MakeCaughtUp(api::RoleKind kind, json::Value& object) {
  object.Mutable("metadata").Set("generation", 1);
  if (kind != api::RoleKind::kJob) {
    object.Mutable("status").Set("observedGeneration", 1);
  } else if (object["spec"]["suspend"].Bool()) {
    // Since after whatever happens in a scene: it is the controller's answer to the last change.
    object.Mutable("status").Set(
        "conditions", json::Array{json::Object{
                          {"type", "Suspended"}, {"status", "True"}, {"lastTransitionTime", FormatTime(At(86400))}}});
  }
}

}  // namespace

api::Workload Decoded(json::Value workload, const std::string& uid) {
  workload.Mutable("metadata").Set("uid", uid);
  workload.Mutable("metadata").Set("generation", 1);
  workload.Mutable("metadata").Set("resourceVersion", "10");
  workload.Mutable("metadata").Set("creationTimestamp", FormatTime(At(0)));
  return Unwrap(api::DecodeWorkload(workload));
}

std::shared_ptr<const Revision> RevisionOf(const json::Value& workload, int64_t number) {
  const api::Workload decoded = Decoded(workload);
  json::Value object = EncodeRevision(decoded, WantRevision(decoded), number);
  object.Mutable("metadata").Set("uid", "uid-r" + std::to_string(number));
  return std::make_shared<const Revision>(Unwrap(DecodeRevision(object)));
}

Scene::Scene(const json::Value& workload) {
  const api::Workload decoded = Decoded(workload);
  observed_.revision = RevisionOf(workload);
  observed_.priority = 0;
  group_.meta = {.ns = "ml",
                 .name = decoded.meta.name + "-0",
                 .uid = "uid-g",
                 .resource_version = "20",
                 .generation = 1,
                 .created = At(0) - Duration(437),
                 .owner = api::OwnerRef{"Workload", decoded.meta.name, decoded.meta.uid, "muster.dev"},
                 .labels = {{std::string(api::kLabelWorkload), decoded.meta.name}}};
  group_.spec = {.revision = observed_.revision->meta.name,
                 .run = decoded.spec.suspend ? api::Run::kHold : api::Run::kRun,
                 .priority_class_name = decoded.spec.priority_class_name,
                 .gang = decoded.spec.gang};
}

Scene& Scene::Child(const std::string& role, Hold hold, const std::function<void(json::Value& object)>& edit) {
  for (const RevisionRole& wanted : observed_.revision->roles) {
    if (wanted.role.name != role) continue;
    json::Value object = RenderChild(group_, *observed_.revision, wanted, hold, group_.status.attempt);
    object.Mutable("metadata").Set("uid", "uid-" + role);
    MakeCaughtUp(wanted.role.kind, object);
    if (edit) edit(object);
    DropChild(role);
    observed_.children.push_back(
        std::make_shared<const api::Child>(Unwrap(api::DecodeChild(wanted.role.kind, object))));
  }
  return *this;
}

Scene& Scene::DropChild(const std::string& role) {
  std::erase_if(observed_.children, [&](const auto& child) { return child->role == role; });
  return *this;
}

// As the role's child, or its ReplicaSet, makes pods; nullopt for a role that the revision does not have.
std::optional<api::OwnerRef> Scene::ControllerOf(const std::string& role) const {
  for (const RevisionRole& wanted : observed_.revision->roles) {
    if (wanted.role.name != role) continue;
    const bool is_deployment = wanted.role.kind == api::RoleKind::kDeployment;
    const api::Resource& resource = is_deployment ? api::kReplicaSets : api::ResourceOf(wanted.role.kind);
    return api::OwnerRef{.kind = std::string(resource.kind),
                         .name = api::ChildName(group_.meta.name, role) + (is_deployment ? "-5d4f" : ""),
                         .uid = "uid-" + role + (is_deployment ? "-5d4f" : ""),
                         .api_group = std::string(resource.group)};
  }
  return std::nullopt;
}

Scene& Scene::Pods(const std::string& role, int64_t count, const PodIs& is) {
  for (int64_t i = 0; i < count; ++i) {
    api::Pod pod;
    pod.meta = {.ns = "ml", .name = role + "-" + std::to_string(pods_++), .created = is.created, .deleted = is.deleted};
    pod.meta.uid = "uid-" + pod.meta.name;
    pod.meta.owner = ControllerOf(role);
    pod.group = group_.meta.name;
    pod.role = role;
    pod.node_name = is.node;
    pod.phase = is.phase;
    pod.ready = is.ready && !is.node.empty() && is.phase == api::PodPhase::kRunning;
    pod.problem = is.problem;
    pod.gated = is.gated;
    pod.unschedulable = is.node.empty() && !is.problem.empty();
    observed_.pods.push_back(std::make_shared<const api::Pod>(std::move(pod)));
  }
  return *this;
}

Scene& Scene::DropPods() {
  observed_.pods.clear();
  return *this;
}

Scene& Scene::Verdict(core::Verdict::Kind kind) {
  observed_.verdict = {.kind = kind, .explanation = std::nullopt};
  return *this;
}

Scene& Scene::Wait(const std::string& code, const std::string& summary) {
  api::Explanation why;
  why.summary = summary;
  why.roles = {{"w", 1, 2}};
  why.blockers = {{.code = code, .role = "w", .resource = "cpu", .missing = "1", .nodes = 2, .message = summary}};
  why.changes = {{"AddNodes", "1 more node like n1"}};
  why.not_considered = {"pod anti-affinity of role w"};
  why.nodes = 3;
  observed_.verdict = {.kind = core::Verdict::Kind::kWait, .explanation = why};
  return *this;
}

Scene& Scene::Refuse(const std::string& role, const std::string& message, Instant retry_at) {
  for (const RevisionRole& wanted : observed_.revision->roles) {
    if (wanted.role.name != role) continue;
    observed_.refusals[role] = {.message = message, .role_hash = wanted.hash, .retry_at = retry_at};
  }
  return *this;
}

Scene& Scene::Change(const json::Value& workload) {
  observed_.revision = RevisionOf(workload, 2);
  group_.spec.revision = observed_.revision->meta.name;
  ++group_.meta.generation;
  return *this;
}

GroupStep Scene::Reconcile(Instant now, const Policy& policy) {
  observed_.group = std::make_shared<const api::PodGroup>(group_);
  return ReconcileGroup(observed_, now, policy);
}

std::string Scene::Plan(Instant now, const Policy& policy) { return Describe(Reconcile(now, policy).plan); }

GroupStep Scene::Write(Instant now, const Policy& policy) {
  GroupStep step = Reconcile(now, policy);
  for (const Step& done : step.plan.steps) {
    const auto* write = std::get_if<WriteStatus>(&done.action);
    if (write == nullptr) continue;
    // Through text, as the API server has it.
    json::Value object = json::Object{{"metadata", json::Object{{"name", "x"}, {"uid", "x"}}},
                                      {"status", Unwrap(json::Parse(json::Write(write->status)))}};
    group_.status = Unwrap(api::DecodePodGroup(object)).status;
    observed_.last_write = now;
  }
  return step;
}

std::string Scene::Status() const {
  const api::PodGroupStatus& status = group_.status;
  std::string text(status.state ? api::StateName(*status.state) : "-");
  api::Conditions conditions = status.conditions;
  std::sort(conditions.begin(), conditions.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
  for (const api::Condition& condition : conditions) {
    const char* truth = condition.status == api::Truth::kTrue ? "=True(" : "=False(";
    text += " " + condition.type + truth + condition.reason + ")";
  }
  return text;
}

Scene RunningScene(const json::Value& workload) {
  Scene scene(workload);
  for (const RevisionRole& role : scene.revision().roles) scene.Child(role.role.name, Hold::kHeld);
  scene.Verdict(Verdict::Kind::kAdmit).Write(At(1));
  scene.Verdict(Verdict::Kind::kNone);
  for (const RevisionRole& role : scene.revision().roles) {
    scene.Child(role.role.name, Hold::kReleased).Pods(role.role.name, role.shape.members);
  }
  scene.Write(At(2));
  return scene;
}

}  // namespace muster::core
