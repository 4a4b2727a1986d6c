// Who may read /metrics: whoever the API server says. Layer: operator/shell. A bearer token is reviewed (TokenReview),
// and its user asked for (SubjectAccessReview: get on the path /metrics; the ClusterRole muster-metrics-reader grants
// it). Answers are kept for a minute, good ones for ten while the API server cannot be asked. Thread-safe; Judge blocks
// for as long as two requests take.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "lib/client/api.h"
#include "lib/runtime/clock.h"

namespace muster::shell {

enum class Access { kAllowed, kUnauthenticated, kForbidden, kUnknown };

class MetricsAccess {
 public:
  // Both must outlive this.
  MetricsAccess(client::Api& api, const runtime::Clock& clock) : api_(api), clock_(clock) {}

  // kUnknown: the API server could not be asked, or the operator may not ask it (RBAC).
  Access Judge(const std::string& bearer);

 private:
  struct Entry {
    Access access = Access::kUnknown;
    Instant asked{};
  };

  Result<Access> Ask(const std::string& bearer);
  void Keep(const std::string& bearer, Entry entry);

  client::Api& api_;
  const runtime::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Entry> known_;  // by token; at most 64
};

}  // namespace muster::shell
