#include "operator/core/plan.h"

#include <algorithm>

#include "lib/api/child.h"
#include "lib/json/patch.h"
#include "lib/json/text.h"

namespace muster::core {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string DryRun(Mode mode) { return mode == Mode::kDryRun ? "dry-run " : ""; }
std::string Verb(Mode mode) { return mode == Mode::kLook ? "look for " : DryRun(mode) + "create "; }

bool IsWrite(const Step& step) {
  const auto* create = std::get_if<Create>(&step.action);
  return !std::holds_alternative<EmitEvent>(step.action) && (create == nullptr || create->mode != Mode::kLook);
}

std::string NameOf(const json::Value& object) {
  const json::Value& meta = object["metadata"];
  return api::Key{meta["namespace"].Text(), meta["name"].Text()}.Text();
}

// The values a patch sets: " /spec/suspend=true".
std::string Changes(const json::Array& operations) {
  std::string text;
  for (const json::Value& operation : operations) {
    constexpr size_t kLongestValue = 40;
    const std::string value = json::Write(operation["value"]);
    text += " " + operation["path"].Text();
    if (value.size() <= kLongestValue) text += "=" + value;
  }
  return text;
}

}  // namespace

Delete DeleteOf(const api::Resource& resource, const api::ObjectMeta& meta) {
  return {.resource = resource, .key = meta.key(), .uid = meta.uid, .resource_version = meta.resource_version};
}

json::Array Tested(const Patch& patch) {
  json::Array all;
  const std::string mark = json::PathTo("/metadata/annotations", api::kAnnotationAttempt);
  if (patch.generation) all.push_back(json::Operation("test", "/metadata/generation", *patch.generation));
  if (patch.attempt_before) all.push_back(json::Operation("test", mark, std::to_string(*patch.attempt_before)));
  if (patch.attempt) all.push_back(json::Operation("add", mark, std::to_string(*patch.attempt)));
  all.insert(all.end(), patch.operations.begin(), patch.operations.end());
  return all;
}

bool Plan::HasWrites() const { return std::any_of(steps.begin(), steps.end(), IsWrite); }

std::string Describe(const Step& step) {
  const std::string what = std::visit(
      Overloaded{
          [](const Create& a) { return Verb(a.mode) + std::string(a.resource.kind) + " " + NameOf(a.object); },
          [](const Patch& a) {
            return DryRun(a.mode) + "patch " + std::string(a.resource.kind) + " " + a.key.Text() +
                   Changes(a.operations);
          },
          [](const Delete& a) { return "delete " + std::string(a.resource.kind) + " " + a.key.Text(); },
          [](const WriteStatus& a) { return "status " + std::string(a.resource.kind) + " " + a.key.Text(); },
          [](const EmitEvent& a) { return "event " + a.reason + ": " + a.note; },
      },
      step.action);
  return step.why.empty() ? what : what + " (" + step.why + ")";
}

std::string Describe(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps) text += Describe(step) + "\n";
  return text;
}

}  // namespace muster::core
