#include "tests/support/sim/operator_loop.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "lib/base/check.h"

namespace muster::sim {
namespace {

const core::RevisionRole* RoleOf(const core::Revision& revision, const std::string& name) {
  for (const core::RevisionRole& role : revision.roles) {
    if (role.role.name == name) return &role;
  }
  return nullptr;
}

std::string Request(std::string_view verb, const api::Resource& resource, const api::Key& key) {
  return std::string(verb) + " " + std::string(resource.plural) + " " + key.Text();
}

std::string RoleOf(const core::Step& step) {
  if (const auto* create = std::get_if<core::Create>(&step.action)) return create->role;
  if (const auto* patch = std::get_if<core::Patch>(&step.action)) return patch->role;
  return {};
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
  if (delay <= Duration(0)) return Wake(kind);
  Later(delay, [this, kind] { Wake(kind); });
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
  while (const auto key = Of(kind).queue.Take(p_.events.now())) Reconcile(kind, *key);
}

void OperatorLoop::Requeue(Kind kind, const api::Key& key, std::optional<Duration> after) {
  Of(kind).queue.Done(key, p_.events.now());
  Wake(kind);
  if (after) Add(kind, key, std::max(*after, Duration(1)));
}

void OperatorLoop::PlanSoon() {
  if (!leading_ || std::exchange(planning_, true)) return;
  Later(p_.events.Within(2, 20), [this] {
    planning_ = false;
    if (!leading_) return;
    if (planner_->Plan(p_.events.now())) Later(std::chrono::seconds(30), [this] { PlanSoon(); });
  });
}

// ---- Reconciling

OperatorLoop::Memory OperatorLoop::MemoryOf(Kind kind, const api::Key& key, const std::string& uid) {
  Memory& memory = Of(kind).memory[key];
  if (memory.uid != uid) memory = {.uid = uid};
  return memory;
}

void OperatorLoop::Reconcile(Kind kind, const api::Key& key) {
  const bool gone = kind == Kind::kGroup ? caches_.groups.Get(key) == nullptr : caches_.workloads.Get(key) == nullptr;
  if (gone) {
    if (kind == Kind::kGroup) planner_->Remove(key);
    Of(kind).memory.erase(key);
    Of(kind).gate.Forget(key);
    return Requeue(kind, key, std::nullopt);
  }
  if (!Of(kind).gate.MayAct(key, p_.events.now())) {
    return Requeue(kind, key, Of(kind).gate.Remaining(key, p_.events.now()));
  }
  if (kind == Kind::kGroup) {
    ReconcileGroup(key);
  } else {
    ReconcileWorkload(key);
  }
}

void OperatorLoop::ReconcileGroup(const api::Key& key) {
  auto group = caches_.groups.Get(key);
  const auto work = std::make_shared<Work>();
  work->kind = Kind::kGroup;
  work->key = key;
  work->uid = group->meta.uid;
  work->term = term_;
  work->group = Observe(std::move(group), MemoryOf(Kind::kGroup, key, work->uid));
  core::GroupStep step = core::ReconcileGroup(work->group, p_.events.now(), {});
  planner_->Publish(key, work->uid, step.stance);
  work->plan = std::move(step.plan);
  CarryOn(work);
}

void OperatorLoop::ReconcileWorkload(const api::Key& key) {
  auto workload = caches_.workloads.Get(key);
  const auto work = std::make_shared<Work>();
  work->kind = Kind::kWorkload;
  work->key = key;
  work->uid = workload->meta.uid;
  work->term = term_;
  Memory memory = MemoryOf(Kind::kWorkload, key, work->uid);
  std::erase_if(memory.foreign_groups,
                [&](const auto& entry) { return memory.foreign_until[entry.first] <= p_.events.now(); });
  workloads_.memory[key] = memory;
  work->workload = Observe(std::move(workload), memory);
  work->plan = core::ReconcileWorkload(work->workload, p_.events.now(), {});
  CarryOn(work);
}

core::ObservedGroup OperatorLoop::Observe(std::shared_ptr<const api::PodGroup> group, const Memory& memory) const {
  core::ObservedGroup observed;
  observed.group = std::move(group);
  const api::PodGroup& seen = *observed.group;
  observed.revision = caches_.revisions.Get({seen.meta.ns, seen.spec.revision});
  observed.children = caches_.ChildrenOf(seen);
  observed.pods = caches_.PodsOf(seen.meta.key());
  observed.verdict = planner_->VerdictOf(seen.meta.key(), seen.meta.uid);
  observed.refusals = memory.refusals;
  observed.refused_writes = memory.refused_writes;
  observed.last_write = memory.last_write;
  if (observed.revision != nullptr) {
    observed.priority = caches_.PriorityOf(core::PriorityClassOf(seen, *observed.revision));
  }
  const api::Condition* admitted = api::FindCondition(seen.status.conditions, api::condition::kAdmitted);
  if (admitted != nullptr && admitted->status == api::Truth::kTrue) {
    for (const auto& child : observed.children) {
      const std::string why = caches_.CreationFailureOf(*child, admitted->last_transition - std::chrono::seconds(1));
      if (!why.empty()) observed.pods_refused[child->role] = why;
    }
  }
  return observed;
}

core::ObservedWorkload OperatorLoop::Observe(std::shared_ptr<const api::Workload> workload,
                                             const Memory& memory) const {
  core::ObservedWorkload observed;
  observed.workload = std::move(workload);
  observed.groups = caches_.GroupsOf(*observed.workload);
  observed.revisions = caches_.revisions.ByIndex("owner", observed.workload->meta.uid);
  const std::string wanted = core::WantRevision(*observed.workload).name;
  for (const auto& group : observed.groups) {
    const bool admitted = api::IsTrue(group->status.conditions, api::condition::kAdmitted);
    if (admitted && group->spec.revision != wanted) {
      observed.children[group->meta.name] = caches_.ChildrenOf(*group);
    }
  }
  observed.refused_revisions = memory.refused_revisions;
  observed.foreign_groups = memory.foreign_groups;
  observed.refused_writes = memory.refused_writes;
  observed.last_write = memory.last_write;
  return observed;
}

// ---- Executing

void OperatorLoop::CarryOn(const std::shared_ptr<Work>& work) {
  if (work->term != term_) return;  // given up with the lease
  if (work->next == work->plan.steps.size()) return Settle(work, std::nullopt);
  const core::Step& first = work->plan.steps.front();
  if (work->next == 0 && work->plan.guard && !std::holds_alternative<core::WriteStatus>(first.action)) {
    const Status current = Check(*work->plan.guard, *work);
    if (!current.has_value()) return Settle(work, Failure{current.error(), &first});
  }
  const core::Step& step = work->plan.steps[work->next++];
  if (p_.may_write && !p_.may_write()) return;  // the election is about to say so
  bool foreign = false;
  if (p_.trace) p_.trace(work->key.Text() + ": " + core::Describe(step));
  const Status done = Do(step, *work, foreign);
  if (dead_) return;
  if (!done.has_value()) return Settle(work, Failure{done.error(), &step, foreign});
  Later(p_.events.Within(1, 3), [this, work] { CarryOn(work); });
}

Status OperatorLoop::Check(const core::Guard& guard, const Work& work) {
  if (cut_off_) return MakeError(Code::kTimeout, "simulated: cut off");
  if (Strikes("failed read", p_.faults.failed_reads)) return MakeError(Code::kUnavailable, "simulated 500");
  const Document found = p_.api.Find(guard.resource, guard.key);
  if (found == nullptr) return MakeError(Code::kNotFound, "gone");
  if (UidOf(*found) == guard.uid && (*found)["metadata"]["resourceVersion"].Text() == guard.resource_version)
    return Ok();
  Note(guard.resource, *found, work);
  return MakeError(Code::kConflict, "the cache is behind");
}

Result<json::Value> OperatorLoop::Send(const std::string& what, const std::function<Result<json::Value>()>& request) {
  if (cut_off_) return MakeError(Code::kTimeout, "simulated: cut off");
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

void OperatorLoop::Note(const api::Resource& resource, const json::Value& object, const Work& work) {
  const api::Key key = KeyOf(object);
  Of(work.kind).gate.Wrote(work.key,
                           {.resource = resource,
                            .object = key,
                            .uid = UidOf(object),
                            .resource_version = object["metadata"]["resourceVersion"].Text()},
                           caches_.ViewOf(resource, key), p_.events.now());
}

Status OperatorLoop::Create(const core::Create& create, const Work& work, bool& foreign) {
  if (create.mode == core::Mode::kLook) return Ok();  // labels stay what they are in this world
  const Try mode = create.mode == core::Mode::kDryRun ? Try::kDry : Try::kReal;
  const auto written = Send(Request("create", create.resource, KeyOf(create.object)), [api = &p_.api, create, mode] {
    return api->Create(create.resource, create.object, mode);
  });
  if (dead_) return Ok();
  if (written.has_value()) {
    if (mode == Try::kReal) Note(create.resource, *written, work);
    return Ok();
  }
  if (written.error().code != Code::kAlreadyExists) return written.error();
  if (mode == Try::kDry) return Ok();
  const Document found = p_.api.Find(create.resource, KeyOf(create.object));
  if (found == nullptr) return MakeError(Code::kNotFound, "gone meanwhile");
  const std::string owner = OwnerUidOf(*found);
  const bool deleting = (*found)["metadata"].Has("deletionTimestamp");
  if (owner == work.uid && !deleting) {
    Note(create.resource, *found, work);
    return Ok();
  }
  bool ours_once = false;
  for (const json::Value& reference : (*found)["metadata"]["ownerReferences"].Items()) {
    ours_once = ours_once || reference["name"].Text() == work.key.name;
  }
  if (ours_once || deleting) return MakeError(Code::kConflict, "of an earlier owner");
  foreign = true;
  return MakeError(Code::kAlreadyExists, KeyOf(create.object).Text() + " exists and is not ours");
}

Status OperatorLoop::Do(const core::Step& step, const Work& work, bool& foreign) {
  if (const auto* create = std::get_if<core::Create>(&step.action)) return Create(*create, work, foreign);
  if (const auto* patch = std::get_if<core::Patch>(&step.action)) {
    json::Array operations = {json::Object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", patch->uid}}};
    const json::Array tested = core::Tested(*patch);
    operations.insert(operations.end(), tested.begin(), tested.end());
    const Try mode = patch->mode == core::Mode::kDryRun ? Try::kDry : Try::kReal;
    const auto written =
        Send(Request("patch", patch->resource, patch->key), [api = &p_.api, patch = *patch, operations, mode] {
          return api->Patch(patch.resource, patch.key, operations, {}, mode);
        });
    if (dead_) return Ok();
    if (!written.has_value()) return written.error();
    if (mode == Try::kReal) Note(patch->resource, *written, work);
  } else if (const auto* remove = std::get_if<core::Delete>(&step.action)) {
    const auto done = Send(Request("delete", remove->resource, remove->key),
                           [api = &p_.api, remove = *remove]() -> Result<json::Value> {
                             const Status status = api->Delete(remove.resource, remove.key, remove.uid);
                             if (status.has_value()) return json::Value();
                             return status.error();
                           });
    if (dead_) return Ok();
    if (!done.has_value() && done.error().code != Code::kNotFound) return done.error();
    Of(work.kind).gate.Deleted(work.key, {.resource = remove->resource, .object = remove->key, .uid = remove->uid},
                               caches_.ViewOf(remove->resource, remove->key), p_.events.now());
  } else if (const auto* write = std::get_if<core::WriteStatus>(&step.action)) {
    const json::Array operations = {
        json::Object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", write->uid}},
        json::Object{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", write->resource_version}},
        json::Object{{"op", "add"}, {"path", "/status"}, {"value", write->status}}};
    const auto written =
        Send(Request("status", write->resource, write->key), [api = &p_.api, write = *write, operations] {
          return api->Patch(write.resource, write.key, operations, "status");
        });
    if (dead_) return Ok();
    if (!written.has_value()) return written.error();
    Note(write->resource, *written, work);
  }
  return Ok();
}

// ---- Remembering

void OperatorLoop::Settle(const std::shared_ptr<Work>& work, const std::optional<Failure>& failure) {
  const Instant now = p_.events.now();
  Memory& memory = Of(work->kind).memory[work->key];
  memory.refused_writes.Retain(work->plan);
  for (const core::Step& done : work->plan.steps) {
    if (failure && &done == failure->step) break;
    memory.refused_writes.Done(done);
    if (std::holds_alternative<core::WriteStatus>(done.action)) {
      memory.last_write = now;
    } else if (const std::string role = RoleOf(done); work->kind == Kind::kGroup && !role.empty()) {
      memory.refusals.erase(role);
      memory.tries.erase(role);
    }
  }
  std::optional<Instant> wake_up = work->plan.wake_up;
  for (const auto& [index, until] : memory.foreign_until) {
    if (memory.foreign_groups.contains(index)) wake_up = std::min(wake_up.value_or(until), until);
  }
  std::optional<Duration> after;
  if (wake_up) after = *wake_up - now;
  if (failure) {
    const bool stale = failure->error.code == Code::kConflict || failure->error.code == Code::kNotFound;
    after = Remember(*work, *failure, memory) ? Duration(0) : Duration(stale ? 200 : 100);
  } else {
    Of(work->kind).queue.Forget(work->key);
  }
  Requeue(work->kind, work->key, after);
}

bool OperatorLoop::Remember(const Work& work, const Failure& failure, Memory& memory) const {
  const Code code = failure.error.code;
  const bool refused = code == Code::kInvalid || code == Code::kForbidden;
  const auto* create = std::get_if<core::Create>(&failure.step->action);
  const auto* patch = std::get_if<core::Patch>(&failure.step->action);
  const std::string role = RoleOf(*failure.step);
  if (work.kind == Kind::kGroup) {
    const core::RevisionRole* wanted = work.group.revision == nullptr ? nullptr : RoleOf(*work.group.revision, role);
    if (!core::RefusedWrites::IsRefusal(*failure.step, failure.error, failure.foreign)) return false;
    const bool of_size = patch != nullptr && wanted != nullptr &&
                         std::any_of(work.group.children.begin(), work.group.children.end(), [&](const auto& child) {
                           return child->meta.uid == patch->uid && child->role_hash == wanted->hash;
                         });
    if (wanted == nullptr || of_size) {
      memory.refused_writes.Refuse(*failure.step, failure.error.message, p_.events.now());
      return true;
    }
    ++memory.tries[role];
    memory.refusals[role] = {.code = code,
                             .foreign = failure.foreign,
                             .message = failure.error.message,
                             .role_hash = wanted->hash,
                             .retry_at = p_.events.now() + std::chrono::seconds(code == Code::kInvalid ? 300 : 20)};
    return true;
  }
  const bool dry = (create != nullptr && create->mode == core::Mode::kDryRun) ||
                   (patch != nullptr && patch->mode == core::Mode::kDryRun);
  if (dry && refused) {
    memory.refused_revisions = {
        {core::WantRevision(*work.workload.workload).name, "role " + role + ": " + failure.error.message}};
    return true;
  }
  if (create == nullptr || !failure.foreign || create->resource != api::kPodGroups) {
    if (!core::RefusedWrites::IsRefusal(*failure.step, failure.error, failure.foreign)) return false;
    memory.refused_writes.Refuse(*failure.step, failure.error.message, p_.events.now());
    return true;
  }
  const int64_t index = create->object["spec"]["index"].Integer();
  memory.foreign_groups[index] = failure.error.message;
  memory.foreign_until[index] = p_.events.now() + std::chrono::seconds(10);
  return true;
}

}  // namespace muster::sim
