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
  if (!pod->IsMember() || !pod->IsBound() || pod->IsFinished() || pod->meta.deleted) return;
  bound_.push_back({.meta = pod->meta});
}

void ClusterNow::AddChild(api::RoleKind kind, const json::Value& document) {
  if (auto child = api::DecodeChild(kind, document); child.has_value()) membership_.AddChild(std::move(*child));
}

std::map<Membership::Place, int64_t> ClusterNow::CountBound() const {
  std::map<Membership::Place, int64_t> count;
  for (const api::Pod& pod : bound_) {
    if (const auto place = membership_.Of(pod)) ++count[*place];
  }
  return count;
}

void ClusterNow::AddRevision(const json::Value& document) {
  const json::Value& data = document["data"];
  const Result<std::vector<api::Role>> roles = api::DecodeRoles(data["roles"]);
  if (!roles.has_value()) return;
  Revision revision;
  revision.renderer = data["renderer"].Integer();
  revision.priority_class = data["priorityClassName"].Text();
  const json::Value& meta = document["metadata"];
  const api::Resources defaults = DefaultRequestsIn(meta["namespace"].Text());
  for (const api::Role& role : *roles) revision.roles.push_back(api::ShapeOf(role, {.defaults = defaults}));
  revisions_[{meta["namespace"].Text(), meta["name"].Text()}] = std::move(revision);
}

void ClusterNow::AddResourceQuota(const json::Value& document) {
  auto quota = api::DecodeResourceQuota(document);
  if (!quota.has_value()) return;
  auto& quotas = rules_[quota->meta.ns].quotas;
  const auto same = std::find_if(quotas.begin(), quotas.end(),
                                 [&](const auto& other) { return other->meta.name == quota->meta.name; });
  if (same == quotas.end()) {
    quotas.push_back(std::make_shared<const api::ResourceQuota>(std::move(*quota)));
  } else {
    if (!document.Has("status")) quota->used = (*same)->used;
    *same = std::make_shared<const api::ResourceQuota>(std::move(*quota));
  }
}

void ClusterNow::AddLimitRange(const json::Value& document) {
  auto range = api::DecodeLimitRange(document);
  if (!range.has_value()) return;
  auto& ranges = rules_[range->meta.ns].limit_ranges;
  std::erase_if(ranges, [&](const auto& other) { return other->meta.name == range->meta.name; });
  ranges.push_back(std::make_shared<const api::LimitRange>(std::move(*range)));
}

api::Resources ClusterNow::DefaultRequestsIn(const std::string& ns) const {
  const auto rules = rules_.find(ns);
  return rules == rules_.end() ? api::Resources() : rules->second.DefaultRequests();
}

void ClusterNow::AddPriorityClass(const json::Value& document) { classes_.push_back(PriorityFrom(document)); }

void ClusterNow::AddGroup(const json::Value& document) {
  auto group = PodGroupFrom(document);
  if (!group.has_value()) return;
  membership_.AddGroup(*group);
  groups_.push_back(std::move(*group));
}

void ClusterNow::Ask(const api::Key& group, const std::string& priority_class, const std::vector<api::RoleShape>& roles,
                     std::optional<Instant> asked) {
  Asker asker{group, priority_class, priority_class, {}, asked};
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
    // An orphan has no owner, and belongs to the Workload that is applied again.
    const auto& owner = group.meta.owner;
    const bool of_another = owner && (owner->kind != api::kWorkloads.kind ||
                                      owner->api_group != api::kWorkloads.group || owner->name != workload.name);
    if (group.meta.ns != workload.ns || !its_own || of_another || group.meta.deleted) continue;
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
  std::vector<api::Pod>& pods = pods_of_planned_[group];
  std::erase_if(pods, [&](const api::Pod& pod) {
    const auto place = membership_.Of(pod);
    return !place || place->first != group;
  });
  for (const api::Pod& pod : pods) picture_.RemovePod(pod);
}

bool ClusterNow::HasPriorityClass(const std::string& name) const {
  return name.empty() || ClassOfName(name) != nullptr;
}

const Priority* ClusterNow::ClassOfName(const std::string& name) const {
  const auto found = std::find_if(classes_.begin(), classes_.end(), [&name](const Priority& priority) {
    return name.empty() ? priority.global_default : priority.name == name;
  });
  return found == classes_.end() ? nullptr : &*found;
}

int64_t ClusterNow::PriorityOfClass(const std::string& name) const {
  const Priority* known = ClassOfName(name);
  return known == nullptr ? 0 : known->value;
}

std::optional<int64_t> ClusterNow::PreemptsBelow(const std::string& group_class,
                                                 const std::vector<placement::MemberClass>& classes) const {
  std::vector<std::optional<int64_t>> of_roles;
  for (const placement::MemberClass& members : classes) {
    const std::string& own = members.shape->priority_class_name;
    const Priority* known = ClassOfName(own.empty() ? group_class : own);
    if (known == nullptr) {
      of_roles.emplace_back(0);
    } else {
      of_roles.push_back(known->preempts ? std::optional(known->value) : std::nullopt);
    }
  }
  return placement::PreemptsBelow(of_roles);
}

std::vector<placement::MemberClass> ClusterNow::Unbound(const api::PodGroup& group, const Revision& revision,
                                                        const std::map<Membership::Place, int64_t>& bound) {
  std::vector<placement::MemberClass> classes;
  for (const api::RoleShape& role : revision.roles) {
    const auto status = std::find_if(group.status.roles.begin(), group.status.roles.end(),
                                     [&](const api::RoleStatus& entry) { return entry.name == role.role; });
    if (status != group.status.roles.end() && !status->result.empty()) continue;
    const auto count = bound.find({group.meta.key(), role.role});
    placement::MemberClass members = ClassOf(role, count == bound.end() ? 0 : count->second);
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

int64_t ClusterNow::AdmissionPriority(const std::string& name,
                                      const std::vector<placement::MemberClass>& classes) const {
  int64_t priority = PriorityOfClass(name);
  for (const placement::MemberClass& members : classes) {
    const std::string& own = members.shape->priority_class_name;
    if (!own.empty() && HasPriorityClass(own)) priority = std::min(priority, PriorityOfClass(own));
  }
  return priority;
}

placement::CycleInput ClusterNow::InputOf(Instant now, const std::set<api::Key>& too) const {
  placement::CycleInput input;
  input.now = now;
  input.policy.full_explanations = kExplainAll;
  const std::map<Membership::Place, int64_t> bound = CountBound();
  const auto is_planned = [this](const api::Key& key) {
    return std::any_of(asked_.begin(), asked_.end(), [&key](const Asker& asker) { return asker.key == key; });
  };
  for (const api::PodGroup& group : groups_) {
    const auto revision = revisions_.find({group.meta.ns, group.spec.revision});
    if (revision == revisions_.end() || removed_.contains(group.meta.key())) continue;
    const std::string& priority_class = PriorityClassOf(group, revision->second);
    const bool asks = IsPlanned(group, now, too);
    if (IsInFlight(group)) {
      if (IsGang(group)) input.in_flight.push_back({group.meta.key(), Unbound(group, revision->second, bound)});
    } else if (asks && !is_planned(group.meta.key()) && HasPriorityClass(priority_class)) {
      input.asks.push_back({.group = group.meta.key(),
                            .asked = AskedAt(group, now),
                            .classes = Unbound(group, revision->second, bound)});
      placement::Ask& ask = input.asks.back();
      ask.priority = AdmissionPriority(priority_class, ask.classes);
      ask.preempts_below = PreemptsBelow(group.spec.priority_class_name, ask.classes);
    }
  }
  for (const Asker& asker : asked_) {
    input.asks.push_back({.group = asker.key,
                          .priority = AdmissionPriority(asker.priority_class, asker.classes),
                          .asked = asker.asked.value_or(now),
                          .preempts_below = PreemptsBelow(asker.workload_class, asker.classes),
                          .classes = asker.classes});
  }
  return input;
}

ClusterNow::Decisions ClusterNow::Plan(Instant now, const std::set<api::Key>& too) const {
  Decisions decisions;
  const placement::CycleInput input = InputOf(now, too);
  std::vector<api::Key> order;
  for (placement::Decision& decision : placement::PlanCycle(picture_, input)) {
    order.push_back(decision.group);
    decisions.emplace(order.back(), Answer{std::move(decision), {}});
  }
  AddRules(input, order, decisions);
  // The operator does not ask its planner about these either.
  for (const api::PodGroup& group : groups_) {
    const auto revision = revisions_.find({group.meta.ns, group.spec.revision});
    const bool asks = IsPlanned(group, now, too);
    if (revision == revisions_.end() || !asks || removed_.contains(group.meta.key())) continue;
    const std::string& priority_class = PriorityClassOf(group, revision->second);
    if (HasPriorityClass(priority_class)) continue;
    placement::Decision decision{.group = group.meta.key(), .explanation = api::PriorityClassMissing(priority_class)};
    decisions.emplace(group.meta.key(), Answer{std::move(decision), {}});
  }
  return decisions;
}

// By namespace, what the pods of removed groups use of quotas, as negative amounts.
std::map<std::string, api::QuotaAmounts> ClusterNow::GivenBack() const {
  std::map<std::string, api::QuotaAmounts> amounts;
  for (const api::Key& key : removed_) {
    const auto pods = pods_of_planned_.find(key);
    if (pods == pods_of_planned_.end()) continue;
    for (const api::Pod& pod : pods->second) {
      api::PodShape shape;
      shape.requests = pod.requests;
      api::AddDemand(-1, shape, amounts[key.ns]);
    }
  }
  return amounts;
}

// What quotas and limit ranges say about each group, in the order in which they were decided on.
void ClusterNow::AddRules(const placement::CycleInput& input, const std::vector<api::Key>& order,
                          Decisions& decisions) const {
  std::map<api::Key, api::QuotaAmounts> demands;
  for (const placement::Ask& ask : input.asks) {
    for (const placement::MemberClass& members : ask.classes) {
      api::AddDemand(members.members, *members.shape, demands[ask.group]);
    }
  }
  std::map<std::string, api::QuotaAmounts> admitted = GivenBack();
  for (const api::Key& key : order) {
    Answer& answer = decisions[key];
    std::vector<std::string>& named = answer.explanation.not_considered;
    if (rules_unknown_) named.emplace_back("quotas and limit ranges, which you may not list");
    const auto rules = rules_.find(key.ns);
    if (rules == rules_.end()) continue;
    const api::QuotaAmounts& demand = demands[key];
    api::QuotaAmounts& before = admitted[key.ns];
    for (std::string& name : api::NamesOf(rules->second, demand, api::QuotaPart::kLeft, before)) {
      named.push_back(std::move(name));
    }
    if (!answer.admitted) continue;
    for (const auto& quota : rules->second.quotas) {
      const std::string lacks = api::ShortOf(*quota, demand, before);
      if (!lacks.empty()) answer.beyond_quota.push_back("quota " + quota->meta.name + " (" + lacks + ")");
    }
    if (!answer.beyond_quota.empty()) continue;
    for (const auto& [name, amount] : demand) before[name] = api::SaturatingAdd(before[name], amount);
  }
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
