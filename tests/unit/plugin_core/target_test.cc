#include "kubectl-plugin/core/target.h"

#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

TEST(ParseTarget, TakesNamesAndKinds) {
  EXPECT_EQ(*ParseTarget("train"), (Target{TargetKind::kUnsaid, "train"}));
  for (const char* text : {"workload/a", "workloads/a", "wl/a", "mwl/a", "Workload/a", "workloads.muster.dev/a"}) {
    EXPECT_EQ(*ParseTarget(text), (Target{TargetKind::kWorkload, "a"})) << text;
  }
  for (const char* text : {"podgroup/a-1", "mpg/a-1", "podgroups.muster.dev/a-1"}) {
    EXPECT_EQ(*ParseTarget(text), (Target{TargetKind::kPodGroup, "a-1"})) << text;
  }
}

TEST(ParseTarget, RefusesWhatCannotBeAName) {
  for (const char* text : {"", "A", "a/", "wl/../x", "../x", "-a", "a b", "a?x=1", "a%2f", "pod/x"}) {
    EXPECT_FALSE(ParseTarget(text).has_value()) << text;
  }
}

TEST(KindOfWord, TakesAKindAlone) {
  for (const char* word : {"podgroup", "podgroups", "pg", "mpg", "PodGroups", "podgroups.muster.dev"}) {
    EXPECT_EQ(KindOfWord(word), TargetKind::kPodGroup) << word;
  }
  for (const char* word : {"workload", "workloads", "wl", "mwl"}) EXPECT_EQ(KindOfWord(word), TargetKind::kWorkload);
  for (const char* word : {"train", "pod", "", "podgroup/x"}) EXPECT_FALSE(KindOfWord(word).has_value()) << word;
}

TEST(ParseTargets, DropsRepetitions) { EXPECT_EQ(ParseTargets({"a", "b", "a"})->size(), 2U); }

TEST(NearNames, FindsTypingErrorsAndBeginnings) {
  const std::vector<std::string> names{"train", "trainer", "web", "batch"};
  EXPECT_EQ(NearNames("tran", names), (std::vector<std::string>{"train"}));
  EXPECT_EQ(NearNames("train-1", names), (std::vector<std::string>{"train", "trainer"}));
  EXPECT_TRUE(NearNames("zzz", names).empty());
}

}  // namespace
}  // namespace muster::plugin
