#include "tests/support/sim/operator_loop.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "operator/core/observe.h"
#include "operator/core/pace.h"

namespace muster::sim {
namespace {

std::string NameOf(const core::Request& request) {
  const std::string_view verb = request.verb == core::Request::Verb::kCreate   ? "create"
                                : request.verb == core::Request::Verb::kDelete ? "delete"
                                : request.subresource == "status"              ? "status"
                                                                               : "patch";
  return std::string(verb) + " " + std::string(request.resource.plural) + " " + request.key.Text();
}

// As client::Api would have it done. Keeps nothing of whoever asks: it may arrive when he is gone.
std::function<Result<json::Value>()> RequestTo(ApiServer& api, const core::Request& request) {
  const Try mode = request.mode == core::Mode::kDryRun ? Try::kDry : Try::kReal;
  if (request.verb == core::Request::Verb::kCreate) {
    return [&api, resource = request.resource, object = *request.object, mode] {
      return api.Create(resource, object, mode);
    };
  }
  if (request.verb == core::Request::Verb::kDelete) {
    return [&api, request]() -> Result<json::Value> {
      const Status done = api.Delete(request.resource, request.key, request.uid, request.resource_version);
      if (!done.has_value()) return done.error();
      return json::Value();
    };
  }
  json::Array operations = {json::Object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", request.uid}}};
  operations.insert(operations.end(), request.operations.begin(), request.operations.end());
  return [&api, resource = request.resource, key = request.key, subresource = request.subresource, operations, mode] {
    return api.Patch(resource, key, operations, subresource, mode);
  };
}

}  // namespace

void OperatorLoop::Later(Duration delay, std::function<void()> what) {
  p_.events.After(delay, [weak = weak_from_this(), what = std::move(what)] {
    const auto self = weak.lock();
    if (self != nullptr && !self->dead_) what();
  });
}

bool OperatorLoop::Strikes(const std::string& fault, int64_t percent) {
  if (!p_.events.Chance(percent)) return false;
  if (p_.met != nullptr) ++(*p_.met)[fault];
  return true;
}

// ---- Queues

void OperatorLoop::Add(Kind kind, const api::Key& key, Duration delay) {
  if (!leading_) return;
  Of(kind).queue.AddAfter(key, delay, p_.events.now());
  delay <= Duration(0) ? Wake(kind) : Watch(kind);
}

void OperatorLoop::Watch(Kind kind) {
  const std::optional<Instant> due = Of(kind).queue.FirstDelayed();
  if (!due || std::exchange(Of(kind).watched, due) == due) return;
  Later(*due - p_.events.now(), [this, kind] { Wake(kind); });
}

void OperatorLoop::Wake(Kind kind) {
  if (std::exchange(Of(kind).awake, true)) return;
  Later(p_.events.Within(0, 2), [this, kind] {
    Of(kind).awake = false;
    TakeAll(kind);
  });
}

void OperatorLoop::TakeAll(Kind kind) {
  if (!leading_) return;
  while (const auto key = Of(kind).queue.Take(p_.events.now())) {
    kind == Kind::kGroup ? ReconcileGroup(*key) : ReconcileWorkload(*key);
  }
  Watch(kind);
}

void OperatorLoop::Finish(Kind kind, const api::Key& key, const core::Next& next) {
  const Instant now = p_.events.now();
  engine::WorkQueue<api::Key>& queue = Of(kind).queue;
  if (next.kind == core::Next::Kind::kFailed) {
    queue.AddRateLimited(key, now, next.error.retry_after.value_or(Duration(0)));
    if (next.after > Duration(0)) queue.AddAfter(key, next.after, now);
  } else {
    queue.Forget(key);
    if (next.kind == core::Next::Kind::kAfter) queue.AddAfter(key, next.after, now);
  }
  queue.Done(key, now);
  Wake(kind);
}

// ---- Planning

void OperatorLoop::PlanSoon() {
  if (!leading_ || std::exchange(planning_, true)) return;
  Later(p_.events.Within(2, 20), [this] {
    planning_ = false;
    Plan();
  });
}

void OperatorLoop::Plan() {
  if (!leading_) return;
  const Instant now = p_.events.now();
  for (const api::Key& group : book_.Plan(now, now)) Add(Kind::kGroup, group);
  const int64_t number = ++plans_;
  const auto next = book_.NextTelling(now);
  if (!next) return;
  Later(*next, [this, number] {
    if (number == plans_) Plan();
  });
}

// ---- Reconciling

// The policy, at the pace of so many changing objects.
core::Policy OperatorLoop::PolicyOf(Kind kind) const {
  int64_t changing = 0;
  const auto count = [&](const auto& object) { changing += core::IsChanging(*object) ? 1 : 0; };
  kind == Kind::kGroup ? caches_.groups.ForEach(count) : caches_.workloads.ForEach(count);
  const Duration shortest = kind == Kind::kGroup ? core::kShortestOfGroup : core::kShortestOfWorkload;
  return {.progress_interval = core::ProgressInterval(changing, shortest)};
}

template <class T, class Memory>
bool OperatorLoop::MayVisit(Kind kind, const api::Key& key, const std::shared_ptr<const T>& object,
                            std::map<api::Key, Memory>& memories) {
  const Instant now = p_.events.now();
  if (object == nullptr || object->meta.deleted) {
    memories.erase(key);
    Of(kind).gate.Forget(key);
    Finish(kind, key, {});
    return false;
  }
  if (!Of(kind).gate.MayAct(key, now)) {
    Finish(kind, key, {.kind = core::Next::Kind::kAfter, .after = Of(kind).gate.Remaining(key, now)});
    return false;
  }
  Memory& memory = memories[key];
  if (memory.uid != object->meta.uid) memory = {.uid = object->meta.uid};
  const Duration pause = core::PauseOf(memory, now);
  if (pause > Duration(0)) Finish(kind, key, {.kind = core::Next::Kind::kAfter, .after = pause});
  return pause <= Duration(0);
}

void OperatorLoop::ReconcileGroup(const api::Key& key) {
  const auto group = caches_.groups.Get(key);
  if (group == nullptr || group->meta.deleted) {
    book_.Remove(key);
    PlanSoon();
  }
  if (!MayVisit(Kind::kGroup, key, group, group_memories_)) return;
  core::ObservedGroup observed = core::ObserveGroup(caches_, group);
  observed.verdict = book_.VerdictOf(key, group->meta.uid);
  const auto work = std::make_shared<Work>(Work{.kind = Kind::kGroup, .key = key, .term = term_});
  work->group = std::make_unique<core::GroupVisit>(std::move(observed), group_memories_[key], p_.events.now(),
                                                   PolicyOf(Kind::kGroup));
  if (book_.Publish(key, group->meta.uid, work->group->stance())) PlanSoon();
  CarryOn(work);
}

void OperatorLoop::ReconcileWorkload(const api::Key& key) {
  const auto workload = caches_.workloads.Get(key);
  if (!MayVisit(Kind::kWorkload, key, workload, workload_memories_)) return;
  const auto work = std::make_shared<Work>(Work{.kind = Kind::kWorkload, .key = key, .term = term_});
  work->workload = std::make_unique<core::WorkloadVisit>(
      core::ObserveWorkload(caches_, workload), workload_memories_[key], p_.events.now(), PolicyOf(Kind::kWorkload));
  CarryOn(work);
}

// ---- Executing

void OperatorLoop::CarryOn(const std::shared_ptr<Work>& work) {
  if (work->term != term_) return;  // given up with the lease
  core::Execution& execution = work->execution();
  if (execution.Over()) return Settle(*work);
  if (p_.may_write && !p_.may_write()) {
    execution.GiveUp(MakeError(Code::kCancelled, "no longer the leader"));
    return Settle(*work);
  }
  if (p_.trace) Trace(*work);
  if (execution.event() != nullptr) {
    execution.Emitted();
  } else {
    const core::Request request = execution.request();
    const Result<json::Value> answer = Send(request);
    if (dead_) return;
    if (const auto after = IsRepeated(request, answer, *work)) return Later(*after, [this, work] { CarryOn(work); });
    work->repeated = 0;
    if (const auto touched = execution.OnAnswer(answer)) Note(*work, *touched);
  }
  Later(p_.events.Within(1, 3), [this, work] { CarryOn(work); });
}

// Each step once, when it begins; and what is told beyond the plan.
void OperatorLoop::Trace(Work& work) {
  const core::Execution& execution = work.execution();
  if (execution.IsGuarding()) return;
  const core::Step* step = execution.step();
  if (std::exchange(work.traced, step) != step) {
    p_.trace(work.key.Text() + ": " + core::Describe(*step));
  } else if (const core::EmitEvent* event = execution.event()) {
    p_.trace(work.key.Text() + ": " + core::Describe(core::Step{*event, {}}));
  }
}

// As client::Api with the shell's deadlines: five seconds for a write, half a minute for a read.
std::optional<Duration> OperatorLoop::IsRepeated(const core::Request& request, const Result<json::Value>& answer,
                                                 Work& work) {
  constexpr Duration kFirst = std::chrono::milliseconds(100);
  constexpr int kMostWrites = 5;
  constexpr int kMostReads = 8;
  if (answer.has_value()) return std::nullopt;
  const bool read = request.verb == core::Request::Verb::kGet;
  const Code code = answer.error().code;
  if (code != Code::kThrottled && !(read && code == Code::kUnavailable)) return std::nullopt;
  if (work.repeated >= (read ? kMostReads : kMostWrites)) return std::nullopt;
  return kFirst * (1 << work.repeated++);
}

Result<json::Value> OperatorLoop::Send(const core::Request& request) {
  if (cut_off_) return MakeError(Code::kTimeout, "simulated: cut off");
  if (request.verb != core::Request::Verb::kGet) return Write(NameOf(request), RequestTo(p_.api, request));
  if (Strikes("failed read", p_.faults.failed_reads)) return MakeError(Code::kUnavailable, "simulated 500");
  const Document found = p_.api.Find(request.resource, request.key);
  if (found == nullptr) return MakeError(Code::kNotFound, std::string(request.resource.plural) + " not found");
  return *found;
}

Result<json::Value> OperatorLoop::Write(const std::string& what, const std::function<Result<json::Value>()>& request) {
  if (p_.on_send && p_.on_send(what) == Fate::kIsLate) {
    p_.send_late([api = &p_.api, what, request] { (void)api->AsOperator(what, request); });
    return MakeError(Code::kTimeout, "simulated: late");
  }
  if (Strikes("500", p_.faults.refused_writes)) return MakeError(Code::kUnavailable, "simulated 500");
  if (Strikes("429", p_.faults.throttled_writes)) return MakeError(Code::kThrottled, "simulated 429");
  if (Strikes("409", p_.faults.conflicts)) return MakeError(Code::kConflict, "simulated 409");
  Result<json::Value> answer = p_.api.AsOperator(what, request);
  if (Strikes("repeated write", p_.faults.repeated_writes)) answer = p_.api.AsOperator(what, request);
  if (answer.has_value() && !p_.on_write(what)) dead_ = true;
  if (Strikes("lost answer", p_.faults.lost_answers)) return MakeError(Code::kTimeout, "simulated: no answer");
  return answer;
}

void OperatorLoop::Note(const Work& work, const core::Touched& touched) {
  const engine::WriteGate::Written written{.resource = touched.resource,
                                           .object = touched.object,
                                           .uid = touched.uid,
                                           .resource_version = touched.resource_version};
  const engine::WriteGate::View view = caches_.ViewOf(touched.resource, touched.object);
  engine::WriteGate& gate = Of(work.kind).gate;
  touched.deleted ? gate.Deleted(work.key, written, view, p_.events.now())
                  : gate.Wrote(work.key, written, view, p_.events.now());
}

void OperatorLoop::Settle(Work& work) {
  core::Settled settled;
  if (work.group != nullptr) {
    settled = work.group->Settle(p_.events.now());
    group_memories_[work.key] = work.group->memory();
  } else {
    settled = work.workload->Settle(p_.events.now());
    workload_memories_[work.key] = work.workload->memory();
  }
  Finish(work.kind, work.key, settled.next);
}

}  // namespace muster::sim
