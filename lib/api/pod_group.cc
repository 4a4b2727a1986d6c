#include "lib/api/pod_group.h"

#include <algorithm>

namespace muster::api {
namespace {

constexpr std::string_view kStateNames[] = {"Waiting",  "Held",      "Starting", "Running",
                                            "Stopping", "Succeeded", "Failed",   "Stalled"};

RoleStatus DecodeRoleStatus(const json::Value& value) {
  return {.name = value["name"].Text(),
          .kind = value["kind"].Text(),
          .desired = value["desired"].Integer(),
          .created = value["created"].Integer(),
          .scheduled = value["scheduled"].Integer(),
          .ready = value["ready"].Integer(),
          .succeeded = value["succeeded"].Integer(),
          .failed = value["failed"].Integer(),
          .result = value["result"].Text()};
}

json::Value EncodeRoleStatus(const RoleStatus& role) {
  json::Object object{{"name", role.name},           {"kind", role.kind},           {"desired", role.desired},
                      {"created", role.created},     {"scheduled", role.scheduled}, {"ready", role.ready},
                      {"succeeded", role.succeeded}, {"failed", role.failed}};
  if (!role.result.empty()) object.Append("result", role.result);
  return object;
}

PodGroupStatus DecodeGroupStatus(const json::Value& value) {
  PodGroupStatus status;
  status.observed_generation = value["observedGeneration"].Integer();
  status.state = StateOfName(value["state"].Text());
  status.revision = value["revision"].Text();
  status.members = value["members"].Integer();
  status.scheduled = value["scheduled"].Integer();
  status.ready = value["ready"].Integer();
  for (const json::Value& role : value["roles"].Items()) status.roles.push_back(DecodeRoleStatus(role));
  status.attempt = value["attempt"].Integer();
  status.timeouts = value["timeouts"].Integer();
  status.asked_time = ParseTime(value["askedTime"].Text());
  status.next_attempt_time = ParseTime(value["nextAttemptTime"].Text());
  const json::Value& stop = value["lastStop"];
  status.last_stop = {ParseTime(stop["time"].Text()), stop["reason"].Text(), stop["pod"].Text(),
                      stop["message"].Text()};
  if (value.Has("explanation")) status.explanation = DecodeExplanation(value["explanation"]);
  status.conditions = DecodeConditions(value["conditions"]);
  return status;
}

json::Value EncodeLastStop(const LastStop& stop) {
  json::Object object;
  if (stop.time) object.Append("time", FormatTime(*stop.time));
  object.Append("reason", stop.reason);
  if (!stop.pod.empty()) object.Append("pod", stop.pod);
  if (!stop.message.empty()) object.Append("message", stop.message);
  return object;
}

}  // namespace

std::string_view StateName(GroupState state) { return kStateNames[static_cast<size_t>(state)]; }

std::optional<GroupState> StateOfName(std::string_view name) {
  for (const GroupState state : kGroupStates) {
    if (StateName(state) == name) return state;
  }
  return std::nullopt;
}

Result<PodGroup> DecodePodGroup(const json::Value& object) {
  PodGroup group;
  TRY(group.meta, DecodeMeta(object, KeepLabels::kOurs));
  const json::Value& spec = object["spec"];
  group.spec.index = spec["index"].Integer();
  group.spec.revision = spec["revision"].Text();
  group.spec.run = spec["run"].Text() == "Hold" ? Run::kHold : Run::kRun;
  group.spec.priority_class_name = spec["priorityClassName"].Text();
  group.spec.gang = DecodeGang(spec["gang"]);
  group.status = DecodeGroupStatus(object["status"]);
  return group;
}

json::Value EncodePodGroupSpec(const PodGroupSpec& spec) {
  json::Object object{{"index", spec.index},
                      {"revision", spec.revision},
                      {"run", spec.run == Run::kHold ? "Hold" : "Run"},
                      {"gang", EncodeGang(spec.gang)}};
  if (!spec.priority_class_name.empty()) object.Append("priorityClassName", spec.priority_class_name);
  return object;
}

json::Value EncodePodGroupStatus(const PodGroupStatus& status) {
  json::Array roles;
  for (const RoleStatus& role : status.roles) roles.push_back(EncodeRoleStatus(role));
  json::Object object{{"observedGeneration", status.observed_generation},
                      {"revision", status.revision},
                      {"members", status.members},
                      {"scheduled", status.scheduled},
                      {"ready", status.ready},
                      {"roles", std::move(roles)},
                      {"attempt", status.attempt},
                      {"timeouts", status.timeouts}};
  if (status.state) object.Append("state", StateName(*status.state));
  if (status.asked_time) object.Append("askedTime", FormatTime(*status.asked_time));
  if (status.next_attempt_time) object.Append("nextAttemptTime", FormatTime(*status.next_attempt_time));
  if (!status.last_stop.reason.empty()) object.Append("lastStop", EncodeLastStop(status.last_stop));
  if (status.explanation) object.Append("explanation", EncodeExplanation(*status.explanation));
  object.Append("conditions", EncodeConditions(status.conditions));
  return object;
}

}  // namespace muster::api
