// Planner: the thread that runs the planning cycle over the picture of the cluster and the stances of all groups.
// Layer: operator/shell. Thread-safe.
//
// Informers keep the picture up to date; every reconcile of a group publishes its stance, before it writes anything, so
// that what it is about to release is already reserved. The planner answers with verdicts, which the next reconcile of
// the group reads. The picture is updated before a group's reconcile can have seen the same pod, so a member is
// counted twice for a moment, never not at all: the planner errs on the side of waiting.
// It does not plan before every group that existed at the start has published: what they hold is not known before.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lib/placement/cycle.h"
#include "lib/placement/picture.h"
#include "lib/runtime/clock.h"
#include "lib/runtime/debouncer.h"
#include "operator/core/group.h"

namespace muster::shell {

class Planner {
 public:
  struct Options {
    placement::PlanPolicy policy;
    Duration explanation_interval = std::chrono::seconds(5);  // between two wake-ups of one group for its text alone
    std::function<void(const api::Key&)> wake;                // the group has a new verdict: reconcile it
    std::function<void(Duration)> on_planned = {};            // how long a cycle took
  };

  Planner(const runtime::Clock& clock, Options options);
  ~Planner() { Stop(); }
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  // Starts anew: nothing is granted; `expected` groups must publish before the first cycle.
  void Start(const std::vector<api::Key>& expected);
  void Stop();

  void ReplaceNode(const api::Node* before, const api::Node* after);
  void ReplacePod(const api::Pod* before, const api::Pod* after);

  // `uid` tells a group from an earlier one of the same name.
  core::Verdict VerdictOf(const api::Key& group, const std::string& uid) const;
  void Publish(const api::Key& group, const std::string& uid, const core::Stance& stance);
  void Remove(const api::Key& group);

 private:
  struct Entry {
    std::string uid;
    core::Stance stance;
    core::Verdict verdict;
    Instant told{};        // when the group was last woken for its explanation
    bool to_tell = false;  // its explanation has changed since
  };

  void Run(const std::stop_token& stop);
  // One cycle; the groups to wake.
  std::vector<api::Key> Plan();
  bool AnyAsks() const;
  placement::CycleInput Input() const;
  bool Apply(const placement::Decision& decision, Entry& entry);
  std::optional<Duration> NextTelling() const;

  const runtime::Clock& clock_;
  const Options options_;
  runtime::Debouncer debouncer_;
  mutable std::mutex mutex_;  // everything below
  placement::Picture picture_;
  std::map<api::Key, Entry> entries_;
  std::set<api::Key> expected_;
  bool running_ = false;
  std::jthread thread_;
};

}  // namespace muster::shell
