#include "lib/engine/write_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const api::Key kTrain{"ml", "train"};
const api::Key kServe{"ml", "serve"};
const api::Key kJob{"ml", "train-0-w"};
Instant AtMs(int64_t ms) { return Instant(Duration(ms)); }

WriteGate::Written Job(const std::string& uid, const std::string& version) { return {api::kJobs, kJob, uid, version}; }
WriteGate::View Absent(const std::string& seen) { return {.seen = seen}; }
WriteGate::View Present(const std::string& seen, const std::string& uid, const std::string& version,
                        bool deleting = false) {
  return {.seen = seen, .present = true, .uid = uid, .resource_version = version, .deleting = deleting};
}

class WriteGateTest : public ::testing::Test {
 protected:
  WriteGate gate_{{.timeout = Duration(10'000)}};
};

TEST_F(WriteGateTest, OnlyTheKeyThatWroteWaitsUntilTheStoreHasSeenIt) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  EXPECT_FALSE(gate_.MayAct(kTrain, AtMs(1)));
  EXPECT_TRUE(gate_.MayAct(kServe, AtMs(1)));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("100", "u1", "100")), ElementsAre(kTrain));
  EXPECT_TRUE(gate_.MayAct(kTrain, AtMs(2)));
  EXPECT_EQ(gate_.pending(), 0U);
}

TEST_F(WriteGateTest, AnOlderVersionOfTheObjectDoesNotFree) {
  gate_.Wrote(kTrain, Job("u1", "100"), Present("90", "u1", "80"), AtMs(0));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("95", "u1", "95")), IsEmpty());
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("101", "u1", "101")), ElementsAre(kTrain));
}

TEST_F(WriteGateTest, ABookmarkFrees) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  EXPECT_THAT(gate_.OnProgress(api::kJobs, "99"), IsEmpty());
  EXPECT_THAT(gate_.OnProgress(api::kPods, "200"), IsEmpty());
  EXPECT_THAT(gate_.OnProgress(api::kJobs, "1000"), ElementsAre(kTrain));
}

TEST_F(WriteGateTest, NothingWaitsWhenTheEventCameBeforeTheAnswer) {
  gate_.Wrote(kTrain, Job("u1", "100"), Present("120", "u1", "100"), AtMs(0));
  EXPECT_TRUE(gate_.MayAct(kTrain, AtMs(0)));
}

TEST_F(WriteGateTest, AllWritesMustBeSeen) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  gate_.Wrote(kTrain, {api::kPodGroups, {"ml", "train-0"}, "g1", "101"}, Absent("90"), AtMs(0));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("100", "u1", "100")), IsEmpty());
  EXPECT_FALSE(gate_.MayAct(kTrain, AtMs(1)));
  EXPECT_THAT(gate_.OnProgress(api::kPodGroups, "101"), ElementsAre(kTrain));
}

TEST_F(WriteGateTest, TheLaterOfTwoWritesCounts) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  gate_.Wrote(kTrain, Job("u1", "105"), Absent("90"), AtMs(0));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("100", "u1", "100")), IsEmpty());
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("105", "u1", "105")), ElementsAre(kTrain));
}

struct DeleteCase {
  const char* name;
  WriteGate::View view;
  bool frees;
};

TEST_F(WriteGateTest, ADeleteWaitsUntilTheObjectIsGoneOrGoing) {
  const DeleteCase cases[] = {
      {"still there", Present("100", "u1", "90"), false},
      {"marked", Present("101", "u1", "101", true), true},
      {"gone", Absent("101"), true},
      {"made anew", Present("102", "u2", "102"), true},
  };
  for (const DeleteCase& c : cases) {
    SCOPED_TRACE(c.name);
    WriteGate gate({});
    gate.Deleted(kTrain, Job("u1", ""), Present("90", "u1", "90"), AtMs(0));
    EXPECT_THAT(gate.OnProgress(api::kJobs, "500"), IsEmpty());  // a version says nothing about a finalizer
    EXPECT_EQ(gate.OnObject(api::kJobs, kJob, c.view).size(), c.frees ? 1U : 0U);
    EXPECT_EQ(gate.MayAct(kTrain, AtMs(1)), c.frees);
  }
}

TEST_F(WriteGateTest, ADeleteOfWhatTheStoreHasNotSeenYetWaitsForTheCreateFirst) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  gate_.Deleted(kTrain, Job("u1", ""), Absent("90"), AtMs(0));
  EXPECT_FALSE(gate_.MayAct(kTrain, AtMs(1)));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("100", "u1", "100")), IsEmpty());
  EXPECT_THAT(gate_.OnProgress(api::kJobs, "101"), IsEmpty());
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Absent("102")), ElementsAre(kTrain));
}

TEST_F(WriteGateTest, OpensAfterTheTimeoutWhateverTheStoreSays) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  EXPECT_EQ(gate_.Remaining(kTrain, AtMs(4'000)), Duration(6'000));
  EXPECT_FALSE(gate_.MayAct(kTrain, AtMs(9'999)));
  EXPECT_TRUE(gate_.MayAct(kTrain, AtMs(10'000)));
  EXPECT_EQ(gate_.pending(), 0U);
}

TEST_F(WriteGateTest, TwoWaitersOfOneObjectAreBothFreed) {
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  gate_.Wrote(kServe, Job("u1", "101"), Absent("90"), AtMs(5'000));
  gate_.Forget(kTrain);
  EXPECT_TRUE(gate_.MayAct(kTrain, AtMs(1)));
  gate_.Wrote(kTrain, Job("u1", "100"), Absent("90"), AtMs(0));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("101", "u1", "101")), ElementsAre(kServe, kTrain));
}

TEST_F(WriteGateTest, VersionsThatAreNoNumbersAreMetByEqualityOrTimeout) {
  gate_.Wrote(kTrain, Job("u1", "abc"), Absent("aaa"), AtMs(0));
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("abd", "u1", "abd")), IsEmpty());
  EXPECT_THAT(gate_.OnObject(api::kJobs, kJob, Present("abc", "u1", "abc")), ElementsAre(kTrain));
}

}  // namespace
}  // namespace muster::engine
