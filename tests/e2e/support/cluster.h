// The control plane of one test program: started when first asked for, torn down when the program ends, however it
// ends (up.sh's watchdog sees to that when we are killed). Muster's CRDs, namespace, rights and admission policies are
// installed in it. With MUSTER_KUBECONFIG that cluster is used, if it is one for tests: with no nodes, and kwok to play
// some.
//
//   Cluster& cluster = Cluster::Get();
//   cluster.AddNodes({.prefix = "n", .count = 2, .capacity = "cpu=4"});
//   cluster.Kubectl({"get", "nodes"});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/client/api.h"
#include "lib/client/connection.h"
#include "lib/client/transport.h"
#include "tests/e2e/support/process.h"

namespace muster::e2e {

inline constexpr api::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr api::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr api::Resource kClaims{"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"};

struct NodeShape {
  std::string prefix;  // names are <prefix>-0, <prefix>-1, ...
  int count = 1;
  std::string capacity = "cpu=4";        // "cpu=4,memory=8Gi", over tests/cluster/nodes.sh's default
  std::vector<std::string> labels = {};  // "k=v"
  std::vector<std::string> taints = {};  // "k=v:NoSchedule"
};

class Cluster {
 public:
  static Cluster& Get();
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Why it is not there; "" when it is.
  const std::string& broken() const { return broken_; }
  // Why tests cannot run on the given cluster; "" when they can.
  const std::string& unusable() const { return unusable_; }
  // Whether its components may be stopped and its audit log read.
  bool is_ours() const { return is_ours_; }

  const std::string& run_dir() const { return run_dir_; }
  const std::string& kubeconfig() const { return kubeconfig_; }  // an admin's
  client::Api& admin() { return *api_; }
  wire::Transport& transport() { return *transport_; }
  // What programs that belong to this cluster are started with.
  Environment ProgramEnvironment() const;

  CommandResult Kubectl(std::vector<std::string> arguments, const std::string& input = {});
  void AddNodes(const NodeShape& shape);
  void RemoveNodes(const std::string& prefix);
  // tests/cluster/component.sh <verb> <name>.
  void Component(const std::string& verb, const std::string& name);
  // Starts the API server after it was stopped or killed, and anew who watches it: a watch that is opened while an API
  // server starts may say nothing until it ends, after five to ten minutes. A garbage collector with such a watch
  // removes nothing meanwhile, a scheduler places nothing, and what is tested is Muster.
  void StartApiServer();

  // A kubeconfig with a fresh token of muster-system/muster-operator and nobody else's rights; named after `who`.
  // `server`: where it finds the API server ("https://127.0.0.1:1234"), when not where we do.
  std::string OperatorKubeconfig(const std::string& who, const std::string& server = {});

  void KeepLogs() { keep_logs_ = true; }

 private:
  Cluster();
  void Start();
  void Connect();
  std::string WhyUnusable();
  void Install();
  std::string Script(const std::string& name) const;
  // Fails the running test unless the command succeeds.
  void Must(const std::vector<std::string>& argv, Duration deadline);

  std::string run_dir_;
  std::string own_kubeconfig_;  // as JSON
  std::string kubeconfig_;
  std::string broken_;
  std::string unusable_;
  bool is_ours_ = true;
  bool keep_logs_ = false;
  std::unique_ptr<client::HttpTransport> transport_;
  std::unique_ptr<client::Api> api_;
};

// build/bin/<name>, as CMake put it; or $MUSTER_PROGRAMS/<name>: the same programs with a sanitizer.
std::string ProgramPath(const std::string& name);
// build/cluster-bin/<name>, as tests/cluster/build.sh put it.
std::string ClusterProgram(const std::string& name);

}  // namespace muster::e2e
