#include "kubectl-plugin/core/status_view.h"

#include <algorithm>
#include <utility>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

using api::GroupState;

std::string Of(int64_t part, int64_t whole, std::string_view what) {
  return std::to_string(part) + " of " + std::to_string(whole) + " " + std::string(what);
}

std::string Slash(int64_t part, int64_t whole, std::string_view what) {
  return std::to_string(part) + "/" + std::to_string(whole) + " " + std::string(what);
}

void Also(std::string& text, int64_t count, std::string_view what) {
  if (count == 0) return;
  if (!text.empty()) text += ", ";
  text += std::to_string(count) + " " + std::string(what);
}

// What runs of a role: "8/8 ready", "1/1 active, 3 succeeded", "5/8 scheduled, 2/8 ready".
std::string RunningText(const api::RoleStatus& role) {
  if (role.result == "Succeeded") return "succeeded";
  if (role.result == "Failed") return "failed";
  const bool job = role.kind == "Job";
  std::string text;
  if (role.scheduled < role.desired) text = Slash(role.scheduled, role.desired, "scheduled, ");
  text += Slash(role.ready, role.desired, job ? "active" : "ready");
  if (job && role.desired == 0) text.clear();
  if (job) Also(text, role.succeeded, "succeeded");
  Also(text, role.failed, "failed");
  return text;
}

const api::Blocker* BlockerOf(const api::PodGroup& group, std::string_view role) {
  if (!group.status.explanation) return nullptr;
  for (const api::Blocker& blocker : group.status.explanation->blockers) {
    if (blocker.role == role && !blocker.message.empty()) return &blocker;
  }
  return nullptr;
}

const api::RoleFit* FitOf(const api::PodGroup& group, std::string_view role) {
  if (!group.status.explanation) return nullptr;
  for (const api::RoleFit& fit : group.status.explanation->roles) {
    if (fit.role == role) return &fit;
  }
  return nullptr;
}

std::string RefusalText(const api::Blocker& blocker) {
  if (blocker.code == api::blocker::kInvalidRole) return "refused by the API server";
  if (blocker.code == api::blocker::kWriteRefused) return "forbidden to the operator";
  if (blocker.code == api::blocker::kNameConflict) return "its name is taken";
  if (blocker.code == api::blocker::kPodsRefused) return "its pods are refused";
  return blocker.code == api::blocker::kCannotStart ? "cannot start as it is written" : "";
}

bool IsRefusal(const api::Blocker& blocker) { return !RefusalText(blocker).empty(); }

void DescribeWaiting(const api::PodGroup& group, RoleView& view) {
  const api::Blocker* blocker = BlockerOf(group, view.name);
  if (blocker != nullptr && IsRefusal(*blocker)) {
    view.text = RefusalText(*blocker);  // the group's line says the rest
    view.tone = Tone::kBad;
  } else if (const api::RoleFit* fit = FitOf(group, view.name); fit != nullptr) {
    const bool all = fit->placed >= fit->members;
    view.text = all ? "would fit" : Of(fit->placed, fit->members, "would fit");
    view.tone = all ? Tone::kFaint : Tone::kBusy;
  } else {
    view.text = Count(view.counts.desired, "member");
    view.tone = Tone::kFaint;
  }
}

RoleView ViewRole(const api::PodGroup& group, const api::RoleStatus& role) {
  RoleView view{role.name, role.kind, "", Tone::kPlain, role};
  switch (group.status.state.value_or(GroupState::kWaiting)) {
    case GroupState::kWaiting:
    case GroupState::kStalled:
      DescribeWaiting(group, view);
      break;
    case GroupState::kHeld:
      view.text = role.result.empty() ? "held" : RunningText(role);
      view.tone = Tone::kFaint;
      break;
    case GroupState::kStopping:
      view.text = role.created == 0 ? "stopped" : Count(role.created, "member") + " left";
      view.tone = role.created == 0 ? Tone::kFaint : Tone::kBusy;
      break;
    case GroupState::kStarting:
      if (const api::Blocker* blocker = BlockerOf(group, role.name); blocker != nullptr && IsRefusal(*blocker)) {
        return {role.name, role.kind, RunningText(role) + ", " + RefusalText(*blocker), Tone::kBad, role};
      }
      [[fallthrough]];
    case GroupState::kRunning:
      view.text = RunningText(role);
      if (role.result == "Failed") view.tone = Tone::kBad;
      if (role.result.empty() && role.ready < role.desired) view.tone = Tone::kBusy;
      break;
    case GroupState::kSucceeded:
    case GroupState::kFailed:  // what still ran was stopped
      view.text = role.result.empty() ? "stopped" : RunningText(role);
      view.tone = role.result == "Failed" ? Tone::kBad : Tone::kFaint;
      break;
  }
  return view;
}

json::Value TimeOrNull(const std::optional<Instant>& time) {
  return time ? json::Value(FormatTime(*time)) : json::Value();
}

json::Value VerdictJson(const Verdict& verdict) {
  return json::Object{{"state", verdict.word},
                      {"message", verdict.detail},
                      {"health", HealthName(verdict.health)},
                      {"since", TimeOrNull(verdict.since)}};
}

json::Value GroupJson(const GroupView& group) {
  json::Array roles;
  for (const RoleView& role : group.roles) {
    roles.push_back(json::Object{{"name", role.name},
                                 {"kind", role.kind},
                                 {"message", role.text},
                                 {"desired", role.counts.desired},
                                 {"scheduled", role.counts.scheduled},
                                 {"ready", role.counts.ready},
                                 {"succeeded", role.counts.succeeded},
                                 {"failed", role.counts.failed}});
  }
  return json::Object{
      {"name", group.key.name},   {"index", group.index},         {"status", VerdictJson(group.verdict)},
      {"members", group.members}, {"scheduled", group.scheduled}, {"ready", group.ready},
      {"attempt", group.attempt}, {"roles", std::move(roles)}};
}

}  // namespace

GroupView ViewGroup(const api::PodGroup& group, Instant now) {
  GroupView view;
  view.key = group.meta.key();
  view.index = group.spec.index;
  view.verdict = JudgeGroup(group, now);
  view.members = group.status.members;
  view.scheduled = group.status.scheduled;
  view.ready = group.status.ready;
  view.attempt = group.status.attempt;
  for (const api::RoleStatus& role : group.status.roles) view.roles.push_back(ViewRole(group, role));
  return view;
}

WorkloadView ViewWorkload(const api::Workload& workload, std::vector<api::PodGroup> groups, Instant now) {
  std::sort(groups.begin(), groups.end(), [](const api::PodGroup& a, const api::PodGroup& b) {
    return std::pair(a.spec.index, a.meta.key()) < std::pair(b.spec.index, b.meta.key());
  });
  WorkloadView view;
  view.key = workload.meta.key();
  view.counts = CountGroups(workload, groups);
  view.verdict = JudgeWorkload(workload, view.counts);
  view.revision = workload.status.update_revision;
  view.updated = workload.status.updated;
  view.behind = workload.status.observed_generation < workload.meta.generation;
  view.created = workload.meta.created;
  for (const api::PodGroup& group : groups) {
    view.admissions += group.status.attempt;
    view.in_repair = view.in_repair || (group.status.state == GroupState::kStalled &&
                                        api::IsBeingChanged(group, workload.status.update_revision));
    view.groups.push_back(ViewGroup(group, now));
  }
  return view;
}

Health GravestOf(const std::vector<WorkloadView>& workloads) {
  Health gravest = Health::kHealthy;
  for (const WorkloadView& workload : workloads) gravest = std::max(gravest, workload.verdict.health);
  return gravest;
}

json::Value StatusJson(const std::vector<WorkloadView>& workloads) {
  json::Array items;
  for (const WorkloadView& workload : workloads) {
    json::Array groups;
    for (const GroupView& group : workload.groups) groups.push_back(GroupJson(group));
    items.push_back(json::Object{{"namespace", workload.key.ns},
                                 {"name", workload.key.name},
                                 {"status", VerdictJson(workload.verdict)},
                                 {"created", FormatTime(workload.created)},
                                 {"revision", workload.revision},
                                 {"replicas", workload.counts.wanted},
                                 {"ready", workload.counts.ready()},
                                 {"updated", workload.updated},
                                 {"groups", std::move(groups)}});
  }
  return json::Object{
      {"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "WorkloadStatusList"}, {"items", std::move(items)}};
}

}  // namespace muster::plugin
