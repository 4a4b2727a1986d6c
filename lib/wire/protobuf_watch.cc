#include "lib/wire/protobuf_watch.h"

#include <google/protobuf/stubs/logging.h>

#include <string>
#include <utility>

#include "lib/api/meta.h"
#include "lib/base/time.h"
#include "lib/wire/status.h"
#include "lib/wire/watch_event.pb.h"

namespace muster::wire {
namespace {

constexpr std::string_view kMagic{"k8s\0", 4};

Error NoEvent(const std::string& why) { return MakeError(Code::kDecode, "no watch event: " + why); }

template <class Message>
bool Parse(std::string_view bytes, Message& message) {
  // Else the library writes to standard error of each text that is not UTF-8; whoever gets our error logs that.
  static google::protobuf::LogHandler* const its_own = google::protobuf::SetLogHandler(nullptr);
  (void)its_own;
  constexpr size_t kLongest = 256UL << 20U;
  return bytes.size() <= kLongest && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

template <class Entries>
json::Object Quantities(const Entries& entries) {
  json::Object all;
  for (const proto::QuantityEntry& entry : entries) all.Append(entry.key(), entry.value().text());
  return all;
}

std::string TimeText(const proto::Time& time) { return FormatTime(Instant(std::chrono::seconds(time.seconds()))); }

json::Value Meta(const proto::ObjectMeta& from, WatchEvent::Type type) {
  json::Object meta;
  meta.Append("name", from.name());
  if (!from.namespace_().empty()) meta.Append("namespace", from.namespace_());
  meta.Append("uid", from.uid());
  meta.Append("resourceVersion", from.resource_version());
  meta.Append("generation", from.generation());
  if (from.has_creation_timestamp()) meta.Append("creationTimestamp", TimeText(from.creation_timestamp()));
  if (from.has_deletion_timestamp()) meta.Append("deletionTimestamp", TimeText(from.deletion_timestamp()));
  json::Object labels;
  for (const proto::StringEntry& entry : from.labels()) {
    if (entry.key().starts_with(api::kLabelPrefix)) labels.Append(entry.key(), entry.value());
  }
  if (!labels.empty()) meta.Append("labels", std::move(labels));
  if (type == WatchEvent::Type::kBookmark) {
    json::Object annotations;
    for (const proto::StringEntry& entry : from.annotations()) annotations.Append(entry.key(), entry.value());
    meta.Append("annotations", std::move(annotations));
  }
  json::Array owners;
  for (const proto::OwnerReference& owner : from.owner_references()) {
    owners.push_back(json::Object{{"apiVersion", owner.api_version()},
                                  {"kind", owner.kind()},
                                  {"name", owner.name()},
                                  {"uid", owner.uid()},
                                  {"controller", owner.controller()}});
  }
  if (!owners.empty()) meta.Append("ownerReferences", std::move(owners));
  return meta;
}

json::Object Requirements(const proto::ResourceRequirements& from) {
  json::Object requirements;
  if (!from.limits().empty()) requirements.Append("limits", Quantities(from.limits()));
  if (!from.requests().empty()) requirements.Append("requests", Quantities(from.requests()));
  return requirements;
}

template <class Containers>
json::Array ContainersOf(const Containers& from) {
  json::Array containers;
  for (const proto::Container& container : from) {
    json::Object one;
    one.Append("resources", Requirements(container.resources()));
    if (!container.restart_policy().empty()) one.Append("restartPolicy", container.restart_policy());
    containers.emplace_back(std::move(one));
  }
  return containers;
}

// Of a required node affinity only what names nodes: it is read of pods of a DaemonSet that are not bound yet.
json::Array TermsByName(const proto::NodeAffinity& from) {
  json::Array terms;
  for (const proto::NodeSelectorTerm& term :
       from.required_during_scheduling_ignored_during_execution().node_selector_terms()) {
    json::Array fields;
    for (const proto::NodeSelectorRequirement& field : term.match_fields()) {
      fields.push_back(json::Object{{"key", field.key()},
                                    {"operator", field.operator_()},
                                    {"values", json::Array(field.values().begin(), field.values().end())}});
    }
    if (!fields.empty()) terms.push_back(json::Object{{"matchFields", std::move(fields)}});
  }
  return terms;
}

json::Value Spec(const proto::PodSpec& from) {
  json::Object spec;
  spec.Append("containers", ContainersOf(from.containers()));
  if (!from.init_containers().empty()) spec.Append("initContainers", ContainersOf(from.init_containers()));
  if (!from.node_name().empty()) {
    spec.Append("nodeName", from.node_name());
  } else if (json::Array terms = TermsByName(from.affinity().node_affinity()); !terms.empty()) {
    json::Object required{{"nodeSelectorTerms", std::move(terms)}};
    json::Object affinity{{"requiredDuringSchedulingIgnoredDuringExecution", std::move(required)}};
    spec.Append("affinity", json::Object{{"nodeAffinity", std::move(affinity)}});
  }
  spec.Append("priority", static_cast<int64_t>(from.priority()));
  if (!from.overhead().empty()) spec.Append("overhead", Quantities(from.overhead()));
  json::Array gates;
  for (const proto::PodSchedulingGate& gate : from.scheduling_gates()) {
    gates.emplace_back(json::Object{{"name", gate.name()}});
  }
  if (!gates.empty()) spec.Append("schedulingGates", std::move(gates));
  if (from.has_resources()) spec.Append("resources", Requirements(from.resources()));
  return spec;
}

json::Value StateOf(const proto::ContainerState& from) {
  json::Object state;
  if (from.has_waiting()) {
    state.Append("waiting", json::Object{{"reason", from.waiting().reason()}, {"message", from.waiting().message()}});
  }
  if (from.has_running()) state.Append("running", json::Object());
  if (from.has_terminated()) {
    state.Append("terminated", json::Object{{"exitCode", static_cast<int64_t>(from.terminated().exit_code())},
                                            {"reason", from.terminated().reason()},
                                            {"message", from.terminated().message()}});
  }
  return state;
}

template <class Statuses>
json::Array ContainerStatuses(const Statuses& from) {
  json::Array statuses;
  for (const proto::ContainerStatus& container : from) {
    json::Object one;
    one.Append("name", container.name());
    one.Append("state", StateOf(container.state()));
    one.Append("restartCount", static_cast<int64_t>(container.restart_count()));
    if (!container.allocated_resources().empty()) {
      one.Append("allocatedResources", Quantities(container.allocated_resources()));
    }
    if (container.has_resources()) one.Append("resources", Requirements(container.resources()));
    statuses.emplace_back(std::move(one));
  }
  return statuses;
}

json::Value StatusOf(const proto::PodStatus& from) {
  json::Object status;
  status.Append("phase", from.phase());
  if (!from.message().empty()) status.Append("message", from.message());
  if (!from.reason().empty()) status.Append("reason", from.reason());
  json::Array conditions;
  for (const proto::PodCondition& condition : from.conditions()) {
    conditions.push_back(json::Object{{"type", condition.type()},
                                      {"status", condition.status()},
                                      {"reason", condition.reason()},
                                      {"message", condition.message()}});
  }
  status.Append("conditions", std::move(conditions));
  status.Append("containerStatuses", ContainerStatuses(from.container_statuses()));
  if (!from.init_container_statuses().empty()) {
    status.Append("initContainerStatuses", ContainerStatuses(from.init_container_statuses()));
  }
  return status;
}

json::Value RefusalOf(const proto::Status& from) {
  json::Object details;
  if (from.details().retry_after_seconds() > 0) {
    details.Append("retryAfterSeconds", static_cast<int64_t>(from.details().retry_after_seconds()));
  }
  json::Array causes;
  for (const proto::StatusCause& cause : from.details().causes()) {
    causes.push_back(json::Object{{"reason", cause.reason()}, {"message", cause.message()}, {"field", cause.field()}});
  }
  details.Append("causes", std::move(causes));
  return json::Object{{"kind", "Status"},
                      {"message", from.message()},
                      {"reason", from.reason()},
                      {"details", std::move(details)},
                      {"code", static_cast<int64_t>(from.code())}};
}

Result<WatchEvent> ErrorEvent(const proto::Unknown& object) {
  proto::Status status;
  if (object.type_meta().kind() != "Status" || !Parse(object.raw(), status)) return NoEvent("its error is no Status");
  WatchEvent event{.type = WatchEvent::Type::kError, .object = RefusalOf(status)};
  event.error = RefusalError(DecodeStatus(event.object));
  return event;
}

}  // namespace

Result<WatchEvent> ParseProtobufEvent(std::string_view frame) {
  proto::WatchEvent from;
  if (!Parse(frame, from)) return NoEvent("it is not protobuf");
  TRY(const WatchEvent::Type type, ParseEventType(from.type()));
  std::string_view bytes = from.object().raw();
  proto::Unknown object;
  if (!bytes.starts_with(kMagic)) return NoEvent("its object is not protobuf");
  bytes.remove_prefix(kMagic.size());
  if (!Parse(bytes, object) || !object.content_encoding().empty()) return NoEvent("its object is not protobuf");
  if (type == WatchEvent::Type::kError) return ErrorEvent(object);
  proto::Pod pod;
  if (object.type_meta().kind() != "Pod" || !Parse(object.raw(), pod)) return NoEvent("its object is no Pod");
  if (pod.metadata().resource_version().empty()) return NoEvent("its object has no metadata.resourceVersion");
  WatchEvent event{.type = type, .object = json::Object{{"metadata", Meta(pod.metadata(), type)}}};
  if (type == WatchEvent::Type::kBookmark) {
    event.initial_events_end = IsInitialEventsEnd(event.object);
    return event;
  }
  event.object.Set("spec", Spec(pod.spec()));
  event.object.Set("status", StatusOf(pod.status()));
  return event;
}

}  // namespace muster::wire
