#include "tests/support/sim/law.h"

#include <utility>

namespace muster::sim {

Laws::Laws(ApiServer& api, Events& events, Duration patience) : events_(events) {
  const Law::Parts parts{.api = api, .events = events, .patience = patience, .broken = [this](const std::string& what) {
                           constexpr size_t kEnough = 20;
                           if (broken_.size() == kEnough) return;
                           broken_.push_back(FormatMicroTime(events_.now()).substr(11, 12) + " " + what);
                         }};
  for (const auto& law : {WholeOrNothing, OneGroupAtATime, BoundedAttempts, NothingLeftBehind, NoFieldOfOthers}) {
    laws_.push_back(law(parts));
  }
  api.Watch([this](const Change& change) {
    for (const auto& law : laws_) law->OnChange(change);
  });
  events_.After(std::chrono::seconds(1), [this] { EverySecond(); });
}

void Laws::EverySecond() {
  for (const auto& law : laws_) law->OnSecond();
  events_.After(std::chrono::seconds(1), [this] { EverySecond(); });
}

}  // namespace muster::sim
