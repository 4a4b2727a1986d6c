// I7: a group that is up is given another revision only while no other group of its Workload is on its way between two.
#include <map>
#include <set>

#include "lib/api/pod_group.h"
#include "lib/base/check.h"
#include "lib/base/strings.h"
#include "tests/support/sim/law.h"

namespace muster::sim {
namespace {

bool IsUp(const api::PodGroup& group) {
  return api::IsTrue(group.status.conditions, api::condition::kAdmitted) &&
         api::IsTrue(group.status.conditions, api::condition::kReady) && group.status.revision == group.spec.revision;
}

class OneGroupAtATimeLaw : public Law {
 public:
  using Law::Law;

  void OnChange(const Change& change) override {
    if (change.resource != api::kPodGroups) return;
    if (change.after == nullptr) return Forget(*change.before);
    const auto after = api::DecodePodGroup(*change.after);
    CHECK(after.has_value());
    std::set<std::string>& taken = taken_[OwnerUidOf(*change.after)];
    // Suspended, it is down for another reason.
    if (IsUp(*after) || IsFinished(*after) || after->spec.run == api::Run::kHold) taken.erase(after->meta.name);
    if (change.before == nullptr) return;
    const auto before = api::DecodePodGroup(*change.before);
    CHECK(before.has_value());
    if (before->spec.revision == after->spec.revision || !IsUp(*before)) return;
    taken.insert(after->meta.name);
    if (taken.size() == 1) return;
    p_.broken("a new spec has taken down at the same time: " + Join({taken.begin(), taken.end()}, ", "));
  }

 private:
  void Forget(const json::Value& group) { taken_[OwnerUidOf(group)].erase(KeyOf(group).name); }

  std::map<std::string, std::set<std::string>> taken_;  // by the Workload's uid: were up, and are not yet again
};

}  // namespace

std::unique_ptr<Law> OneGroupAtATime(const Law::Parts& parts) { return std::make_unique<OneGroupAtATimeLaw>(parts); }

}  // namespace muster::sim
