// What is kept of a role in the caches: the same sizes, requests and problems as the whole role gives, and little else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/role_shape.h"
#include "lib/json/text.h"

namespace muster::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Role RoleFrom(const std::string& text) {
  const auto roles = DecodeRoles(json::Array{*json::Parse(text)});
  EXPECT_TRUE(roles.has_value());
  return roles->front();
}

const char* const kRoles[] = {
    R"({"name":"w","job":{"spec":{"parallelism":4,"completions":8,"template":{"spec":{"containers":[
        {"name":"c","image":"i","env":[{"name":"A","value":"B"}],"resources":{"requests":{"cpu":"2"},
         "limits":{"memory":"1Gi"}}},{"name":"d"}]}}}}})",
    R"({"name":"w","minAvailable":1,"statefulSet":{"spec":{"replicas":3,"volumeClaimTemplates":[{"spec":{"a":1}}],
        "persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"},"podManagementPolicy":"OrderedReady",
        "template":{"spec":{"initContainers":[{"name":"s","restartPolicy":"Always"},{"name":"i",
        "resources":{"requests":{"cpu":"3"}}}],"containers":[{"name":"c"}],"overhead":{"cpu":"100m"},
        "tolerations":[{"operator":"Exists"}],"nodeSelector":{"a":"b"}}}}}})",
    R"({"name":"w","deployment":{"spec":{"replicas":-1,"paused":true,"template":{"spec":{"resources":{"requests":
        {"cpu":"7"}},"volumes":[{"name":"x","configMap":{"name":"m"}},{"name":"v","persistentVolumeClaim":
        {"claimName":"p"}}],"containers":[{"name":"c","resources":{"requests":{"cpu":"no"}}}]}}}}})",
    R"({"name":"w","replicaSet":{"spec":{}}})",
};

Resources Defaults() {
  Resources defaults;
  defaults.Set(kCpu, 250);
  defaults.Set(kMemory, 1 << 20);
  return defaults;
}

TEST(Outlines, GiveTheShapeOfTheWholeRoleWithAnyDefaults) {
  for (const char* text : kRoles) {
    const Role whole = RoleFrom(text);
    const Role outline = OutlineOf(whole);
    EXPECT_FALSE(outline.whole);
    const RoleShape without = ShapeOf(whole);
    const RoleShape wanted = ShapeOf(whole, {.defaults = Defaults()});
    for (const Role* role : {&whole, &outline}) {
      const RoleShape with = ShapeWith(without, *role, Defaults());
      EXPECT_EQ(with.shape->key, wanted.shape->key) << text;
      EXPECT_EQ(with.shape->not_considered, wanted.shape->not_considered);
      EXPECT_EQ(with.members, wanted.members);
      EXPECT_EQ(with.gang_size, wanted.gang_size);
      EXPECT_EQ(with.problems, wanted.problems);
    }
  }
}

TEST(Outlines, HaveNoTextsOfContainers) {
  const Role whole = RoleFrom(kRoles[0]);
  EXPECT_EQ(json::Write(OutlineOf(whole).body),
            R"({"spec":{"parallelism":4,"completions":8,"template":{"spec":{"containers":[{"resources":{"requests":)"
            R"({"cpu":"2"},"limits":{"memory":"1Gi"}}},{}]}}}})");
}

TEST(Constraints, ThatAreTooManyAreNotKeptAndKeepTheRoleFromStarting) {
  const auto role = [](size_t tolerations) {
    json::Array all(tolerations, json::Value(json::Object()));
    return Role{.name = "w",
                .body = json::Object{
                    {"spec", json::Object{{"template", json::Object{{"spec", json::Object{{"tolerations", all}}}}}}}}};
  };
  const RoleShape fine = ShapeOf(role(kConstraintsMax - 5));
  EXPECT_EQ(fine.shape->tolerations.size(), kConstraintsMax - 5);
  EXPECT_THAT(fine.problems, ElementsAre());
  const RoleShape large = ShapeOf(role(kConstraintsMax + 5));
  EXPECT_EQ(large.shape->tolerations.size(), 0U);
  EXPECT_THAT(large.problems, ElementsAre(HasSubstr("roles[w].job.spec.template.spec has a nodeSelector, "
                                                    "affinity.nodeAffinity and tolerations of more than 2000 values")));
  EXPECT_THAT(large.shape->not_considered, ElementsAre(HasSubstr("tolerations of more than 2000 values")));
}

}  // namespace
}  // namespace muster::api
