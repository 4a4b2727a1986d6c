// What every Kubernetes object has, as far as we read it, and which resource it is of. Layer: api.
// Decoding keeps a projection, never the document; labels and annotations are kept only where a caller asks for them.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/json/value.h"

namespace muster::api {

// A REST resource: "apps" / "v1" / "deployments" / "Deployment". The core group is "".
struct Resource {
  std::string_view group;
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool namespaced = true;

  std::string ApiVersion() const;  // "apps/v1", "v1"
  // "/apis/apps/v1/namespaces/<ns>/deployments[/<name>[/<subresource>]]"; an empty ns means all namespaces.
  std::string Path(std::string_view ns, std::string_view name = "", std::string_view subresource = "") const;
  bool operator==(const Resource&) const = default;
};

inline constexpr Resource kWorkloads{"muster.dev", "v1alpha1", "workloads", "Workload"};
inline constexpr Resource kPodGroups{"muster.dev", "v1alpha1", "podgroups", "PodGroup"};
inline constexpr Resource kControllerRevisions{"apps", "v1", "controllerrevisions", "ControllerRevision"};
inline constexpr Resource kDeployments{"apps", "v1", "deployments", "Deployment"};
inline constexpr Resource kReplicaSets{"apps", "v1", "replicasets", "ReplicaSet"};
inline constexpr Resource kStatefulSets{"apps", "v1", "statefulsets", "StatefulSet"};
inline constexpr Resource kJobs{"batch", "v1", "jobs", "Job"};
inline constexpr Resource kPods{"", "v1", "pods", "Pod"};
inline constexpr Resource kNodes{"", "v1", "nodes", "Node", false};
inline constexpr Resource kPriorityClasses{"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false};
inline constexpr Resource kResourceQuotas{"", "v1", "resourcequotas", "ResourceQuota"};
inline constexpr Resource kLimitRanges{"", "v1", "limitranges", "LimitRange"};
inline constexpr Resource kCoreEvents{"", "v1", "events", "Event"};
inline constexpr Resource kEvents{"events.k8s.io", "v1", "events", "Event"};
inline constexpr Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline constexpr Resource kCustomResourceDefinitions{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                                     "CustomResourceDefinition", false};

// Namespace and name; ordered, so that iteration over maps of it is deterministic.
struct Key {
  std::string ns;
  std::string name;
  auto operator<=>(const Key&) const = default;
  std::string Text() const;  // "ns/name", or "name" for a cluster-scoped object
};

// The API group of an owner, in a byte, because every pod of the cluster has one. Groups in which no kind that we know
// can own anything are all the same, and equal to none of the others.
class ApiGroup {
 public:
  ApiGroup() = default;
  template <std::convertible_to<std::string_view> Text>
  ApiGroup(const Text& name) : group_(Find(name)) {}  // NOLINT(google-explicit-constructor): compared with Resource's
  bool operator==(const ApiGroup&) const = default;
  bool IsKnown() const { return group_ != Group::kOther; }

 private:
  enum class Group : uint8_t { kCore, kApps, kBatch, kMuster, kOther };
  static Group Find(std::string_view name);

  Group group_ = Group::kCore;
};

// The owner whose `controller` is true. A namespaced owner is in the same namespace as what it owns.
struct OwnerRef {
  std::string kind;
  std::string name;
  std::string uid;
  ApiGroup api_group;  // "apps"; "" is the core group. The version does not matter: it is only an encoding.
  bool operator==(const OwnerRef&) const = default;
};

struct ObjectMeta {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  Instant created{};
  std::optional<Instant> deleted;  // deletionTimestamp: the object is going away
  std::optional<OwnerRef> owner;
  std::map<std::string, std::string> labels;  // only those under muster.dev/ for pods and children
  bool operator==(const ObjectMeta&) const = default;
  Key key() const { return {ns, name}; }
};

enum class KeepLabels { kNone, kOurs, kAll };

// metadata of any object; kDecode when name or uid is missing.
Result<ObjectMeta> DecodeMeta(const json::Value& object, KeepLabels labels);
std::map<std::string, std::string> DecodeStringMap(const json::Value& map);
json::Value EncodeStringMap(const std::map<std::string, std::string>& map);
// Whether `owner`, an object of that namespaced resource, is the controller of `owned`: the namespace, API group, kind,
// name and uid match. A uid alone proves nothing, because anybody may write any uid into an object of their own.
bool IsControlledBy(const ObjectMeta& owned, const Resource& resource, const ObjectMeta& owner);
json::Value EncodeOwnerReference(const Resource& resource, const ObjectMeta& owner);

// Labels and annotations of ours.
inline constexpr std::string_view kLabelPrefix = "muster.dev/";
inline constexpr std::string_view kLabelWorkload = "muster.dev/workload";
inline constexpr std::string_view kLabelPodGroup = "muster.dev/pod-group";
inline constexpr std::string_view kLabelRole = "muster.dev/role";
// On our ControllerRevisions alone: a StatefulSet's own carry the labels of its pods, kLabelWorkload among them.
inline constexpr std::string_view kLabelRolesOf = "muster.dev/roles-of";

}  // namespace muster::api
