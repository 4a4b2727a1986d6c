// Executor: drives core::Execution: sends the requests of a plan through the API client and its events to the sink.
// Layer: operator/shell. Thread-safe; blocks. What it wrote is told to the caller's write gate, so that the next
// reconcile of the same key waits for the cache. Before every request it asks whether we still lead.
#pragma once

#include <functional>
#include <utility>

#include "lib/client/api.h"
#include "lib/runtime/controller.h"
#include "lib/runtime/shared_write_gate.h"
#include "operator/core/execution.h"
#include "operator/core/visit.h"
#include "operator/shell/body_cache.h"
#include "operator/shell/event_sink.h"

namespace muster::shell {

// In the words of the controllers.
runtime::Outcome OutcomeOf(const core::Next& next);

class Executor {
 public:
  Executor(client::Api& api, EventSink& events, std::function<bool()> may_write)
      : api_(api), events_(events), may_write_(std::move(may_write)) {}

  // Until it is over. Its actor waits at the gate for what is written.
  void Execute(core::Execution& execution, runtime::SharedWriteGate& gate);

 private:
  static constexpr size_t kBodyBytesMax = 4UL << 20U;

  Result<json::Value> Send(const core::Request& request);

  Result<json::Value> Read(const core::Request& request);

  client::Api& api_;
  EventSink& events_;
  const std::function<bool()> may_write_;
  BodyCache bodies_{kBodyBytesMax};
};

}  // namespace muster::shell
