#include "lib/api/namespace_rules.h"

#include <algorithm>

#include "lib/base/strings.h"

namespace muster::api {
namespace {

constexpr std::string_view kRequests = "requests.";

// "cpu" of "requests.cpu": a quota may name the requests of cpu, memory and local disk without the prefix.
std::string_view ResourceIn(std::string_view quota_name) {
  for (const std::string_view prefix : {kRequests, std::string_view("limits.")}) {
    if (quota_name.starts_with(prefix)) return quota_name.substr(prefix.size());
  }
  return quota_name == "count/pods" ? kPodCount : quota_name;
}

bool IsOfPods(std::string_view name) {
  if (name == "requests.storage") return false;
  return name == kCpu || name == kMemory || name == kEphemeralStorage || name == kPodCount || name == "count/pods" ||
         name.starts_with(kRequests) || name.starts_with("limits.") || name.starts_with("hugepages-");
}

QuotaAmounts DecodeAmounts(const json::Value& map) {
  QuotaAmounts amounts;
  for (const auto& [name, value] : map.Members()) {
    if (!IsOfPods(name)) continue;
    if (const auto amount = DecodeAmount(ResourceIn(name), value)) amounts[name] = *amount;
  }
  return amounts;
}

int64_t AmountOf(const QuotaAmounts& amounts, std::string_view name) {
  const auto at = amounts.find(name);
  return at == amounts.end() ? 0 : at->second;
}

// "4 requests.cpu"
std::string Named(std::string_view name, int64_t amount) {
  return FormatAmount(ResourceIn(name), amount) + " " + std::string(name);
}

// "6 requests.cpu in all, 8 requested"; "" when the whole quota would be enough.
std::string BeyondAll(const ResourceQuota& quota, const QuotaAmounts& demand) {
  std::vector<std::string> parts;
  for (const auto& [name, hard] : quota.hard) {
    if (quota.scoped || AmountOf(demand, name) <= hard) continue;
    parts.push_back(Named(name, hard) + " in all, " + FormatAmount(ResourceIn(name), AmountOf(demand, name)) +
                    " requested");
  }
  return Join(parts, "; ");
}

}  // namespace

bool ResourceQuota::SameRule(const ResourceQuota& other) const {
  return meta.key() == other.meta.key() && meta.uid == other.meta.uid && hard == other.hard && scoped == other.scoped;
}

bool LimitRange::operator==(const LimitRange& other) const {
  return meta.key() == other.meta.key() && meta.uid == other.meta.uid && default_requests == other.default_requests &&
         restricts == other.restricts;
}

Result<ResourceQuota> DecodeResourceQuota(const json::Value& object) {
  ResourceQuota quota;
  TRY(quota.meta, DecodeMeta(object, KeepLabels::kNone));
  quota.hard = DecodeAmounts(object["spec"]["hard"]);
  quota.used = DecodeAmounts(object["status"]["used"]);
  quota.scoped = !object["spec"]["scopes"].Items().empty() || object["spec"]["scopeSelector"].IsObject();
  return quota;
}

Result<ResourceQuota> DecodeQuotaRule(const json::Value& object) {
  Result<ResourceQuota> quota = DecodeResourceQuota(object);
  if (quota.has_value()) quota->used.clear();
  return quota;
}

Result<LimitRange> DecodeLimitRange(const json::Value& object) {
  LimitRange range;
  TRY(range.meta, DecodeMeta(object, KeepLabels::kNone));
  for (const json::Value& item : object["spec"]["limits"].Items()) {
    const std::string& type = item["type"].Text();
    if (type != "Container" && type != "Pod") continue;
    for (const std::string_view bound : {"min", "max", "maxLimitRequestRatio"}) {
      range.restricts = range.restricts || item.Has(bound);
    }
    if (type != "Container") continue;
    for (const auto& [name, value] : item["defaultRequest"].Members()) {
      if (const auto amount = DecodeAmount(name, value)) range.default_requests.Set(name, *amount);
    }
  }
  return range;
}

Resources NamespaceRules::DefaultRequests() const {
  Resources all;
  for (const auto& range : limit_ranges) {
    range->default_requests.ForEach([&](std::string_view name, int64_t amount) {
      if (all.Get(name) == 0) all.Set(name, amount);
    });
  }
  return all;
}

void AddDemand(int64_t members, const PodShape& shape, QuotaAmounts& demand) {
  const auto add = [&](std::string_view name, int64_t amount) {
    int64_t& sum = demand[std::string(name)];
    sum = SaturatingAdd(sum, SaturatingMultiply(amount, members));
  };
  shape.requests.ForEach([&](std::string_view name, int64_t amount) {
    add(std::string(kRequests) + std::string(name), amount);
    if (IsOfPods(name)) add(name, amount);
  });
  add(kPodCount, 1);
  add("count/pods", 1);
}

std::string ShortOf(const ResourceQuota& quota, const QuotaAmounts& demand, const QuotaAmounts& before) {
  if (quota.scoped) return "";
  std::vector<std::string> parts;
  for (const auto& [name, hard] : quota.hard) {
    const int64_t wanted = AmountOf(demand, name);
    const int64_t gone = SaturatingAdd(AmountOf(quota.used, name), AmountOf(before, name));
    const int64_t left = std::max<int64_t>(0, SaturatingSubtract(hard, gone));
    if (wanted <= left) continue;
    parts.push_back(Named(name, left) + " left, " + FormatAmount(ResourceIn(name), wanted) + " requested");
  }
  return Join(parts, "; ");
}

std::vector<std::string> NamesOf(const NamespaceRules& rules, const QuotaAmounts& demand, QuotaPart part,
                                 const QuotaAmounts& before) {
  std::vector<std::string> names;
  for (const auto& quota : rules.quotas) {
    if (quota->hard.empty()) continue;
    const std::string lacks = part == QuotaPart::kLeft ? ShortOf(*quota, demand, before) : BeyondAll(*quota, demand);
    names.push_back("quota " + quota->meta.name + (lacks.empty() ? "" : " (" + lacks + ")"));
  }
  for (const auto& range : rules.limit_ranges) {
    const bool defaults = !range->default_requests.empty();
    if (!defaults && !range->restricts) continue;
    names.push_back("limit range " + range->meta.name + (defaults ? " beyond its default requests" : ""));
  }
  return names;
}

}  // namespace muster::api
