// What Muster fills in, overrides or ignores in the pasted specs of a Workload, field by field. Layer: plugin core.
// Pure. The notes are the difference between the pasted spec and the spec that the operator's own code makes of it
// (lib/api/child_spec.h), so they cannot say anything else than what it does.
#pragma once

#include <string>
#include <vector>

#include "lib/json/value.h"

namespace muster::plugin {

struct FilledNote {
  std::string role;
  std::string path;      // "spec.roles[0].statefulSet.spec.serviceName"
  std::string text;      // "is not given; Muster sets it to \"train-0-workers\""
  bool ignored = false;  // else it is filled in or overridden
  bool operator==(const FilledNote&) const = default;
};

// Of the first group, in the order of the roles. Empty for what is no Workload or cannot be read.
std::vector<FilledNote> FilledIn(const json::Value& workload);

// The notes in few words, one line for roles of which the same is true:
// "in roles a, b Muster writes labels, replicas and selector; it ignores strategy".
std::vector<std::string> SummaryOf(const std::vector<FilledNote>& notes);

// [{"field": PATH, "message": TEXT}]
json::Value NotesJson(const std::vector<FilledNote>& notes);

}  // namespace muster::plugin
