// operator/shell without threads and sockets: observes through caches that lag, reconciles, tells the planner, carries
// out plans step by step with time between the steps, remembers, is gated by its own writes. Test support. Destroyed in
// the middle of a plan, it has forgotten everything, as a killed process has.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/engine/work_queue.h"
#include "lib/engine/write_gate.h"
#include "operator/core/group.h"
#include "operator/core/workload.h"
#include "tests/support/sim/caches.h"
#include "tests/support/sim/planner.h"

namespace muster::sim {

// What may go wrong, in percent of writes or of watch events.
struct Faults {
  int64_t refused_writes = 0;    // 500, nothing written
  int64_t lost_answers = 0;      // written, but the answer is a time-out
  int64_t repeated_writes = 0;   // the transport sends it twice; the second answer counts
  int64_t conflicts = 0;         // 409, nothing written
  int64_t throttled_writes = 0;  // 429, nothing written
  int64_t late_events = 0;       // a watch falls behind by up to late_by
  Duration late_by = std::chrono::seconds(3);
  int64_t repeated_events = 0;  // a watch tells a change twice
  int64_t broken_watches = 0;   // a watch breaks off: what changes until it is listed anew, up to late_by, is not told
  int64_t failed_reads = 0;     // a list anew, or a look at one object, is answered 500

  bool Any() const {
    return refused_writes + lost_answers + repeated_writes + conflicts + throttled_writes + late_events +
               repeated_events + broken_watches + failed_reads >
           0;
  }
};

// How often each of them was met, by its name.
using FaultCounts = std::map<std::string, int64_t>;

// What becomes of a write on its way.
enum class Fate {
  kArrives,
  kIsLate,  // the sender is cut off in that moment; the write arrives when it has long been given up
};

class OperatorLoop : public std::enable_shared_from_this<OperatorLoop> {
 public:
  struct Parts {
    ApiServer& api;
    Events& events;
    Faults faults;
    // After each write that reached the API, with what it was. False: the process dies here.
    std::function<bool(const std::string& what)> on_write;
    std::function<void(const std::string& line)> trace;
    FaultCounts* met = nullptr;  // gets what went wrong
    // Of several operators: whether this one leads. Without: it always does.
    std::function<bool()> may_write = {};
    std::function<Fate(const std::string& what)> on_send = {};
    std::function<void(std::function<void()> request)> send_late = {};
  };

  explicit OperatorLoop(Parts parts) : p_(std::move(parts)) {}

  // Fills the caches; leads at once unless there are several.
  void Start();
  // As told by the election: from here on it acts, anew; or no longer, and forgets what it knew by acting.
  void Lead();
  void Follow();
  // Nothing goes out or comes in for so long.
  void CutOff(Duration time);
  bool is_cut_off() const { return cut_off_; }
  void OnChange(const Change& change);  // the API's, before it is known to have been seen
  bool dead() const { return dead_; }
  // From now on all goes well; what has gone wrong stays so until this gets over it.
  void StopFaults() { p_.faults = {}; }

 private:
  enum class Kind { kWorkload, kGroup };
  struct Memory {
    std::string uid;
    std::map<std::string, core::Refusal> refusals;
    core::RefusedWrites refused_writes;
    std::map<std::string, int> tries;
    std::map<std::string, std::string> refused_revisions;
    std::map<int64_t, std::string> foreign_groups;
    std::map<int64_t, Instant> foreign_until;
    std::optional<Instant> last_write;
  };
  struct Failure {
    Error error;
    const core::Step* step = nullptr;
    bool foreign = false;
  };
  // One plan being carried out.
  struct Work {
    Kind kind = Kind::kGroup;
    api::Key key;
    std::string uid;
    core::ObservedGroup group;
    core::ObservedWorkload workload;
    core::Plan plan;
    size_t next = 0;
    int64_t term = 0;  // in which it began
  };
  struct Loop {
    engine::WorkQueue<api::Key> queue;
    engine::WriteGate gate{engine::WriteGate::Options{}};
    std::map<api::Key, Memory> memory;
    bool awake = false;
  };

  // True so often, and counted.
  bool Strikes(const std::string& fault, int64_t percent);
  // Runs unless this is dead by then.
  void Later(Duration delay, std::function<void()> what);
  Loop& Of(Kind kind) { return kind == Kind::kGroup ? groups_ : workloads_; }
  void Add(Kind kind, const api::Key& key, Duration delay = Duration(0));
  void Wake(Kind kind);
  void TakeAll(Kind kind);
  void Requeue(Kind kind, const api::Key& key, std::optional<Duration> after);

  void BreakWatch(const api::Resource& resource);
  void ListAnew(const api::Resource& resource);
  void ListAll(const api::Resource& resource);
  void Deliver(const Change& change);
  void Route(const Change& change);
  void RouteOwner(const json::Value& object, const api::Key& key, std::string_view kind, Kind to);
  void OpenGates(const Change& change);

  void Reconcile(Kind kind, const api::Key& key);
  void ReconcileGroup(const api::Key& key);
  void ReconcileWorkload(const api::Key& key);
  core::ObservedGroup Observe(std::shared_ptr<const api::PodGroup> group, const Memory& memory) const;
  core::ObservedWorkload Observe(std::shared_ptr<const api::Workload> workload, const Memory& memory) const;
  Memory MemoryOf(Kind kind, const api::Key& key, const std::string& uid);

  void CarryOn(const std::shared_ptr<Work>& work);
  Status Check(const core::Guard& guard, const Work& work);
  Status Do(const core::Step& step, const Work& work, bool& foreign);
  Status Create(const core::Create& create, const Work& work, bool& foreign);
  // Sends one write, as often and with what answer the faults say.
  Result<json::Value> Send(const std::string& what, const std::function<Result<json::Value>()>& request);
  void Note(const api::Resource& resource, const json::Value& object, const Work& work);
  void Settle(const std::shared_ptr<Work>& work, const std::optional<Failure>& failure);
  bool Remember(const Work& work, const Failure& failure, Memory& memory) const;

  void PlanSoon();

  Parts p_;
  bool dead_ = false;
  bool cut_off_ = false;
  bool leading_ = false;
  int64_t term_ = 0;
  Caches caches_;
  std::unique_ptr<Planner> planner_;
  Loop groups_;
  Loop workloads_;
  std::map<std::string, std::deque<Change>> watches_;  // by plural: not yet seen
  std::map<std::string, Instant> watch_busy_until_;
  std::map<std::string, uint64_t> watch_number_;  // of the one that runs; what an earlier one still had to tell is lost
  std::set<std::string> broken_;                  // plurals of broken watches
  std::map<std::string, std::map<api::Key, Document>> seen_;  // by plural
  bool planning_ = false;
};

}  // namespace muster::sim
