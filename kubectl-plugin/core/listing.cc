#include "kubectl-plugin/core/listing.h"

#include <utility>

#include "kubectl-plugin/core/health.h"

namespace muster::plugin {
namespace {

constexpr size_t kGap = 3;  // as kubectl's tables

std::string OrNone(std::string text) { return text.empty() ? "<none>" : text; }

Line Titles(const ListingOptions& options, std::initializer_list<const char*> usual,
            std::initializer_list<const char*> wide) {
  Line line;
  if (options.namespaces) line.push_back({"NAMESPACE"});
  for (const char* title : usual) line.push_back({title});
  if (options.wide) {
    for (const char* title : wide) line.push_back({title});
  }
  line.push_back({"WHY"});
  return line;
}

}  // namespace

Line WorkloadHeader(const ListingOptions& options) {
  return Titles(options, {"NAME", "STATUS", "GROUPS", "ADMITTED", "READY", "AGE"}, {"UPDATED", "REVISION", "PRIORITY"});
}

Line WorkloadRow(const api::Workload& workload, Instant now, const ListingOptions& options) {
  const api::WorkloadStatus& status = workload.status;
  const Verdict verdict = JudgeByStatus(workload);
  Line line;
  if (options.namespaces) line.push_back({workload.meta.ns});
  line.push_back({workload.meta.name});
  line.push_back({verdict.word, ToneOf(verdict.health)});
  line.push_back({std::to_string(workload.spec.replicas)});
  line.push_back({std::to_string(status.admitted)});
  line.push_back({std::to_string(status.ready)});
  line.push_back({FormatAge(now - workload.meta.created)});
  if (options.wide) {
    line.push_back({std::to_string(status.updated)});
    line.push_back({OrNone(status.update_revision)});
    line.push_back({OrNone(workload.spec.priority_class_name)});
  }
  line.push_back({verdict.detail});
  return line;
}

Line GroupHeader(const ListingOptions& options) {
  return Titles(options, {"NAME", "STATUS", "MEMBERS", "SCHEDULED", "READY", "AGE"}, {"ATTEMPT", "REVISION"});
}

Line GroupRow(const api::PodGroup& group, Instant now, const ListingOptions& options) {
  const Verdict verdict = JudgeGroup(group, now);
  const api::PodGroupStatus& status = group.status;
  Line line;
  if (options.namespaces) line.push_back({group.meta.ns});
  line.push_back({group.meta.name});
  line.push_back({verdict.word, ToneOf(verdict.health)});
  line.push_back({std::to_string(status.members)});
  line.push_back({std::to_string(status.scheduled)});
  line.push_back({std::to_string(status.ready)});
  line.push_back({FormatAge(now - group.meta.created)});
  if (options.wide) {
    line.push_back({std::to_string(status.attempt)});
    line.push_back({OrNone(status.revision)});
  }
  line.push_back({verdict.detail});
  return line;
}

Paper ListingPaper(Paper paper, const ListingOptions& options) {
  if (options.wide) paper.width = 0;
  return paper;
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
