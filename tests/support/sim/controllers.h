// The built-in controllers of Job, Deployment, ReplicaSet and StatefulSet, and the garbage collector, reduced to what
// was seen on a real control plane: they act late, they go on for a moment with what they saw before, pods still come
// up after a hold was answered, and what they have acted upon shows in observedGeneration (or, for a Job, in its
// condition Suspended). Test support.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Controllers {
 public:
  Controllers(ApiServer& api, Events& events);

  // Why a pod may not be created (Pod Security, quota); "" when it may.
  std::function<std::string(const json::Value& pod)> refuse_pod;

 private:
  struct Id {
    api::Resource resource;
    api::Key key;
    bool operator<(const Id& other) const {
      return std::tie(resource.plural, key) < std::tie(other.resource.plural, other.key);
    }
  };
  struct State {
    bool queued = false;
    bool busy = false;
    bool again = false;
  };
  // What one sync does: it takes a while, and nothing is looked at anew meanwhile.
  struct Work {
    std::vector<json::Value> create;
    std::vector<api::Key> remove;
    std::function<void(json::Value& object)> finish;
    std::optional<Duration> again;
  };
  // What the Job controller knows of a Job's pods.
  struct JobBook {
    std::set<std::string> counted;  // pod uids
    std::set<std::string> removed_by_us;
    int64_t lost = 0;  // removed by others before they were counted
    bool failing = false;
    Instant not_before{};
  };

  void OnChange(const Change& change);
  void OnPod(const Change& change);
  void Add(const Id& id);
  void Sync(const Id& id);
  void CarryOut(const Id& id, const std::string& uid, Work work);
  void CreatePod(const Id& id, json::Value pod);
  void TellFailure(const Id& id, const std::string& uid, const std::string& why);

  Work SyncJob(const json::Value& job);
  static int64_t CountPods(const std::vector<Document>& pods, std::string_view phase, JobBook& book);
  Work SyncReplicaSet(const json::Value& set);
  Work SyncStatefulSet(const json::Value& set);
  Work SyncDeployment(const json::Value& deployment);
  json::Value PodOf(const api::Resource& resource, const json::Value& owner, const std::string& name) const;
  std::string NewName(const json::Value& owner);
  void KeepClaims(const json::Value& set);
  void Collect(const Change& change);

  ApiServer& api_;
  Events& events_;
  std::map<Id, State> states_;
  std::map<std::string, JobBook> jobs_;          // by uid
  std::map<std::string, std::string> failures_;  // by uid: why a pod could not be created
  std::set<std::string> alive_;                  // uids
  int64_t pod_names_ = 0;
};

}  // namespace muster::sim
