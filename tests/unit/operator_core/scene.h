// One group of one Workload as a reconcile sees it, built in a line each. Test support.
//
//   Scene scene(sim::MakeWorkload("train").Job("w", 2).Build());
//   scene.Child("w", Hold::kHeld).Verdict(Verdict::Kind::kAdmit);
//   EXPECT_EQ(scene.Plan(), "status PodGroup ml/train-0 (Starting)\n" ...);
#pragma once

#include <functional>
#include <map>
#include <string>

#include "lib/api/pod_group.h"
#include "operator/core/group.h"
#include "operator/core/render.h"
#include "tests/support/sim/builders.h"

namespace muster::core {

// The Workload was made at second 0; not at a whole second, to show what a written time loses.
inline Instant At(int64_t seconds) {
  return Instant(std::chrono::sys_days(std::chrono::year(2026) / 11 / 1)) + std::chrono::seconds(seconds) +
         Duration(437);
}

// A Job of two pods and a StatefulSet of two.
inline json::Value Mixed() { return sim::MakeWorkload("mix").Job("j", 2).StatefulSet("s", 2).Build(); }
api::Workload Decoded(json::Value workload, const std::string& uid = "uid-w");
std::shared_ptr<const Revision> RevisionOf(const json::Value& workload, int64_t number = 1);

struct PodIs {
  std::string node = "n1";  // "" when not scheduled
  bool ready = true;
  api::PodPhase phase = api::PodPhase::kRunning;
  std::optional<Instant> deleted;
  std::string problem;
  Instant created = At(0);
  bool gated = false;
};

class Scene {
 public:
  explicit Scene(const json::Value& workload);

  // Adds the child of a role as rendered from the scene's revision, its controller caught up.
  Scene& Child(const std::string& role, Hold hold, const std::function<void(json::Value& object)>& edit = {});
  Scene& DropChild(const std::string& role);
  Scene& Pods(const std::string& role, int64_t count, const PodIs& is = {});
  Scene& DropPods();
  Scene& Verdict(Verdict::Kind kind);
  Scene& Wait(const std::string& code, const std::string& summary);
  Scene& Refuse(const std::string& role, const std::string& message, Instant retry_at);
  // The Workload's roles change, and the group is given the new revision.
  Scene& Change(const json::Value& workload);

  api::PodGroup& group() { return group_; }
  ObservedGroup& observed() { return observed_; }
  const Revision& revision() const { return *observed_.revision; }

  GroupStep Reconcile(Instant now = At(1), const Policy& policy = {});
  // The plan as text.
  std::string Plan(Instant now = At(1), const Policy& policy = {});
  // Reconciles, and takes the status it would write as if it had been written and read again.
  GroupStep Write(Instant now = At(1), const Policy& policy = {});

  // "Running Admitted=True(Admitted) ...": state and conditions in the order of their names.
  std::string Status() const;

 private:
  std::optional<api::OwnerRef> ControllerOf(const std::string& role) const;

  api::PodGroup group_;
  ObservedGroup observed_;
  int64_t pods_ = 0;
};

// The group is admitted, its children released, its members bound and ready, as of At(1).
Scene RunningScene(const json::Value& workload);

}  // namespace muster::core
