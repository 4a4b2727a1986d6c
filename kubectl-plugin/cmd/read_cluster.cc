#include "kubectl-plugin/cmd/read_cluster.h"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace muster::plugin {

namespace {

template <api::RoleKind kind>
void AddChild(ClusterNow& cluster, const json::Value& document) {
  cluster.AddChild(kind, document);
}

struct Part {
  const api::Resource& resource;
  std::string_view selector;
  std::function<void(ClusterNow&, const json::Value&)> add;
};

// All at the same time; the answer to each.
std::vector<std::future<Status>> Read(Reader& reader, const std::vector<Part>& parts, std::mutex& mutex,
                                      ClusterNow& cluster) {
  std::vector<std::future<Status>> answers;
  for (const Part& part : parts) {
    answers.push_back(std::async(std::launch::async, [&reader, &mutex, &cluster, part] {
      return reader.ForEach(part.resource, "", part.selector, [&](const json::Value& document) {
        const std::lock_guard lock(mutex);
        part.add(cluster, document);
      });
    }));
  }
  return answers;
}

}  // namespace

Result<std::unique_ptr<ClusterNow>> ReadCluster(Reader& reader, std::string_view wanted, std::set<api::Key> planned) {
  auto cluster = std::make_unique<ClusterNow>(std::move(planned));
  std::mutex mutex;
  // First, since they change what templates request.
  auto rules = Read(
      reader,
      {{api::kResourceQuotas, "", &ClusterNow::AddResourceQuota}, {api::kLimitRanges, "", &ClusterNow::AddLimitRange}},
      mutex, *cluster);
  for (std::future<Status>& answer : rules) {
    const Status status = answer.get();
    if (status.has_value()) continue;
    if (status.error().code != Code::kForbidden) return status.error();
    cluster->RulesAreUnknown();
  }
  auto answers = Read(reader,
                      {{api::kPods, "", &ClusterNow::AddPod},
                       {api::kNodes, "", &ClusterNow::AddNode},
                       {api::kPodGroups, "", &ClusterNow::AddGroup},
                       {api::kControllerRevisions, api::kLabelRolesOf, &ClusterNow::AddRevision},
                       {api::kPriorityClasses, "", &ClusterNow::AddPriorityClass},
                       {api::kDeployments, api::kLabelPodGroup, AddChild<api::RoleKind::kDeployment>},
                       {api::kReplicaSets, api::kLabelPodGroup, AddChild<api::RoleKind::kReplicaSet>},
                       {api::kStatefulSets, api::kLabelPodGroup, AddChild<api::RoleKind::kStatefulSet>},
                       {api::kJobs, api::kLabelPodGroup, AddChild<api::RoleKind::kJob>}},
                      mutex, *cluster);
  std::optional<Error> failure;
  for (std::future<Status>& answer : answers) {
    if (const Status status = answer.get(); !status.has_value() && !failure) failure = status.error();
  }
  if (!failure) return cluster;
  if (failure->code != Code::kForbidden) return *failure;
  return MakeError(
      Code::kForbidden,
      std::string(wanted) + " reads the whole cluster and needs the right to list " +
          "nodes, pods, podgroups.muster.dev, controllerrevisions, priorityclasses, deployments, replicasets, "
          "statefulsets and jobs: " +
          failure->message);
}

}  // namespace muster::plugin
