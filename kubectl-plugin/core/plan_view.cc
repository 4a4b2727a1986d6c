#include "kubectl-plugin/core/plan_view.h"

#include <utility>

#include "lib/api/names.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

constexpr int64_t kGroupsAsked = 1000;  // more are not asked for: the first that does not fit says it

api::Key GroupKey(const PlannedWorkload& planned, int64_t index) {
  return {planned.workload.meta.ns, api::GroupName(planned.workload.meta.name, index)};
}

bool PlansGang(const api::Workload& workload) { return workload.spec.gang.policy == api::GangPolicy::kAllOrNothing; }

int64_t GroupsAsked(const PlannedWorkload& planned) { return std::min(planned.workload.spec.replicas, kGroupsAsked); }

// A group as it would stand there, waiting.
api::PodGroup WaitingGroup(const PlannedWorkload& planned, int64_t index, const api::Explanation& explanation) {
  api::PodGroup group;
  const api::Key key = GroupKey(planned, index);
  group.meta.ns = key.ns;
  group.meta.name = key.name;
  group.spec.index = index;
  group.status.state = api::GroupState::kWaiting;
  group.status.explanation = explanation;
  for (const api::RoleShape& role : planned.roles) group.status.members += role.members;
  return group;
}

// The name that the operator gives to these roles.
std::string RevisionNameOf(const PlannedWorkload& planned, int64_t renderer) {
  const api::WorkloadSpec& spec = planned.workload.spec;
  json::Object data{{"renderer", renderer}, {"roles", api::EncodeRoles(spec.roles)}};
  if (!spec.priority_class_name.empty()) data.Append("priorityClassName", spec.priority_class_name);
  return api::RevisionName(planned.workload.meta.name, json::WriteCanonical(json::Value(std::move(data))));
}

// What happens to the groups that are there.
void AddEffect(const PlanAnswer& answer, Page& page) {
  const auto groups = [](int64_t count) { return Count(count, "group"); };
  const PlanEffect& effect = answer.effect;
  if (answer.finished() > 0) {
    page.push_back({{groups(answer.finished()) +
                     (answer.finished() == 1 ? " has finished and never runs again; to run it once more, delete its "
                                               "PodGroup or the Workload"
                                             : " have finished and never run again; to run them once more, delete "
                                               "their PodGroups or the Workload")}});
  }
  if (answer.suspended) {
    page.push_back(
        {{"The manifest says spec.suspend: what runs of it would be stopped, and nothing starts until it is "
          "resumed."}});
    return;
  }
  if (!effect.kept.empty()) {
    const bool one = answer.kept() == 1;
    page.push_back({{groups(answer.kept()) + (one ? " that runs stays as it is" : " that run stay as they are") +
                     ": the roles are the same."}});
  }
  if (!effect.restarted.empty()) {
    const auto count = static_cast<int64_t>(effect.restarted.size());
    page.push_back({{groups(count) + (count == 1 ? " that runs" : " that run") + " would be stopped and start anew" +
                     (count == 1 ? "" : ", one after another") + ": the roles are others."}});
  }
  if (effect.deleted > 0) {
    page.push_back(
        {{groups(effect.deleted) + " would be deleted: the manifest wants " + std::to_string(answer.groups) + "."}});
  }
}

// What the first line says of the groups, behind the name of the workload.
void AddVerdict(const PlanAnswer& answer, Line& head) {
  const bool one = answer.groups == 1;
  const std::string start = answer.suspended ? " would have room now" : " would start now";
  const std::string number = std::to_string(answer.fitting);
  if (answer.Fits()) {
    if (answer.not_considered.empty()) {
      head.push_back({"fits", Tone::kGood});
    } else {
      head.push_back({"fits as far as considered", Tone::kBusy});
    }
    const std::string all = one ? ": its group" : ": its " + Count(answer.groups, "group");
    std::string others = answer.kept() > 0 ? (one ? " runs already" : " run already") : "";
    if (answer.finished() > 0) {
      others += std::string(others.empty() ? "" : " or") + (one ? " has finished" : " have finished");
    }
    if (others.empty()) return head.push_back({all + start});
    if (answer.fitting == 0) return head.push_back({all + others});
    return head.push_back(
        {": " + number + " of its " + Count(answer.groups, "group") + start + ", the others" + others});
  }
  if (answer.Starts() && !answer.suspended) {
    head.push_back({"starts", Tone::kBusy});
    return head.push_back({" at once, room or not (" + answer.at_once + "): there is room for " + number + " of " +
                           Count(answer.groups, "group") + ", pods of the others would be Pending"});
  }
  head.push_back({"does not fit", Tone::kBusy});
  head.push_back({": " + number + " of " + Count(answer.groups, "group") + start +
                  (answer.kept() == 0 ? "" : ", " + std::to_string(answer.kept()) + " run already") +
                  (answer.finished() == 0 ? "" : ", " + std::to_string(answer.finished()) + " have finished")});
}

// "workers 8 on gpu-a-[0-7]", behind the group's name when there are several.
void AddPlaces(const PlanAnswer& answer, Page& page) {
  if (answer.places.empty()) return;
  page.push_back({{"One way to place " + std::string(answer.fitting == 1 ? "it" : "them") +
                   " (kube-scheduler chooses the nodes when the time comes):"}});
  Table table(2);
  for (const auto& [group, roles] : answer.places) {
    std::string name = group;
    for (const RolePlacement& role : roles) {
      const std::string text = role.role + " " + std::to_string(role.members) +
                               (role.nodes.empty() ? "" : " on " + NodesInWords(role.nodes));
      if (answer.groups == 1) {
        table.Add({{"  " + text}});
      } else {
        table.Add({{"  " + std::exchange(name, "")}, {text}});
      }
    }
  }
  for (Line& line : table.Lines()) page.push_back(std::move(line));
  const int64_t more = answer.fitting - static_cast<int64_t>(answer.places.size());
  if (more > 0) page.push_back({{"  and " + Count(more, "more group")}});
}

// Groups that the operator would let in, since it does not look at quotas, and that then lack pods.
void AddBeyondQuota(const PlanAnswer& answer, Page& page) {
  if (answer.beyond_quota.empty()) return;
  page.push_back({{"There is room on the nodes, but a quota would refuse pods, and the group would be held again:"}});
  for (size_t i = 0; i < std::min(answer.beyond_quota.size(), kGroupsPlaced); ++i) {
    page.push_back({{"  " + answer.beyond_quota[i]}});
  }
  const int64_t more = static_cast<int64_t>(answer.beyond_quota.size()) - static_cast<int64_t>(kGroupsPlaced);
  if (more > 0) page.push_back({{"  and " + Count(more, "more group")}});
}

json::Value PlacesJson(const PlanAnswer& answer) {
  json::Array groups;
  for (const auto& [group, placed] : answer.places) {
    json::Array roles;
    for (const RolePlacement& role : placed) {
      json::Array nodes;
      for (const auto& [name, members] : role.nodes)
        nodes.push_back(json::Object{{"name", name}, {"members", members}});
      roles.push_back(json::Object{{"role", role.role}, {"members", role.members}, {"nodes", std::move(nodes)}});
    }
    groups.push_back(json::Object{{"group", group}, {"roles", std::move(roles)}});
  }
  return groups;
}

}  // namespace

Result<PlannedWorkload> PlannedFrom(const json::Value& document, const std::string& ns) {
  json::Value given = document;
  json::Value& meta = given.Mutable("metadata");
  if (meta["name"].Text().empty()) return MakeError(Code::kInvalid, "metadata.name is missing; name the Workload");
  if (!meta.Has("namespace")) meta.Set("namespace", ns);
  meta.Set("uid", "planned");
  PlannedWorkload planned;
  TRY(planned.workload, api::DecodeWorkload(given));
  for (const api::Role& role : planned.workload.spec.roles) {
    planned.roles.push_back(api::ShapeOf(role, {.gang = PlansGang(planned.workload)}));
    for (const std::string& problem : planned.roles.back().problems) planned.problems.push_back(problem);
  }
  return planned;
}

void CountDefaults(const ClusterNow& cluster, PlannedWorkload& planned) {
  const api::Resources defaults = cluster.DefaultRequestsIn(planned.workload.meta.ns);
  if (defaults.empty()) return;
  planned.roles.clear();
  for (const api::Role& role : planned.workload.spec.roles) {
    planned.roles.push_back(api::ShapeOf(role, {.gang = PlansGang(planned.workload), .defaults = defaults}));
  }
}

PlanEffect AskFor(const PlannedWorkload& planned, ClusterNow& cluster) {
  PlanEffect effect;
  std::map<int64_t, Instant> asked;  // by those that wait
  for (const ClusterNow::Present& present : cluster.GroupsOf(planned.workload.meta.key())) {
    effect.exists = true;
    const int64_t index = present.group.spec.index;
    const bool same = present.group.spec.revision == RevisionNameOf(planned, present.renderer);
    if (index >= planned.workload.spec.replicas) {
      ++effect.deleted;
    } else if (present.finished) {
      effect.finished.insert(index);
      continue;
    } else if (present.runs && same) {
      effect.kept.insert(index);
      continue;  // it stays as it is
    } else if (present.runs) {
      effect.restarted.insert(index);
    } else if (present.group.status.asked_time) {
      asked[index] = *present.group.status.asked_time;
    }
    cluster.Remove(present.group.meta.key());
  }
  if (!planned.problems.empty()) return effect;
  for (int64_t i = 0; i < GroupsAsked(planned); ++i) {
    if (effect.kept.contains(i) || effect.finished.contains(i)) continue;
    const auto since = asked.find(i);
    cluster.Ask(GroupKey(planned, i), planned.workload.spec.priority_class_name, planned.roles,
                since == asked.end() ? std::nullopt : std::optional<Instant>(since->second));
  }
  return effect;
}

PlanAnswer AnswerPlan(const PlannedWorkload& planned, PlanEffect effect, const ClusterNow& cluster,
                      const ClusterNow::Decisions& decisions, const Places& places, Instant now) {
  PlanAnswer answer;
  answer.effect = std::move(effect);
  answer.suspended = planned.workload.spec.suspend;
  const auto& gang = planned.workload.spec.gang;
  if (gang.policy != api::GangPolicy::kAllOrNothing) {
    answer.at_once = "gang.policy: None";
  } else if (gang.admission == api::GangAdmission::kAlways) {
    answer.at_once = "gang.admission: Always";
  }
  answer.key = planned.workload.meta.key();
  answer.groups = planned.workload.spec.replicas;
  answer.problems = planned.problems;
  const std::string& priority = planned.workload.spec.priority_class_name;
  if (!cluster.HasPriorityClass(priority)) {
    answer.problems.push_back("spec.priorityClassName is " + priority +
                              ", which does not exist: create it, or name another");
  }
  for (const api::RoleShape& role : planned.roles) answer.members += role.members;
  std::vector<GroupAnswer> refused;
  for (int64_t i = 0; i < GroupsAsked(planned) && planned.problems.empty(); ++i) {
    if (answer.effect.kept.contains(i) || answer.effect.finished.contains(i)) continue;
    const auto found = decisions.find(GroupKey(planned, i));
    if (found == decisions.end()) continue;
    answer.not_considered = found->second.explanation.not_considered;
    if (found->second.admitted && !found->second.beyond_quota.empty()) {
      answer.beyond_quota.push_back(found->first.name + ": " + Join(found->second.beyond_quota, "; "));
    } else if (found->second.admitted) {
      ++answer.fitting;
      const auto placed = places.find(found->first);
      if (placed != places.end() && answer.places.size() < kGroupsPlaced)
        answer.places.emplace_back(found->first.name, placed->second);
    }
    if (found->second.admitted) continue;
    ExplainInput input{.group = WaitingGroup(planned, i, found->second.explanation), .planned = true};
    refused.push_back(AnswerFor(input, now));
  }
  answer.refused = Merge(std::move(refused));
  return answer;
}

Page RenderPlan(const PlanAnswer& answer, int64_t nodes, const Paper& paper) {
  Page page;
  Line head{{"workload " + answer.key.Text() + " "}};
  if (!answer.problems.empty()) {
    head.push_back({"cannot start", Tone::kBad});
    head.push_back({":"});
    page.push_back(std::move(head));
    for (const std::string& problem : answer.problems) page.push_back({{"  " + problem}});
    return page;
  }
  AddVerdict(answer, head);
  head.push_back({" (" + Count(answer.members, "member") + " each; " + Count(nodes, "node") + " looked at)."});
  page.push_back(std::move(head));
  AddEffect(answer, page);
  AddPlaces(answer, page);
  AddBeyondQuota(answer, page);
  if (answer.refused.empty() && !answer.not_considered.empty()) {
    page.push_back({{"Not considered: " + Join(answer.not_considered, "; ") + "."}});
  }
  for (const GroupAnswer& refused : answer.refused) {
    page.push_back({});
    for (Line& line : RenderAnswer(refused, paper)) page.push_back(std::move(line));
  }
  return page;
}

json::Value PlanJson(const std::vector<PlanAnswer>& answers) {
  json::Array items;
  for (const PlanAnswer& answer : answers) {
    json::Array refused;
    for (const GroupAnswer& group : answer.refused) {
      json::Value one = group.json;
      one.Set("alike", json::Array(group.alike.begin(), group.alike.end()));
      refused.push_back(std::move(one));
    }
    items.push_back(
        json::Object{{"namespace", answer.key.ns},
                     {"name", answer.key.name},
                     {"fits", answer.Fits()},
                     {"groups", answer.groups},
                     {"groupsThatFit", answer.fitting + answer.kept()},
                     {"exists", answer.effect.exists},
                     {"groupsKept", answer.kept()},
                     {"groupsFinished", answer.finished()},
                     {"groupsRestarted", static_cast<int64_t>(answer.effect.restarted.size())},
                     {"groupsDeleted", answer.effect.deleted},
                     {"members", answer.members},
                     {"places", PlacesJson(answer)},
                     {"problems", json::Array(answer.problems.begin(), answer.problems.end())},
                     {"refused", std::move(refused)},
                     {"beyondQuota", json::Array(answer.beyond_quota.begin(), answer.beyond_quota.end())},
                     {"notConsidered", json::Array(answer.not_considered.begin(), answer.not_considered.end())}});
  }
  return json::Object{{"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "PlanList"}, {"items", std::move(items)}};
}

}  // namespace muster::plugin
