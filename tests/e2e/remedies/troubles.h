// What keeps a group from running that is no matter of room, or that waiting mends: how it comes about, and what is
// done about it as told. A table; its functions act on a cluster through the fixture.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tests/e2e/remedies/fixture.h"

namespace muster::e2e {

struct Trouble {
  std::string name;
  std::string blocker;
  std::string change = {};  // the code of the suggestion that is followed; "" where advice is given instead
  std::string advice = {};  // how that advice begins; "" where the blocker's message says it
  bool needs_own_cluster = false;
  void (*bring)(Remedies&);                     // ends with the Workload g applied
  void (*mend)(Remedies&, const Remedy& said);  // `said` is empty without a change
};
inline void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }

std::vector<Trouble> Troubles();

}  // namespace muster::e2e
