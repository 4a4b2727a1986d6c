// kubectl workload explain: why a group is not running and what would let it.
#include <algorithm>
#include <set>
#include <utility>

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/read_cluster.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/explain_view.h"
#include "kubectl-plugin/core/ingest.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

// What one NAME stands for.
struct Subject {
  std::optional<api::Workload> workload;
  std::vector<json::Value> groups;  // documents
};

bool Waits(const api::PodGroup& group, Instant now) {
  return !group.meta.deleted && !KeptBy(group, now) &&
         group.status.state.value_or(api::GroupState::kWaiting) == api::GroupState::kWaiting;
}

// A group of that name, else a workload of that name with its groups; all asked for at the same time.
Result<Subject> FindSubject(Reader& reader, const std::string& ns, const Target& target) {
  const bool may_be_group = target.kind != TargetKind::kWorkload;
  const bool may_be_workload = target.kind != TargetKind::kPodGroup;
  std::future<Result<json::Value>> group, workload;
  std::future<Result<json::Array>> groups;
  if (may_be_group) group = reader.StartGet(api::kPodGroups, {ns, target.name});
  if (may_be_workload) workload = reader.StartGet(api::kWorkloads, {ns, target.name});
  if (may_be_workload) {
    groups = std::async(std::launch::async, [&reader, &ns, &target]() -> Result<json::Array> {
      json::Array documents;  // with managedFields: they tell how old an answer is
      TRY_VOID(reader.ForEach(api::kPodGroups, ns, GroupsOf(target.name),
                              [&documents](const json::Value& document) { documents.push_back(document); }));
      return documents;
    });
  }
  Subject subject;
  if (may_be_group) {
    Result<json::Value> document = group.get();
    if (document.has_value()) {
      subject.groups.push_back(std::move(*document));
      return subject;  // the futures left wait for their answers when they go
    }
    if (!may_be_workload || document.error().code != Code::kNotFound) return document.error();
  }
  Result<json::Value> document = workload.get();
  Result<json::Array> documents = groups.get();
  if (!document.has_value()) return document.error();
  if (!documents.has_value()) return documents.error();
  TRY(subject.workload, WorkloadFrom(*document));
  subject.groups = std::move(*documents);
  return subject;
}

// Neither a group nor a workload: names of both that come near.
Error NoSubject(Reader& reader, const std::string& ns, const Target& target, const Error& error) {
  if (error.code != Code::kNotFound) return error;
  auto groups = reader.StartList(api::kPodGroups, ns);
  const Result<json::Array> workloads = reader.List(api::kWorkloads, ns);
  const Result<json::Array> group_documents = groups.get();
  std::vector<std::string> names;
  for (const Result<json::Array>* list : {&workloads, &group_documents}) {
    if (!list->has_value()) continue;
    for (const json::Value& document : **list) names.push_back(document["metadata"]["name"].Text());
  }
  const api::Resource& resource = target.kind == TargetKind::kPodGroup ? api::kPodGroups : api::kWorkloads;
  return NotFound(resource, target.name, NearNames(target.name, names));
}

// Everything the order of waiting groups depends on. Without the right to list them everywhere: of this namespace.
struct Queue {
  QueueScope scope = QueueScope::kUnknown;
  std::vector<api::PodGroup> groups;
  std::vector<Priority> classes;
};

Queue ReadQueue(Reader& reader, const std::string& ns) {
  Queue queue;
  auto classes = reader.StartList(api::kPriorityClasses, "");
  Result<json::Array> groups = reader.List(api::kPodGroups, "");
  queue.scope = QueueScope::kCluster;
  if (!groups.has_value()) {
    groups = reader.List(api::kPodGroups, ns);
    queue.scope = groups.has_value() ? QueueScope::kNamespace : QueueScope::kUnknown;
  }
  if (groups.has_value()) {
    for (const json::Value& document : *groups) {
      if (auto group = PodGroupFrom(document); group.has_value()) queue.groups.push_back(std::move(*group));
    }
  }
  if (const Result<json::Array> documents = classes.get(); documents.has_value()) {
    for (const json::Value& document : *documents) queue.classes.push_back(PriorityFrom(document));
  }
  return queue;
}

// How the workload is as a whole, in front of what is said of its groups.
Line WorkloadLine(const api::Workload& workload, const std::vector<api::PodGroup>& groups) {
  const Verdict verdict = JudgeWorkload(workload, CountGroups(workload, groups));
  std::string word = verdict.word;
  word[0] = static_cast<char>(word[0] - 'A' + 'a');
  const bool finished = word == "failed" || word == "succeeded";
  Line line{{"workload " + workload.meta.key().Text() + (finished ? " has " : " is ")},
            {std::move(word), ToneOf(verdict.health)}};
  line.push_back({(verdict.detail.empty() ? "" : ": " + verdict.detail) + "."});
  return line;
}

struct Explained {
  Page head;
  std::vector<GroupAnswer> answers;
};

// What is read once, when the first group needs it.
struct Lazy {
  std::optional<Queue> queue;
  std::unique_ptr<ClusterNow> cluster;
  std::optional<ClusterNow::Decisions> decisions;
};

void AddPlace(Session& session, Reader& reader, Lazy& lazy, ExplainInput& input) {
  if (!lazy.queue) lazy.queue = ReadQueue(reader, session.Namespace());
  input.place = PlaceOf(input.group, lazy.queue->groups, lazy.queue->classes, lazy.queue->scope, session.Now());
}

// The planner's answers of this moment instead of the stored ones: for those that wait, and for those that something
// else keeps, as if it did not.
Status LookAtAll(Session& session, Reader& reader, Lazy& lazy, std::vector<ExplainInput>& inputs) {
  const Instant now = session.Now();
  std::set<api::Key> kept;
  bool any = false;
  for (const ExplainInput& input : inputs) {
    if (KeptBy(input.group, now)) kept.insert(input.group.meta.key());
    any = any || Waits(input.group, now);
  }
  if (!any && kept.empty()) return Ok();
  if (!lazy.cluster) {
    TRY(lazy.cluster, ReadCluster(reader, "explain --live"));
  }
  if (any && !lazy.decisions) lazy.decisions = lazy.cluster->Plan(now);
  const ClusterNow::Decisions of_kept = kept.empty() ? ClusterNow::Decisions() : lazy.cluster->Plan(now, kept);
  for (ExplainInput& input : inputs) {
    const api::Key key = input.group.meta.key();
    if (!kept.contains(key) && !Waits(input.group, now)) continue;
    const ClusterNow::Decisions& decisions = kept.contains(key) ? of_kept : *lazy.decisions;
    if (const auto found = decisions.find(key); found != decisions.end()) {
      LookNow(found->second.admitted, found->second.explanation, now, input);
    } else {
      input.note = "the planner could not be asked about it, since revision " + input.group.spec.revision +
                   " is not there or not readable";
    }
  }
  return Ok();
}

Result<Explained> ExplainOne(Session& session, Reader& reader, const Target& target, Lazy& lazy) {
  const std::string ns = session.Namespace();
  Result<Subject> subject = FindSubject(reader, ns, target);
  if (!subject.has_value()) return NoSubject(reader, ns, target, subject.error());
  const Instant now = session.Now();
  std::vector<ExplainInput> inputs;
  std::vector<api::PodGroup> groups;
  for (const json::Value& document : subject->groups) {
    TRY(api::PodGroup group, PodGroupFrom(document));
    groups.push_back(group);
    // The operator has not told the group yet, or does not run.
    if (subject->workload && subject->workload->spec.suspend) group.spec.run = api::Run::kHold;
    inputs.push_back(
        {.group = std::move(group), .answered = StatusWrittenAt(document), .live_wanted = session.options().live});
  }
  std::sort(inputs.begin(), inputs.end(),
            [](const ExplainInput& a, const ExplainInput& b) { return a.group.spec.index < b.group.spec.index; });
  if (session.options().live) TRY_VOID(LookAtAll(session, reader, lazy, inputs));
  Explained explained;
  std::set<std::string> said;
  if (subject->workload) explained.head.push_back(WorkloadLine(*subject->workload, groups));
  for (ExplainInput& input : inputs) {
    const bool well = JudgeGroup(input.group, now).health == Health::kHealthy;
    if (well && subject->workload) continue;
    // Of groups that are alike the first speaks for all: only JSON has the place of each.
    const std::string summary = input.group.status.explanation ? input.group.status.explanation->summary : "";
    const bool is_new = said.insert(JudgeGroup(input.group, now).Text() + "\n" + summary).second;
    if (Waits(input.group, now) && (is_new || session.options().live || !session.options().output.empty())) {
      AddPlace(session, reader, lazy, input);
    }
    explained.answers.push_back(AnswerFor(input, now));
  }
  return explained;
}

}  // namespace

int RunExplain(Session& session) {
  const Options& options = session.options();
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
  if (options.names.empty())
    return session.Fail("explain needs the NAME of a group or workload, such as: explain train-1");
  const Result<std::vector<Target>> targets = ParseTargets(options.names);
  if (!targets.has_value()) return session.Fail(targets.error());
  const Result<Reader*> reader = session.reader();
  if (!reader.has_value()) return session.Fail(reader.error());
  int code = kExitOk;
  Lazy lazy;
  std::vector<GroupAnswer> all;
  Page page;
  for (const Target& target : *targets) {
    Result<Explained> explained = ExplainOne(session, **reader, target, lazy);
    if (!explained.has_value()) {
      code = session.Fail(explained.error());
      continue;
    }
    if (!page.empty()) page.push_back({});
    page.insert(page.end(), explained->head.begin(), explained->head.end());
    all.insert(all.end(), explained->answers.begin(), explained->answers.end());
    Paper paper = session.paper();
    bool first = explained->head.empty();
    for (const GroupAnswer& answer : Merge(std::move(explained->answers))) {
      if (!first) page.push_back({});
      first = false;
      for (Line& line : RenderAnswer(answer, paper)) page.push_back(std::move(line));
    }
  }
  if (format->is_name()) {
    for (const GroupAnswer& answer : all) {
      session.OutLine(std::string(PrintedKind(TargetKind::kPodGroup)) + "/" + answer.key.name);
    }
    return code;
  }
  if (!format->is_picture()) {
    if (code == kExitOk || !all.empty()) session.OutBytes(format->Print(AnswersJson(all)));
    return code;
  }
  Paper paper = session.paper();
  paper.width = 0;  // sentences are read whole: the terminal wraps them
  session.OutBytes(Print(page, paper));
  return code;
}

}  // namespace muster::plugin
