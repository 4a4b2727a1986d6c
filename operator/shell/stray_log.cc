#include "operator/shell/stray_log.h"

#include <utility>

namespace muster::shell {

std::optional<LogFields> StrayLog::Note(std::string_view kind, const api::Key& object, const std::string& group,
                                        Instant now) {
  constexpr Duration kAtMostEvery = std::chrono::seconds(10);
  const std::lock_guard lock(mutex_);
  if (logged_ && now < *logged_ + kAtMostEvery) {
    ++unnamed_;
    return std::nullopt;
  }
  logged_ = now;
  return LogFields{{"object", std::string(kind) + " " + object.Text()},
                   {"podGroup", group},
                   {"othersSinceTheLastLine", std::to_string(std::exchange(unnamed_, 0))}};
}

}  // namespace muster::shell
