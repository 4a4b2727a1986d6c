// What a reconcile might see, at random and with no sense in it: any state of any object beside any other. Pure; the
// same seed gives the same. For the laws of observed_test.cc.
#pragma once

#include <cstdint>
#include <random>

#include "operator/core/group.h"
#include "operator/core/workload.h"

namespace muster::sim {

class RandomObserved {
 public:
  explicit RandomObserved(uint64_t seed) : random_(seed) {}

  core::ObservedGroup Group();
  core::ObservedWorkload Workload();
  Instant now() const { return now_; }

 private:
  int64_t Pick(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(int64_t n) { return Pick(1, n) == 1; }
  template <class T>
  T OneOf(std::initializer_list<T> values) {
    return values.begin()[Pick(0, static_cast<int64_t>(values.size()) - 1)];
  }
  Instant Time() { return now_ + std::chrono::seconds(Pick(-900, 100)); }
  std::optional<Instant> MaybeTime(int64_t n) { return OneIn(n) ? std::optional(Time()) : std::nullopt; }

  json::Value Number();
  json::Value Role(int64_t index);
  api::Workload RandomWorkload();
  std::shared_ptr<const core::Revision> RevisionOf(const api::Workload& workload, int64_t number);
  api::Conditions Conditions(std::initializer_list<std::string_view> types);
  api::PodGroupStatus GroupStatus(const std::vector<std::string>& revisions);
  std::shared_ptr<const api::PodGroup> RandomGroup(const api::Workload& owner, int64_t index,
                                                   const std::vector<std::string>& revisions);
  std::shared_ptr<const api::Child> RandomChild(const api::PodGroup& group, const core::Revision& revision, int64_t n);
  std::shared_ptr<const api::Pod> RandomPod(const api::PodGroup& group, int64_t n);
  core::ChildList Children(const api::PodGroup& group, const core::Revision& revision);
  std::string RoleName() { return "r" + std::to_string(Pick(0, 3)); }  // of which the last is never there

  std::mt19937_64 random_;
  const Instant now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 1)};
};

}  // namespace muster::sim
