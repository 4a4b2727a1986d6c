#include "kubectl-plugin/core/timeline.h"

#include <algorithm>
#include <tuple>

#include "lib/api/names.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

std::string LowerWords(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string_view TruthText(api::Truth truth) {
  switch (truth) {
    case api::Truth::kTrue:
      return "True";
    case api::Truth::kFalse:
      return "False";
    case api::Truth::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

bool IsAll(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetterOrDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z'); }

// What a built-in controller puts behind the name of what it makes pods for: "-3", "-x7k2p", "-5d8f-x7k2p".
bool IsMadeBy(std::string_view kind, std::string_view made, std::string_view rest) {
  constexpr size_t kRandom = 5;
  if (!rest.starts_with("-")) return false;
  rest.remove_prefix(1);
  const size_t dash = rest.find('-');
  const std::string_view first = rest.substr(0, dash);
  const std::string_view second = dash == std::string_view::npos ? "" : rest.substr(dash + 1);
  const auto is_random = [](std::string_view text) { return text.size() == kRandom && IsAll(text, IsLetterOrDigit); };
  if (kind == "StatefulSet") return made == "Pod" && second.empty() && IsAll(first, IsDigit);
  if (kind == "Job")
    return made == "Pod" && (second.empty() ? is_random(first) : IsAll(first, IsDigit) && is_random(second));
  if (kind == "ReplicaSet") return made == "Pod" && second.empty() && is_random(first);
  if (kind != "Deployment" || !IsAll(first, IsLetterOrDigit)) return false;
  return made == "ReplicaSet" ? second.empty() : made == "Pod" && is_random(second);
}

}  // namespace

void AddConditions(const std::string& object, const api::Conditions& conditions, std::vector<Moment>& moments) {
  for (const api::Condition& condition : conditions) {
    if (condition.last_transition == Instant{}) continue;
    std::string text = condition.reason;
    if (!condition.message.empty()) text += ": " + condition.message;
    const bool bad = condition.status == api::Truth::kTrue &&
                     (condition.type == api::condition::kStalled || condition.type == api::condition::kFailed);
    moments.push_back({condition.last_transition, object,
                       condition.type + "=" + std::string(TruthText(condition.status)), std::move(text), bad});
  }
}

void AddWorkload(const api::Workload& workload, std::vector<Moment>& moments) {
  const std::string object = "workload/" + workload.meta.name;
  moments.push_back({workload.meta.created, object, "Created", Count(workload.spec.replicas, "group") + " wanted"});
  if (workload.meta.deleted) moments.push_back({*workload.meta.deleted, object, "Deleted", ""});
  AddConditions(object, workload.status.conditions, moments);
}

void AddGroup(const api::PodGroup& group, std::vector<Moment>& moments) {
  const std::string object = "podgroup/" + group.meta.name;
  moments.push_back({group.meta.created, object, "Created", ""});
  if (group.status.asked_time && *group.status.asked_time != group.meta.created) {
    moments.push_back({*group.status.asked_time, object, "Asked", "for room"});
  }
  const api::LastStop& stop = group.status.last_stop;
  if (stop.time) {
    moments.push_back({*stop.time, object, "Stopped", stop.reason + (stop.message.empty() ? "" : ": " + stop.message),
                       stop.reason == "ScheduleTimeout" || stop.reason == "RoleFailed"});
  }
  if (group.status.next_attempt_time) {
    moments.push_back({*group.status.next_attempt_time, object, "NextAttempt", "not admitted before"});
  }
  AddConditions(object, group.status.conditions, moments);
}

void AddRevision(const json::Value& document, std::vector<Moment>& moments) {
  const auto created = ParseTime(document["metadata"]["creationTimestamp"].Text());
  if (!created) return;
  moments.push_back({*created, "revision/" + document["metadata"]["name"].Text(), "Created",
                     "revision " + std::to_string(document["revision"].Integer()) + " of the spec"});
}

void Subjects::Add(const api::Workload& workload) {
  uids_[{std::string(api::kWorkloads.kind), workload.meta.name}] = workload.meta.uid;
}

void Subjects::Add(const api::PodGroup& group) {
  uids_[{std::string(api::kPodGroups.kind), group.meta.name}] = group.meta.uid;
  groups_.push_back(group.meta.name);
  for (const api::RoleStatus& role : group.status.roles) roles_.emplace(role.kind, role.name);
}

void Subjects::AddRoles(const json::Value& revision) {
  const Result<std::vector<api::Role>> roles = api::DecodeRoles(revision["data"]["roles"]);
  if (!roles.has_value()) return;
  for (const api::Role& role : *roles) roles_.emplace(api::ResourceOf(role.kind).kind, role.name);
}

bool Subjects::Has(const json::Value& regarding) const {
  const std::string& kind = regarding["kind"].Text();
  const std::string& name = regarding["name"].Text();
  const std::string& uid = regarding["uid"].Text();
  if (const auto own = uids_.find({kind, name}); own != uids_.end()) {
    // An earlier object of that name is another one.
    return uid.empty() || own->second.empty() || uid == own->second;
  }
  if (kind == api::kWorkloads.kind || kind == api::kPodGroups.kind) return false;
  for (const std::string& group : groups_) {
    for (const auto& [role_kind, role] : roles_) {
      const std::string child = api::ChildName(group, role);
      if (kind == role_kind && name == child) return true;
      if (name.starts_with(child) && IsMadeBy(role_kind, kind, std::string_view(name).substr(child.size())))
        return true;
    }
  }
  return false;
}

void AddEvent(const json::Value& document, const Subjects& subjects, std::vector<Moment>& moments) {
  const json::Value& regarding = document["regarding"];
  const std::string& kind = regarding["kind"].Text();
  const std::string& name = regarding["name"].Text();
  const bool warning = document["type"].Text() == "Warning";
  if (!subjects.Has(regarding)) return;
  if (kind == "Pod" && !warning) return;  // one line per pulled image is no story
  auto time = ParseTime(document["series"]["lastObservedTime"].Text());
  if (!time) time = ParseTime(document["deprecatedLastTimestamp"].Text());
  if (!time) time = ParseTime(document["eventTime"].Text());
  if (!time) time = ParseTime(document["metadata"]["creationTimestamp"].Text());
  if (!time) return;
  const int64_t times = std::max(document["series"]["count"].Integer(1), document["deprecatedCount"].Integer(1));
  moments.push_back(
      {*time, LowerWords(kind) + "/" + name, document["reason"].Text(), document["note"].Text(), warning, times});
}

void Order(std::vector<Moment>& moments) {
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) { return a.time < b.time; });
  // "Create Pod x-0", "Create Pod x-1", ...: the first stands for all of the same second.
  std::vector<Moment> merged;
  for (Moment& moment : moments) {
    const auto same = std::find_if(merged.rbegin(), merged.rend(), [&moment](const Moment& other) {
      return other.object == moment.object && other.what == moment.what &&
             FormatTime(other.time) == FormatTime(moment.time);
    });
    if (same == merged.rend()) {
      merged.push_back(std::move(moment));
    } else {
      same->times += moment.times;
    }
  }
  moments = std::move(merged);
}

Page RenderTimeline(const std::vector<Moment>& moments, const Paper& paper, Instant now) {
  constexpr size_t kNarrow = 80;
  const bool with_time = paper.width == 0 || paper.width >= kNarrow;  // the age says it too
  Table table(2);
  const auto add = [&](Line row) {
    if (!with_time) row.erase(row.begin());
    table.Add(std::move(row));
  };
  add({{"TIME"}, {"AGE"}, {"OBJECT"}, {"WHAT"}, {"TEXT"}});
  for (const Moment& moment : moments) {
    const bool future = moment.time > now;
    const std::string age = future ? "in " + FormatAge(moment.time - now) : FormatAge(now - moment.time);
    add({{FormatTime(moment.time), Tone::kFaint},
         {age},
         {moment.object},
         {moment.what, moment.warning ? Tone::kBad : Tone::kPlain},
         {moment.text + (moment.times > 1 ? " (" + std::to_string(moment.times) + " times)" : "")}});
  }
  table.Fit(paper);
  return table.Lines();
}

json::Value TimelineJson(const std::vector<Moment>& moments) {
  json::Array items;
  for (const Moment& moment : moments) {
    items.push_back(json::Object{{"time", FormatTime(moment.time)},
                                 {"object", moment.object},
                                 {"what", moment.what},
                                 {"message", moment.text},
                                 {"warning", moment.warning},
                                 {"times", moment.times}});
  }
  return json::Object{{"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "Timeline"}, {"items", std::move(items)}};
}

}  // namespace muster::plugin
