// What tests of rights and of attacks start from: config/install.yaml as it is, with its policies in force, and people
// who have only the rights that a test gives them. People are impersonated (kubectl --as), so that the API server's own
// RBAC and admission answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/support/fixture.h"

namespace muster::e2e {

// A kind that a role can be, and the right to create it.
struct RoleKind {
  std::string_view field;  // of the role: "replicaSet"
  std::string_view group;  // "apps"
  std::string_view resource;
  json::Value (*role)(const std::string& name, int replicas, const Members& members);
};
const std::vector<RoleKind>& RoleKinds();

class People : public E2e {
 protected:
  void SetUp() override;

  // All rights on Workloads in the test's namespace, their scale too, and to create these kinds. Returns when the API
  // server knows of it.
  void LetWriteWorkloads(const std::string& user, const std::vector<RoleKind>& and_create);
  // Besides: all rights on that resource. `role` is a name for the right.
  void Let(const std::string& user, const std::string& role, const std::string& group, const std::string& resource);
  // One of the built-in roles, in the test's namespace.
  void BindClusterRole(const std::string& user, const std::string& role);
  // Every right on everything in the test's namespace.
  void LetDoEverything(const std::string& user);

  CommandResult KubectlAs(const std::string& user, std::vector<std::string> arguments, const std::string& input = {});
  // kubectl as that user must succeed; must fail and say all of these.
  void Allowed(const std::string& user, const std::vector<std::string>& arguments, const std::string& input = {});
  void Refused(const std::vector<std::string>& saying, const std::string& user,
               const std::vector<std::string>& arguments, const std::string& input = {});
  // What the policy must say to a user who may not create this kind.
  std::vector<std::string> RefusalOf(const RoleKind& kind, const std::string& user) const;

 private:
  void Grant(const std::string& user, const std::string& role, const json::Array& rules);
  void Bind(const std::string& user, const std::string& role_kind, const std::string& role);
  void WaitUntilMay(const std::string& user, const std::string& verb, const std::string& group,
                    const std::string& resource);
};

// Whether the API server's authorizer lets that user do it; attributes as of a SubjectAccessReview's spec.
bool IsPermitted(client::Api& admin, const std::string& user, const std::string& attributes_key,
                 json::Object attributes);

}  // namespace muster::e2e
