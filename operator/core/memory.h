// What reconciles remember of one object between two visits, and may forget at a restart: refusals, the time of the
// last status write, children as they were left. Layer: operator/core. Values; not thread-safe. Everything that must
// survive is in the API objects. visit.h reads and writes them; who keeps them where is the caller's.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "operator/core/group.h"
#include "operator/core/strangers.h"

namespace muster::core {

struct GroupMemory {
  std::string uid;
  std::map<std::string, Refusal> refusals;  // by role
  std::map<std::string, int> tries;         // by role: refusals in a row, for the back-off
  RefusedWrites refused_writes;
  std::optional<Instant> last_write;
  Instant gone_until{};                     // the API server does not know it; the cache is behind
  int stale = 0;                            // visits in a row that failed on what the cache did not know
  std::map<std::string, KnownChild> known;  // by uid
  MemberMemory members;
};

struct WorkloadMemory {
  std::string uid;
  std::map<std::string, std::string> refused_revisions;  // by revision name
  Instant refused_until{};                               // when to try the refused one again
  std::map<int64_t, std::string> foreign_groups;         // by index
  std::map<int64_t, Instant> foreign_until;              // when to look again
  RefusedWrites refused_writes;
  std::optional<Instant> last_write;
  Instant gone_until{};  // the API server does not know it; the cache is behind
  int stale = 0;         // visits in a row that failed on what the cache did not know
};

// How long it is left alone yet; zero when it may be visited.
template <class Memory>
Duration PauseOf(const Memory& memory, Instant now) {
  return std::max(Duration(0), memory.gone_until - now);
}

}  // namespace muster::core
