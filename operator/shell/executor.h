// Executor: carries out a plan, in order, and stops at the first failure. Layer: operator/shell. Thread-safe; blocks.
// What it wrote is told to the caller's write gate, so that the next reconcile of the same key waits for the cache.
// Before every write it asks whether we still lead.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "lib/client/api.h"
#include "lib/runtime/controller.h"
#include "lib/runtime/shared_write_gate.h"
#include "operator/core/group.h"
#include "operator/core/plan.h"
#include "operator/shell/event_sink.h"

namespace muster::shell {

// For whom a plan is carried out.
struct Actor {
  api::Key key;            // waits at the gate
  api::Resource resource;  // events are about this object
  std::string uid;         // what we create must be owned by it
  runtime::SharedWriteGate* gate = nullptr;
  std::map<std::string, core::KnownChild>* known = nullptr;  // gets what is written, by uid; loses what is deleted
};

struct Failure {
  Error error;
  const core::Step* step = nullptr;
  bool foreign = false;  // a create met somebody else's object of that name
};

// The object reconciled is no more: its own status found nothing to be written to. The cache is behind.
bool IsGone(const Failure& failure);
// When to reconcile again after a failure. Remembered: it is told in the status instead of being tried in a loop.
enum class Remembered { kNo, kYes };
runtime::Outcome OutcomeOf(const Failure& failure, Remembered remembered);

class Executor {
 public:
  Executor(client::Api& api, EventSink& events, std::function<bool()> may_write)
      : api_(api), events_(events), may_write_(std::move(may_write)) {}

  // nullopt: all of it was done. A guard that does not hold fails the first step, with kConflict.
  std::optional<Failure> Execute(const core::Plan& plan, const Actor& actor);

 private:
  Status Do(const core::Create& create, const Actor& actor, bool& foreign);
  Status Do(const core::Patch& patch, const Actor& actor);
  Status Do(const core::Delete& remove, const Actor& actor);
  Status Do(const core::WriteStatus& write, const Actor& actor);
  Status MayWrite() const;
  Status Check(const core::Guard& guard, const Actor& actor);
  Status LookWhose(const core::Create& create, const api::Key& key, const Actor& actor, bool& foreign);
  static void Note(const api::Resource& resource, const json::Value& object, const Actor& actor);

  client::Api& api_;
  EventSink& events_;
  const std::function<bool()> may_write_;
};

}  // namespace muster::shell
