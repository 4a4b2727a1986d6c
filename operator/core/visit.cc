#include "operator/core/visit.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::core {
namespace {

// While the cache still has an object that is no more, what we make for it is collected at once: without a pause we
// would make it again and again.
constexpr Duration kGonePause = std::chrono::seconds(5);
// What the cache lacks is on its way; what stays in the way is looked at ever more rarely, and told after a while.
constexpr Duration kStaleRetry = std::chrono::milliseconds(200);
constexpr Duration kLongestStaleRetry = std::chrono::seconds(30);
constexpr int kStaleTriesUntold = 5;
// Not leading is heard of on another way. Until then, or should it be leading after all.
constexpr Duration kCancelledRetry = std::chrono::seconds(1);
constexpr Duration kForeignRetry = std::chrono::seconds(10);
// What is forbidden (quota, rights) may be permitted at any time; what is invalid, after an upgrade of the cluster at
// most.
constexpr Duration kForbiddenRetry = std::chrono::seconds(30);
constexpr Duration kInvalidRetry = std::chrono::minutes(5);

// The object visited is no more: its own status found nothing to be written to. The cache is behind.
bool IsGone(const Failure& failure) {
  return failure.error.code == Code::kNotFound && std::holds_alternative<WriteStatus>(failure.step->action);
}

bool IsStale(const Failure& failure) {
  return failure.error.code == Code::kConflict || failure.error.code == Code::kNotFound;
}

Duration RetryOfStale(int tries) {
  Duration wait = kStaleRetry;
  for (int i = 1; i < tries && wait < kLongestStaleRetry; ++i) wait *= 2;
  return std::min(wait, kLongestStaleRetry);
}

// Something of an earlier owner has the name and does not go: a finalizer holds it.
bool StaysInTheWay(const Failure& failure, int stale) {
  return failure.error.code == Code::kConflict && stale > kStaleTriesUntold &&
         std::holds_alternative<Create>(failure.step->action);
}

// Whether it is told in the status instead of being tried in a loop.
bool IsToBeTold(const Failure& failure, int stale) {
  return RefusedWrites::IsRefusal(*failure.step, failure.error, failure.foreign) || StaysInTheWay(failure, stale);
}

// What both memories keep of a failure.
template <class Memory>
void Note(const Failure& failure, Instant now, Memory& memory) {
  if (IsGone(failure)) memory.gone_until = now + kGonePause;
  memory.stale = IsStale(failure) ? memory.stale + 1 : 0;
}

// What is due at a time is due though something has failed.
Next NextAfter(const Failure& failure, Remembered remembered, int stale, const std::optional<Instant>& wake_up,
               Instant now) {
  if (remembered == Remembered::kYes) return {.kind = Next::Kind::kAfter};
  Next next{.kind = Next::Kind::kFailed, .error = failure.error};
  if (failure.error.code == Code::kCancelled) next = {.kind = Next::Kind::kAfter, .after = kCancelledRetry};
  if (IsStale(failure)) next = {.kind = Next::Kind::kAfter, .after = RetryOfStale(stale)};
  if (!wake_up) return next;
  const Duration due = std::max(Duration(1), *wake_up - now);
  next.after = next.kind == Next::Kind::kFailed ? due : std::min(next.after, due);
  return next;
}

Next NextAt(const std::optional<Instant>& wake_up, Instant now) {
  if (!wake_up) return {};
  return {.kind = Next::Kind::kAfter, .after = std::max(Duration(1), *wake_up - now)};
}

// The steps of the plan that were done.
template <class F>
void ForEachDone(const Plan& plan, const std::optional<Failure>& failure, F&& f) {
  for (const Step& step : plan.steps) {
    if (failure && &step == failure->step) return;
    f(step);
  }
}

const RevisionRole* RoleOf(const Revision* revision, const std::string& name) {
  if (revision == nullptr) return nullptr;
  for (const RevisionRole& role : revision->roles) {
    if (role.role.name == name) return &role;
  }
  return nullptr;
}

std::string RoleOf(const Step& step) {
  if (const auto* create = std::get_if<Create>(&step.action)) return create->role;
  if (const auto* patch = std::get_if<Patch>(&step.action)) return patch->role;
  return {};
}

Mode ModeOf(const Step& step) {
  if (const auto* create = std::get_if<Create>(&step.action)) return create->mode;
  if (const auto* patch = std::get_if<Patch>(&step.action)) return patch->mode;
  return Mode::kReal;
}

// How soon a refused object is tried again: what the server calls invalid stays so until the spec changes, what it
// forbids (rights, quota) or what is in the way may be mended at any time.
Duration RetryAfter(const Failure& failure, int tries) {
  return failure.error.code == Code::kInvalid && !failure.foreign ? kInvalidRetry : RetryOfRefused(tries);
}

ObservedGroup WithMemory(ObservedGroup seen, GroupMemory& memory, Instant now) {
  RecallMembers(seen, memory.members, now);
  ChooseStrangers(seen, memory.members, now);
  seen.refusals = memory.refusals;
  seen.refused_writes = memory.refused_writes;
  seen.last_write = memory.last_write;
  seen.known = memory.known;
  return seen;
}

// Without what it is time to look at again.
WorkloadMemory StillSo(WorkloadMemory memory, Instant now) {
  std::erase_if(memory.foreign_groups, [&](const auto& entry) { return memory.foreign_until[entry.first] <= now; });
  if (memory.refused_until <= now) memory.refused_revisions.clear();
  return memory;
}

ObservedWorkload WithMemory(ObservedWorkload seen, const WorkloadMemory& memory) {
  seen.refused_revisions = memory.refused_revisions;
  seen.foreign_groups = memory.foreign_groups;
  seen.refused_writes = memory.refused_writes;
  seen.last_write = memory.last_write;
  return seen;
}

}  // namespace

// ---- Of a group

GroupVisit::GroupVisit(ObservedGroup seen, GroupMemory memory, Instant now, const Policy& policy)
    : memory_(std::move(memory)),
      observed_(WithMemory(std::move(seen), memory_, now)),
      step_(ReconcileGroup(observed_, now, policy)),
      execution_(step_.plan,
                 {.key = observed_.group->meta.key(), .resource = api::kPodGroups, .uid = observed_.group->meta.uid},
                 &memory_.known) {
  // What is no more has been told. What is there is known as it is, before the plan changes or deletes it.
  std::erase_if(memory_.known, [&](const auto& entry) {
    return std::none_of(observed_.children.begin(), observed_.children.end(),
                        [&](const auto& child) { return child->meta.uid == entry.first; });
  });
  for (const auto& child : observed_.children) {
    if (child->meta.deleted) continue;
    KnownChild& known = memory_.known[child->meta.uid];
    known = {.generation = std::max(known.generation, child->meta.generation),
             .name = std::string(api::KindName(child->kind)) + " " + child->meta.name,
             .role = child->role};
  }
}

Settled GroupVisit::Settle(Instant now) {
  Settled settled;
  const std::optional<Failure>& failure = execution_.failure();
  memory_.refused_writes.Retain(step_.plan);
  ForEachDone(step_.plan, failure, [&](const Step& done) {
    memory_.refused_writes.Done(done);
    if (const auto* write = std::get_if<WriteStatus>(&done.action)) {
      memory_.last_write = now;
      settled.statuses.push_back(write);
    } else if (const std::string role = RoleOf(done); !role.empty()) {
      memory_.refusals.erase(role);
      memory_.tries.erase(role);
    }
  });
  if (failure) {
    memory_.known.clear();  // what was written is not known
    Note(*failure, now, memory_);
    const Remembered remembered = Remember(*failure, now, settled);
    settled.next = NextAfter(*failure, remembered, memory_.stale, step_.plan.wake_up, now);
    return settled;
  }
  memory_.stale = 0;
  settled.next = NextAt(step_.plan.wake_up, now);
  return settled;
}

// A child that was not accepted is remembered by its role; any other write, by itself.
Remembered GroupVisit::Remember(const Failure& failure, Instant now, Settled& settled) {
  if (!IsToBeTold(failure, memory_.stale)) return Remembered::kNo;
  const std::string group = observed_.group->meta.key().Text();
  const std::string role = RoleOf(*failure.step);
  const RevisionRole* wanted = RoleOf(observed_.revision.get(), role);
  if (wanted == nullptr || ModeOf(*failure.step) == Mode::kLook || StaysInTheWay(failure, memory_.stale)) {
    memory_.refused_writes.Refuse(*failure.step, failure.error.message, now);
    settled.log = LogLine{"Write was refused",
                          {{"podGroup", group}, {"step", Describe(*failure.step)}, {"error", failure.error.message}}};
    return Remembered::kYes;
  }
  const int tries = ++memory_.tries[role];
  memory_.refusals[role] = {.code = failure.error.code,
                            .foreign = failure.foreign,
                            .message = failure.error.message,
                            .role_hash = wanted->hash,
                            .retry_at = now + RetryAfter(failure, tries)};
  settled.log = LogLine{"Child was refused", {{"podGroup", group}, {"role", role}, {"error", failure.error.message}}};
  return Remembered::kYes;
}

// ---- Of a Workload

WorkloadVisit::WorkloadVisit(ObservedWorkload seen, WorkloadMemory memory, Instant now, const Policy& policy)
    : memory_(StillSo(std::move(memory), now)),
      observed_(WithMemory(std::move(seen), memory_)),
      plan_(ReconcileWorkload(observed_, now, policy)),
      execution_(
          plan_,
          {.key = observed_.workload->meta.key(), .resource = api::kWorkloads, .uid = observed_.workload->meta.uid},
          nullptr) {}

Settled WorkloadVisit::Settle(Instant now) {
  Settled settled;
  const std::optional<Failure>& failure = execution_.failure();
  memory_.refused_writes.Retain(plan_);
  ForEachDone(plan_, failure, [&](const Step& done) {
    memory_.refused_writes.Done(done);
    const auto* write = std::get_if<WriteStatus>(&done.action);
    if (write == nullptr) return;
    memory_.last_write = now;
    settled.statuses.push_back(write);
  });
  if (failure) {
    Note(*failure, now, memory_);
    const Remembered remembered = Remember(*failure, now, settled);
    settled.next = NextAfter(*failure, remembered, memory_.stale, plan_.wake_up, now);
    return settled;
  }
  memory_.stale = 0;
  std::optional<Instant> wake_up = plan_.wake_up;
  for (const auto& [index, until] : memory_.foreign_until) {
    if (memory_.foreign_groups.contains(index)) wake_up = std::min(wake_up.value_or(until), until);
  }
  if (!memory_.refused_revisions.empty()) {
    wake_up = std::min(wake_up.value_or(memory_.refused_until), memory_.refused_until);
  }
  settled.next = NextAt(wake_up, now);
  return settled;
}

// A dry-run that was refused, a group's name that is taken, any other write that is refused.
Remembered WorkloadVisit::Remember(const Failure& failure, Instant now, Settled& settled) {
  const Code code = failure.error.code;
  if (ModeOf(*failure.step) == Mode::kDryRun && (code == Code::kInvalid || code == Code::kForbidden)) {
    memory_.refused_revisions = {
        {WantRevision(*observed_.workload).name, "role " + RoleOf(*failure.step) + ": " + failure.error.message}};
    memory_.refused_until = now + (code == Code::kInvalid ? kInvalidRetry : kForbiddenRetry);
    return Remembered::kYes;
  }
  const auto* create = std::get_if<Create>(&failure.step->action);
  if (create != nullptr && failure.foreign && create->resource == api::kPodGroups) {
    const int64_t index = create->object["spec"]["index"].Integer();
    memory_.foreign_groups[index] = failure.error.message;
    memory_.foreign_until[index] = now + kForeignRetry;
    return Remembered::kYes;
  }
  if (!IsToBeTold(failure, memory_.stale)) return Remembered::kNo;
  memory_.refused_writes.Refuse(*failure.step, failure.error.message, now);
  settled.log = LogLine{"Write was refused",
                        {{"workload", observed_.workload->meta.key().Text()},
                         {"step", Describe(*failure.step)},
                         {"error", failure.error.message}}};
  return Remembered::kYes;
}

}  // namespace muster::core
