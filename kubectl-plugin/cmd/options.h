// What was asked for on the command line. Layer: plugin cmd. A plain value, made by flags.cc; verbs read it.
#pragma once

#include <string>
#include <vector>

#include "kubectl-plugin/core/target.h"
#include "lib/client/kubeconfig.h"

namespace muster::plugin {

struct Options {
  std::string verb;
  std::vector<std::string> names;         // NAME or KIND/NAME; of "KIND NAME ..." each is KIND/NAME
  TargetKind kind = TargetKind::kUnsaid;  // the KIND of "KIND NAME ..." or of KIND alone
  client::ConfigOverrides config;         // --kubeconfig, --context, -n, --request-timeout, ...
  bool all_namespaces = false;            // -A
  std::string selector;                   // -l
  std::string output;                     // -o
  bool watch = false;                     // -w
  bool no_headers = false;
  bool all = false;                 // status: fold nothing; suspend, resume: every workload of the namespace
  std::string color = "auto";       // auto, always, never
  std::string dry_run = "none";     // none, client, server
  std::vector<std::string> files;   // -f
  bool recursive = false;           // -R
  bool notes = false;               // lint, plan: each field that Muster fills in or overrides
  bool live = false;                // explain: on the cluster as it is now
  std::string wait_for = "ready";   // wait --for
  std::string timeout;              // wait --timeout
  std::optional<int64_t> replicas;  // scale --replicas
  bool client = false;              // version: of this plugin alone, without a server
};

}  // namespace muster::plugin
