// The tables of `get`. Layer: plugin core. Pure.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/page.h"
#include "lib/api/pod_group.h"
#include "lib/api/workload.h"

namespace muster::plugin {

struct ListingOptions {
  bool namespaces = false;  // -A: NAMESPACE first
  bool wide = false;
  bool headers = true;
};

// The columns are those of the CRDs, so that kubectl's own tables show the same: NAME STATUS GROUPS ADMITTED READY AGE
// WHY; wide: UPDATED REVISION PRIORITY too. STATUS is always one word.
Line WorkloadHeader(const ListingOptions& options);
Line WorkloadRow(const api::Workload& workload, Instant now, const ListingOptions& options);
// NAME STATUS MEMBERS SCHEDULED READY AGE WHY; wide: ATTEMPT REVISION too.
Line GroupHeader(const ListingOptions& options);
Line GroupRow(const api::PodGroup& group, Instant now, const ListingOptions& options);

// A row is cut at the right of a terminal; the wide table is printed whole, as kubectl does.
Paper ListingPaper(Paper paper, const ListingOptions& options);
Table WorkloadTable(const std::vector<api::Workload>& workloads, Instant now, const ListingOptions& options);
Table GroupTable(const std::vector<api::PodGroup>& groups, Instant now, const ListingOptions& options);

}  // namespace muster::plugin
