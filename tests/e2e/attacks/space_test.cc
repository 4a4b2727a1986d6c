// The attacker has `edit` in a namespace and deletes it, or has it deleted, and keeps it Terminating with a finalizer.
// The victims are the API server and the groups of other namespaces: the operator must not try without end.
#include <thread>

#include "lib/base/strings.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

class Terminating : public People {
 protected:
  static json::Value Object(const api::Resource& resource, const std::string& name, const json::Array& finalizers) {
    return json::Object{{"apiVersion", resource.ApiVersion()},
                        {"kind", resource.kind},
                        {"metadata", json::Object{{"name", name}, {"finalizers", finalizers}}}};
  }

  // A merge patch in another namespace than the test's.
  void LetGo(const api::Resource& resource, const std::string& space, const std::string& name) {
    const auto done = api().MergePatch(resource, {space, name},
                                       json::Object{{"metadata", json::Object{{"finalizers", json::Value()}}}});
    EXPECT_TRUE(done.has_value()) << done.error().message;
  }
};

TEST_F(Terminating, ANamespaceThatDoesNotEndCostsNothing) {
  AddNodes({.prefix = "ends", .count = 1, .capacity = "cpu=8"});
  OperatorProcess& op = StartOperator();
  const std::string doomed = ns() + "-doomed";
  ASSERT_TRUE(api().Create(kNamespaces, "", Object(kNamespaces, doomed, {})).has_value());
  // What keeps the namespace, and Workloads that keep themselves.
  ASSERT_TRUE(api().Create(kConfigMaps, doomed, Object(kConfigMaps, "stays", {"example.com/keep"})).has_value());
  for (int i = 0; i < 10; ++i) {
    json::Value workload = MakeWorkload("w" + std::to_string(i), {JobRole("j", 1), StatefulSetRole("s", 1)});
    if (i % 2 == 0) workload.Mutable("metadata").Set("finalizers", json::Array{"example.com/keep"});
    ASSERT_TRUE(api().Create(api::kWorkloads, doomed, workload).has_value());
  }
  ASSERT_TRUE(Eventually(20s, [&]() -> std::string {
    const auto pods = api().List(api::kPods, doomed);
    return pods && (*pods)["items"].Items().size() == 8 ? "" : "not all 8 pods are there";
  }));
  const AuditLog audit(cluster().run_dir());
  const int64_t mark = audit.Mark();
  ASSERT_TRUE(api().Delete(kNamespaces, {"", doomed}, {}).has_value());
  ASSERT_TRUE(Eventually(30s, [&]() -> std::string {
    const auto groups = api().List(api::kPodGroups, doomed);
    if (!groups) return groups.error().message;
    return (*groups)["items"].Items().empty() ? "" : "there are PodGroups";
  }));
  // Of what the operator wrote while they went, little was refused; when they have gone, it writes nothing more.
  size_t refused = 0;
  for (const AuditedWrite& write : WritesOf(audit.WritesSince(mark), kOperatorUser)) {
    if (write.ns == doomed && write.code >= 400) ++refused;
  }
  PrintFigure("refused writes of the operator", std::to_string(refused));
  EXPECT_LT(refused, 200U);
  const int64_t gone = audit.Mark();
  std::this_thread::sleep_for(3s);
  size_t later = 0;
  for (const AuditedRequest& request : audit.RequestsSince(gone)) {
    if (request.user == kOperatorUser && request.ns == doomed && request.verb != "watch") ++later;
  }
  EXPECT_LT(later, 20U) << "requests in three seconds for a namespace in which nothing can be made";
  // Others are served.
  Apply(MakeWorkload("mine", {JobRole("j", 8)}));
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("mine-0", 8); }));
  EXPECT_TRUE(op.Running());
  for (int i = 0; i < 10; i += 2) LetGo(api::kWorkloads, doomed, "w" + std::to_string(i));
  LetGo(kConfigMaps, doomed, "stays");
  EXPECT_TRUE(Eventually(60s, [&]() -> std::string {
    const auto space = api().Get(kNamespaces, {"", doomed});
    return !space && space.error().code == Code::kNotFound ? "" : "the namespace is still there";
  }));
}

}  // namespace
}  // namespace muster::e2e
