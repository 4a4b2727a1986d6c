#include "kubectl-plugin/core/filled_in.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "kubectl-plugin/core/schema_lint.h"
#include "lib/api/child_spec.h"
#include "lib/api/names.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kOurs = "muster.dev/";

// Why a field is filled in, by its name.
std::string ReasonOf(std::string_view field) {
  if (field == "serviceName") return "; no Service of that name is made";
  if (field == "podManagementPolicy") return ", so that all pods start together";
  return field == "priorityClassName" ? ", that of the Workload" : "";
}

// The name of the field that a path ends with; of one label, that of all labels.
std::string FieldName(const std::string& path) {
  if (path.find(".labels.") != std::string::npos) return "labels";
  return path.substr(path.rfind('.') + 1);
}

class RoleNotes {
 public:
  RoleNotes(const api::Role& role, const api::ChildOwner& owner, std::string path)
      : role_(role), owner_(owner), path_(std::move(path)) {}

  std::vector<FilledNote> Run() {
    const json::Value& pasted = role_.body["spec"];
    const json::Value released = api::ChildSpec(owner_, role_, api::Hold::kReleased);
    Add(path_ + ".metadata.name",
        "is not given; Muster names the object " + Shown(api::ChildName(owner_.group, role_.name)));
    Add(path_ + ".metadata.labels", "Muster adds " + LabelsText(api::ChildLabels(owner_, role_)));
    const std::string spec_path = path_ + ".spec";
    WhileHeld(released, api::ChildSpec(owner_, role_, api::Hold::kHeld), spec_path);
    Filled(pasted, released, spec_path);
    Ignored(pasted, spec_path);
    return std::move(notes_);
  }

 private:
  void Add(const std::string& path, std::string text, bool ignored = false) {
    notes_.push_back({role_.name, path, std::move(text), ignored});
  }

  static std::string LabelsText(const json::Object& labels) {
    std::vector<std::string> keys;
    for (const json::Member& label : labels) keys.push_back(label.first);
    return Join(keys, ", ");
  }

  // What differs between a held and a released child.
  void WhileHeld(const json::Value& released, const json::Value& held, const std::string& path) {
    for (const auto& [key, now] : held.Members()) {
      const std::string member_path = ChildPath(path, key);
      if (now.IsObject()) {
        WhileHeld(released[key], now, member_path);
      } else if (now != released[key]) {
        held_.push_back(member_path);
        Add(member_path,
            "Muster sets it to " + Shown(now) + " while the group is held, then to " + Shown(released[key]));
      }
    }
  }

  void Filled(const json::Value& pasted, const json::Value& made, const std::string& path) {
    json::Object labels;
    for (const auto& [key, value] : made.Members()) {
      const std::string member_path = ChildPath(path, key);
      if (std::find(held_.begin(), held_.end(), member_path) != held_.end()) continue;
      if (key.starts_with(kOurs) && !pasted.Has(key)) {
        labels.Set(key, value);
      } else if (value.IsObject()) {
        Filled(pasted[key], value, member_path);
      } else if (!pasted.Has(key)) {
        if (!value.IsNull()) Add(member_path, "is not given; Muster sets it to " + Shown(value) + ReasonOf(key));
      } else if (pasted[key] != value) {
        Add(member_path, "is " + Shown(pasted[key]) + "; Muster writes " + Shown(value) + ReasonOf(key));
      }
    }
    if (!labels.empty()) Add(path, "Muster adds " + LabelsText(labels));
  }

  void Ignored(const json::Value& pasted, const std::string& path) {
    const json::Value& pod_class = pasted["template"]["spec"]["priorityClassName"];
    if (!owner_.priority_class_name.empty() && pod_class.IsString() && pod_class.Text() != owner_.priority_class_name) {
      Add(path + ".template.spec.priorityClassName",
          "is kept; the Workload's priorityClassName, " + owner_.priority_class_name +
              ", only orders the admission of the group",
          true);
    }
    for (const char* field : {"strategy", "updateStrategy"}) {
      if (pasted[field].Members().empty()) continue;
      Add(ChildPath(path, field), "is ignored: when the roles change, the whole group is stopped and started again",
          true);
    }
    for (const char* field : {"name", "generateName", "namespace"}) {
      if (!pasted["template"]["metadata"].Has(field)) continue;
      Add(path + ".template.metadata." + field, "is ignored: the controller names the pods", true);
    }
  }

  const api::Role& role_;
  const api::ChildOwner& owner_;
  const std::string path_;
  std::vector<std::string> held_;  // paths that WhileHeld has a note of
  std::vector<FilledNote> notes_;
};

// "a, b and c"
std::string Enumerated(const std::vector<std::string>& words) {
  if (words.size() < 2) return Join(words, "");
  const std::vector<std::string> first(words.begin(), words.end() - 1);
  return Join(first, ", ") + " and " + words.back();
}

struct RoleSummary {
  std::vector<std::string> written;
  std::vector<std::string> ignored;
  bool operator==(const RoleSummary&) const = default;
};

}  // namespace

std::vector<FilledNote> FilledIn(const json::Value& workload) {
  if (workload["kind"].Text() != api::kWorkloads.kind) return {};
  const Result<std::vector<api::Role>> roles = api::DecodeRoles(workload["spec"]["roles"]);
  if (!roles.has_value()) return {};
  const std::string& name = workload["metadata"]["name"].Text();
  const api::ChildOwner owner{.workload = name,
                              .group = api::GroupName(name, 0),
                              .priority_class_name = workload["spec"]["priorityClassName"].Text()};
  std::vector<FilledNote> notes;
  for (size_t i = 0; i < roles->size(); ++i) {
    const api::Role& role = (*roles)[i];
    const std::string path = ChildPath(ChildPath("spec.roles", i), api::FieldOf(role.kind));
    for (FilledNote& note : RoleNotes(role, owner, path).Run()) notes.push_back(std::move(note));
  }
  return notes;
}

std::vector<std::string> SummaryOf(const std::vector<FilledNote>& notes) {
  std::vector<std::pair<std::string, RoleSummary>> roles;
  for (const FilledNote& note : notes) {
    if (roles.empty() || roles.back().first != note.role) roles.emplace_back(note.role, RoleSummary());
    RoleSummary& summary = roles.back().second;
    std::vector<std::string>& fields = note.ignored ? summary.ignored : summary.written;
    const std::string field = FieldName(note.path);
    if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
  }
  std::vector<std::string> lines;
  while (!roles.empty()) {
    const RoleSummary summary = roles.front().second;
    std::vector<std::string> names;
    for (const auto& [name, other] : roles) {
      if (other == summary) names.push_back(name);
    }
    std::erase_if(roles, [&summary](const auto& role) { return role.second == summary; });
    std::string line = (names.size() == 1 ? "in role " : "in roles ") + Join(names, ", ") + " Muster writes " +
                       Enumerated(summary.written);
    if (!summary.ignored.empty()) line += "; it ignores " + Enumerated(summary.ignored);
    lines.push_back(std::move(line));
  }
  return lines;
}

json::Value NotesJson(const std::vector<FilledNote>& notes) {
  json::Array items;
  for (const FilledNote& note : notes) items.push_back(json::Object{{"field", note.path}, {"message", note.text}});
  return items;
}

}  // namespace muster::plugin
