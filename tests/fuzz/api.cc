// Any JSON, decoded as every object we read; what we write of our own objects reads back as the same.
#include <algorithm>
#include <string>

#include "lib/api/child.h"
#include "lib/api/creation_failure.h"
#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "lib/api/priority_class.h"
#include "lib/api/quantity.h"
#include "lib/api/role_shape.h"
#include "lib/json/text.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

void LawsOfQuantity(std::string_view text) {
  using api::Rounding;
  if (const auto whole = api::ParseQuantity(text)) {
    const auto milli = api::ParseQuantity(text, api::Unit::kMilli);
    LAW(milli.has_value());
    for (const std::string_view resource : {api::kCpu, api::kMemory, std::string_view("nvidia.com/gpu")}) {
      for (const int64_t amount : {*whole, *milli}) {
        const json::Value up = api::FormatAmount(resource, amount, Rounding::kUp);
        const json::Value down = api::FormatAmount(resource, amount, Rounding::kDown);
        const auto up_amount = api::DecodeAmount(resource, up);
        const auto down_amount = api::DecodeAmount(resource, down);
        LAW(up_amount && down_amount);
        LAW(*down_amount <= *up_amount);
        // Reading rounds up to a whole unit. What is below the limits is cut at them.
        LAW(*up_amount >= amount && *down_amount <= api::SaturatingAdd(std::max(amount, -INT64_MAX), 1));
      }
    }
  }
}

void LawsOfTexts(const json::Value& value) {
  if (value.IsString()) LawsOfQuantity(value.Text());
  for (const json::Value& item : value.Items()) LawsOfTexts(item);
  for (const json::Member& member : value.Members()) LawsOfTexts(member.second);
}

void LawsOfRoles(const std::vector<api::Role>& roles) {
  const json::Value encoded = api::EncodeRoles(roles);
  const auto again = api::DecodeRoles(encoded);
  LAW(again && *again == roles);
  for (const api::Role& role : roles) {
    for (const int64_t succeeded : {int64_t{0}, int64_t{3}, INT64_MAX}) {
      const api::RoleShape shape = api::ShapeOf(role, {.succeeded = succeeded});
      LAW(shape.shape != nullptr && shape.members >= 0);
      LAW(shape.gang_size >= 0 && shape.gang_size <= shape.members);
    }
  }
}

void LawsOfWorkload(const json::Value& value) {
  const auto workload = api::DecodeWorkload(value);
  if (!workload) return;
  LAW(workload->spec.replicas >= 0);
  LAW(api::DecodeGang(api::EncodeGang(workload->spec.gang)) == workload->spec.gang);
  LawsOfRoles(workload->spec.roles);
  json::Value object = value;
  object.Set("status", api::EncodeWorkloadStatus(workload->status));
  const auto again = api::DecodeWorkload(object);
  LAW(again && api::EncodeWorkloadStatus(again->status) == object["status"]);
}

void LawsOfGroup(const json::Value& value) {
  const auto group = api::DecodePodGroup(value);
  if (!group) return;
  json::Value object = value;
  object.Set("spec", api::EncodePodGroupSpec(group->spec));
  object.Set("status", api::EncodePodGroupStatus(group->status));
  const auto again = api::DecodePodGroup(object);
  LAW(again && again->spec == group->spec);
  LAW(api::EncodePodGroupStatus(again->status) == object["status"]);
  if (!group->status.explanation) return;
  LAW(again->status.explanation == group->status.explanation);
  (void)api::ShortForm(*group->status.explanation);
}

void LawsOfConditions(const json::Value& value) {
  const api::Conditions conditions = api::DecodeConditions(value);
  const json::Value encoded = api::EncodeConditions(conditions);
  LAW(api::EncodeConditions(api::DecodeConditions(encoded)) == encoded);
}

void LawsOfShape(const json::Value& pod_spec, const json::Value& node_document) {
  const api::PodShapePtr shape = api::DecodePodShape(pod_spec);
  LAW(shape != nullptr);
  LAW(api::WithKeys(*shape)->key == shape->key);
  if (const auto node = api::DecodeNode(node_document)) (void)api::WhyNot(*shape, *node);
}

void DecodeAll(const json::Value& value) {
  LawsOfWorkload(value);
  LawsOfGroup(value);
  LawsOfConditions(value["status"]["conditions"]);
  LawsOfShape(value["spec"], value["node"]);
  LawsOfShape(value["spec"]["template"]["spec"], value);
  if (const auto roles = api::DecodeRoles(value["roles"])) LawsOfRoles(*roles);
  if (const auto pod = api::DecodePod(value)) LAW(pod->restarts >= 0 && *pod == *api::DecodePod(value));
  if (const auto node = api::DecodeNode(value)) LAW(*node == *api::DecodeNode(value));
  for (const api::RoleKind kind : api::kRoleKinds) {
    if (const auto child = api::DecodeChild(kind, value)) (void)(child->Held() || child->CaughtUp());
  }
  (void)api::DecodePriorityClass(value).has_value();
  (void)api::DecodeCreationFailure(value).has_value();
  LawsOfTexts(value);
}

}  // namespace
}  // namespace muster::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster;
  const Result<json::Value> value = json::Parse(fuzz::Choices(data, size).Rest());
  if (value) fuzz::DecodeAll(*value);
  return 0;
}
