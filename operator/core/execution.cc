#include "operator/core/execution.h"

#include <utility>
#include <variant>

#include "lib/api/pod_group.h"
#include "lib/base/check.h"
#include "lib/json/patch.h"
#include "operator/core/adoption.h"

namespace muster::core {
namespace {

api::Key KeyOf(const json::Value& object) {
  const json::Value& meta = object["metadata"];
  return {meta["namespace"].Text(), meta["name"].Text()};
}

// What puts back labels of ours that were taken away by hand: without them no cache of ours shows the object.
json::Array LostLabels(const json::Value& wanted, const json::Value& found) {
  const json::Value& labels = found["metadata"]["labels"];
  json::Array operations;
  if (!labels.IsObject()) {
    operations.push_back(json::Operation("add", "/metadata/labels", wanted["metadata"]["labels"]));
    return labels == wanted["metadata"]["labels"] ? json::Array() : operations;
  }
  for (const auto& [key, value] : wanted["metadata"]["labels"].Members()) {
    if (!key.starts_with(api::kLabelPrefix) || labels[key] == value) continue;
    operations.push_back(json::Operation("add", json::PathTo("/metadata/labels", key), value));
  }
  return operations;
}

// A merge patch could not take away what is no longer so: the whole status is replaced, at the version we have seen.
json::Array Replacing(const WriteStatus& write) {
  return {json::Operation("test", "/metadata/resourceVersion", write.resource_version),
          json::Operation("add", "/status", write.status)};
}

const Source* SourceOf(const Action& action) {
  if (const auto* create = std::get_if<Create>(&action)) return create->source ? &*create->source : nullptr;
  if (const auto* patch = std::get_if<Patch>(&action)) return patch->source ? &*patch->source : nullptr;
  return nullptr;
}

Request RequestOf(const Action& action) {
  using Verb = Request::Verb;
  if (const auto* create = std::get_if<Create>(&action)) {
    return {.verb = Verb::kCreate,
            .resource = create->resource,
            .key = KeyOf(create->object),
            .object = &create->object,
            .mode = create->mode};
  }
  if (const auto* patch = std::get_if<Patch>(&action)) {
    return {.verb = Verb::kPatch,
            .resource = patch->resource,
            .key = patch->key,
            .uid = patch->uid,
            .operations = Tested(*patch),
            .mode = patch->mode};
  }
  if (const auto* remove = std::get_if<Delete>(&action)) {
    return {.verb = Verb::kDelete,
            .resource = remove->resource,
            .key = remove->key,
            .uid = remove->uid,
            .resource_version = remove->resource_version};
  }
  const auto& write = std::get<WriteStatus>(action);
  return {.verb = Verb::kPatch,
          .resource = write.resource,
          .key = write.key,
          .uid = write.uid,
          .operations = Replacing(write),
          .subresource = "status"};
}

}  // namespace

Execution::Execution(const Plan& plan, Actor actor, std::map<std::string, KnownChild>* known)
    : plan_(plan), actor_(std::move(actor)), known_(known) {
  const bool guarded =
      plan.guard && !plan.steps.empty() && !std::holds_alternative<WriteStatus>(plan.steps.front().action);
  guarded ? void(at_ = At::kGuard) : Enter();
}

void Execution::Enter() {
  const Step* next = step();
  completed_.reset();
  if (next == nullptr) {
    at_ = At::kOver;
    return;
  }
  if (std::holds_alternative<EmitEvent>(next->action)) {
    at_ = At::kTell;
    told_ = std::get<EmitEvent>(next->action);
    return;
  }
  const Source* source = SourceOf(next->action);
  if (source == nullptr) return EnterWrite();
  at_ = At::kRead;
  if (read_ && (*read_)["metadata"]["uid"].Text() == source->uid) Complete();
}

void Execution::EnterWrite() {
  const auto* create = std::get_if<Create>(&action());
  at_ = create != nullptr && create->mode == Mode::kLook ? At::kLook : At::kStep;
}

void Execution::OnRead(const Result<json::Value>& answer) {
  if (!answer.has_value()) return Fail(answer.error());
  read_ = *answer;
  Complete();
}

void Execution::Complete() {
  completed_ = plan_.steps[next_].action;
  Result<json::Value> content = SourceOf(*completed_)->complete(*read_);
  if (!content.has_value()) return Fail(content.error());
  if (auto* create = std::get_if<Create>(&*completed_)) {
    create->object = std::move(*content);
  } else {
    std::get<Patch>(*completed_).operations = std::move(content->MutableItems());
  }
  EnterWrite();
}

void Execution::Advance() {
  ++next_;
  Enter();
}

void Execution::Fail(Error error, bool foreign) {
  failure_ = Failure{.error = std::move(error), .step = step(), .foreign = foreign};
  at_ = At::kOver;
}

const EmitEvent* Execution::event() const { return at_ == At::kTell ? &told_ : nullptr; }

void Execution::Emitted() {
  CHECK(at_ == At::kTell);
  Advance();
}

Request Execution::request() const {
  switch (at_) {
    case At::kGuard:
      return {.resource = plan_.guard->resource, .key = plan_.guard->key};
    case At::kRead: {
      const Source& source = *SourceOf(plan_.steps[next_].action);
      return {.resource = source.resource, .key = source.key, .uid = source.uid};
    }
    case At::kLook:
      return {.resource = create().resource, .key = KeyOf(create().object)};
    case At::kCompare:
      return {.verb = Request::Verb::kCreate,
              .resource = create().resource,
              .key = KeyOf(probe_),
              .object = &probe_,
              .mode = Mode::kDryRun};
    case At::kMend:
      return {.verb = Request::Verb::kPatch,
              .resource = create().resource,
              .key = KeyOf(create().object),
              .uid = lost_uid_,
              .operations = lost_};
    case At::kStep:
      return RequestOf(action());
    case At::kTell:
    case At::kOver:
      break;
  }
  CHECK(false);
  return {};
}

Touched Execution::Note(const api::Resource& resource, const json::Value& object) {
  const json::Value& meta = object["metadata"];
  if (known_ != nullptr && !(resource == actor_.resource)) {
    (*known_)[meta["uid"].Text()] = {.generation = meta["generation"].Integer(),
                                     .name = std::string(resource.kind) + " " + meta["name"].Text(),
                                     .role = meta["labels"][api::kLabelRole].Text()};
  }
  return {.resource = resource,
          .object = KeyOf(object),
          .uid = meta["uid"].Text(),
          .resource_version = meta["resourceVersion"].Text()};
}

std::optional<Touched> Execution::OnAnswer(const Result<json::Value>& answer) {
  switch (at_) {
    case At::kGuard:
      return OnGuard(answer);
    case At::kRead:
      OnRead(answer);
      return std::nullopt;
    case At::kStep:
      return OnStep(answer);
    case At::kLook:
      return OnLook(answer);
    case At::kCompare:
      return OnCompared(answer);
    case At::kMend:
      return OnMended(answer);
    case At::kTell:
    case At::kOver:
      break;
  }
  CHECK(false);
  return std::nullopt;
}

std::optional<Touched> Execution::OnGuard(const Result<json::Value>& answer) {
  if (!answer.has_value()) {
    Fail(answer.error());
    return std::nullopt;
  }
  const Guard& guard = *plan_.guard;
  const json::Value& meta = (*answer)["metadata"];
  if (meta["uid"].Text() == guard.uid && meta["resourceVersion"].Text() == guard.resource_version) {
    Enter();
    return std::nullopt;
  }
  Fail(MakeError(Code::kConflict, std::string(guard.resource.kind) + " " + guard.key.Text() +
                                      " has changed, which the cache does not know yet"));
  return Note(guard.resource, *answer);  // wait until the cache has it
}

std::optional<Touched> Execution::OnStep(const Result<json::Value>& answer) {
  const Action& done = action();
  const auto* create = std::get_if<Create>(&done);
  const auto* patch = std::get_if<Patch>(&done);
  if (const auto* remove = std::get_if<Delete>(&done)) {
    if (!answer.has_value() && answer.error().code != Code::kNotFound) {
      Fail(answer.error());
      return std::nullopt;
    }
    if (known_ != nullptr) known_->erase(remove->uid);
    Touched touched{.resource = remove->resource,
                    .object = remove->key,
                    .uid = remove->uid,
                    .resource_version = {},
                    .deleted = true};
    Advance();
    return touched;
  }
  if (create != nullptr && !answer.has_value() && answer.error().code == Code::kAlreadyExists) {
    // Tried dry, the object is valid, and there: all we wanted to know.
    create->mode == Mode::kDryRun ? Advance() : void(at_ = At::kLook);
    return std::nullopt;
  }
  if (!answer.has_value()) {
    Fail(answer.error());
    return std::nullopt;
  }
  const Mode mode = create != nullptr ? create->mode : patch != nullptr ? patch->mode : Mode::kReal;
  const api::Resource resource = create != nullptr  ? create->resource
                                 : patch != nullptr ? patch->resource
                                                    : std::get<WriteStatus>(done).resource;
  Advance();  // ends what `done` refers to
  if (mode == Mode::kDryRun) return std::nullopt;
  return Note(resource, *answer);
}

std::optional<Touched> Execution::OnLook(const Result<json::Value>& answer) {
  if (answer.has_value()) return OnFound(*answer);
  const bool nothing_to_mend = create().mode == Mode::kLook && answer.error().code == Code::kNotFound;
  nothing_to_mend ? Advance() : Fail(answer.error());
  return std::nullopt;
}

// A name is taken: by our own earlier try (a repeated POST answers 409), by a child of an earlier incarnation that the
// garbage collector is about to remove, or by somebody else.
std::optional<Touched> Execution::OnFound(const json::Value& found) {
  const api::Resource resource = create().resource;
  const api::Key key = KeyOf(create().object);
  const Result<api::ObjectMeta> meta = api::DecodeMeta(found, api::KeepLabels::kNone);
  if (!meta.has_value()) {
    Fail(meta.error());
    return std::nullopt;
  }
  const api::ObjectMeta actor{.ns = actor_.key.ns, .name = actor_.key.name, .uid = actor_.uid};
  if (api::IsControlledBy(*meta, actor_.resource, actor) && !meta->deleted) {
    if (resource == api::kControllerRevisions && !(found["data"] == create().object["data"])) {
      Fail(MakeError(Code::kAlreadyExists,
                     "it exists and holds other roles than the Workload: delete it, and it is created again"),
           true);
      return std::nullopt;
    }
    lost_ = LostLabels(create().object, found);
    if (!lost_.empty()) {
      lost_uid_ = meta->uid;
      told_ = {EventType::kWarning, "ChildChanged", "Observe",
               std::string(resource.kind) + " " + key.name +
                   " had lost labels muster.dev/... by which it is found; somebody else removed them, and they are put "
                   "back"};
      at_ = At::kMend;
      return std::nullopt;
    }
    Advance();
    return Note(resource, found);
  }
  if (!meta->owner && !meta->deleted && IsOrphanOf(create(), found)) {
    Adopt(found);
    return std::nullopt;
  }
  const bool ours_once = meta->owner && meta->owner->kind == actor_.resource.kind &&
                         meta->owner->api_group == actor_.resource.group && meta->owner->name == actor_.key.name;
  if (ours_once || meta->deleted) {
    Fail(MakeError(Code::kConflict,
                   std::string(resource.kind) + " " + key.Text() + " of an earlier owner is still being removed"));
    return std::nullopt;
  }
  const std::string owner = meta->owner ? " of " + meta->owner->kind + " " + meta->owner->name : " of nobody we know";
  Fail(
      MakeError(Code::kAlreadyExists, std::string(resource.kind) + " " + key.Text() + " exists and is not ours (it is" +
                                          owner + "): delete or rename it, or rename the Workload or role"),
      true);
  return std::nullopt;
}

// What was orphaned (kubectl delete --cascade=orphan) and is what would be created now belongs to its maker again, as a
// StatefulSet adopts its pods. Whether a child runs stays as it is. One that claims to be made from the wanted role
// must have its spec; one of another role is adopted, and brought up to date once it is held.
void Execution::Adopt(const json::Value& found) {
  const Create& wanted = create();
  const json::Value& reference = wanted.object["metadata"]["ownerReferences"].At(0);
  const bool has_owners = found["metadata"]["ownerReferences"].IsArray();
  lost_ = {json::Operation("test", "/metadata/resourceVersion", found["metadata"]["resourceVersion"])};
  lost_.push_back(has_owners ? json::Operation("add", "/metadata/ownerReferences/-", reference)
                             : json::Operation("add", "/metadata/ownerReferences", json::Array{reference}));
  lost_uid_ = found["metadata"]["uid"].Text();
  told_ = {EventType::kNormal, "Adopted", "Observe",
           std::string(wanted.resource.kind) + " " + KeyOf(wanted.object).name + " had no owner, and is what " +
               std::string(actor_.resource.kind) + " " + actor_.key.name + " needs: it is used as it is"};
  at_ = At::kMend;
  if (!ClaimsRoleOf(wanted, found)) return;
  probe_ = ProbeFor(wanted);
  found_ = found;
  at_ = At::kCompare;
}

std::optional<Touched> Execution::OnCompared(const Result<json::Value>& answer) {
  const api::Resource& resource = create().resource;
  const auto refuse = [&](const std::string& why) {
    Fail(MakeError(Code::kAlreadyExists, std::string(resource.kind) + " " + KeyOf(create().object).Text() +
                                             " exists, has no owner and claims to be made from this role, but " + why +
                                             ": delete it, and it is created again"),
         true);
  };
  if (answer.has_value()) {
    HasSpecOf(resource, found_, *answer) ? void(at_ = At::kMend) : refuse("its spec is another one");
  } else if (const Code code = answer.error().code;
             code == Code::kInvalid || code == Code::kForbidden || code == Code::kAlreadyExists) {
    refuse("its spec cannot be compared: " + answer.error().message);
  } else {
    Fail(answer.error());
  }
  return std::nullopt;
}

std::optional<Touched> Execution::OnMended(const Result<json::Value>& answer) {
  if (!answer.has_value()) return OnLook(answer);
  at_ = At::kTell;
  return Note(create().resource, *answer);
}

}  // namespace muster::core
