#include "operator/shell/executor.h"

#include <utility>

#include "lib/base/log.h"

namespace muster::shell {
namespace {

wire::WriteOptions OptionsOf(const core::Request& request) {
  return {.dry_run = request.mode == core::Mode::kDryRun ? wire::DryRun::kAll : wire::DryRun::kNo,
          .subresource = request.subresource,
          // Of what was patched nothing else is looked at, and a Workload may be large.
          .answer = request.verb == core::Request::Verb::kPatch ? wire::Answer::kMetadata : wire::Answer::kObject};
}

Result<json::Value> ObjectOf(Result<client::Written> written) {
  if (!written.has_value()) return std::move(written).error();
  return std::move(written->object);
}

void Tell(runtime::SharedWriteGate& gate, const api::Key& waiter, const core::Touched& touched) {
  const engine::WriteGate::Written written{.resource = touched.resource,
                                           .object = touched.object,
                                           .uid = touched.uid,
                                           .resource_version = touched.resource_version};
  touched.deleted ? gate.Deleted(waiter, written) : gate.Wrote(waiter, written);
}

}  // namespace

runtime::Outcome OutcomeOf(const core::Next& next) {
  switch (next.kind) {
    case core::Next::Kind::kNever:
      return runtime::Outcome::Done();
    case core::Next::Kind::kAfter:
      return runtime::Outcome::RequeueAfter(next.after);
    case core::Next::Kind::kFailed:
      return {.kind = runtime::Outcome::Kind::kFailed, .after = next.after, .error = next.error};
  }
  return runtime::Outcome::Done();
}

void Executor::Execute(core::Execution& execution, runtime::SharedWriteGate& gate) {
  const core::Actor& actor = execution.actor();
  while (!execution.Over()) {
    if (!may_write_()) return execution.GiveUp(MakeError(Code::kCancelled, "no longer the leader"));
    if (const core::EmitEvent* event = execution.event()) {
      events_.Add({.resource = actor.resource, .object = actor.key, .uid = actor.uid, .event = *event});
      execution.Emitted();
      continue;
    }
    const core::Step* step = execution.step();
    if (const auto touched = execution.OnAnswer(Send(execution.request()))) Tell(gate, actor.key, *touched);
    if (execution.step() != step) LogDebug("Done", {{"object", actor.key.Text()}, {"step", core::Describe(*step)}});
  }
}

// Only what was asked for by its uid may be an older answer: anything else is read to see what is so now.
Result<json::Value> Executor::Read(const core::Request& request) {
  const bool kept = request.resource == api::kControllerRevisions && !request.uid.empty();
  if (kept) {
    if (auto known = bodies_.Get(request.uid)) return std::move(*known);
  }
  auto object = api_.Get(request.resource, request.key);
  if (kept && object.has_value()) bodies_.Put(*object);
  return object;
}

Result<json::Value> Executor::Send(const core::Request& request) {
  switch (request.verb) {
    case core::Request::Verb::kGet:
      return Read(request);
    case core::Request::Verb::kCreate: {
      auto made = ObjectOf(api_.Create(request.resource, request.key.ns, *request.object, OptionsOf(request)));
      if (made.has_value() && request.resource == api::kControllerRevisions) bodies_.Put(*made);
      return made;
    }
    case core::Request::Verb::kPatch:
      return ObjectOf(
          api_.JsonPatch(request.resource, request.key, request.uid, request.operations, OptionsOf(request)));
    case core::Request::Verb::kDelete:
      break;
  }
  const Status done =
      api_.Delete(request.resource, request.key, {.uid = request.uid, .resource_version = request.resource_version});
  if (!done.has_value()) return done.error();
  return json::Value();
}

}  // namespace muster::shell
