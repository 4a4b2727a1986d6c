#include "kubectl-plugin/core/timeline.h"

#include <algorithm>
#include <tuple>

#include "kubectl-plugin/core/health.h"
#include "kubectl-plugin/core/sample_placement.h"
#include "kubectl-plugin/core/utf8.h"
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

// How much of a condition's text is given with its time.
enum class Messages { kWhole, kReasonAlone };

bool IsNews(const api::Condition& condition, const api::Conditions& all) {
  namespace type = api::condition;
  if (condition.last_transition == Instant{} || condition.type == type::kReconciling) return false;
  if (condition.type == type::kStalled && api::IsTrue(all, type::kFailed)) return false;  // Failed says it
  if (condition.status == api::Truth::kTrue) return true;
  // Of all that can turn False, only a loss of readiness after the start is recorded nowhere else.
  const api::Condition* admitted = api::FindCondition(all, type::kAdmitted);
  return condition.type == type::kReady && admitted != nullptr && admitted->status == api::Truth::kTrue &&
         condition.last_transition > admitted->last_transition;
}

void AddConditions(const std::string& object, const api::Conditions& conditions, Messages messages,
                   std::vector<Moment>& moments) {
  for (const api::Condition& condition : conditions) {
    if (!IsNews(condition, conditions)) continue;
    const bool turned_true = condition.status == api::Truth::kTrue;
    const bool stalled = condition.type == api::condition::kStalled;
    const bool whole = messages == Messages::kWhole && !stalled && !condition.message.empty();
    std::string text = !turned_true ? "" : (whole ? condition.message : condition.reason);
    const bool bad = turned_true && (stalled || condition.type == api::condition::kFailed);
    moments.push_back({condition.last_transition, object,
                       condition.type + "=" + std::string(TruthText(condition.status)), std::move(text), bad});
  }
}

// A record and an event of the same happening; one of them may be written seconds after the other.
bool IsSaidBy(const Moment& record, const Moment& event) {
  constexpr Duration kApart = std::chrono::seconds(5);
  return record.source == Source::kRecord && !record.is_current && event.source == Source::kEvent &&
         record.object == event.object && !event.text.empty() && record.text.ends_with(event.text) &&
         record.time - event.time <= kApart && event.time - record.time <= kApart;
}

// The text with "*" for the object's name and the names of its pods, which differ from one event to the next: what is
// left tells whether two events say the same.
std::string PatternOf(const Moment& moment) {
  const std::string name = moment.object.substr(moment.object.find('/') + 1);
  std::string pattern;
  std::string_view rest = moment.text;
  for (size_t at = rest.find(name); at != std::string_view::npos && !name.empty(); at = rest.find(name)) {
    pattern.append(rest.substr(0, at)).append("*");
    rest.remove_prefix(at + name.size());
    while (!rest.empty() && (rest.front() == '-' || IsLetterOrDigit(rest.front()))) rest.remove_prefix(1);
  }
  return pattern.append(rest);
}

bool SaysTheSame(const Moment& a, const Moment& b) { return a.what == b.what && PatternOf(a) == PatternOf(b); }

Instant LastOf(const Moment& moment) { return moment.last.value_or(moment.time); }

void MergeInto(Moment& first, const Moment& repeated) {
  first.times += repeated.times;
  if (const Instant last = std::max(LastOf(first), LastOf(repeated)); last > first.time) first.last = last;
}

// The objects of one row: "podgroup/train-[0-3]", "pod/a-x7k2p and 3 more".
std::string ObjectsText(const std::vector<std::string>& objects) {
  if (objects.size() == 1) return objects.front();
  std::map<std::string, int64_t> names;
  for (const std::string& object : objects) names[object] = 1;
  const std::string ranges = NodesInWords(names, names.size());
  if (ranges.find(", ") == std::string::npos) return ranges;
  return objects.front() + " and " + std::to_string(objects.size() - 1) + " more";
}

struct TimelineRow {
  const Moment* moment = nullptr;
  std::vector<std::string> objects;
};

// Moments of the same second that differ in their object alone are one row.
std::vector<TimelineRow> RowsOf(const std::vector<Moment>& moments) {
  std::vector<TimelineRow> rows;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, size_t> seen;
  for (const Moment& moment : moments) {
    const std::string kind = moment.object.substr(0, moment.object.find('/'));
    const auto [at, is_new] =
        seen.try_emplace({FormatTime(moment.time), kind, moment.what, PatternOf(moment)}, rows.size());
    if (is_new) rows.push_back({&moment, {}});
    rows[at->second].objects.push_back(moment.object);
  }
  return rows;
}

std::string TextOf(const Moment& moment, Instant now) {
  if (moment.times <= 1) return moment.text;
  std::string text = moment.text + (moment.text.empty() ? "(" : " (") + std::to_string(moment.times) + " times";
  if (moment.last && FormatAge(now - *moment.last) != FormatAge(now - moment.time)) {
    text += ", last " + FormatAge(now - *moment.last) + " ago";
  }
  return text + ")";
}

std::string AgeOf(const Moment& moment, Instant now) {
  if (moment.is_current) return "now";
  return moment.time > now ? "in " + FormatAge(moment.time - now) : FormatAge(now - moment.time);
}

}  // namespace

void AddWorkload(const api::Workload& workload, std::vector<Moment>& moments) {
  const std::string object = "workload/" + workload.meta.name;
  moments.push_back({workload.meta.created, object, "Created", "with " + Count(workload.spec.replicas, "group")});
  if (workload.meta.deleted) moments.push_back({*workload.meta.deleted, object, "Deleted", ""});
  AddConditions(object, workload.status.conditions, Messages::kReasonAlone, moments);
}

void AddGroup(const api::PodGroup& group, std::vector<Moment>& moments) {
  const std::string object = "podgroup/" + group.meta.name;
  moments.push_back({group.meta.created, object, "Created", ""});
  if (group.status.asked_time && *group.status.asked_time != group.meta.created) {
    moments.push_back({*group.status.asked_time, object, "Asked", "to be admitted"});
  }
  const api::LastStop& stop = group.status.last_stop;
  const api::Condition* failed = api::FindCondition(group.status.conditions, api::condition::kFailed);
  const bool is_failure = failed != nullptr && failed->message == stop.message && failed->last_transition == stop.time;
  if (stop.time && !is_failure) {
    moments.push_back({*stop.time, object, "Stopped", stop.reason + (stop.message.empty() ? "" : ": " + stop.message),
                       stop.reason == "ScheduleTimeout" || stop.reason == "RoleFailed"});
  }
  if (group.status.next_attempt_time) {
    moments.push_back({*group.status.next_attempt_time, object, "NextAttempt", "earliest time of the next admission"});
  }
  AddConditions(object, group.status.conditions, Messages::kWhole, moments);
}

void AddCurrent(const api::Workload& workload, const std::vector<api::PodGroup>& groups, Instant now,
                std::vector<Moment>& moments) {
  const auto add = [&](const std::string& object, const Verdict& verdict) {
    if (verdict.health == Health::kHealthy) return;
    moments.push_back({.time = now,
                       .object = object,
                       .what = verdict.word,
                       .text = verdict.detail,
                       .warning = verdict.health == Health::kBroken,
                       .is_current = true});
  };
  Verdict whole = JudgeWorkload(workload, CountGroups(workload, groups));
  for (const api::PodGroup& group : groups) {
    const std::string detail = JudgeGroup(group, now).detail;
    if (!detail.empty() && whole.detail.ends_with(detail)) whole.detail.clear();  // the group's own row says it
  }
  add("workload/" + workload.meta.name, whole);
  for (const api::PodGroup& group : groups) {
    if (group.status.state == api::GroupState::kFailed) continue;  // final, and dated
    add("podgroup/" + group.meta.name, JudgeGroup(group, now));
  }
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
  if (kind == "Pod" && !warning) return;  // a line for each pulled image is not worth reading
  auto last = ParseTime(document["series"]["lastObservedTime"].Text());
  if (!last) last = ParseTime(document["deprecatedLastTimestamp"].Text());
  auto first = ParseTime(document["eventTime"].Text());
  if (!first) first = ParseTime(document["deprecatedFirstTimestamp"].Text());
  if (!first) first = last;
  if (!first) first = ParseTime(document["metadata"]["creationTimestamp"].Text());
  if (!first) return;
  moments.push_back({.time = *first,
                     .object = LowerWords(kind) + "/" + name,
                     .what = document["reason"].Text(),
                     .text = document["note"].Text(),
                     .warning = warning,
                     .times = std::max(document["series"]["count"].Integer(1), document["deprecatedCount"].Integer(1)),
                     .last = last && *last > *first ? last : std::nullopt,
                     .source = Source::kEvent});
}

void Order(std::vector<Moment>& moments) {
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) { return a.time < b.time; });
  const std::vector<Moment> all = moments;
  std::erase_if(moments, [&all](const Moment& moment) {
    return std::any_of(all.begin(), all.end(), [&](const Moment& event) { return IsSaidBy(moment, event); });
  });
  std::vector<Moment> merged;
  for (Moment& moment : moments) {
    const auto latest = std::find_if(merged.rbegin(), merged.rend(),
                                     [&](const Moment& other) { return other.object == moment.object; });
    const auto alike = std::find_if(merged.rbegin(), merged.rend(), [&moment](const Moment& other) {
      // "Create Pod x-0", "Create Pod x-1", ...: the first is shown for all of the same second.
      return other.object == moment.object && other.what == moment.what &&
             FormatTime(other.time) == FormatTime(moment.time);
    });
    const bool repeats = latest != merged.rend() && SaysTheSame(*latest, moment);
    const auto same = repeats ? latest : alike;
    if (same == merged.rend() || same->is_current != moment.is_current) {
      merged.push_back(std::move(moment));
    } else {
      MergeInto(*same, moment);
    }
  }
  moments = std::move(merged);
}

Page RenderTimeline(const std::vector<Moment>& moments, const Paper& paper, Instant now) {
  constexpr size_t kGapOfTimeline = 2;
  constexpr size_t kWide = 110;
  constexpr size_t kLeastText = 20;
  const bool with_time = paper.width == 0 || paper.width >= kWide;  // narrower paper has the age alone
  const std::vector<TimelineRow> rows = RowsOf(moments);
  Table table(kGapOfTimeline);
  const auto add = [&](Line row) {
    if (!with_time) row.erase(row.begin());
    table.Add(std::move(row));
  };
  add({{"TIME"}, {"AGE"}, {"OBJECT"}, {"WHAT"}, {"MESSAGE"}});
  for (const TimelineRow& row : rows) {
    const Moment& moment = *row.moment;
    add({{FormatTime(moment.time), Tone::kFaint},
         {AgeOf(moment, now)},
         {ObjectsText(row.objects)},
         {moment.what, moment.warning ? Tone::kBad : Tone::kPlain},
         {TextOf(moment, now)}});
  }
  table.Fit(paper);
  if (paper.width == 0) return table.Lines();
  const std::vector<size_t> widths = table.Widths();
  size_t column = 0;
  for (size_t i = 0; i + 1 < widths.size(); ++i) column += widths[i] + kGapOfTimeline;
  // Below its row the text begins under OBJECT.
  size_t indent = widths[0] + kGapOfTimeline + (with_time ? widths[1] + kGapOfTimeline : 0);
  if (indent + kLeastText > paper.width) indent = std::min<size_t>(2, paper.width / 4);
  Page page;
  for (Line& line : table.Lines()) {
    const std::string text = line.back().text;
    if (page.empty() || column + DisplayWidth(text) <= paper.width) {
      page.push_back(std::move(line));
      continue;
    }
    line.pop_back();
    page.push_back(std::move(line));
    for (const std::string& part : WrapWords(text, paper.width - indent)) {
      page.push_back({{std::string(indent, ' ')}, {part}});
    }
  }
  return page;
}

json::Value TimelineJson(const std::vector<Moment>& moments) {
  json::Array items;
  for (const Moment& moment : moments) {
    items.push_back(json::Object{{"time", FormatTime(moment.time)},
                                 {"lastTime", FormatTime(LastOf(moment))},
                                 {"object", moment.object},
                                 {"what", moment.what},
                                 {"message", moment.text},
                                 {"warning", moment.warning},
                                 {"times", moment.times},
                                 {"current", moment.is_current}});
  }
  return json::Object{{"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "Timeline"}, {"items", std::move(items)}};
}

}  // namespace muster::plugin
