// What a reconcile decides: an ordered list of actions, an optional wake-up, and the reason of each. Layer:
// operator/core. A plan is a value; the shell carries it out in order and stops at the first failure. Every action can
// be repeated safely, because the transport may repeat it: creates have deterministic names, patches test the uid,
// status carries the resourceVersion.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/json/value.h"

namespace muster::core {

// kLook, of a create: nothing is made; if the object is there and ours, the labels that our caches know it by are put
// back.
enum class Mode { kReal, kDryRun, kLook };

// The object that a create or patch is completed from just before it is sent: no cache keeps the bodies of roles.
struct Source {
  api::Resource resource;
  api::Key key;
  std::string uid;
  // From the object as read: the whole object of a create, the list of operations of a patch. kConflict when it is not
  // what was planned with.
  std::function<Result<json::Value>(const json::Value& object)> complete;
};

struct Create {
  api::Resource resource;
  json::Value object;
  std::string role;  // for children: whose refusal to remember
  Mode mode = Mode::kReal;
  std::optional<Source> source = std::nullopt;  // set: `object` has its metadata alone until it is completed
};

struct Patch {
  api::Resource resource;
  api::Key key;
  std::string uid;         // tested first: another object of that name is never changed
  json::Array operations;  // RFC 6902
  std::string role;        // for changes of a child to another revision: whose refusal to remember
  Mode mode = Mode::kReal;
  // Of what it was decided on; tested too. A release that arrives late, after another leader's hold, finds another.
  std::optional<int64_t> generation = std::nullopt;
  // Of a child: the attempt written into its annotation, and the one found there, which is tested. A hold of what is
  // held changes no generation; this is what a late release fails on then.
  std::optional<int64_t> attempt = std::nullopt;
  std::optional<int64_t> attempt_before = std::nullopt;
  std::optional<Source> source = std::nullopt;  // set: there are no `operations` until it is completed
};
// What is sent: the operations behind these tests. Whoever sends them tests the uid.
json::Array Tested(const Patch& patch);

// Of what was seen: one that arrives late finds another version, and takes nothing that is in use again.
struct Delete {
  api::Resource resource;
  api::Key key;
  std::string uid;
  std::string resource_version;
};
Delete DeleteOf(const api::Resource& resource, const api::ObjectMeta& meta);

// Replaces /status when the object is still at resource_version.
struct WriteStatus {
  api::Resource resource;
  api::Key key;
  std::string uid;
  std::string resource_version;
  json::Value status;
};

enum class EventType { kNormal, kWarning };

// An Event about the object that is reconciled; best effort, never a reason to fail.
struct EmitEvent {
  EventType type = EventType::kNormal;
  std::string reason;  // CamelCase, one of a small set
  std::string action;
  std::string note;
};

using Action = std::variant<Create, Patch, Delete, WriteStatus, EmitEvent>;

struct Step {
  Action action;
  std::string why;  // for the log and for tests
};

// The plan is right only while this object is at that version. A status write says so itself; a plan that begins with
// something else has it looked up: a cache whose watch has silently died may be minutes behind.
struct Guard {
  api::Resource resource;
  api::Key key;
  std::string uid;
  std::string resource_version;
};

struct Plan {
  std::vector<Step> steps;
  std::optional<Guard> guard;
  std::optional<Instant> wake_up;  // reconcile again at this time, whatever happens
  // Steps of a later visit, as Describe says them: refused and not due again (refused_writes.h), or too many for one.
  std::vector<std::string> left_out;

  void Add(Action action, std::string why) { steps.push_back({std::move(action), std::move(why)}); }
  void WakeAt(Instant at) {
    if (!wake_up || at < *wake_up) wake_up = at;
  }
  bool HasWrites() const;  // anything but events and looks
};

// One line per step, for logs and tests: "create Job ml/train-0-launcher (held until admitted)".
std::string Describe(const Step& step);
std::string Describe(const Plan& plan);

// Limits and times that a reconcile needs; the defaults are the product's.
struct Policy {
  Duration backoff_base = std::chrono::seconds(10);  // after a schedule timeout, doubling
  Duration backoff_max = std::chrono::minutes(10);
  Duration reservation_timeout = std::chrono::minutes(5);    // at most so long room is reserved that no pod uses
  Duration status_interval = std::chrono::seconds(1);        // between two status writes of one Workload
  Duration progress_interval = std::chrono::seconds(3);      // between two writes of one object's mere progress
  Duration explanation_interval = std::chrono::seconds(15);  // between two explanation-only writes of one group
  int64_t revision_history_limit = 10;
};

}  // namespace muster::core
