// Planner: the thread that runs the planning cycle over the picture of the cluster and the stances of all groups.
// Layer: operator/shell. Thread-safe.
//
// What it knows and says is a core::AdmissionBook; here are its lock, its thread and the pauses between cycles.
// Informers keep the picture under the locks of their stores, so that a reconcile has seen no pod that the picture has
// not: a member is counted twice for a moment, never not at all. The planner errs on the side of waiting.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lib/runtime/clock.h"
#include "lib/runtime/debouncer.h"
#include "operator/core/admission_book.h"

namespace muster::shell {

class Planner {
 public:
  struct Options {
    core::AdmissionBook::Options book;
    std::function<void(const api::Key&)> wake;      // the group has a new verdict: reconcile it
    std::function<void(Duration)> on_planned = {};  // how long a cycle took
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
  void Run(const std::stop_token& stop);
  // One cycle; the groups to wake.
  std::vector<api::Key> Plan();

  const runtime::Clock& clock_;
  const Options options_;
  runtime::Debouncer debouncer_;
  mutable std::mutex mutex_;  // book_
  core::AdmissionBook book_;
  std::jthread thread_;
};

}  // namespace muster::shell
