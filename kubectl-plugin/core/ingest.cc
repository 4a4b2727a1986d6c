#include "kubectl-plugin/core/ingest.h"

#include <utility>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

// metadata, spec and status without what no view reads.
json::Value Slim(const json::Value& document) {
  json::Object metadata;
  for (const json::Member& member : document["metadata"].Members()) {
    if (member.first == "managedFields" || member.first == "annotations") continue;
    metadata.Append(member.first, member.second);
  }
  json::Object spec;
  for (const json::Member& member : document["spec"].Members()) {
    if (member.first != "roles") spec.Append(member.first, member.second);
  }
  // The decoder insists on a role it knows; no view reads the templates, so any will do.
  if (document["spec"].Has("roles"))
    spec.Append("roles", json::Array{json::Object{{"name", "any"}, {"job", json::Object{}}}});
  json::Object slim;
  slim.Append("metadata", std::move(metadata));
  slim.Append("spec", std::move(spec));
  slim.Append("status", document["status"]);
  if (document.Has(json::kTooDeep)) slim.Append(std::string(json::kTooDeep), true);
  return slim;
}

}  // namespace

Result<api::Workload> WorkloadFrom(const json::Value& document) { return api::DecodeWorkload(Slim(document)); }

Result<api::PodGroup> PodGroupFrom(const json::Value& document) { return api::DecodePodGroup(Slim(document)); }

std::optional<Instant> StatusWrittenAt(const json::Value& document) {
  std::optional<Instant> latest;
  for (const json::Value& entry : document["metadata"]["managedFields"].Items()) {
    if (entry["subresource"].Text() != "status") continue;
    const std::optional<Instant> time = ParseTime(entry["time"].Text());
    if (time && (!latest || *time > *latest)) latest = time;
  }
  return latest;
}

Priority PriorityFrom(const json::Value& document) {
  return {.name = document["metadata"]["name"].Text(),
          .value = document["value"].Integer(),
          .global_default = document["globalDefault"].Bool(),
          .preempts = document["preemptionPolicy"].Text() != "Never"};
}

}  // namespace muster::plugin
