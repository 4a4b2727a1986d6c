#include "operator/shell/executor.h"

#include <utility>
#include <variant>

#include "lib/api/pod_group.h"

namespace muster::shell {
namespace {

wire::WriteOptions OptionsOf(core::Mode mode) {
  return {.dry_run = mode == core::Mode::kDryRun ? wire::DryRun::kAll : wire::DryRun::kNo};
}

// What puts back labels of ours that were taken away by hand: without them no cache of ours shows the object.
json::Array LostLabels(const json::Value& wanted, const json::Value& found) {
  const json::Value& labels = found["metadata"]["labels"];
  json::Array operations;
  if (!labels.IsObject()) {
    operations.push_back(
        json::Object{{"op", "add"}, {"path", "/metadata/labels"}, {"value", wanted["metadata"]["labels"]}});
    return labels == wanted["metadata"]["labels"] ? json::Array() : operations;
  }
  for (const auto& [key, value] : wanted["metadata"]["labels"].Members()) {
    if (!key.starts_with(api::kLabelPrefix) || labels[key] == value) continue;
    const std::string path = "/metadata/labels/muster.dev~1" + key.substr(api::kLabelPrefix.size());
    operations.push_back(json::Object{{"op", "add"}, {"path", path}, {"value", value}});
  }
  return operations;
}

}  // namespace

bool IsGone(const Failure& failure) {
  return failure.error.code == Code::kNotFound && std::holds_alternative<core::WriteStatus>(failure.step->action);
}

runtime::Outcome OutcomeOf(const Failure& failure, Remembered remembered) {
  using runtime::Outcome;
  if (remembered == Remembered::kYes) return Outcome::RequeueAfter(Duration(0));
  if (failure.error.code == Code::kCancelled) return Outcome::Done();
  // Our cache is behind: what it lacks is on its way.
  const bool stale = failure.error.code == Code::kConflict || failure.error.code == Code::kNotFound;
  return stale ? Outcome::RequeueAfter(std::chrono::milliseconds(200)) : Outcome::Failed(failure.error);
}

std::optional<Failure> Executor::Execute(const core::Plan& plan, const Actor& actor) {
  if (plan.guard && !std::holds_alternative<core::WriteStatus>(plan.steps.front().action)) {
    Status current = Check(*plan.guard, actor);
    if (!current.has_value()) return Failure{std::move(current).error(), &plan.steps.front()};
  }
  for (const core::Step& step : plan.steps) {
    if (Status may = MayWrite(); !may.has_value()) return Failure{std::move(may).error(), &step};
    if (const auto* event = std::get_if<core::EmitEvent>(&step.action)) {
      events_.Add({.resource = actor.resource, .object = actor.key, .uid = actor.uid, .event = *event});
      continue;
    }
    bool foreign = false;
    Status done = Ok();
    if (const auto* create = std::get_if<core::Create>(&step.action)) {
      done = Do(*create, actor, foreign);
    } else if (const auto* patch = std::get_if<core::Patch>(&step.action)) {
      done = Do(*patch, actor);
    } else if (const auto* remove = std::get_if<core::Delete>(&step.action)) {
      done = Do(*remove, actor);
    } else if (const auto* write = std::get_if<core::WriteStatus>(&step.action)) {
      done = Do(*write, actor);
    }
    if (!done.has_value()) return Failure{std::move(done).error(), &step, foreign};
    LogDebug("Done", {{"object", actor.key.Text()}, {"step", core::Describe(step)}});
  }
  return std::nullopt;
}

// Asked right before each request: what is looked up first may take its time.
Status Executor::MayWrite() const {
  if (may_write_()) return Ok();
  return MakeError(Code::kCancelled, "no longer the leader");
}

void Executor::Note(const api::Resource& resource, const json::Value& object, const Actor& actor) {
  const json::Value& meta = object["metadata"];
  if (actor.known != nullptr && !(resource == actor.resource)) {
    (*actor.known)[meta["uid"].Text()] = {.generation = meta["generation"].Integer(),
                                          .name = std::string(resource.kind) + " " + meta["name"].Text(),
                                          .role = meta["labels"][api::kLabelRole].Text()};
  }
  actor.gate->Wrote(actor.key, {.resource = resource,
                                .object = {meta["namespace"].Text(), meta["name"].Text()},
                                .uid = meta["uid"].Text(),
                                .resource_version = meta["resourceVersion"].Text()});
}

Status Executor::Check(const core::Guard& guard, const Actor& actor) {
  auto found = api_.Get(guard.resource, guard.key);
  if (!found.has_value()) return found.error();
  const json::Value& meta = (*found)["metadata"];
  if (meta["uid"].Text() == guard.uid && meta["resourceVersion"].Text() == guard.resource_version) return Ok();
  Note(guard.resource, *found, actor);  // wait until the cache has it
  return MakeError(Code::kConflict, std::string(guard.resource.kind) + " " + guard.key.Text() +
                                        " has changed, which the cache does not know yet");
}

Status Executor::Do(const core::Create& create, const Actor& actor, bool& foreign) {
  const json::Value& meta = create.object["metadata"];
  const api::Key key{meta["namespace"].Text(), meta["name"].Text()};
  if (create.mode == core::Mode::kLook) {
    Status seen = LookWhose(create, key, actor, foreign);
    return !seen.has_value() && seen.error().code == Code::kNotFound ? Ok() : std::move(seen);
  }
  TRY_VOID(MayWrite());
  const auto written = api_.Create(create.resource, key.ns, create.object, OptionsOf(create.mode));
  if (written.has_value()) {
    if (create.mode == core::Mode::kReal) Note(create.resource, written->object, actor);
    return Ok();
  }
  if (written.error().code != Code::kAlreadyExists) return written.error();
  if (create.mode == core::Mode::kDryRun) return Ok();  // the object is valid, and there: all we wanted to know
  return LookWhose(create, key, actor, foreign);
}

// A name is taken: by our own earlier try (a repeated POST answers 409), by a child of an earlier incarnation that the
// garbage collector is about to remove, or by somebody else.
Status Executor::LookWhose(const core::Create& create, const api::Key& key, const Actor& actor, bool& foreign) {
  auto found = api_.Get(create.resource, key);
  if (!found.has_value()) return found.error();
  TRY(const api::ObjectMeta meta, api::DecodeMeta(*found, api::KeepLabels::kNone));
  if (meta.owner && meta.owner->uid == actor.uid && !meta.deleted) {
    if (create.resource == api::kControllerRevisions && !((*found)["data"] == create.object["data"])) {
      foreign = true;
      return MakeError(Code::kAlreadyExists,
                       "it exists and holds other roles than the Workload: delete it, it is made anew");
    }
    if (const json::Array lost = LostLabels(create.object, *found); !lost.empty()) {
      TRY_VOID(Do(core::Patch{.resource = create.resource, .key = key, .uid = meta.uid, .operations = lost}, actor));
      const std::string note = std::string(create.resource.kind) + " " + key.name + " had lost labels muster.dev/... " +
                               "by which it is found, taken away by somebody else: they are put back";
      events_.Add({.resource = actor.resource,
                   .object = actor.key,
                   .uid = actor.uid,
                   .event = {core::EventType::kWarning, "ChildChanged", "Observe", note}});
      return Ok();
    }
    Note(create.resource, *found, actor);
    return Ok();
  }
  const bool ours_once = meta.owner && meta.owner->kind == actor.resource.kind && meta.owner->name == actor.key.name;
  if (ours_once || meta.deleted) {
    return MakeError(Code::kConflict, std::string(create.resource.kind) + " " + key.Text() +
                                          " of an earlier owner is still being removed");
  }
  foreign = true;
  const std::string owner = meta.owner ? " of " + meta.owner->kind + " " + meta.owner->name : " of nobody we know";
  return MakeError(Code::kAlreadyExists, std::string(create.resource.kind) + " " + key.Text() +
                                             " exists and is not ours (it is" + owner +
                                             "): delete or rename it, or rename the Workload or role");
}

Status Executor::Do(const core::Patch& patch, const Actor& actor) {
  TRY_VOID(MayWrite());
  const auto written = api_.JsonPatch(patch.resource, patch.key, patch.uid, core::Tested(patch), OptionsOf(patch.mode));
  if (!written.has_value()) return written.error();
  if (patch.mode == core::Mode::kReal) Note(patch.resource, written->object, actor);
  return Ok();
}

Status Executor::Do(const core::Delete& remove, const Actor& actor) {
  TRY_VOID(MayWrite());
  const Status done = api_.Delete(remove.resource, remove.key, {.uid = remove.uid});
  if (!done.has_value() && done.error().code != Code::kNotFound) return done.error();
  if (actor.known != nullptr) actor.known->erase(remove.uid);
  actor.gate->Deleted(actor.key,
                      {.resource = remove.resource, .object = remove.key, .uid = remove.uid, .resource_version = {}});
  return Ok();
}

Status Executor::Do(const core::WriteStatus& write, const Actor& actor) {
  TRY_VOID(MayWrite());
  // A merge patch could not take away what is no longer so: the whole status is replaced, at the version we have seen.
  const json::Array operations = {
      json::Object{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", write.resource_version}},
      json::Object{{"op", "add"}, {"path", "/status"}, {"value", write.status}}};
  const auto written = api_.JsonPatch(write.resource, write.key, write.uid, operations, {.subresource = "status"});
  if (!written.has_value()) return written.error();
  Note(write.resource, written->object, actor);
  return Ok();
}

}  // namespace muster::shell
