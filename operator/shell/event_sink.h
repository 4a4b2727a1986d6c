// EventSink: sends Events (events.k8s.io/v1) from a thread of its own, best effort. Layer: operator/shell. Thread-safe.
// Bounded: one object causes few in a time (event_budget.h), and when the queue is full the oldest of the namespace
// that has most is dropped; namespaces take turns. An Event is never a reason to wait or to fail. The status says the
// same, and stays.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "lib/base/turns.h"
#include "lib/client/api.h"
#include "lib/runtime/clock.h"
#include "operator/core/plan.h"
#include "operator/shell/event_budget.h"

namespace muster::shell {

struct EventAbout {
  api::Resource resource;
  api::Key object;
  std::string uid;
  core::EmitEvent event;
};

class EventSink {
 public:
  // reporter: who says it, e.g. the pod's name. api and clock must outlive this.
  EventSink(client::Api& api, const runtime::Clock& clock, std::string reporter);
  ~EventSink() { Stop(); }
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;

  void Add(EventAbout about);
  // Sends what is queued for at most a moment, then joins.
  void Stop();

 private:
  struct Queued {
    EventAbout about;
    Instant at;
  };
  void Run(const std::stop_token& stop);
  void Send(const Queued& queued);
  json::Value Encode(const Queued& queued) const;

  client::Api& api_;
  const runtime::Clock& clock_;
  const std::string reporter_;
  std::mutex mutex_;  // queue_, budget_
  std::condition_variable_any changed_;
  Turns<Queued> queue_;  // a lane for each namespace
  EventBudget budget_;
  std::jthread thread_;
};

}  // namespace muster::shell
