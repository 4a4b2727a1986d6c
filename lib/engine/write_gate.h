// WriteGate: read your own writes. Layer: engine. Pure: the time is handed in; runtime::SharedWriteGate locks it and
// feeds it from the informers. After a write the cache is behind for a moment; a reconcile that acted on it would
// create twice or delete what it has just made. So the reconcile key that wrote waits, and only that one, until the
// store of that resource has seen the write; after `timeout` it may act again whatever the store says (never a hang:
// every write of ours can be repeated, and status and deletes carry preconditions).
//
//   gate.Wrote(key, {api::kJobs, {"default", "train-0-w"}, uid, answer_version}, view, now);
//   if (!gate.MayAct(key, now)) return Outcome::RequeueAfter(gate.Remaining(key, now));
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/time.h"

namespace muster::engine {

class WriteGate {
 public:
  struct Options {
    Duration timeout{10'000};
  };
  // One object, and for a write the resourceVersion the server answered with.
  struct Written {
    api::Resource resource;
    api::Key object;
    std::string uid;
    std::string resource_version;
  };
  // What the store of the object's resource holds at this moment. Objects come to a store in the order of their
  // versions, so having seen a version means having seen all before it.
  struct View {
    std::string seen;  // Store::resource_version
    bool present = false;
    std::string uid;
    std::string resource_version;
    bool deleting = false;  // has a deletionTimestamp
  };

  explicit WriteGate(Options options) : options_(options) {}

  // A create, update or patch of ours was answered. `view` is taken after the answer.
  void Wrote(const api::Key& waiter, const Written& write, const View& view, Instant now);
  // A delete of ours was accepted: waits until the store no longer has that uid, or has it with a deletionTimestamp.
  void Deleted(const api::Key& waiter, const Written& object, const View& view, Instant now);

  // Whether anything waits for this object (a cheap answer, nearly always no).
  bool WaitsFor(const api::Resource& resource, const api::Key& object) const;
  // The store's object changed or vanished. Returns the keys that became free, to be queued again.
  std::vector<api::Key> OnObject(const api::Resource& resource, const api::Key& object, const View& view);
  // The store moved on without an object (a bookmark, a completed relist).
  std::vector<api::Key> OnProgress(const api::Resource& resource, const std::string& seen);

  bool MayAct(const api::Key& waiter, Instant now);
  // Until MayAct is true at the latest; zero when it is.
  Duration Remaining(const api::Key& waiter, Instant now) const;
  // The key itself is gone: nothing waits for it any more.
  void Forget(const api::Key& waiter);
  size_t pending() const { return pending_.size(); }

 private:
  struct Place {  // one object of one resource
    std::string resource;
    api::Key object;
    auto operator<=>(const Place&) const = default;
  };
  struct Pending {
    std::string resource_version;         // to be seen; empty: no write, only a delete
    std::string deleted_uid;              // to be gone; empty: no delete
    std::map<api::Key, Instant> waiters;  // and until when each waits
  };

  static std::string Id(const api::Resource& resource);
  static bool IsSeen(const Pending& pending, const View& view);
  Pending& At(const api::Key& waiter, const Written& object, Instant now);
  void Settle(std::map<Place, Pending>::iterator at, std::vector<api::Key>& freed);

  Options options_;
  std::map<Place, Pending> pending_;
  std::map<api::Key, std::set<Place>> waits_for_;
};

}  // namespace muster::engine
