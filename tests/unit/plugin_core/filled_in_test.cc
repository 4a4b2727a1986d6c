#include "kubectl-plugin/core/filled_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

using ::testing::ElementsAre;

const std::string kTemplate = R"("template":{"spec":{"containers":[{"name":"c","image":"i"}]}})";

json::Value WorkloadOf(const std::string& roles, const std::string& more = "") {
  return json::Parse(R"({"apiVersion":"muster.dev/v1alpha1","kind":"Workload","metadata":{"name":"w"},"spec":{)" +
                     more + R"("roles":[)" + roles + "]}}")
      .value();
}

// "PATH TEXT" without the beginning that all paths share.
std::vector<std::string> NotesOf(const json::Value& workload) {
  std::vector<std::string> lines;
  for (const FilledNote& note : FilledIn(workload)) {
    const std::string path = note.path.substr(note.path.find(']') + 2);
    lines.push_back((note.ignored ? "(ignored) " : "") + path + " " + note.text);
  }
  return lines;
}

constexpr const char* kLabels = "muster.dev/workload, muster.dev/pod-group, muster.dev/role";

TEST(FilledIn, ListsWhatIsWrittenIntoAStatefulSet) {
  const std::string role =
      R"({"name":"db","statefulSet":{"spec":{"replicas":3,"selector":{"matchLabels":{"app":"db"}},)"
      R"("persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"},)" +
      kTemplate + "}}}";
  EXPECT_THAT(
      NotesOf(WorkloadOf(role, R"("priorityClassName":"high",)")),
      ElementsAre(
          "statefulSet.metadata.name is not given; Muster names the object \"w-0-db\"",
          std::string("statefulSet.metadata.labels Muster adds ") + kLabels,
          "statefulSet.spec.replicas Muster sets it to 0 while the group is held, then to 3",
          "statefulSet.spec.persistentVolumeClaimRetentionPolicy.whenScaled Muster sets it to \"Retain\" while the "
          "group is held, then to \"Delete\"",
          std::string("statefulSet.spec.selector.matchLabels Muster adds ") + kLabels,
          "statefulSet.spec.template.spec.priorityClassName is not given; Muster sets it to \"high\", that of the "
          "Workload",
          "statefulSet.spec.template.metadata.labels.app is not given; Muster sets it to \"db\"",
          std::string("statefulSet.spec.template.metadata.labels Muster adds ") + kLabels,
          "statefulSet.spec.serviceName is not given; Muster sets it to \"w-0-db\"; no Service of that name is "
          "made",
          "statefulSet.spec.podManagementPolicy is not given; Muster sets it to \"Parallel\", so that all pods "
          "start together"));
}

TEST(FilledIn, ListsWhatIsIgnored) {
  const std::string role =
      R"({"name":"web","deployment":{"spec":{"strategy":{"type":"Recreate"},"template":{"metadata":{"name":"x"},)"
      R"("spec":{"priorityClassName":"low","containers":[{"name":"c","image":"i"}]}}}}})";
  const std::vector<std::string> notes = NotesOf(WorkloadOf(role, R"("priorityClassName":"high",)"));
  std::vector<std::string> ignored;
  for (const std::string& note : notes) {
    if (note.starts_with("(ignored)")) ignored.push_back(note);
  }
  EXPECT_THAT(
      ignored,
      ElementsAre("(ignored) deployment.spec.template.spec.priorityClassName is kept; the Workload's "
                  "priorityClassName, high, only orders the admission of the group",
                  "(ignored) deployment.spec.strategy is ignored: when the roles change, the whole group is "
                  "stopped and started again",
                  "(ignored) deployment.spec.template.metadata.name is ignored: the controller names the pods"));
}

TEST(FilledIn, LeavesOutWhatIsAsPasted) {
  const std::string role = R"({"name":"a","job":{"spec":{"suspend":false,)" + kTemplate + "}}}";
  EXPECT_THAT(NotesOf(WorkloadOf(role)),
              ElementsAre("job.metadata.name is not given; Muster names the object \"w-0-a\"",
                          std::string("job.metadata.labels Muster adds ") + kLabels,
                          "job.spec.suspend Muster sets it to true while the group is held, then to false",
                          std::string("job.spec.template.metadata.labels Muster adds ") + kLabels));
}

TEST(FilledIn, SaysTheSameOfSeveralRolesOnce) {
  const std::string job = R"(","job":{"spec":{)" + kTemplate + "}}}";
  const std::string web = R"({"name":"web","deployment":{"spec":{"strategy":{"type":"Recreate"},)" + kTemplate + "}}}";
  const json::Value workload = WorkloadOf(R"({"name":"a)" + job + "," + web + R"(,{"name":"b)" + job);
  EXPECT_THAT(SummaryOf(FilledIn(workload)),
              ElementsAre("in roles a, b Muster writes name, labels and suspend",
                          "in role web Muster writes name, labels, replicas and matchLabels; it ignores strategy"));
}

TEST(FilledIn, SaysNothingOfWhatCannotBeRead) {
  EXPECT_TRUE(FilledIn(json::Object{{"kind", "Service"}}).empty());
  EXPECT_TRUE(FilledIn(WorkloadOf(R"({"name":"a"})")).empty());
}

}  // namespace
}  // namespace muster::plugin
