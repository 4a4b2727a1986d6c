// Laws of design.md 6, checked over what a Recorder has seen. Pure. Each returns what broke it, a line each.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/support/recorder.h"

namespace muster::e2e {

// I1: whenever a member of an AllOrNothing group was created, bound or began to run, its group was admitted, or on its
// way from being admitted to being held. Nothing is said of the time in which the groups could not be watched.
std::vector<std::string> MembersWithoutAdmission(const Recorder& seen);

// How a group started: from the first of its members that got a node to the last.
struct Start {
  std::string group;
  int64_t attempt = 0;
  bool complete = false;  // all had one at the same time
  Duration partly{0};     // how long only some had one
};
// One per group and time that it went from no bound member to some. A member counts from its binding until it fails or
// is deleted before it has succeeded.
std::vector<Start> StartsOf(const Recorder& seen, int64_t members);

// I3: at no version did the admitted groups, of `members` members each, count for more than `room` unfinished members.
std::vector<std::string> BeyondRoom(const Recorder& seen, int64_t members, int64_t room);

// Members that kube-scheduler found no place for, by name.
std::vector<std::string> Unschedulable(const Recorder& seen);

}  // namespace muster::e2e
