// OperatorLoop: how it starts, and what its watches tell it.
#include <algorithm>
#include <type_traits>
#include <utility>

#include "operator/core/routes.h"
#include "tests/support/sim/operator_loop.h"

namespace muster::sim {

void OperatorLoop::Start() {
  caches_.Fill(p_.api);
  for (const api::Resource& resource : Caches::Watched()) {
    for (const Document& document : p_.api.List(resource))
      seen_[std::string(resource.plural)][KeyOf(*document)] = document;
  }
  caches_.nodes.ForEach([&](const auto& node) { book_.ReplaceNode(nullptr, node.get()); });
  caches_.pods.ForEach([&](const auto& pod) { book_.ReplacePod(nullptr, pod.get()); });
  if (!p_.may_write) Lead();
}

void OperatorLoop::Lead() {
  leading_ = true;
  ++term_;
  std::vector<api::Key> known;
  caches_.groups.ForEach([&](const auto& group) { known.push_back(group->meta.key()); });
  book_.Start(known);
  PlanSoon();
  for (const api::Key& key : known) Add(Kind::kGroup, key);
  caches_.workloads.ForEach([&](const auto& workload) { Add(Kind::kWorkload, workload->meta.key()); });
}

void OperatorLoop::Follow() {
  leading_ = false;
  ++term_;
  book_.Clear();
  for (Loop* loop : {&groups_, &workloads_}) {
    loop->queue = engine::WorkQueue<api::Key>();
    loop->watched.reset();
  }
  group_memories_.clear();
  workload_memories_.clear();
}

void OperatorLoop::CutOff(Duration time) {
  cut_off_ = true;
  for (const api::Resource& resource : Caches::Watched()) {
    const std::string plural(resource.plural);
    broken_.insert(plural);
    ++watch_number_[plural];
    watches_[plural].clear();
  }
  Later(time, [this] {
    cut_off_ = false;
    for (const api::Resource& resource : Caches::Watched()) ListAll(resource);
  });
}

void OperatorLoop::OnChange(const Change& change) {
  const std::string plural(change.resource.plural);
  if (broken_.contains(plural)) return;
  if (Strikes("broken watch", p_.faults.broken_watches)) return BreakWatch(change.resource);
  watches_[plural].push_back(change);
  Duration late = p_.events.Within(0, 4);
  if (Strikes("late event", p_.faults.late_events)) late = p_.events.Within(10, p_.faults.late_by.count());
  Instant& busy_until = watch_busy_until_[plural];
  busy_until = std::max(busy_until, p_.events.now() + late);
  Later(busy_until - p_.events.now(), [this, plural, number = watch_number_[plural]] {
    if (watch_number_[plural] != number) return;
    const Change next = watches_[plural].front();
    watches_[plural].pop_front();
    Deliver(next);
    if (Strikes("repeated event", p_.faults.repeated_events)) Deliver(next);
  });
}

void OperatorLoop::BreakWatch(const api::Resource& resource) {
  const std::string plural(resource.plural);
  broken_.insert(plural);
  ++watch_number_[plural];
  watches_[plural].clear();
  Later(p_.events.Within(10, p_.faults.late_by.count()), [this, resource] { ListAnew(resource); });
}

void OperatorLoop::ListAnew(const api::Resource& resource) {
  if (cut_off_) return;  // all is listed when that is over
  if (!Strikes("failed read", p_.faults.failed_reads)) return ListAll(resource);
  Later(p_.events.Within(10, p_.faults.late_by.count()), [this, resource] { ListAll(resource); });
}

// What has changed meanwhile comes as one change of each object; of what came and went nothing is ever heard.
void OperatorLoop::ListAll(const api::Resource& resource) {
  if (cut_off_) return;
  const std::string plural(resource.plural);
  broken_.erase(plural);
  std::map<api::Key, Document> gone = seen_[plural];
  std::vector<Change> changes;
  for (const Document& after : p_.api.List(resource)) {
    const api::Key key = KeyOf(*after);
    const auto known = gone.find(key);
    const Document before = known == gone.end() ? nullptr : known->second;
    if (known != gone.end()) gone.erase(known);
    if (before != after) changes.push_back({resource, key, before, after, p_.api.version()});
  }
  for (const auto& [key, before] : gone) changes.push_back({resource, key, before, nullptr, p_.api.version()});
  for (const Change& change : changes) Deliver(change);
}

void OperatorLoop::Deliver(const Change& change) {
  auto& seen = seen_[std::string(change.resource.plural)];
  if (change.after == nullptr) seen.erase(change.key);
  if (change.after != nullptr) seen[change.key] = change.after;
  caches_.Apply(change, [this](const auto& before, const auto& after) { OnSeen(before, after); });
  OpenGates(change);
}

// As operator/shell's wiring.
template <class T>
void OperatorLoop::OnSeen(const std::shared_ptr<const T>& before, const std::shared_ptr<const T>& after) {
  if constexpr (std::is_same_v<T, api::Node>) {
    if (book_.ReplaceNode(before.get(), after.get())) PlanSoon();
  } else {
    if constexpr (std::is_same_v<T, api::Pod>) {
      if (book_.ReplacePod(before.get(), after.get())) PlanSoon();
    }
    core::Route(caches_, before, after, Waker{*this});
  }
}

void OperatorLoop::OpenGates(const Change& change) {
  const engine::WriteGate::View view = caches_.ViewOf(change.resource, change.key);
  for (const Kind kind : {Kind::kGroup, Kind::kWorkload}) {
    for (const api::Key& key : Of(kind).gate.OnObject(change.resource, change.key, view)) Add(kind, key);
    for (const api::Key& key : Of(kind).gate.OnProgress(change.resource, view.seen)) Add(kind, key);
  }
}

}  // namespace muster::sim
