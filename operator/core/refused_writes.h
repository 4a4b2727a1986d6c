// Writes that the API server refuses the operator: rights, quota, policies, webhooks, a name that is taken. Layer:
// operator/core. A value; not thread-safe. Such a write is left out of the plans until it is due again, so that what
// stands behind it is done, and it is told in the status: whoever has to permit it would otherwise never hear of it.
#pragma once

#include <map>
#include <string>

#include "lib/base/error.h"
#include "operator/core/plan.h"

namespace muster::core {

struct RefusedWrite {
  std::string message;  // for a person: "StatefulSet ml/train-0-w cannot be changed: forbidden: ..."
  Instant retry_at{};   // after 5 s, doubling, at least every minute
  int tries = 0;
};

// How long to wait before what was refused so many times in a row is tried again: 5 s, doubling, at most a minute.
Duration RetryOfRefused(int tries);

class RefusedWrites {
 public:
  // Whether this failure of the step is one: kForbidden, kInvalid, or a name that somebody else's object has (foreign).
  // A status is never left out, and a dry run is no write.
  static bool IsRefusal(const Step& step, const Error& error, bool foreign);

  void Refuse(const Step& step, const std::string& why, Instant now);
  void Done(const Step& step);
  // Forgets what the plan neither holds nor leaves out: it is not wanted any more.
  void Retain(const Plan& plan);

  const RefusedWrite* Find(const Step& step) const;
  const RefusedWrite* First() const { return writes_.empty() ? nullptr : &writes_.begin()->second; }

 private:
  std::map<std::string, RefusedWrite> writes_;  // by what is written, as Describe tells it
};

enum class LeaveOut { kEach, kAllOrNone };

// Takes the refused steps out that are not due (kAllOrNone: if any is, all steps) and sets the wake-up for them. The
// first refusal that stands, due or not; null: none. It points into `refused`.
const RefusedWrite* LeaveOutRefused(const RefusedWrites& refused, Instant now, LeaveOut how, Plan& plan);

}  // namespace muster::core
