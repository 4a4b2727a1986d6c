// GangWatch: when which gang began to run and when all of it ran, from a watch of the pods that run. Thread-safe.
// It asks for running pods alone (a field selector), so it gets one event for each and costs next to nothing. Times are
// those at which the event arrived here.
//
//   GangWatch watch(transport, GangLabel(As::kWorkload), 10);
//   watch.Start();
//   const std::optional<Instant> all = watch.WaitFull(names, std::chrono::seconds(300));
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/runtime/informer.h"
#include "tests/bench/gangs.h"

namespace muster::bench {

// Which label of a pod names its gang.
std::string_view GangLabel(As as);

struct RunningPod {
  api::ObjectMeta meta;
};

class GangWatch {
 public:
  // size: how many running pods make a gang full. The transport must outlive this.
  GangWatch(wire::Transport& transport, std::string_view label, int size);

  // The watch runs once this returns; kTimeout when it does not come about.
  Status Start();

  // The time (of RealClock().Now()) at which the last of them became full; nullopt when not all are by then.
  std::optional<Instant> WaitFull(const std::vector<std::string>& gangs, Duration longest) const;
  // False when pods of it still run by then.
  bool WaitGone(const std::string& gang, Duration longest) const;

  // Of these gangs: how many are full now.
  int CountFull(const std::vector<std::string>& gangs) const;
  // Seconds from the first to the last pod of a gang, the median of the full ones.
  double MedianSpread(const std::vector<std::string>& gangs) const;
  // The time at which half of them had become full; the epoch when fewer are.
  Instant HalfFull(const std::vector<std::string>& gangs) const;

 private:
  struct Gang {
    int running = 0;
    Instant first{};
    Instant full{};
  };

  void Changed(const RunningPod* before, const RunningPod* after);
  std::optional<Instant> AllFullSince(const std::vector<std::string>& gangs) const;

  const std::string label_;
  const int size_;
  mutable std::mutex mutex_;  // gangs_
  std::map<std::string, Gang> gangs_;
  runtime::Informer<RunningPod> pods_;  // last: its thread uses the above
};

}  // namespace muster::bench
