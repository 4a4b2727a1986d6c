// What goes on while the network or the control plane is disturbed: groups of ten that start, run for a moment and
// finish, twenty at a time. Whatever the disturbance, none is lost, none is ever partly running beyond its start, and
// none runs twice.
#pragma once

#include <string>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {

class Load : public E2e {
 protected:
  static constexpr int64_t kMembers = 10;

  // Nodes for so many groups of ten at a time.
  void AddRoom(const std::string& prefix, int groups_at_a_time);
  // Half of them have two roles, which are created held. Each member runs for `finish_after`.
  void CreateGroups(const std::string& prefix, int from, int count, const std::string& finish_after = "1s");
  int64_t Finished();
  std::string NotAllFinished(int64_t groups) { return Differs("finished groups", Finished(), groups); }
  enum class Pods { kExactly, kAtLeast };  // ten of each group
  // Every group that was created has finished, at its first attempt, and was complete at one time.
  void CheckTheWholeRun(int64_t groups, Pods expected = Pods::kExactly);
  // Seconds from now until one more group has finished; fails after so long.
  void ExpectProgressWithin(Duration longest, const std::string& what);
};

}  // namespace muster::e2e
