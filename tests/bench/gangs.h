// What the benchmarks submit: gangs of equal pods, as Workloads or as the same Jobs made plainly. Thread-safe; blocks.
//
//   const std::vector<Submission> gangs = MakeGangs({.as = As::kWorkload, .count = 400, .size = 10, .cpu = "800m"});
//   TRY_VOID(SubmitAll(api, gangs));
//
// A plain gang is one Indexed Job; a Workload holds the same Job spec as its only role. The pods differ in Muster's
// labels alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/client/api.h"

namespace muster::bench {

inline constexpr std::string_view kGangLabel = "bench.muster.dev/gang";  // on every pod of the benchmarks
inline constexpr std::string_view kNamespace = "default";

enum class As {
  kJob,       // a plain Job per gang
  kWorkload,  // a Workload of one group per gang
  kReplicas,  // one Workload, a group of it per gang
};
Result<As> ParseAs(std::string_view text);

struct GangShape {
  As as = As::kWorkload;
  std::string prefix = "g";  // gangs are prefix-0, prefix-1, ...
  int count = 1;
  int size = 10;
  std::string cpu = "1";
  std::string ns = std::string(kNamespace);
};

struct Submission {
  api::Resource resource;
  api::Key key;
  json::Value object;
};

// What to create, in order; with kReplicas one object.
std::vector<Submission> MakeGangs(const GangShape& shape);
// The names under which GangWatch counts their pods.
std::vector<std::string> GangNames(const GangShape& shape);

// Over eight connections, in order; the first error ends it.
Status SubmitAll(client::Api& api, const std::vector<Submission>& submissions);
// Deletes them by name, dependents in the background, over eight connections.
Status DeleteAll(client::Api& api, const std::vector<Submission>& submissions);

}  // namespace muster::bench
