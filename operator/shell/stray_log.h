// Logs objects that carry the label of a PodGroup that does not exist in their namespace: nobody's, or an attempt to be
// taken for another namespace's. Where the group exists, an event of the group names them instead (core/strangers.h).
// Layer: operator/shell. Thread-safe. Logs one line in ten seconds at most, whatever others create.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lib/api/meta.h"
#include "lib/base/log.h"
#include "lib/base/time.h"

namespace muster::shell {

class StrayLog {
 public:
  // The fields to log; nullopt when a line was logged a moment ago: then the object is only counted.
  std::optional<LogFields> Note(std::string_view kind, const api::Key& object, const std::string& group, Instant now);

 private:
  std::mutex mutex_;
  std::optional<Instant> logged_;
  int64_t unnamed_ = 0;  // since then
};

}  // namespace muster::shell
