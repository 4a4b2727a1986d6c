// The status of one Workload, summed up from its groups. Layer: operator/core. Pure. It is written at most once a
// second, mere progress more rarely (Policy): the groups carry the record, this is for people and for kstatus.
#pragma once

#include <string>

#include "operator/core/workload.h"

namespace muster::core {

class WorkloadStatusWriter {
 public:
  // `observed` and `refused` (a write that the API server refuses; may be null) must outlive this.
  WorkloadStatusWriter(const ObservedWorkload& observed, std::string wanted_revision, const RefusedWrite* refused,
                       Instant now);
  void Write(const Policy& policy, Plan& plan);

 private:
  void Sum();
  void Judge();
  void SetState();
  void Set(std::string_view type, api::Truth truth, std::string_view reason, const std::string& message);
  bool Settled() const;
  bool IsMereProgress() const;
  std::string WhyNotReady() const;

  const ObservedWorkload& o_;
  const api::Workload& workload_;
  const std::string wanted_;
  const RefusedWrite* const refused_;  // null: none
  const Instant now_;
  api::WorkloadStatus next_;
  std::string stalled_reason_;
  std::string stalled_message_;
};

}  // namespace muster::core
