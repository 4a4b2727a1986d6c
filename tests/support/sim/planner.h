// operator/shell's planner without its thread: stances in, verdicts out, the picture kept from what the caches have
// seen. Test support.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/placement/cycle.h"
#include "lib/placement/picture.h"
#include "operator/core/group.h"

namespace muster::sim {

class Planner {
 public:
  struct Hooks {
    std::function<void()> notify;                         // something changed: plan soon
    std::function<void(const api::Key&, Duration)> wake;  // reconcile this group, after so long
  };

  Planner(Hooks hooks, const std::vector<api::Key>& expected)
      : hooks_(std::move(hooks)), expected_(expected.begin(), expected.end()) {}

  placement::Picture& picture() { return picture_; }
  core::Verdict VerdictOf(const api::Key& group, const std::string& uid) const;
  void Publish(const api::Key& group, const std::string& uid, const core::Stance& stance);
  void Remove(const api::Key& group);

  // One cycle. True when some group waits, so that time alone may change a plan.
  bool Plan(Instant now);

 private:
  struct Entry {
    std::string uid;
    core::Stance stance;
    core::Verdict verdict;
  };
  placement::CycleInput Input(Instant now) const;

  const Hooks hooks_;
  placement::Picture picture_;
  std::map<api::Key, Entry> entries_;
  std::set<api::Key> expected_;
};

}  // namespace muster::sim
