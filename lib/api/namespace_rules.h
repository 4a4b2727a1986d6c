// ResourceQuotas and LimitRanges: what a namespace allows its pods in all, and what it gives or demands of each. Layer:
// api. Pure. Of a LimitRange the default requests are counted like requests of the template, as the API server writes
// them into pods; what else these objects demand is named, and not planned with.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/api/quantity.h"
#include "lib/api/role_shape.h"

namespace muster::api {

// Amounts by the quota's own names: "requests.cpu", "pods"; of resources of pods alone.
using QuotaAmounts = std::map<std::string, int64_t, std::less<>>;

struct ResourceQuota {
  ObjectMeta meta;
  QuotaAmounts hard;
  QuotaAmounts used;
  bool scoped = false;  // it is about some of the pods only

  // Nothing that we say of it has changed, apart from `used`.
  bool SameRule(const ResourceQuota& other) const;
};

struct LimitRange {
  ObjectMeta meta;
  Resources default_requests;  // of each container that states no request and no limit
  bool restricts = false;      // it has minimums, maximums or ratios
  bool operator==(const LimitRange& other) const;
};

Result<ResourceQuota> DecodeResourceQuota(const json::Value& object);
// Without `used`, which changes with every pod.
Result<ResourceQuota> DecodeQuotaRule(const json::Value& object);
Result<LimitRange> DecodeLimitRange(const json::Value& object);

// What applies in one namespace, by name.
struct NamespaceRules {
  std::vector<std::shared_ptr<const ResourceQuota>> quotas;
  std::vector<std::shared_ptr<const LimitRange>> limit_ranges;

  bool empty() const { return quotas.empty() && limit_ranges.empty(); }
  Resources DefaultRequests() const;
};

// Adds what so many pods of the shape request, by the names of quotas.
void AddDemand(int64_t members, const PodShape& shape, QuotaAmounts& demand);
// What a quota leaves, of which the group requests more: "2 requests.cpu left, 4 requested"; "" when it is enough, or
// when that cannot be said (a quota for some pods, or of limits). `before`: requested by others, and not in `used` yet.
std::string ShortOf(const ResourceQuota& quota, const QuotaAmounts& demand, const QuotaAmounts& before);
// The rules by name, for Explanation::not_considered; behind a quota that is not enough for the demand, by how much:
// kAll compares with the quota as a whole, kLeft with what is left of it.
enum class QuotaPart { kAll, kLeft };
std::vector<std::string> NamesOf(const NamespaceRules& rules, const QuotaAmounts& demand, QuotaPart part,
                                 const QuotaAmounts& before = {});

}  // namespace muster::api
