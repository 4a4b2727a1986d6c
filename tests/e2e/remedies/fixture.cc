#include "tests/e2e/remedies/fixture.h"

#include <algorithm>

#include "lib/api/quantity.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::e2e {

json::Value Remedies::Told() {
  const CommandResult told = Plugin({"explain", "podgroup/g-0", "-o", "json"});
  auto parsed = json::Parse(told.out);
  if (!parsed.has_value()) return {};
  told_ = told.out;
  return (*parsed)["items"].At(0);
}

std::string Remedies::Suggestion(const std::string& code) {
  const json::Value told = Told();
  for (const json::Value& change : told["explanation"]["changes"].Items()) {
    if (change["code"].Text() == code) return change["text"].Text();
  }
  return {};
}

std::string Remedies::Behind(const std::string& beginning) {
  const json::Value told = Told();
  for (const json::Value& advice : told["advice"].Items()) {
    if (advice.Text().starts_with(beginning)) return advice.Text().substr(beginning.size());
  }
  return {};
}

std::string Remedies::MessageOf(const std::string& blocker) {
  const json::Value told = Told();
  for (const json::Value& entry : told["explanation"]["blockers"].Items()) {
    if (entry["code"].Text() == blocker) return entry["message"].Text();
  }
  return {};
}

std::string Remedies::NotBlockedBy(const std::string& blocker) {
  if (!MessageOf(blocker).empty()) return {};
  const json::Value group = Get(api::kPodGroups, "g-0");
  const bool held = group["status"]["state"].Text() == "Held";
  if (held && ConditionOf(group, "Admitted")["reason"].Text() == blocker) return {};
  return "no " + blocker + " in " + told_;
}

void Remedies::SetNodeReady(const std::string& node, bool ready) {
  const json::Value condition = json::Object{{"type", "Ready"},
                                             {"status", ready ? "True" : "False"},
                                             {"reason", ready ? "KubeletReady" : "KubeletNotReady"},
                                             {"message", "as the test has it"}};
  const json::Value patch = json::Object{{"status", json::Object{{"conditions", json::Array{condition}}}}};
  Must(cluster().Kubectl({"patch", "node", node, "--subresource=status", "-p", json::Write(patch)}));
}

void Remedies::Do(const Remedy& remedy, const AddNode& add_node) {
  if (remedy.code == "AddNodes") return AddMore(remedy, add_node);
  if (remedy.code == "AddToleration") {
    json::Value toleration = json::Object{{"key", remedy.key}, {"operator", remedy.value.empty() ? "Exists" : "Equal"}};
    if (!remedy.value.empty()) toleration.Set("value", remedy.value);
    return ChangeRole(remedy.role, [&](json::Value&, json::Value& spec) {
      spec.Mutable("template").Mutable("spec").Mutable("tolerations").Append(toleration);
    });
  }
  if (remedy.code == "Uncordon") {
    for (const std::string& node : remedy.nodes) Must(cluster().Kubectl({"uncordon", node}));
    return;
  }
  if (remedy.code == "RemoveSelector") {
    return ChangeRole(remedy.role, [&](json::Value&, json::Value& spec) {
      json::Value& pod = spec.Mutable("template").Mutable("spec");
      remedy.field.empty() ? pod.Mutable("nodeSelector").Erase(remedy.key) : pod.Erase(remedy.field);
    });
  }
  if (remedy.code == "FreeResources") return Free(remedy);
  ASSERT_EQ(remedy.code, "ReduceMembers");
  Reduce(remedy);
}

// To one more, which does not do; then as told.
void Remedies::Reduce(const Remedy& remedy) {
  for (const int64_t members : {remedy.count + 1, remedy.count}) {
    if (members == remedy.count) {
      EXPECT_TRUE(Stays(1500ms, [&] { return Missing("g-0", "Waiting"); })) << "one member more would have done";
    }
    ChangeRole(remedy.role, [&](json::Value& entry, json::Value& spec) {
      (remedy.field == "minAvailable" ? entry : spec).Set(remedy.field, members);
    });
  }
}

// All but one, which does not do; then that one.
void Remedies::AddMore(const Remedy& remedy, const AddNode& add_node) {
  for (int64_t i = 0; i < remedy.count; ++i) {
    if (i > 0 && i + 1 == remedy.count) {
      EXPECT_TRUE(Stays(1500ms, [&] { return Missing("g-0", "Waiting"); })) << "one node fewer would have done";
    }
    add_node([&] { remedy.like.empty() ? AddDescribed(remedy) : AddCopy(remedy.like, i); });
  }
}

void Remedies::AddCopy(const std::string& name, int64_t i) {
  const auto got = api().Get(api::kNodes, {"", name});
  ASSERT_TRUE(got.has_value()) << got.error().message;
  const std::string copy = Join({name, "copy", std::to_string(i)}, "-");
  json::Value node = *got;
  json::Value labels = node["metadata"]["labels"];
  labels.Set("kubernetes.io/hostname", copy);
  node.Set("metadata", json::Object{{"name", copy}, {"labels", labels}});
  Create(api::kNodes, node);
}

void Remedies::AddDescribed(const Remedy& remedy) {
  std::vector<std::string> capacity;
  for (const auto& [resource, amount] : remedy.amounts) capacity.push_back(Join({resource, amount}, "="));
  AddNodes({.prefix = "described-" + ns(), .capacity = Join(capacity, ","), .labels = remedy.labels});
}

void Remedies::ChangeRole(const std::string& role,
                          const std::function<void(json::Value& entry, json::Value& spec)>& change) {
  json::Value roles = Workload("g")["spec"]["roles"];
  for (json::Value& entry : roles.MutableItems()) {
    if (entry["name"].Text() != role) continue;
    for (const char* field : {"deployment", "replicaSet", "statefulSet", "job"}) {
      if (entry.Has(field)) change(entry, entry.Mutable(field).Mutable("spec"));
    }
  }
  const json::Value patch = json::Object{{"spec", json::Object{{"roles", roles}}}};
  Must(Kubectl({"patch", "workloads.muster.dev", "g", "--type=merge", "-p", json::Write(patch)}));
}

// Deletes pods of others on these nodes until so much is free.
void Remedies::Free(const Remedy& remedy) {
  int64_t millis = api::ParseQuantity(remedy.amounts.at("cpu"), api::Unit::kMilli).value_or(0);
  ASSERT_GT(millis, 0);
  for (const json::Value& pod : List(api::kPods)) {
    const bool there =
        std::find(remedy.nodes.begin(), remedy.nodes.end(), pod["spec"]["nodeName"].Text()) != remedy.nodes.end();
    if (!there || millis <= 0) continue;
    Must(Kubectl({"delete", "pod", pod["metadata"]["name"].Text(), "--wait=false"}));
    millis -= 1000;
  }
  EXPECT_LE(millis, 0) << "there is not so much to free";
}

}  // namespace muster::e2e
