// Carrying out a plan, in order, up to the first failure: which request is to be sent next, and what its answer means.
// Layer: operator/core. Pure: a machine that somebody drives who can send, at his own pace; given up at any point,
// nothing is half done that a new plan would not see. Not thread-safe.
//
//   Execution execution(plan, {key, api::kPodGroups, uid}, &known);
//   while (!execution.Over()) {
//     if (!may_write()) { execution.GiveUp(...); break; }
//     if (const EmitEvent* event = execution.event()) { emit(*event); execution.Emitted(); continue; }
//     if (const auto touched = execution.OnAnswer(send(execution.request()))) wait_until_seen(*touched);
//   }
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/base/result.h"
#include "operator/core/group.h"
#include "operator/core/plan.h"

namespace muster::core {

// For whom a plan is carried out.
struct Actor {
  api::Key key;
  api::Resource resource;  // events are about this object
  std::string uid;         // what we create must be owned by it
};

// A step that failed, and with it the rest of the plan.
struct Failure {
  Error error;
  const Step* step = nullptr;  // of the plan
  bool foreign = false;        // a create met somebody else's object of that name
};

// One request to the API server.
struct Request {
  enum class Verb { kGet, kCreate, kPatch, kDelete };
  Verb verb = Verb::kGet;
  api::Resource resource;
  api::Key key;
  std::string uid = {};                 // of the object meant: tested by a patch, and by a delete; known of some reads
  std::string resource_version = {};    // the same of a delete; "" for any
  const json::Value* object = nullptr;  // of a create; lives as long as the plan
  json::Array operations = {};          // of a patch, behind the test of the uid
  std::string subresource = {};         // "status"
  Mode mode = Mode::kReal;              // or kDryRun
};

// An object whose cache must catch up before its actor is reconciled again.
struct Touched {
  api::Resource resource;
  api::Key object;
  std::string uid;
  std::string resource_version;  // as answered; "" when it was deleted
  bool deleted = false;
};

class Execution {
 public:
  // `plan` and `known` must outlive this. `known` (may be null) gets what is written, by uid, and loses what is
  // deleted.
  Execution(const Plan& plan, Actor actor, std::map<std::string, KnownChild>* known);

  const Actor& actor() const { return actor_; }
  bool Over() const { return at_ == At::kOver; }
  // Whether what the plan rests upon is still so is being asked; no step has begun.
  bool IsGuarding() const { return at_ == At::kGuard; }
  // nullopt when over: all of it was done. A guard that does not hold fails the first step, with kConflict.
  const std::optional<Failure>& failure() const { return failure_; }
  // Failed or in hand; null when all of it was done.
  const Step* step() const { return next_ < plan_.steps.size() ? &plan_.steps[next_] : nullptr; }

  // What is to be done now, until it is over: an event, or (null) a request. Before either, whoever sends it asks
  // whether we still lead: what was looked up meanwhile may have taken its time.
  const EmitEvent* event() const;
  Request request() const;
  void Emitted();
  // The answer to the request: the object as it is now (Null for a delete), or why not.
  std::optional<Touched> OnAnswer(const Result<json::Value>& answer);
  void GiveUp(Error error) { Fail(std::move(error)); }

 private:
  enum class At {
    kGuard,    // is it still so?
    kRead,     // the source of a write of the plan: what completes it
    kStep,     // a write of the plan
    kLook,     // whose is the object that has the name?
    kCompare,  // what would the API server make of the wanted child?
    kMend,     // putting back labels of ours, or our owner reference
    kTell,     // an event
    kOver,
  };

  void Enter();
  void EnterWrite();
  void Advance();
  const Action& action() const { return completed_ ? *completed_ : plan_.steps[next_].action; }
  void Fail(Error error, bool foreign = false);
  const Create& create() const { return std::get<Create>(action()); }
  Touched Note(const api::Resource& resource, const json::Value& object);

  std::optional<Touched> OnGuard(const Result<json::Value>& answer);
  void OnRead(const Result<json::Value>& answer);
  void Complete();
  std::optional<Touched> OnStep(const Result<json::Value>& answer);
  std::optional<Touched> OnLook(const Result<json::Value>& answer);
  std::optional<Touched> OnFound(const json::Value& found);
  void Adopt(const json::Value& found);
  std::optional<Touched> OnCompared(const Result<json::Value>& answer);
  std::optional<Touched> OnMended(const Result<json::Value>& answer);

  const Plan& plan_;
  const Actor actor_;
  std::map<std::string, KnownChild>* const known_;
  size_t next_ = 0;
  At at_ = At::kOver;
  std::optional<json::Value> read_;  // the last source; most plans have one for all steps
  std::optional<Action> completed_;  // of the step at hand, when it has a source
  std::optional<Failure> failure_;
  std::string lost_uid_;  // of the object to mend
  json::Array lost_;      // what puts its labels or its owner back
  json::Value probe_;     // the wanted child under another name
  json::Value found_;     // what it is compared with
  EmitEvent told_;
};

}  // namespace muster::core
