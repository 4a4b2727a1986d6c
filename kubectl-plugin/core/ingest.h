// From the API server's documents to what the views are made of. Layer: plugin core. Pure.
// Decoding is lenient: a workload of a newer version, with roles this plugin does not know, is still listed; only an
// object without a name is an error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/api/pod_group.h"
#include "lib/api/workload.h"
#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::plugin {

// Without spec.roles: no view needs the templates, and they are most of the document.
Result<api::Workload> WorkloadFrom(const json::Value& document);
Result<api::PodGroup> PodGroupFrom(const json::Value& document);

// When the status was last written, as metadata.managedFields says; nullopt when it does not.
std::optional<Instant> StatusWrittenAt(const json::Value& document);

// A PriorityClass, as far as ordering needs it.
struct Priority {
  std::string name;
  int64_t value = 0;
  bool global_default = false;
  bool preempts = true;  // preemptionPolicy is not Never
};
Priority PriorityFrom(const json::Value& document);

}  // namespace muster::plugin
