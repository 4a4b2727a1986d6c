// AdmissionBook: what the planner knows and has said: the picture of the cluster, the stances of all groups, and the
// verdicts upon them. Layer: operator/core. Pure: times are handed in. Not thread-safe: whoever keeps it locks, and
// decides when to plan.
//
// Every reconcile of a group publishes its stance, before it writes anything, so that what it is about to release is
// already reserved. A cycle answers with verdicts, which the next reconcile of the group reads. Nothing is planned
// before every group that existed at the start has published: what they hold is not known before. Groups that have
// collided (collision.h) are admitted one at a time. A namespace whose group reserved room and did not use it is taken
// in turn behind the groups of others that waited meanwhile: else its groups could reserve the room one after another.
// The times of guards (placement/guards.h) are kept here, by namespace.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/placement/cycle.h"
#include "lib/placement/picture.h"
#include "operator/core/group.h"

namespace muster::core {

class AdmissionBook {
 public:
  struct Options {
    placement::PlanPolicy policy = {};
    Duration explanation_interval = std::chrono::seconds(5);  // between two wake-ups of one group for its text alone
    std::string node_pool_label = {};                         // see placement::Picture
  };

  explicit AdmissionBook(const Options& options) : options_(options), picture_(options.node_pool_label) {}

  // Starts anew: nothing is granted; `expected` groups must publish before the first cycle. The picture stays.
  void Start(const std::vector<api::Key>& expected);
  void Clear();

  // An object was replaced; null: it was not there, or is no longer. True when a plan may come out otherwise now.
  bool ReplaceNode(const api::Node* before, const api::Node* after);
  bool ReplacePod(const api::Pod* before, const api::Pod* after);

  // `uid` tells a group from an earlier one of the same name.
  Verdict VerdictOf(const api::Key& group, const std::string& uid) const;
  // True when it is not what was known.
  bool Publish(const api::Key& group, const std::string& uid, const Stance& stance);
  void Remove(const api::Key& group);

  // Whether there is anything to plan, and all that must be known is.
  bool IsDue() const;
  // One cycle; the groups to wake. `wall` is compared with times in objects, `now` measures intervals.
  std::vector<api::Key> Plan(Instant wall, Instant now);
  // When to plan again though nothing changes; nullopt: nobody waits.
  std::optional<Duration> NextTelling(Instant now) const;

 private:
  struct Entry {
    std::string uid;
    Stance stance;
    Verdict verdict;
    Instant told{};        // when the group was last woken for its explanation
    bool to_tell = false;  // its explanation has changed since
    // While it asks: when it was first held back for a guarded group of another namespace.
    std::optional<Instant> held_back = {};
  };

  void NoteUnused(const api::Key& group, const Stance& before, const Stance& after);
  void ForgetOldTurns(Instant wall);
  placement::CycleInput Input(Instant wall) const;
  void NoteGuards(const std::vector<placement::Decision>& decisions, Instant wall);
  std::vector<placement::Decision> Decide(Instant wall) const;
  bool Apply(const placement::Decision& decision, Entry& entry, Instant wall, Instant now) const;

  const Options options_;
  placement::Picture picture_;
  std::map<api::Key, Entry> entries_;
  std::set<api::Key> expected_;
  std::map<std::string, Instant> unused_;        // by namespace: the last reservation that was not used ended then
  std::map<std::string, Instant> guards_began_;  // by namespace
  std::set<std::string> unused_now_;             // namespaces; since the last plan
};

}  // namespace muster::core
