// kubectl workload plan -f: would it fit now, and if not why. Nothing is created.
#include <algorithm>
#include <utility>

#include "kubectl-plugin/core/filled_in.h"
#include "kubectl-plugin/core/plan_view.h"

#include "kubectl-plugin/cmd/manifests.h"
#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/read_cluster.h"
#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {
namespace {

Result<std::vector<PlannedWorkload>> Planned(Session& session, const std::vector<Manifest>& manifests) {
  std::vector<PlannedWorkload> planned;
  for (const Manifest& manifest : manifests) {
    Result<PlannedWorkload> workload = PlannedFrom(manifest.document, session.Namespace());
    if (!workload.has_value()) return workload.error().In(manifest.origin);
    planned.push_back(std::move(*workload));
  }
  return planned;
}

// Objects of the same files exist once they are applied.
void AddOthers(const std::vector<json::Value>& objects, const std::string& ns, ClusterNow& cluster) {
  for (json::Value object : objects) {
    json::Value& meta = object.Mutable("metadata");
    if (!meta.Has("namespace")) meta.Set("namespace", ns);
    meta.Set("uid", "planned");
    const std::string& kind = object["kind"].Text();
    const std::string& version = object["apiVersion"].Text();
    if (version == "v1" && kind == "ResourceQuota") cluster.AddResourceQuota(object);
    if (version == "v1" && kind == "LimitRange") cluster.AddLimitRange(object);
    if (kind != "PriorityClass" || !version.starts_with("scheduling.k8s.io/")) continue;
    if (!cluster.HasPriorityClass(meta["name"].Text())) cluster.AddPriorityClass(object);
  }
}

void AppendNotes(const std::vector<FilledNote>& notes, bool each, Page& page) {
  if (each) {
    for (const FilledNote& note : notes) page.push_back({{"note: " + note.path + ": " + note.text}});
    return;
  }
  for (const std::string& line : SummaryOf(notes)) page.push_back({{"note: " + line}});
}

json::Value WithNotes(json::Value document, const json::Array& notes) {
  json::Array& items = document.Mutable("items").MutableItems();
  for (size_t i = 0; i < std::min(items.size(), notes.size()); ++i) items[i].Set("notes", notes[i]);
  return document;
}

}  // namespace

int RunPlan(Session& session) {
  const Options& options = session.options();
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
  const Result<Manifests> manifests = ReadManifests(session);
  if (!manifests.has_value()) return session.Fail(manifests.error());
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return session.Fail(reader.error());
  Result<std::vector<PlannedWorkload>> planned = Planned(session, manifests->workloads);
  if (!planned.has_value()) return session.Fail(planned.error());
  std::set<api::Key> keys;
  for (const PlannedWorkload& workload : *planned) keys.insert(workload.workload.meta.key());
  const Result<std::unique_ptr<ClusterNow>> cluster = ReadCluster(**reader, "plan", std::move(keys));
  if (!cluster.has_value()) return session.Fail(cluster.error());
  AddOthers(manifests->others, session.Namespace(), **cluster);
  std::vector<PlanEffect> effects;
  for (PlannedWorkload& workload : *planned) {
    CountDefaults(**cluster, workload);
    effects.push_back(AskFor(workload, **cluster));
  }
  const auto decisions = (*cluster)->Plan(session.Now());
  const Places places = (*cluster)->Places(decisions, session.Now(), kGroupsLookedAt);
  std::vector<PlanAnswer> answers;
  Page page;
  Paper paper = session.paper();
  paper.width = 0;
  bool fits = true;
  json::Array notes;
  for (size_t i = 0; i < planned->size(); ++i) {
    answers.push_back(AnswerPlan((*planned)[i], std::move(effects[i]), **cluster, decisions, places, session.Now()));
    fits = fits && answers.back().Starts();
    if (!page.empty()) page.push_back({});
    for (Line& line : RenderPlan(answers.back(), (*cluster)->node_count(), paper)) page.push_back(std::move(line));
    const std::vector<FilledNote> filled = FilledIn(manifests->workloads[i].document);
    if (answers.back().problems.empty()) AppendNotes(filled, options.notes, page);
    notes.push_back(NotesJson(filled));
  }
  session.OutBytes(format->is_picture() ? Print(page, paper) : format->Print(WithNotes(PlanJson(answers), notes)));
  return fits ? kExitOk : kExitNotHealthy;
}

}  // namespace muster::plugin
