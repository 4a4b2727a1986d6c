// The API server's audit log: who wrote what, leases aside, and every request of the operator. For counting writes, for
// distinguishing two operators, and for comparing the operator's rights with what it asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/time.h"

namespace muster::e2e {

inline constexpr const char* kOperatorUser = "system:serviceaccount:muster-system:muster-operator";

struct AuditedRequest {
  std::string user;
  std::string credential;  // "JTI=<id>" of the token that was used; "" with a certificate
  std::string verb;        // "create", "patch", ...
  std::string group;       // "muster.dev"; "" is the core group
  std::string resource;    // "podgroups", with "/status" where that was written
  std::string ns;
  std::string name;
  int64_t code = 0;  // HTTP status of the answer
  Instant at{};      // when the request arrived
  std::string Text() const;
};
using AuditedWrite = AuditedRequest;

class AuditLog {
 public:
  explicit AuditLog(std::string run_dir) : path_(std::move(run_dir) + "/audit.log") {}
  // From here on; give it to WritesSince.
  int64_t Mark() const;
  std::vector<AuditedWrite> WritesSince(int64_t mark) const;
  // Reads and leases too: the operator's, nobody else's.
  std::vector<AuditedRequest> RequestsSince(int64_t mark) const;

 private:
  const std::string path_;
};

std::vector<AuditedWrite> WritesOf(const std::vector<AuditedWrite>& writes, const std::string& user);

}  // namespace muster::e2e
