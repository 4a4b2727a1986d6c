#include "kubectl-plugin/cmd/selection.h"

#include <future>
#include <utility>

namespace muster::plugin {
namespace {

std::vector<std::string> NamesIn(const json::Array& documents) {
  std::vector<std::string> names;
  for (const json::Value& document : documents) names.push_back(document["metadata"]["name"].Text());
  return names;
}

// The name was not found: which did the user mean?
Error Missing(Reader& reader, const std::string& ns, const Target& target) {
  const api::Resource& resource = target.kind == TargetKind::kPodGroup ? api::kPodGroups : api::kWorkloads;
  const Result<json::Array> all = reader.List(resource, ns);
  if (!all.has_value()) return NotFound(resource, target.name, {});
  return NotFound(resource, target.name, NearNames(target.name, NamesIn(*all)));
}

}  // namespace

std::string GroupsOf(std::string_view workload) {
  return std::string(api::kLabelWorkload) + "=" + std::string(workload);
}

Status CheckNames(const Options& options) {
  if (options.names.empty()) return Ok();
  if (options.all_namespaces) return MakeError(Code::kInvalid, "a NAME belongs to one namespace: use -n instead of -A");
  if (!options.selector.empty()) return MakeError(Code::kInvalid, "give NAMEs or -l, but not both");
  return Ok();
}

Result<Selection> Select(Session& session) {
  TRY_VOID(CheckNames(session.options()));
  TRY(const std::vector<Target> targets, ParseTargets(session.options().names));
  TRY(Reader* const reader, session.reader());
  const std::string ns = session.Namespace();
  Selection selection;
  if (targets.empty()) {
    const bool groups = session.options().kind == TargetKind::kPodGroup;
    TRY((groups ? selection.groups : selection.workloads),
        reader->List(groups ? api::kPodGroups : api::kWorkloads, ns, session.options().selector));
    return selection;
  }
  std::vector<std::future<Result<json::Value>>> answers;
  for (const Target& target : targets) {
    const bool group = target.kind == TargetKind::kPodGroup;
    answers.push_back(reader->StartGet(group ? api::kPodGroups : api::kWorkloads, {ns, target.name}));
  }
  std::optional<Error> fatal;
  for (size_t i = 0; i < targets.size(); ++i) {
    Result<json::Value> answer = answers[i].get();
    const bool group = targets[i].kind == TargetKind::kPodGroup;
    if (answer.has_value()) {
      (group ? selection.groups : selection.workloads).push_back(std::move(answer).value());
    } else if (answer.error().code == Code::kNotFound) {
      selection.missing.push_back(Missing(*reader, ns, targets[i]));
    } else if (!fatal) {
      fatal = answer.error();
    }
  }
  if (fatal) return *fatal;
  return selection;
}

Result<std::vector<std::string>> WorkloadNames(const Options& options, std::string_view verb) {
  TRY_VOID(CheckNames(options));
  TRY(const std::vector<Target> targets, ParseTargets(options.names));
  std::vector<std::string> names;
  if (targets.empty() && options.kind == TargetKind::kPodGroup) {
    return MakeError(Code::kInvalid,
                     std::string(verb) + " takes workloads, not podgroups; to list them: get podgroups");
  }
  for (const Target& target : targets) {
    if (target.kind == TargetKind::kPodGroup) {
      return MakeError(Code::kInvalid, std::string(verb) + " takes workloads, and podgroup/" + target.name +
                                           " is one group of a workload; about the group: explain podgroup/" +
                                           target.name);
    }
    names.push_back(target.name);
  }
  return names;
}

Result<Selection> SelectToChange(Session& session, std::string_view verb) {
  const Options& options = session.options();
  if (options.names.empty() && options.selector.empty() && !options.all) {
    return MakeError(Code::kInvalid, std::string(verb) + " needs a NAME, -l SELECTOR or --all");
  }
  if (options.all && !options.names.empty()) return MakeError(Code::kInvalid, "give NAMEs or --all, but not both");
  TRY_VOID(WorkloadNames(options, verb));
  TRY(Selection selection, Select(session));
  if (selection.workloads.empty() && selection.missing.empty()) session.Note("No workloads found.");
  return selection;
}

std::string DryRunText(const Options& options) {
  if (options.dry_run == "client") return " (dry run)";
  return options.dry_run == "server" ? " (server dry run)" : "";
}

}  // namespace muster::plugin
