#include "lib/engine/write_gate.h"

#include <algorithm>
#include <iterator>

#include "lib/base/log.h"
#include "lib/engine/resource_version.h"

namespace muster::engine {

std::string WriteGate::Id(const api::Resource& resource) {
  return std::string(resource.group) + "/" + std::string(resource.plural);
}

bool WriteGate::IsSeen(const Pending& pending, const View& view) {
  if (!pending.resource_version.empty()) {
    const bool by_store = HasReached(view.seen, pending.resource_version);
    const bool by_object = view.present && HasReached(view.resource_version, pending.resource_version);
    // Our own create may not have come yet: then an absent object says nothing about our delete either.
    if (!by_store && !by_object) return false;
  }
  if (pending.deleted_uid.empty()) return true;
  return !view.present || view.uid != pending.deleted_uid || view.deleting;
}

WriteGate::Pending& WriteGate::At(const api::Key& waiter, const Written& object, Instant now) {
  const Place place{Id(object.resource), object.object};
  Pending& pending = pending_[place];
  pending.waiters[waiter] = now + options_.timeout;
  waits_for_[waiter].insert(place);
  return pending;
}

void WriteGate::Wrote(const api::Key& waiter, const Written& write, const View& view, Instant now) {
  Pending& pending = At(waiter, write, now);
  if (!HasReached(pending.resource_version, write.resource_version)) pending.resource_version = write.resource_version;
  std::vector<api::Key> freed;  // the caller is at work: nothing to queue
  const auto at = pending_.find({Id(write.resource), write.object});
  if (IsSeen(pending, view)) Settle(at, freed);
}

void WriteGate::Deleted(const api::Key& waiter, const Written& object, const View& view, Instant now) {
  Pending& pending = At(waiter, object, now);
  pending.deleted_uid = object.uid;
  std::vector<api::Key> freed;
  const auto at = pending_.find({Id(object.resource), object.object});
  if (IsSeen(pending, view)) Settle(at, freed);
}

void WriteGate::Settle(std::map<Place, Pending>::iterator at, std::vector<api::Key>& freed) {
  for (const auto& [waiter, deadline] : at->second.waiters) {
    const auto places = waits_for_.find(waiter);
    if (places == waits_for_.end()) continue;
    places->second.erase(at->first);
    if (!places->second.empty()) continue;
    waits_for_.erase(places);
    freed.push_back(waiter);
  }
  pending_.erase(at);
}

bool WriteGate::WaitsFor(const api::Resource& resource, const api::Key& object) const {
  return !pending_.empty() && pending_.contains({Id(resource), object});
}

std::vector<api::Key> WriteGate::OnObject(const api::Resource& resource, const api::Key& object, const View& view) {
  std::vector<api::Key> freed;
  const auto at = pending_.find({Id(resource), object});
  if (at != pending_.end() && IsSeen(at->second, view)) Settle(at, freed);
  return freed;
}

std::vector<api::Key> WriteGate::OnProgress(const api::Resource& resource, const std::string& seen) {
  std::vector<api::Key> freed;
  const std::string id = Id(resource);
  for (auto at = pending_.lower_bound({id, {}}); at != pending_.end() && at->first.resource == id;) {
    const auto next = std::next(at);
    // A pending delete is answered by the object's own change, not by a version.
    if (at->second.deleted_uid.empty() && HasReached(seen, at->second.resource_version)) Settle(at, freed);
    at = next;
  }
  return freed;
}

bool WriteGate::MayAct(const api::Key& waiter, Instant now) {
  const auto places = waits_for_.find(waiter);
  if (places == waits_for_.end()) return true;
  if (Remaining(waiter, now) > Duration(0)) return false;
  for (const Place& place : places->second) {
    LogWarning("Cache did not show our own write in time, going on",
               {{"key", waiter.Text()}, {"resource", place.resource}, {"object", place.object.Text()}});
  }
  Forget(waiter);
  return true;
}

Duration WriteGate::Remaining(const api::Key& waiter, Instant now) const {
  const auto places = waits_for_.find(waiter);
  Duration remaining(0);
  if (places == waits_for_.end()) return remaining;
  for (const Place& place : places->second) {
    remaining = std::max(remaining, pending_.at(place).waiters.at(waiter) - now);
  }
  return remaining;
}

void WriteGate::Forget(const api::Key& waiter) {
  const auto places = waits_for_.find(waiter);
  if (places == waits_for_.end()) return;
  for (const Place& place : places->second) {
    const auto at = pending_.find(place);
    at->second.waiters.erase(waiter);
    if (at->second.waiters.empty()) pending_.erase(at);
  }
  waits_for_.erase(places);
}

}  // namespace muster::engine
