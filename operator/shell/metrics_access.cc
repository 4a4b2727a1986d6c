#include "operator/shell/metrics_access.h"

#include <algorithm>
#include <utility>

#include "lib/base/log.h"

namespace muster::shell {
namespace {

constexpr api::Resource kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
constexpr api::Resource kAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
                                       false};
constexpr Duration kFresh = std::chrono::minutes(1);
constexpr Duration kUsable = std::chrono::minutes(10);
constexpr size_t kMostKnown = 64;

json::Value Review(const api::Resource& resource, json::Object spec) {
  return json::Object{{"apiVersion", resource.ApiVersion()}, {"kind", resource.kind}, {"spec", std::move(spec)}};
}

}  // namespace

Result<Access> MetricsAccess::Ask(const std::string& bearer) {
  TRY(const client::Written token,
      api_.Create(kTokenReviews, "", Review(kTokenReviews, json::Object{{"token", bearer}})));
  if (!token.object["status"]["authenticated"].Bool()) return Access::kUnauthenticated;
  const json::Value& user = token.object["status"]["user"];
  json::Object spec{{"user", user["username"]},
                    {"nonResourceAttributes", json::Object{{"path", "/metrics"}, {"verb", "get"}}}};
  for (const char* field : {"uid", "groups", "extra"}) {
    if (!user[field].IsNull()) spec.Set(field, user[field]);
  }
  TRY(const client::Written access, api_.Create(kAccessReviews, "", Review(kAccessReviews, std::move(spec))));
  return access.object["status"]["allowed"].Bool() ? Access::kAllowed : Access::kForbidden;
}

// Whoever makes tokens up must not push those out that are good.
void MetricsAccess::Keep(const std::string& bearer, Entry entry) {
  known_.erase(bearer);
  std::erase_if(known_, [&](const auto& other) {
    return other.second.asked + (other.second.access == Access::kAllowed ? kUsable : kFresh) < entry.asked;
  });
  if (known_.size() >= kMostKnown) {
    const auto worth = [](const auto& one) {
      return std::pair(one.second.access == Access::kAllowed, one.second.asked);
    };
    const auto least = std::min_element(known_.begin(), known_.end(),
                                        [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    if (worth(*least) > std::pair(entry.access == Access::kAllowed, entry.asked)) return;
    known_.erase(least);
  }
  known_[bearer] = entry;
}

Access MetricsAccess::Judge(const std::string& bearer) {
  const Instant now = clock_.Now();
  Entry known;
  {
    const std::lock_guard lock(mutex_);
    const auto at = known_.find(bearer);
    if (at != known_.end()) known = at->second;
  }
  if (known.access != Access::kUnknown && now < known.asked + kFresh) return known.access;
  const Result<Access> answer = Ask(bearer);
  if (!answer.has_value()) {
    LogWarning("Cannot ask who may read /metrics", {{"error", answer.error().message}});
    return known.access == Access::kAllowed && now < known.asked + kUsable ? known.access : Access::kUnknown;
  }
  const std::lock_guard lock(mutex_);
  Keep(bearer, {*answer, now});
  return *answer;
}

}  // namespace muster::shell
