#include "kubectl-plugin/core/explain_view.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/core/advice.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

using api::GroupState;

std::string LowerFirst(std::string word) {
  if (!word.empty() && word[0] >= 'A' && word[0] <= 'Z') word[0] = static_cast<char>(word[0] - 'A' + 'a');
  return word;
}

std::string Sentence(std::string text) {
  if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

struct Fit {
  int64_t placed = 0;
  int64_t members = 0;
};

Fit TotalFit(const api::PodGroup& group) {
  Fit fit;
  if (!group.status.explanation) return fit;
  for (const api::RoleFit& role : group.status.explanation->roles) {
    fit.placed += role.placed;
    fit.members += role.members;
  }
  return fit;
}

std::string WaitingHeadline(const api::PodGroup& group, const Verdict& verdict, Instant now) {
  const auto& next = group.status.next_attempt_time;
  if (next && *next > now) return "next attempt in " + FormatAge(*next - now);
  const Fit fit = TotalFit(group);
  if (fit.placed < fit.members) {
    if (fit.members == 1) return "its member has no place";
    const int64_t missing = fit.members - fit.placed;
    return std::to_string(missing) + " of its " + Count(fit.members, "member") + (missing == 1 ? " has" : " have") +
           " no place";
  }
  return verdict.detail.empty() ? "it has not been looked at yet" : verdict.detail;
}

std::string Headline(const api::PodGroup& group, const Verdict& verdict, Instant now) {
  const api::PodGroupStatus& status = group.status;
  const std::string subject = "podgroup " + group.meta.key().Text() + " is " + LowerFirst(verdict.word);
  const std::string ready = std::to_string(status.ready) + " of " + Count(status.members, "member") + " ready";
  if (!status.state || group.meta.deleted) return Sentence(subject + ": " + verdict.detail);
  switch (*status.state) {
    case GroupState::kRunning:
      return subject + ": " + ready + ".";
    case GroupState::kStarting:
      return subject + ": " + std::to_string(status.scheduled) + " of " + Count(status.members, "member") +
             " scheduled, " + std::to_string(status.ready) + " ready.";
    case GroupState::kWaiting:
      return Sentence(subject + ": " + WaitingHeadline(group, verdict, now));
    case GroupState::kSucceeded:
      return "podgroup " + group.meta.key().Text() + " has succeeded.";
    case GroupState::kFailed:
      return Sentence("podgroup " + group.meta.key().Text() + " has failed" +
                      (verdict.detail.empty() ? "" : ": " + verdict.detail));
    case GroupState::kHeld:
    case GroupState::kStopping:
    case GroupState::kStalled:
      break;
  }
  return Sentence(subject + (verdict.detail.empty() ? "" : ": " + verdict.detail));
}

bool Explains(const api::PodGroup& group) {
  return group.status.explanation && group.status.state != GroupState::kRunning &&
         group.status.state != GroupState::kSucceeded;
}

// The headline and the advice say these.
bool IsKeeper(const api::Blocker& blocker) {
  return blocker.code == api::blocker::kBackOff || blocker.code == api::blocker::kSuspended;
}

// What stands in the way of one role, without the node counts (they have a line of their own).
std::string RoleBlockers(const api::Explanation& explanation, const std::string& role) {
  std::vector<std::string> texts;
  for (const api::Blocker& blocker : explanation.blockers) {
    if (blocker.role != role || blocker.message.empty()) continue;
    if (blocker.nodes > 0 && blocker.missing.empty()) continue;
    texts.push_back(blocker.message);
  }
  return Join(texts, "; ");
}

// Roles that lack a place, or that something is in the way of; those that are well stay out.
void AddRoles(const api::PodGroup& group, GroupAnswer& answer) {
  if (group.status.state == GroupState::kStarting) {
    for (const api::RoleStatus& role : group.status.roles) {
      if (role.ready >= role.desired) continue;
      answer.roles.Add({{role.name, Tone::kStrong},
                        {std::to_string(role.scheduled) + " of " + std::to_string(role.desired) + " scheduled"},
                        {std::to_string(role.ready) + " ready"},
                        {RoleBlockers(group.status.explanation.value_or(api::Explanation()), role.name)}});
    }
    return;
  }
  if (!Explains(group)) return;
  const api::Explanation& explanation = *group.status.explanation;
  for (const api::RoleFit& role : explanation.roles) {
    const std::string blockers = RoleBlockers(explanation, role.role);
    if (role.placed >= role.members && blockers.empty()) continue;
    answer.roles.Add({{role.role, Tone::kStrong},
                      {std::to_string(role.placed) + " of " + std::to_string(role.members) + " placed"},
                      {blockers}});
  }
  for (const api::Blocker& blocker : explanation.blockers) {
    const bool has_fit = std::any_of(explanation.roles.begin(), explanation.roles.end(),
                                     [&](const api::RoleFit& fit) { return fit.role == blocker.role; });
    if (has_fit || blocker.nodes > 0 || blocker.message.empty() || IsKeeper(blocker)) continue;
    if (answer.headline.find(blocker.message) != std::string::npos) continue;  // it has been said
    answer.roles.Add({{blocker.role.empty() ? blocker.code : blocker.role, Tone::kStrong}, {blocker.message}});
  }
}

// Nodes that nothing rules out. When none of the role's members found a place there, other members took the room.
std::string RoomText(const api::Explanation& explanation, const std::string& role, int64_t nodes) {
  for (const api::RoleFit& fit : explanation.roles) {
    if (fit.role == role && fit.placed == 0) return "taken by other members of the group";
  }
  return nodes == 1 ? "has room" : "have room";
}

// "a", "a and b", "a, b and 7 more".
std::string SomeOf(const std::vector<std::string>& roles) {
  if (roles.size() <= 2) return Join(roles, " and ");
  return roles[0] + ", " + roles[1] + " and " + std::to_string(roles.size() - 2) + " more";
}

// The planner counts each node once per role that lacks a place.
void AddNodes(const api::Explanation& explanation, GroupAnswer& answer) {
  std::vector<std::string> roles;
  for (const api::Blocker& blocker : explanation.blockers) {
    if (blocker.nodes > 0 && std::find(roles.begin(), roles.end(), blocker.role) == roles.end()) {
      roles.push_back(blocker.role);
    }
  }
  std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>
      lines;  // texts, and roles they are true of
  for (const std::string& role : roles) {
    std::vector<std::pair<int64_t, std::string>> parts;
    int64_t ruled_out = 0;
    for (const api::Blocker& blocker : explanation.blockers) {
      if (blocker.nodes <= 0 || blocker.role != role) continue;
      parts.emplace_back(blocker.nodes, NodesText(blocker));
      ruled_out += blocker.nodes;
    }
    if (ruled_out < explanation.nodes)
      parts.emplace_back(explanation.nodes - ruled_out, RoomText(explanation, role, explanation.nodes - ruled_out));
    std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> texts;
    for (const auto& [count, text] : parts) texts.push_back(std::to_string(count) + " " + text);
    const auto alike = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == texts; });
    if (alike == lines.end()) {
      lines.emplace_back(std::move(texts), std::vector<std::string>{role});
    } else {
      alike->second.push_back(role);
    }
  }
  for (auto& [texts, of_roles] : lines) {
    const std::string whom = lines.size() > 1 ? " for " + SomeOf(of_roles) : "";
    answer.nodes.push_back({"Nodes" + whom + " (" + std::to_string(explanation.nodes) + ")", std::move(texts)});
  }
}

std::string AskedText(const ExplainInput& input, Instant now) {
  std::string text;
  if (input.group.status.asked_time) text = "Asked " + FormatAge(now - *input.group.status.asked_time) + " ago";
  if (!input.note.empty()) return (text.empty() ? text : text + "; ") + input.note + ".";
  if (input.live) return text.empty() ? "Looked at just now." : text + "; looked at just now.";
  if (input.answered) {
    text += text.empty() ? "This answer" : "; this answer";
    text += " is " + FormatAge(now - *input.answered) + " old" + (input.live_wanted ? "" : " (--live looks now)");
  }
  return text.empty() ? text : text + ".";
}

// What becomes of a group of which members have no node.
std::string WhatFollows(const api::PodGroup& group, Instant deadline, Instant now) {
  if (group.spec.gang.policy == api::GangPolicy::kNone) return "; it is no gang, so it is not held again";
  if (api::IsTrue(group.status.conditions, api::condition::kScheduled)) {
    return "; it has started before, so it is not held again: kube-scheduler places the missing members as soon as it "
           "can";
  }
  if (deadline > now) {
    // The operator's --reservation-timeout, which is not known here, can be shorter; this is its default.
    const bool may_be_earlier =
        group.spec.gang.schedule_timeout_seconds > 300 && group.spec.gang.admission == api::GangAdmission::kWhenItFits;
    return "; held again in " + FormatAge(deadline - now) + (may_be_earlier ? " at the latest" : "") +
           " if they are not all scheduled by then";
  }
  return "; it is about to be held again, since they are not all scheduled";
}

void AddFacts(const ExplainInput& input, Instant now, GroupAnswer& answer) {
  const api::PodGroupStatus& status = input.group.status;
  if (input.place) answer.facts.push_back("In front of it: " + PlaceText(*input.place) + ".");
  if (status.state == GroupState::kStarting && answer.verdict.since) {
    const Instant deadline =
        *answer.verdict.since + std::chrono::seconds(input.group.spec.gang.schedule_timeout_seconds);
    std::string text = "Admitted " + FormatAge(now - *answer.verdict.since) + " ago";
    if (status.attempt > 1) text += " (attempt " + std::to_string(status.attempt) + ")";
    if (status.scheduled < status.members) text += WhatFollows(input.group, deadline, now);
    answer.facts.push_back(text + ".");
  }
  if (answer.kept && input.live && input.fits_now) {
    const bool suspended = input.group.spec.run == api::Run::kHold;
    answer.facts.push_back("There is room for every member now: only the " +
                           std::string(suspended ? "suspension" : "back-off") + " keeps it from starting.");
  }
  if (status.state == GroupState::kWaiting || status.state == GroupState::kStalled || input.live ||
      !input.note.empty()) {
    if (std::string asked = AskedText(input, now); !asked.empty() && !input.planned)
      answer.facts.push_back(std::move(asked));
  }
  const api::LastStop& stop = status.last_stop;
  if (stop.time && status.state != GroupState::kRunning && status.state != GroupState::kSucceeded) {
    answer.facts.push_back(Sentence("Last stopped " + FormatAge(now - *stop.time) + " ago: " + stop.reason +
                                    (stop.pod.empty() ? "" : " (pod " + stop.pod + ")") +
                                    (stop.message.empty() ? "" : ": " + stop.message)));
  }
}

json::Value AnswerJson(const ExplainInput& input, const GroupAnswer& answer) {
  const api::PodGroup& group = input.group;
  json::Object object{{"namespace", group.meta.ns},          {"name", group.meta.name},
                      {"state", answer.verdict.word},        {"health", HealthName(answer.verdict.health)},
                      {"message", answer.headline},          {"members", group.status.members},
                      {"scheduled", group.status.scheduled}, {"ready", group.status.ready},
                      {"attempt", group.status.attempt},     {"live", input.live}};
  if (input.live) object.Append("fitsNow", input.fits_now);
  const auto time = [&object](const char* key, const std::optional<Instant>& value) {
    if (value) object.Append(key, FormatTime(*value));
  };
  time("askedTime", group.status.asked_time);
  time("answeredTime", input.answered);
  time("nextAttemptTime", group.status.next_attempt_time);
  if (input.place) {
    json::Array first(input.place->first.begin(), input.place->first.end());
    const QueueScope scope = input.place->scope;
    object.Append("inFront", json::Object{{"groups", input.place->ahead},
                                          {"waiting", input.place->waiting},
                                          {"first", std::move(first)},
                                          {"scope", scope == QueueScope::kCluster     ? "Cluster"
                                                    : scope == QueueScope::kNamespace ? "Namespace"
                                                                                      : "Unknown"}});
  }
  if (Explains(group)) object.Append("explanation", api::EncodeExplanation(*group.status.explanation));
  object.Append("advice", json::Array(answer.advice.begin(), answer.advice.end()));
  return object;
}

// Two groups are alike when everything but their names is said of both.
std::string ReasonOf(const api::PodGroup& group, const GroupAnswer& answer) {
  std::string reason = answer.verdict.word + "\n" + answer.verdict.detail;
  if (group.status.explanation) reason += "\n" + group.status.explanation->summary;
  return reason;
}

}  // namespace

std::optional<api::Blocker> KeptBy(const api::PodGroup& group, Instant now) {
  const GroupState state = group.status.state.value_or(GroupState::kWaiting);
  if (group.meta.deleted || (state != GroupState::kWaiting && state != GroupState::kHeld)) return std::nullopt;
  api::Blocker blocker;
  if (group.spec.run == api::Run::kHold) {
    blocker.code = api::blocker::kSuspended;
    blocker.message = "the group is suspended";
    return blocker;
  }
  const auto& next = group.status.next_attempt_time;
  if (!next || *next <= now) return std::nullopt;
  blocker.code = api::blocker::kBackOff;
  blocker.message = "waiting for the next attempt";
  if (group.status.explanation) {
    for (const api::Blocker& stored : group.status.explanation->blockers) {
      if (stored.code == blocker.code && !stored.message.empty()) blocker.message = stored.message;
    }
  }
  return blocker;
}

void LookNow(bool fits, const api::Explanation& explanation, Instant now, ExplainInput& input) {
  const std::optional<api::Blocker> kept = KeptBy(input.group, now);
  input.live = true;
  input.fits_now = fits;
  input.group.status.explanation = explanation;
  if (!kept) return;
  api::Explanation& answer = *input.group.status.explanation;
  answer.summary = kept->message + (fits || answer.summary.empty() ? "" : "; " + answer.summary);
  answer.blockers.insert(answer.blockers.begin(), *kept);
}

GroupAnswer AnswerFor(const ExplainInput& input, Instant now) {
  const api::PodGroup& group = input.group;
  GroupAnswer answer;
  answer.key = group.meta.key();
  answer.verdict = JudgeGroup(group, now);
  answer.headline = Headline(group, answer.verdict, now);
  answer.kept = KeptBy(group, now).has_value();
  if (const size_t is = answer.headline.find(" is waiting"); input.planned && is != std::string::npos) {
    answer.headline.replace(is, 11, " would wait");
  }
  if (input.fits_now && !answer.kept) {
    answer.headline = "podgroup " + answer.key.Text() + " is waiting, but every member has a place now.";
    answer.advice.emplace_back("It should start within a second; if it does not: kubectl workload check");
  } else {
    AddRoles(group, answer);
  }
  AddFacts(input, now, answer);
  if (Explains(group)) {
    if (group.status.explanation->nodes > 0) AddNodes(*group.status.explanation, answer);
    for (const api::Change& change : group.status.explanation->changes) answer.changes.push_back(change.text);
    answer.not_considered = group.status.explanation->not_considered;
  }
  if (group.status.state != GroupState::kRunning && (!input.fits_now || answer.kept)) {
    answer.advice = AdviceFor(group, now);
  }
  answer.reason = ReasonOf(group, answer);
  answer.json = AnswerJson(input, answer);
  return answer;
}

std::vector<GroupAnswer> Merge(std::vector<GroupAnswer> answers) {
  std::vector<GroupAnswer> merged;
  std::map<std::string, size_t> seen;
  for (GroupAnswer& answer : answers) {
    const auto [at, is_new] = seen.try_emplace(answer.reason, merged.size());
    if (is_new) {
      merged.push_back(std::move(answer));
    } else {
      merged[at->second].alike.push_back(answer.key.name);
    }
  }
  return merged;
}

}  // namespace muster::plugin
