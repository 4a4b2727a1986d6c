// The status of one PodGroup: conditions, the word for the table, counts, explanation; and when a change of it is worth
// a write. Layer: operator/core. Pure. The conditions Admitted, Succeeded and Failed are the record others act upon;
// all else is told, and may wait: a start of ten pods is one write, not ten.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/pod_group.h"
#include "operator/core/group.h"
#include "operator/core/members.h"
#include "operator/core/plan.h"

namespace muster::core {

// An explanation with one blocker that concerns the whole group (or one role).
api::Explanation Single(std::string_view code, std::string message, std::string role = {});

// Since when it asks to run: recorded with its first wait. A group that was told not to run asks anew when it is
// resumed.
Instant AskedSince(const api::PodGroup& group, Instant now);

class GroupStatusWriter {
 public:
  // `group` and `members` must outlive this.
  GroupStatusWriter(const api::PodGroup& group, const std::vector<RoleMembers>& members, Instant now);

  // Exactly one of these says where the group stands.
  void Succeed();
  void Fail(std::string_view reason, const std::string& message);
  void StopAdmission(const std::string& reason, const std::string& message, const std::string& pod,
                     const Policy& policy);
  void StartAttempt();
  // Adds to `plan` when to look again, if time alone changes what is said.
  void Progress(const std::map<std::string, PodsRefused>& pods_refused, Plan& plan);
  void Stopping(const std::string& stuck);
  void Stall(std::string_view reason, std::string_view code, const std::string& role, const std::string& message);
  void Held();
  void Wait(api::Explanation explanation);
  void BackOff();
  // After one of these: a write that the group needs is refused, which stands in the way of all else.
  void WriteRefused(const std::string& message);
  void Unchanged() {}

  // Names what applies to a group that waits or starts and was not considered.
  void AddNotConsidered(const std::vector<std::string>& texts);
  // Adds the write when the change is worth one now, else a wake-up for when it is.
  void Write(const std::optional<Instant>& last_write, const Policy& policy, Plan& plan);
  // Adds the event for a change of state.
  void Announce(Plan& plan) const;

 private:
  void Set(std::string_view type, api::Truth truth, std::string_view reason, const std::string& message);
  void NotAdmitted(api::GroupState state, std::string_view reason, const std::string& message);
  void Count();
  bool IsWeighty() const;
  bool ExplainRefusal(const std::map<std::string, PodsRefused>& pods_refused);
  void ExplainUnplaced(Plan& plan);

  const api::PodGroup& group_;
  const std::vector<RoleMembers>& members_;
  const Instant now_;
  api::PodGroupStatus next_;
};

}  // namespace muster::core
