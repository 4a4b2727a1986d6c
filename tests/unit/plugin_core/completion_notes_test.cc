// What lint notes about the end of a Workload.
#include "kubectl-plugin/core/completion_notes.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::plugin {
namespace {

// "path: text" of each note, for a Workload of these roles.
std::string NotesOn(const std::string& roles) {
  const auto workload = json::Parse(R"({"spec":{"roles":)" + roles + "}}");
  std::string text;
  for (const Finding& note : CompletionNotes(workload.value_or(json::Value()))) {
    text += note.path + ": " + note.text + "\n";
  }
  return text;
}

TEST(CompletionNotes, AWorkloadThatEndsOrServesHasNone) {
  EXPECT_EQ(NotesOn(R"([{"name":"a","job":{"spec":{}}},{"name":"b","job":{"spec":{"parallelism":3}}}])"), "");
  EXPECT_EQ(NotesOn(R"([{"name":"a","deployment":{}},{"name":"b","statefulSet":{}}])"), "");
  EXPECT_EQ(NotesOn("null"), "");
}

TEST(CompletionNotes, SaysWhatKeepsItsResourcesWhenTheJobsHaveFinished) {
  EXPECT_EQ(NotesOn(R"([{"name":"launcher","job":{"spec":{}}},{"name":"workers","statefulSet":{}}])"),
            "spec.roles: the Workload never completes: when its Jobs have finished, workers runs on and keeps its "
            "resources until the Workload is suspended or deleted\n");
  EXPECT_EQ(NotesOn(R"([{"name":"a","job":{}},{"name":"b","replicaSet":{}},{"name":"c","deployment":{}}])"),
            "spec.roles: the Workload never completes: when its Jobs have finished, b, c run on and keep their "
            "resources until the Workload is suspended or deleted\n");
}

TEST(CompletionNotes, NamesAJobThatCreatesNoPod) {
  EXPECT_EQ(NotesOn(R"([{"name":"a","job":{"spec":{"parallelism":0,"completions":3}}}])"),
            "spec.roles[0].job.spec.parallelism: is 0: the Job is paused and creates no pod, so the Workload never "
            "completes\n");
  EXPECT_EQ(NotesOn(R"([{"name":"a","job":{"spec":{"parallelism":0,"completions":0}}}])"), "");
}

}  // namespace
}  // namespace muster::plugin
