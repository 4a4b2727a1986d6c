#include "kubectl-plugin/core/timeline.h"

#include <algorithm>
#include <tuple>

#include "kubectl-plugin/core/safe_text.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

std::string Lower(std::string text) {
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

bool IsAbout(const std::string& name, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&name](const std::string& wanted) { return name == wanted || name.starts_with(wanted + "-"); });
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
  moments.push_back({*created, "revision/" + SafeText(document["metadata"]["name"].Text()), "Created",
                     "revision " + std::to_string(document["revision"].Integer()) + " of the spec"});
}

void AddEvent(const json::Value& document, const std::vector<std::string>& names, std::vector<Moment>& moments) {
  const json::Value& regarding = document["regarding"];
  const std::string& kind = regarding["kind"].Text();
  const std::string& name = regarding["name"].Text();
  const bool ours = kind == api::kWorkloads.kind || kind == api::kPodGroups.kind;
  const bool warning = document["type"].Text() == "Warning";
  const std::vector<std::string> groups(names.begin() + 1, names.end());
  if (ours ? std::find(names.begin(), names.end(), name) == names.end() : !IsAbout(name, groups)) return;
  if (kind == "Pod" && !warning) return;  // one line per pulled image is no story
  auto time = ParseTime(document["series"]["lastObservedTime"].Text());
  if (!time) time = ParseTime(document["deprecatedLastTimestamp"].Text());
  if (!time) time = ParseTime(document["eventTime"].Text());
  if (!time) time = ParseTime(document["metadata"]["creationTimestamp"].Text());
  if (!time) return;
  const int64_t times = std::max(document["series"]["count"].Integer(1), document["deprecatedCount"].Integer(1));
  moments.push_back({*time, SafeText(Lower(kind) + "/" + name), SafeText(document["reason"].Text()),
                     SafeText(document["note"].Text()), warning, times});
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
