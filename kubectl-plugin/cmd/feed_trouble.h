// What goes wrong with the watches of a verb that follows the cluster, in one line. Layer: plugin cmd. Thread-safe.
// Informers say it in the log, and go on by themselves; while this lives the log is read here. One at a time.
#pragma once

#include <mutex>
#include <string>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

class FeedTrouble {
 public:
  // Every change wakes `events`.
  explicit FeedTrouble(Events& events);
  ~FeedTrouble();
  FeedTrouble(const FeedTrouble&) = delete;
  FeedTrouble& operator=(const FeedTrouble&) = delete;

  // There is news: the server is heard again. (A watch that is still broken soon says so anew.)
  void Clear();
  // Empty when all is well.
  std::string Text() const;

 private:
  Events& events_;
  mutable std::mutex mutex_;
  std::string text_;
};

// Says on standard error that what is shown is not up to date, and that it is again: each time it changes, once.
class TroubleTeller {
 public:
  void Tell(Session& session, const std::string& trouble);

 private:
  std::string told_;
};

}  // namespace muster::plugin
