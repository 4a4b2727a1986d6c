#include "lib/api/role_shape.h"

#include <algorithm>
#include <limits>

#include "lib/api/quantity.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::api {
namespace {

// Reads the counts of one role's spec and says what is wrong with them: a child is created held, with 0 in the place of
// these fields, so the API server never sees them before it is too late.
class Reader {
 public:
  Reader(const Role& role, std::vector<std::string>& problems)
      : spec_(role.body["spec"]),
        path_("roles[" + Shorten(role.name, 63) + "]." + std::string(FieldOf(role.kind)) + ".spec."),
        problems_(problems) {}

  const json::Value& spec() const { return spec_; }

  int64_t Count(std::string_view field, int64_t otherwise) {
    const json::Value& value = spec_[field];
    if (value.IsNull()) return otherwise;
    const int64_t count = value.Integer(-1);
    if (value.IsInteger() && count >= 0 && count <= std::numeric_limits<int32_t>::max()) return count;
    Problem(field, value, "set it to an integer from 0 to 2147483647");
    return 0;
  }

  void Problem(std::string_view field, const json::Value& value, std::string_view remedy) {
    std::string text = path_ + std::string(field) + " is ";
    if (value.IsInteger()) {
      text += std::to_string(value.Integer());
    } else if (value.IsBool()) {
      text += value.Bool() ? "true" : "false";
    } else {
      text += value.IsString() ? "\"" + Shorten(value.Text(), 63) + "\"" : Shorten(json::Write(value), 63);
    }
    problems_.push_back(text + ": " + std::string(remedy));
  }

 private:
  const json::Value& spec_;
  std::string path_;
  std::vector<std::string>& problems_;
};

// batch/v1: both unset means 1 and 1; completions alone means parallelism 1; parallelism alone is a work queue, whose
// members each end once.
int64_t JobMembers(Reader& reader, int64_t succeeded) {
  const json::Value& spec = reader.spec();
  const json::Value& manager = spec["managedBy"];
  if (manager.IsString() && manager.Text() != "kubernetes.io/job-controller") {
    reader.Problem("managedBy", manager,
                   "the built-in controller leaves such a Job alone, so it would never start; remove the field");
  }
  const int64_t parallelism = reader.Count("parallelism", 1);
  const bool work_queue = !spec.Has("completions") && spec.Has("parallelism");
  const int64_t completions = work_queue ? parallelism : reader.Count("completions", 1);
  return std::min(parallelism, std::max<int64_t>(completions - succeeded, 0));
}

int64_t MembersOf(const Role& role, Reader& reader, const RoleShapeOptions& options) {
  const json::Value& spec = reader.spec();
  switch (role.kind) {
    case RoleKind::kJob:
      return JobMembers(reader, std::max<int64_t>(options.succeeded, 0));
    case RoleKind::kDeployment:
      if (spec["paused"].Bool()) {
        reader.Problem("paused", spec["paused"], "a paused Deployment makes no pods; remove the field");
      }
      break;
    case RoleKind::kStatefulSet:
      if (options.gang && spec["podManagementPolicy"].Text() == "OrderedReady") {
        reader.Problem("podManagementPolicy", spec["podManagementPolicy"],
                       "its pods would start one after the other, so the group could never start as one; set it to "
                       "Parallel, or remove it");
      }
      break;
    case RoleKind::kReplicaSet:
      break;
  }
  return reader.Count("replicas", 1);
}

// The API server's own answer to a wrong quantity names neither field nor value.
void CheckQuantities(Reader& reader) {
  const json::Value& pod = reader.spec()["template"]["spec"];
  for (const std::string_view list : {"initContainers", "containers"}) {
    const json::Array& containers = pod[list].Items();
    for (size_t i = 0; i < containers.size(); ++i) {
      for (const std::string_view kind : {"requests", "limits"}) {
        for (const auto& [resource, value] : containers[i]["resources"][kind].Members()) {
          if (DecodeAmount(resource, value)) continue;
          reader.Problem("template.spec." + std::string(list) + "[" + std::to_string(i) + "].resources." +
                             std::string(kind) + "." + Shorten(resource, 63),
                         value, "it is no quantity; write it like \"2\", \"500m\" or \"64Gi\"");
        }
      }
    }
  }
}

// The planner would compare each of them with every node.
void CheckConstraints(const Role& role, std::vector<std::string>& problems) {
  if (CountConstraints(role.body["spec"]["template"]["spec"]) <= kConstraintsMax) return;
  problems.push_back("roles[" + Shorten(role.name, 63) + "]." + std::string(FieldOf(role.kind)) +
                     ".spec.template.spec has a nodeSelector, affinity.nodeAffinity and tolerations of more than " +
                     std::to_string(kConstraintsMax) + " values together: give labels or taints to groups of nodes");
}

void Keep(std::string_view field, const json::Value& from, json::Value& into) {
  if (!from[field].IsNull()) into.Set(field, from[field]);
}

// What requests are computed from: see EffectiveRequests.
json::Value OutlineOfPod(const json::Value& spec) {
  json::Value outline = json::Object();
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const json::Value& container : spec[list].Items()) {
      json::Value kept = json::Object();
      for (const std::string_view field : {"requests", "limits"}) {
        if (container["resources"].Has(field)) kept.Mutable("resources").Set(field, container["resources"][field]);
      }
      Keep("restartPolicy", container, kept);
      outline.Mutable(list).Append(std::move(kept));
    }
  }
  Keep("resources", spec, outline);
  Keep("overhead", spec, outline);
  // That there is one is all that is asked.
  for (const json::Value& volume : spec["volumes"].Items()) {
    for (const std::string_view claim : {"persistentVolumeClaim", "ephemeral"}) {
      if (!volume.Has(claim) || outline.Has("volumes")) continue;
      outline.Set("volumes", json::Array{json::Object{{std::string(claim), json::Object()}}});
    }
  }
  return outline;
}

}  // namespace

Role OutlineOf(const Role& role) {
  constexpr std::string_view kRetention = "persistentVolumeClaimRetentionPolicy";
  const json::Value& spec = role.body["spec"];
  json::Value outline = json::Object();
  for (const std::string_view field : {"replicas", "parallelism", "completions"}) Keep(field, spec, outline);
  if (const json::Value& scaled = spec[kRetention]["whenScaled"]; scaled.IsString()) {
    outline.Mutable(kRetention).Set("whenScaled", scaled);
  }
  if (!spec["volumeClaimTemplates"].Items().empty()) {
    outline.Set("volumeClaimTemplates", json::Array{json::Object()});
  }
  outline.Mutable("template").Set("spec", OutlineOfPod(spec["template"]["spec"]));
  return {.name = role.name,
          .min_available = role.min_available,
          .kind = role.kind,
          .body = json::Object{{"spec", std::move(outline)}},
          .whole = false};
}

RoleShape ShapeWith(const RoleShape& without, const Role& outline, const Resources& defaults) {
  RoleShape shape = without;
  PodShape pod = *without.shape;
  pod.requests = EffectiveRequests(PodTemplateOf(outline)["spec"], defaults);
  shape.shape = WithKeys(std::move(pod));
  return shape;
}

std::string_view SizeFieldOf(RoleKind kind) { return kind == RoleKind::kJob ? "parallelism" : "replicas"; }

const json::Value& PodTemplateOf(const Role& role) { return role.body["spec"]["template"]; }

RoleShape ShapeOf(const Role& role, const RoleShapeOptions& options) {
  RoleShape shape;
  shape.role = role.name;
  shape.kind = role.kind;
  Reader reader(role, shape.problems);
  shape.members = MembersOf(role, reader, options);
  CheckQuantities(reader);
  CheckConstraints(role, shape.problems);
  shape.gang_size = std::clamp<int64_t>(role.min_available.value_or(shape.members), 0, shape.members);
  shape.shape = DecodePodShape(PodTemplateOf(role)["spec"], options.defaults);
  if (role.kind == RoleKind::kStatefulSet && !role.body["spec"]["volumeClaimTemplates"].Items().empty()) {
    PodShape more = *shape.shape;
    more.not_considered.emplace_back("volume claim templates");
    shape.shape = WithKeys(std::move(more));
  }
  return shape;
}

}  // namespace muster::api
