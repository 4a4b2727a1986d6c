// One run of the plugin against a MemoryCluster, with a fixed clock and a terminal of any size. Test support.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kubectl-plugin/cmd/app.h"
#include "tests/scenario/plugin/support/memory_cluster.h"

namespace muster::testing {

struct PluginRun {
  int exit = -1;
  std::string out;
  std::string err;
};

// While something is watched: what happens to the cluster, and what must be printed then before it goes on.
struct Step {
  std::function<void()> act;
  std::string until;
};

struct PluginSetting {
  Instant now{};
  plugin::Terminal terminal;                 // not a terminal unless said
  std::vector<plugin::Event> events;         // what a live picture is told, then an interrupt
  std::vector<Step> steps;                   // before the events; one that takes over ten seconds ends it
  std::map<std::string, std::string> files;  // for -f
};

// `arguments` without the program's name. The transport of the run passes on to `cluster`.
PluginRun RunPlugin(wire::Transport& cluster, const std::vector<std::string>& arguments, const PluginSetting& setting);
// Words separated by spaces; '...' keeps spaces.
std::vector<std::string> SplitCommand(std::string_view command);

}  // namespace muster::testing
