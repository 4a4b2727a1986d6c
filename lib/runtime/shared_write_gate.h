// SharedWriteGate: engine::WriteGate under a lock, fed by informers. Layer: runtime. Thread-safe.
//
//   SharedWriteGate gate(RealClock(), {}, [&](const api::Key& key) { groups.Add(key); });   // called when key is free
//   gate.Follow(jobs);                                           // before jobs.Start()
//   gate.Wrote(key, {api::kJobs, {"ns", "train-0-w"}, uid, version});     // after the answer, with its resourceVersion
//   if (!gate.MayAct(key)) return Outcome::RequeueAfter(gate.Remaining(key));
//
// One gate per controller: its keys are that controller's. What is written to a resource that no informer follows is
// not waited for.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lib/engine/write_gate.h"
#include "lib/runtime/clock.h"
#include "lib/runtime/informer.h"

namespace muster::runtime {

class SharedWriteGate {
 public:
  using OnFree = std::function<void(const api::Key& key)>;

  SharedWriteGate(const Clock& clock, engine::WriteGate::Options options, OnFree on_free)
      : clock_(clock), on_free_(std::move(on_free)), gate_(options) {}

  // Before the informer starts; it must outlive every use of the gate, and the gate the informer's thread.
  template <class T>
  void Follow(Informer<T>& informer) {
    const api::Resource resource = informer.resource();
    stores_.emplace_back(resource, [&informer](const api::Key& key) { return informer.ViewOf(key); });
    using Pointer = typename Informer<T>::Pointer;
    informer.AddHandler([this, &informer, resource](const Pointer& old_value, const Pointer& new_value) {
      const api::Key key = (new_value ? new_value : old_value)->meta.key();
      OnObject(resource, key, [&] { return informer.ViewOf(key); });
    });
    informer.AddProgressHandler([this, resource](const std::string& seen) { OnProgress(resource, seen); });
  }

  void Wrote(const api::Key& waiter, const engine::WriteGate::Written& write);
  void Deleted(const api::Key& waiter, const engine::WriteGate::Written& object);
  bool MayAct(const api::Key& waiter);
  Duration Remaining(const api::Key& waiter) const;
  void Forget(const api::Key& waiter);

 private:
  using ViewFunction = std::function<engine::WriteGate::View(const api::Key&)>;

  void OnObject(const api::Resource& resource, const api::Key& key,
                const std::function<engine::WriteGate::View()>& view);
  void OnProgress(const api::Resource& resource, const std::string& seen);
  const ViewFunction* StoreOf(const api::Resource& resource) const;

  const Clock& clock_;
  const OnFree on_free_;
  std::vector<std::pair<api::Resource, ViewFunction>> stores_;  // fixed before threads start
  mutable std::mutex mutex_;  // gate_; taken before a store's lock, never the other way
  engine::WriteGate gate_;
};

}  // namespace muster::runtime
