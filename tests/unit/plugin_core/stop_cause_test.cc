#include "kubectl-plugin/core/stop_cause.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Cure(const std::string& words, int64_t members = 2) {
  return CureOf({.words = words, .ns = "ml", .edit = "kubectl edit x", .members_max = members});
}

// Words of Kubernetes 1.37.
TEST(StopCause, SaysWhetherWaitingHelpsAndWhatDoes) {
  const struct {
    const char* words;
    const char* begins;
    const char* names;
  } cases[] = {
      {R"(pods "a-0" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true)",
       "Waiting cannot help: namespace ml enforces a Pod Security level", "(kubectl edit x)"},
      {R"(pods "a-0" is forbidden: exceeded quota: team, requested: requests.cpu=1, used: requests.cpu=6)",
       "Waiting helps only if other pods in namespace ml give back", "kubectl describe resourcequota -n ml"},
      {R"(pods "a-0" is forbidden: failed quota: team: must specify requests.cpu for: c)", "Waiting cannot help",
       "states what it requests"},
      {R"(pods "a-0" is forbidden: maximum cpu usage per Container is 1, but limit is 2)", "Waiting cannot help",
       "a LimitRange of namespace ml"},
      {R"(admission webhook "x.example.com" denied the request: no)", "Waiting cannot help while this policy", "EDIT"},
      {R"(error looking up service account ml/x: serviceaccount "x" not found)",
       "Waiting cannot help until the Service", "create it"},
      {R"(0/3 nodes are available: persistentvolumeclaim "data" not found.)",
       "Waiting cannot help until the Persistent", "create it"},
      {"0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
       "Waiting helps only if its volumes", "persistentvolumeclaims -n ml"},
      {"0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.",
       "Waiting helps only if pods go that are in the way: pods with the same host port cannot share a node",
       "Add nodes"},
  };
  for (const auto& test : cases) {
    const std::string names = std::string(test.names) == "EDIT" ? "(kubectl edit x)" : test.names;
    EXPECT_THAT(Cure(test.words), AllOf(StartsWith(test.begins), HasSubstr(names))) << test.words;
  }
  EXPECT_EQ(Cure("0/3 nodes are available: 3 Insufficient cpu."), "");
  EXPECT_EQ(Cure(""), "");
}

TEST(StopCause, MembersThatCannotShareANodeNeedAsManyNodes) {
  const std::string ports = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.";
  EXPECT_THAT(Cure(ports, 2), StartsWith("Waiting cannot help, with 1 node for 2 members: pods with the same "
                                         "host port cannot share a node."));
  EXPECT_THAT(Cure(ports, 1), StartsWith("Waiting helps only if pods go that are in the way"));
  EXPECT_THAT(Cure("0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.", 3),
              StartsWith("Waiting cannot help, with 2 nodes for 3 members"));
}

}  // namespace
}  // namespace muster::plugin
