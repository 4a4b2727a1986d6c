// kubectl workload timeline: what happened when, merged from everything that remembers it.
#include "kubectl-plugin/core/timeline.h"

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/ingest.h"

namespace muster::plugin {
namespace {

Result<std::vector<Moment>> ReadMoments(Session& session, Reader& reader, const std::string& name) {
  const std::string ns = session.Namespace();
  auto groups = reader.StartList(api::kPodGroups, ns, GroupsOf(name));
  auto revisions = reader.StartList(api::kControllerRevisions, ns, std::string(api::kLabelRolesOf) + "=" + name);
  auto events = reader.StartList(api::kEvents, ns);
  Result<Selection> selection = Select(session);
  const Result<json::Array> group_list = groups.get(), revision_list = revisions.get(), event_list = events.get();
  if (!selection.has_value()) return selection.error();
  if (!selection->missing.empty()) return selection->missing.front();
  if (!group_list.has_value()) return group_list.error();
  std::vector<Moment> moments;
  Subjects subjects;
  std::vector<api::Workload> workloads;
  std::vector<api::PodGroup> group_values;
  for (const json::Value& document : selection->workloads) {
    TRY(const api::Workload workload, WorkloadFrom(document));
    AddWorkload(workload, moments);
    subjects.Add(workload);
    workloads.push_back(workload);
  }
  for (const json::Value& document : *group_list) {
    TRY(const api::PodGroup group, PodGroupFrom(document));
    subjects.Add(group);
    AddGroup(group, moments);
    group_values.push_back(group);
  }
  for (const api::Workload& workload : workloads) AddCurrent(workload, group_values, session.Now(), moments);
  // Without the right to read these the rest is still useful; what is missing is reported.
  for (const Result<json::Array>* list : {&revision_list, &event_list}) {
    if (!list->has_value()) session.Fail(list->error());
  }
  if (revision_list.has_value()) {
    for (const json::Value& document : *revision_list) {
      AddRevision(document, moments);
      subjects.AddRoles(document);
    }
  }
  if (event_list.has_value()) {
    for (const json::Value& document : *event_list) AddEvent(document, subjects, moments);
  }
  Order(moments);
  return moments;
}

}  // namespace

int RunTimeline(Session& session) {
  const Options& options = session.options();
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
  const Result<std::vector<std::string>> names = WorkloadNames(options, "timeline");
  if (!names.has_value()) return session.Fail(names.error());
  if (names->size() != 1) return session.Fail("timeline takes the NAME of one workload");
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return session.Fail(reader.error());
  const Result<std::vector<Moment>> moments = ReadMoments(session, **reader, names->front());
  if (!moments.has_value()) return session.Fail(moments.error());
  if (format->is_picture()) {
    session.Out(RenderTimeline(*moments, session.paper(), session.Now()));
  } else {
    session.OutBytes(format->Print(TimelineJson(*moments)));
  }
  return kExitOk;
}

}  // namespace muster::plugin
