// Why pods were refused or not scheduled, read from the words of the API server or kube-scheduler: whether waiting can
// help, and what does. Layer: plugin core. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::plugin {

struct StopCause {
  std::string_view words;   // what was said
  std::string ns;           // the group's namespace
  std::string edit;         // the command that changes the Workload
  int64_t members_max = 0;  // members of the largest role
};

// Sentences: "Waiting cannot help: ..."; "" when nothing is known that room alone would not cure.
std::string CureOf(const StopCause& cause);

}  // namespace muster::plugin
