#include "lib/runtime/shared_write_gate.h"

namespace muster::runtime {

const SharedWriteGate::ViewFunction* SharedWriteGate::StoreOf(const api::Resource& resource) const {
  for (const auto& [followed, view] : stores_) {
    if (followed == resource) return &view;
  }
  return nullptr;
}

// The view is taken under the gate's lock: a change that the store makes after it is announced after we wait for it.
void SharedWriteGate::Wrote(const api::Key& waiter, const engine::WriteGate::Written& write) {
  const ViewFunction* view = StoreOf(write.resource);
  if (view == nullptr) return;
  const std::lock_guard lock(mutex_);
  gate_.Wrote(waiter, write, (*view)(write.object), clock_.Now());
}

void SharedWriteGate::Deleted(const api::Key& waiter, const engine::WriteGate::Written& object) {
  const ViewFunction* view = StoreOf(object.resource);
  if (view == nullptr) return;
  const std::lock_guard lock(mutex_);
  gate_.Deleted(waiter, object, (*view)(object.object), clock_.Now());
}

bool SharedWriteGate::MayAct(const api::Key& waiter) {
  const std::lock_guard lock(mutex_);
  return gate_.MayAct(waiter, clock_.Now());
}

Duration SharedWriteGate::Remaining(const api::Key& waiter) const {
  const std::lock_guard lock(mutex_);
  return gate_.Remaining(waiter, clock_.Now());
}

void SharedWriteGate::Forget(const api::Key& waiter) {
  const std::lock_guard lock(mutex_);
  gate_.Forget(waiter);
}

void SharedWriteGate::OnObject(const api::Resource& resource, const api::Key& key,
                               const std::function<engine::WriteGate::View()>& view) {
  std::vector<api::Key> freed;
  {
    const std::lock_guard lock(mutex_);
    if (!gate_.WaitsFor(resource, key)) return;
    freed = gate_.OnObject(resource, key, view());
  }
  for (const api::Key& waiter : freed) on_free_(waiter);
}

void SharedWriteGate::OnProgress(const api::Resource& resource, const std::string& seen) {
  std::vector<api::Key> freed;
  {
    const std::lock_guard lock(mutex_);
    freed = gate_.OnProgress(resource, seen);
  }
  for (const api::Key& waiter : freed) on_free_(waiter);
}

}  // namespace muster::runtime
