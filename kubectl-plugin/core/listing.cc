#include "kubectl-plugin/core/listing.h"

#include <algorithm>
#include <utility>

#include "kubectl-plugin/core/health.h"

namespace muster::plugin {
namespace {

constexpr size_t kGap = 3;  // as kubectl's tables

std::string OrNone(std::string text) { return text.empty() ? "<none>" : text; }

std::string PartOf(int64_t part, int64_t whole) { return std::to_string(part) + "/" + std::to_string(whole); }

// The operator's own words say more than counts can: which group waits, and for what.
std::string WhyOf(const api::Workload& workload, const Verdict& verdict) {
  const api::Condition* ready = api::FindCondition(workload.status.conditions, api::condition::kReady);
  const bool current = ready != nullptr && ready->observed_generation == workload.meta.generation;
  const bool counted = verdict.word == "Waiting" || verdict.word == "Starting" || verdict.word == "Stopping";
  return counted && current && ready->reason == "GroupsNotReady" && !ready->message.empty() ? ready->message
                                                                                            : verdict.detail;
}

Line Titles(const ListingOptions& options, std::initializer_list<const char*> usual,
            std::initializer_list<const char*> wide) {
  Line line;
  if (options.namespaces) line.push_back({"NAMESPACE"});
  for (const char* title : usual) line.push_back({title});
  if (options.wide) {
    for (const char* title : wide) line.push_back({title});
  }
  line.push_back({"MESSAGE"});
  return line;
}

}  // namespace

Line WorkloadHeader(const ListingOptions& options) {
  return Titles(options, {"NAME", "GROUPS", "ADMITTED", "STATUS", "AGE"}, {"UPDATED", "REVISION", "PRIORITY"});
}

Line WorkloadRow(const api::Workload& workload, Instant now, const ListingOptions& options) {
  const GroupCounts counts = CountsInStatus(workload);
  const Verdict verdict = JudgeWorkload(workload, counts);
  Line line;
  if (options.namespaces) line.push_back({workload.meta.ns});
  line.push_back({workload.meta.name});
  line.push_back({PartOf(workload.status.ready, std::max(counts.wanted, counts.present))});
  line.push_back({std::to_string(workload.status.admitted)});
  line.push_back({verdict.word, ToneOf(verdict.health)});
  line.push_back({FormatAge(now - workload.meta.created)});
  if (options.wide) {
    line.push_back({PartOf(workload.status.updated, counts.present)});
    line.push_back({OrNone(workload.status.update_revision)});
    line.push_back({OrNone(workload.spec.priority_class_name)});
  }
  line.push_back({WhyOf(workload, verdict)});
  return line;
}

Line GroupHeader(const ListingOptions& options) {
  return Titles(options, {"NAME", "STATUS", "SCHEDULED", "READY", "SINCE"}, {"ATTEMPT", "REVISION", "AGE"});
}

Line GroupRow(const api::PodGroup& group, Instant now, const ListingOptions& options) {
  const Verdict verdict = JudgeGroup(group, now);
  const api::PodGroupStatus& status = group.status;
  Line line;
  if (options.namespaces) line.push_back({group.meta.ns});
  line.push_back({group.meta.name});
  line.push_back({verdict.word, ToneOf(verdict.health)});
  line.push_back({PartOf(status.scheduled, status.members)});
  line.push_back({PartOf(status.ready, status.members)});
  line.push_back({verdict.since ? FormatAge(now - *verdict.since) : "<unknown>"});
  if (options.wide) {
    line.push_back({std::to_string(status.attempt)});
    line.push_back({OrNone(status.revision)});
    line.push_back({FormatAge(now - group.meta.created)});
  }
  line.push_back({verdict.detail});
  return line;
}

Table WorkloadTable(const std::vector<api::Workload>& workloads, Instant now, const ListingOptions& options) {
  Table table(kGap);
  if (options.headers) table.Add(WorkloadHeader(options));
  for (const api::Workload& workload : workloads) table.Add(WorkloadRow(workload, now, options));
  return table;
}

Table GroupTable(const std::vector<api::PodGroup>& groups, Instant now, const ListingOptions& options) {
  Table table(kGap);
  if (options.headers) table.Add(GroupHeader(options));
  for (const api::PodGroup& group : groups) table.Add(GroupRow(group, now, options));
  return table;
}

}  // namespace muster::plugin
