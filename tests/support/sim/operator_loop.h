// What operator/shell does around the core with threads and sockets, done in one thread in simulated time: caches that
// lag, queues, gates, and the driving of visits (operator/core/visit.h), step by step with time between the steps. What
// is observed, decided, sent, remembered and woken is the core's, the same that ships. Test support. Destroyed in the
// middle of a plan, it has forgotten everything, as a killed process has.
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
#include "operator/core/admission_book.h"
#include "operator/core/visit.h"
#include "tests/support/sim/caches.h"

namespace muster::sim {

// What may go wrong, in percent of writes or of watch events.
struct Faults {
  int64_t refused_writes = 0;    // 500, nothing written
  int64_t lost_answers = 0;      // written, but the answer is a time-out
  int64_t repeated_writes = 0;   // the transport sends it twice; the second answer counts
  int64_t conflicts = 0;         // 409, nothing written
  int64_t throttled_writes = 0;  // 429, nothing written; repeated some times, as client::Api does
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
  // One visit whose plan is being carried out.
  struct Work {
    Kind kind = Kind::kGroup;
    api::Key key;
    int64_t term = 0;  // in which it began
    std::unique_ptr<core::GroupVisit> group;
    std::unique_ptr<core::WorkloadVisit> workload;
    const core::Step* traced = nullptr;
    int repeated = 0;  // the request in hand, so often

    core::Execution& execution() { return group != nullptr ? group->execution() : workload->execution(); }
  };
  struct Loop {
    engine::WorkQueue<api::Key> queue;
    engine::WriteGate gate{engine::WriteGate::Options{}};
    bool awake = false;
    std::optional<Instant> watched;  // the first delayed key is due then
  };
  // Into the queues; see operator/core/routes.h.
  struct Waker {
    OperatorLoop& loop;
    void Workload(const api::Key& key) const { loop.Add(Kind::kWorkload, key); }
    void Group(const api::Key& key) const { loop.Add(Kind::kGroup, key); }
    void GroupAfter(const api::Key& key, Duration delay) const { loop.Add(Kind::kGroup, key, delay); }
  };

  // True so often, and counted.
  bool Strikes(const std::string& fault, int64_t percent);
  // Runs unless this is dead by then.
  void Later(Duration delay, std::function<void()> what);
  Loop& Of(Kind kind) { return kind == Kind::kGroup ? groups_ : workloads_; }
  void Add(Kind kind, const api::Key& key, Duration delay = Duration(0));
  void Wake(Kind kind);
  void Watch(Kind kind);
  void TakeAll(Kind kind);
  // What runtime::Controller does when a reconcile is over.
  void Finish(Kind kind, const api::Key& key, const core::Next& next);

  void BreakWatch(const api::Resource& resource);
  void ListAnew(const api::Resource& resource);
  void ListAll(const api::Resource& resource);
  void Deliver(const Change& change);
  template <class T>
  void OnSeen(const std::shared_ptr<const T>& before, const std::shared_ptr<const T>& after);
  void OpenGates(const Change& change);

  // False: not now; what is to be done instead has been.
  template <class T, class Memory>
  bool MayVisit(Kind kind, const api::Key& key, const std::shared_ptr<const T>& object,
                std::map<api::Key, Memory>& memories);
  void ReconcileGroup(const api::Key& key);
  void ReconcileWorkload(const api::Key& key);
  core::Policy PolicyOf(Kind kind) const;

  void CarryOn(const std::shared_ptr<Work>& work);
  void Trace(Work& work);
  // Whether the client sends it again by itself, and after how long.
  static std::optional<Duration> IsRepeated(const core::Request& request, const Result<json::Value>& answer,
                                            Work& work);
  // Sends one request, as often and with what answer the faults say.
  Result<json::Value> Send(const core::Request& request);
  Result<json::Value> Write(const std::string& what, const std::function<Result<json::Value>()>& request);
  void Note(const Work& work, const core::Touched& touched);
  void Settle(Work& work);

  void PlanSoon();
  void Plan();

  Parts p_;
  bool dead_ = false;
  bool cut_off_ = false;
  bool leading_ = false;
  int64_t term_ = 0;
  Caches caches_;
  core::AdmissionBook book_{{}};
  Loop groups_;
  Loop workloads_;
  std::map<api::Key, core::GroupMemory> group_memories_;
  std::map<api::Key, core::WorkloadMemory> workload_memories_;
  std::map<std::string, std::deque<Change>> watches_;  // by plural: not yet seen
  std::map<std::string, Instant> watch_busy_until_;
  std::map<std::string, uint64_t> watch_number_;  // of the one that runs; what an earlier one still had to tell is lost
  std::set<std::string> broken_;                  // plurals of broken watches
  std::map<std::string, std::map<api::Key, Document>> seen_;  // by plural
  bool planning_ = false;
  int64_t plans_ = 0;
};

}  // namespace muster::sim
