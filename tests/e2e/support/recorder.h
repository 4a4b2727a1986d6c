// What a test watches of its namespace from its beginning to its end: pods, groups and nodes. Thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/client/connection.h"
#include "lib/client/transport.h"
#include "tests/e2e/support/tape.h"

namespace muster::e2e {

class Recorder {
 public:
  // transport must outlive this.
  Recorder(wire::Transport& transport, const std::string& ns);
  // False when it could not begin to watch.
  bool Start() { return pods.Start() && groups.Start() && nodes.Start(); }
  void Stop();

  std::optional<api::PodGroup> Group(const std::string& name) const { return groups.Find({ns_, name}); }
  std::string StateOf(const std::string& group) const;  // "Waiting", or "" when there is none (yet)
  std::string StateProblem(const std::string& group, const std::string& wanted) const;  // for Eventually
  // Pods of the group that are there and have not finished.
  std::vector<api::Pod> MembersOf(const std::string& group) const;
  int64_t RunningOf(const std::string& group) const;
  // All pods ever seen of a group, by uid.
  int64_t PodsEverOf(const std::string& group) const;
  // The uids of all pods that there ever were, by group.
  std::map<std::string, std::set<std::string>> PodsEver() const;
  // First time at which the group's condition was True; nullopt: never.
  std::optional<Instant> FirstTrue(const std::string& group, std::string_view condition) const;

  Tape<api::Pod> pods;
  Tape<api::PodGroup> groups;
  Tape<api::Node> nodes;

 private:
  const std::string ns_;
};

}  // namespace muster::e2e
