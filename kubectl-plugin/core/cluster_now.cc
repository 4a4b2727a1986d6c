#include "kubectl-plugin/core/cluster_now.h"

#include <algorithm>
#include <utility>

namespace muster::plugin {
namespace {

using api::GroupState;

constexpr int64_t kExplainAll = 1'000'000;

bool IsGang(const api::PodGroup& group) { return group.spec.gang.policy == api::GangPolicy::kAllOrNothing; }

// Its members may run: what of them has no node yet is promised room.
bool IsInFlight(const api::PodGroup& group) {
  return api::IsTrue(group.status.conditions, api::condition::kAdmitted) || group.status.state == GroupState::kStopping;
}

// It would ask, if it were not suspended and its next attempt were due.
bool CouldAsk(const api::PodGroup& group) {
  const GroupState state = group.status.state.value_or(GroupState::kWaiting);
  return !group.meta.deleted && IsGang(group) && (state == GroupState::kWaiting || state == GroupState::kHeld);
}

bool Asks(const api::PodGroup& group, Instant now) {
  if (!CouldAsk(group) || group.spec.run == api::Run::kHold) return false;
  if (group.status.state == GroupState::kHeld) return false;
  return !group.status.next_attempt_time || *group.status.next_attempt_time <= now;
}

// Those in `too` as if they asked.
bool IsPlanned(const api::PodGroup& group, Instant now, const std::set<api::Key>& too) {
  return Asks(group, now) || (too.contains(group.meta.key()) && CouldAsk(group));
}

// Resumed it asks anew, behind all others; after a back-off it has kept its place.
Instant AskedAt(const api::PodGroup& group, Instant now) {
  if (group.status.asked_time) return *group.status.asked_time;
  return group.spec.run == api::Run::kHold || group.status.state == GroupState::kHeld ? now : group.meta.created;
}

// "train" of "train-1".
std::string WorkloadOfGroup(const std::string& group) {
  const size_t dash = group.rfind('-');
  return dash == std::string::npos ? "" : group.substr(0, dash);
}

placement::MemberClass ClassOf(const api::RoleShape& role, int64_t bound) {
  return {.role = role.role,
          .members = std::max<int64_t>(0, role.members - bound),
          .needed = std::max<int64_t>(0, role.gang_size - bound),
          .shape = role.shape,
          .size_field = api::SizeFieldOf(role.kind)};
}

}  // namespace

void ClusterNow::AddNode(const json::Value& document) {
  if (const auto node = api::DecodeNode(document); node.has_value()) picture_.SetNode(*node);
}

void ClusterNow::AddPod(const json::Value& document) {
  const Result<api::Pod> pod = api::DecodePod(document);
  if (!pod.has_value()) return;
  picture_.AddPod(*pod);
  if (pod->TakesRoom() && planned_.contains({pod->meta.ns, WorkloadOfGroup(pod->group)})) {
    pods_of_planned_[{pod->meta.ns, pod->group}].push_back(*pod);
  }
  if (!pod->IsMember() || pod->IsFinished() || pod->meta.deleted) return;
  RoleCount& count = members_[{{pod->meta.ns, pod->group}, pod->role}];
  ++count.live;
  count.bound += pod->IsBound() ? 1 : 0;
}

void ClusterNow::AddRevision(const json::Value& document) {
  const json::Value& data = document["data"];
  const Result<std::vector<api::Role>> roles = api::DecodeRoles(data["roles"]);
  if (!roles.has_value()) return;
  Revision revision;
  revision.renderer = data["renderer"].Integer();
  revision.priority_class = data["priorityClassName"].Text();
  for (const api::Role& role : *roles) revision.roles.push_back(api::ShapeOf(role));
  const json::Value& meta = document["metadata"];
  revisions_[{meta["namespace"].Text(), meta["name"].Text()}] = std::move(revision);
}

void ClusterNow::AddPriorityClass(const json::Value& document) { classes_.push_back(PriorityFrom(document)); }

void ClusterNow::AddGroup(const json::Value& document) {
  if (auto group = PodGroupFrom(document); group.has_value()) groups_.push_back(std::move(*group));
}

void ClusterNow::Ask(const api::Key& group, const std::string& priority_class, const std::vector<api::RoleShape>& roles,
                     std::optional<Instant> asked) {
  Asker asker{group, priority_class, {}, asked};
  for (const api::RoleShape& role : roles) {
    if (asker.priority_class.empty()) asker.priority_class = role.shape->priority_class_name;
    asker.classes.push_back(ClassOf(role, 0));
  }
  asked_.push_back(std::move(asker));
}

std::vector<ClusterNow::Present> ClusterNow::GroupsOf(const api::Key& workload) const {
  std::vector<Present> present;
  for (const api::PodGroup& group : groups_) {
    const auto label = group.meta.labels.find(std::string(api::kLabelWorkload));
    const bool its_own = label != group.meta.labels.end() && label->second == workload.name;
    if (group.meta.ns != workload.ns || !its_own || group.meta.deleted) continue;
    const auto revision = revisions_.find({group.meta.ns, group.spec.revision});
    present.push_back({.group = group,
                       .runs = IsInFlight(group),
                       .finished = IsFinished(group),
                       .renderer = revision == revisions_.end() ? 0 : revision->second.renderer});
  }
  return present;
}

void ClusterNow::Remove(const api::Key& group) {
  if (!removed_.insert(group).second) return;
  for (const api::Pod& pod : pods_of_planned_[group]) picture_.RemovePod(pod);
}

bool ClusterNow::HasPriorityClass(const std::string& name) const {
  return name.empty() || std::any_of(classes_.begin(), classes_.end(),
                                     [&name](const Priority& priority) { return priority.name == name; });
}

int64_t ClusterNow::PriorityOfClass(const std::string& name) const {
  for (const Priority& priority : classes_) {
    if (name.empty() ? priority.global_default : priority.name == name) return priority.value;
  }
  return 0;
}

std::vector<placement::MemberClass> ClusterNow::Unbound(const api::PodGroup& group, const Revision& revision) const {
  std::vector<placement::MemberClass> classes;
  for (const api::RoleShape& role : revision.roles) {
    const auto status = std::find_if(group.status.roles.begin(), group.status.roles.end(),
                                     [&](const api::RoleStatus& entry) { return entry.name == role.role; });
    if (status != group.status.roles.end() && !status->result.empty()) continue;
    const auto count = members_.find({group.meta.key(), role.role});
    placement::MemberClass members = ClassOf(role, count == members_.end() ? 0 : count->second.bound);
    // A Job's members shrink as it completes: the operator has counted that.
    if (status != group.status.roles.end() && role.kind == api::RoleKind::kJob) {
      members.members = std::min(members.members, std::max<int64_t>(0, status->desired - status->scheduled));
      members.needed = std::min(members.needed, members.members);
    }
    if (members.members > 0) classes.push_back(std::move(members));
  }
  return classes;
}

const std::string& ClusterNow::PriorityClassOf(const api::PodGroup& group, const Revision& revision) {
  return group.spec.priority_class_name.empty() ? revision.priority_class : group.spec.priority_class_name;
}

placement::CycleInput ClusterNow::InputOf(Instant now, const std::set<api::Key>& too) const {
  placement::CycleInput input;
  input.now = now;
  input.policy.full_explanations = kExplainAll;
  const auto is_planned = [this](const api::Key& key) {
    return std::any_of(asked_.begin(), asked_.end(), [&key](const Asker& asker) { return asker.key == key; });
  };
  for (const api::PodGroup& group : groups_) {
    const auto revision = revisions_.find({group.meta.ns, group.spec.revision});
    if (revision == revisions_.end() || removed_.contains(group.meta.key())) continue;
    const std::string& priority_class = PriorityClassOf(group, revision->second);
    const bool asks = IsPlanned(group, now, too);
    if (IsInFlight(group)) {
      if (IsGang(group)) input.in_flight.push_back({group.meta.key(), Unbound(group, revision->second)});
    } else if (asks && !is_planned(group.meta.key()) && HasPriorityClass(priority_class)) {
      input.asks.push_back({.group = group.meta.key(),
                            .priority = PriorityOfClass(priority_class),
                            .asked = AskedAt(group, now),
                            .classes = Unbound(group, revision->second)});
    }
  }
  for (const Asker& asker : asked_) {
    input.asks.push_back({.group = asker.key,
                          .priority = PriorityOfClass(asker.priority_class),
                          .asked = asker.asked.value_or(now),
                          .classes = asker.classes});
  }
  return input;
}

ClusterNow::Decisions ClusterNow::Plan(Instant now, const std::set<api::Key>& too) const {
  Decisions decisions;
  for (placement::Decision& decision : placement::PlanCycle(picture_, InputOf(now, too))) {
    const api::Key key = decision.group;
    decisions.emplace(key, std::move(decision));
  }
  // The operator does not ask its planner about these either.
  for (const api::PodGroup& group : groups_) {
    const auto revision = revisions_.find({group.meta.ns, group.spec.revision});
    const bool asks = IsPlanned(group, now, too);
    if (revision == revisions_.end() || !asks || removed_.contains(group.meta.key())) continue;
    const std::string& priority_class = PriorityClassOf(group, revision->second);
    if (HasPriorityClass(priority_class)) continue;
    decisions.emplace(group.meta.key(), placement::Decision{.group = group.meta.key(),
                                                            .explanation = api::PriorityClassMissing(priority_class)});
  }
  return decisions;
}

std::map<api::Key, std::vector<RolePlacement>> ClusterNow::Places(const Decisions& decisions, Instant now,
                                                                  size_t most) const {
  const auto is_admitted = [&decisions](const api::Key& key) {
    const auto found = decisions.find(key);
    return found != decisions.end() && found->second.admitted;
  };
  SamplePlacement sample(picture_);
  const placement::CycleInput input = InputOf(now);
  for (const placement::InFlight& group : input.in_flight) sample.Place(group.unbound);
  std::map<api::Key, std::vector<RolePlacement>> places;
  // What asks already stands in front of what is planned.
  for (const placement::Ask& ask : input.asks) {
    if (!is_admitted(ask.group)) continue;
    std::vector<RolePlacement> placed = sample.Place(ask.classes);
    const bool planned =
        std::any_of(asked_.begin(), asked_.end(), [&ask](const Asker& asker) { return asker.key == ask.group; });
    if (!planned) continue;
    if (places.size() >= most) break;
    places.emplace(ask.group, std::move(placed));
  }
  return places;
}

}  // namespace muster::plugin
