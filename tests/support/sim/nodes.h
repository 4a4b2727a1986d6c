// Nodes, the kubelets on them, and a scheduler that spreads and knows nothing of our plan. Test support.
// Pods do what annotations of their template say: sim/finish-after-seconds, sim/outcome (Succeeded or Failed),
// sim/never-ready.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "tests/support/sim/api_server.h"

namespace muster::sim {

class Nodes {
 public:
  Nodes(ApiServer& api, Events& events);

  void Add(const std::string& name, int64_t cpus, int64_t pods = 110);
  // Its kubelet is gone: pods stay what they were, and those that are deleted stay Terminating.
  void Lose(const std::string& name);
  void Return(const std::string& name);
  // A pod of somebody else, already bound when a node is named.
  void AddForeignPod(const std::string& name, int64_t cpus, const std::string& node = {});

 private:
  void OnPod(const Change& change);
  void WakeScheduler();
  void ScheduleOne();
  bool TryToBind(const json::Value& pod);
  std::map<std::string, api::Resources> Free(std::vector<api::Node>& nodes) const;
  void Start(const api::Key& key, const std::string& uid);
  void Finish(const api::Key& key, const std::string& uid, bool fails);
  void Stop(const api::Key& key, const std::string& uid, const std::string& node);
  // Edits the pod of that uid, when there still is one on a node that is not lost.
  void EditPod(const api::Key& key, const std::string& uid, const std::function<void(json::Value&)>& edit);

  ApiServer& api_;
  Events& events_;
  std::set<std::string> lost_;
  std::set<std::string> failed_once_;  // uids of owners of which a pod has failed because of its annotation
  bool awake_ = false;
};

}  // namespace muster::sim
