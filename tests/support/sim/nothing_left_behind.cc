// I9: what has an owner goes when the owner has gone, pods on lost nodes apart.
#include <map>
#include <set>

#include "lib/api/node.h"
#include "lib/base/check.h"
#include "tests/support/sim/law.h"

namespace muster::sim {
namespace {

// What the garbage collector takes from one generation to the next, and a pod's grace period.
constexpr Duration kCollected = std::chrono::seconds(8);
constexpr api::Resource kOwned[] = {api::kPodGroups,   api::kControllerRevisions, api::kJobs, api::kDeployments,
                                    api::kReplicaSets, api::kStatefulSets,        api::kPods};

class NothingLeftBehindLaw : public Law {
 public:
  using Law::Law;

  void OnChange(const Change& change) override {
    if (change.after != nullptr) {
      alive_.insert(UidOf(*change.after));
    } else {
      alive_.erase(UidOf(*change.before));
      orphans_.erase(UidOf(*change.before));
    }
  }

  void OnSecond() override {
    for (const api::Resource& resource : kOwned) {
      for (const Document& object : p_.api.List(resource)) {
        const std::string owner = OwnerUidOf(*object);
        if (owner.empty() || alive_.contains(owner) || IsLost(*object)) continue;
        const Instant since = orphans_.try_emplace(UidOf(*object), p_.events.now()).first->second;
        if (p_.events.now() - since < kCollected + p_.patience) continue;
        p_.broken(std::string(resource.kind) + " " + KeyOf(*object).name + ": left behind by its owner");
      }
    }
  }

 private:
  bool IsLost(const json::Value& object) const {
    const Document node = p_.api.Find(api::kNodes, {{}, object["spec"]["nodeName"].Text()});
    return node != nullptr && !api::DecodeNode(*node)->ready;
  }

  std::set<std::string> alive_;             // uids
  std::map<std::string, Instant> orphans_;  // by uid: since when
};

}  // namespace

std::unique_ptr<Law> NothingLeftBehind(const Law::Parts& parts) {
  return std::make_unique<NothingLeftBehindLaw>(parts);
}

}  // namespace muster::sim
