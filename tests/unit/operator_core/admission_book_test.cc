// The planner's book: who has room, who waits, and who is to be told when.
#include "operator/core/admission_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/placement/builders.h"

namespace muster::core {
namespace {

using placement::MakeAsk;
using placement::MakeNode;
using placement::MakePod;
using placement::Members;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

api::Key Group(const std::string& name) { return {"ml", name}; }
Instant AtSecond(int64_t second) { return Instant(seconds(second)); }

Stance Asking(const std::string& name, int64_t pods) {
  Stance stance;
  stance.kind = Stance::Kind::kAsking;
  stance.ask = MakeAsk(name, {Members("w", pods, "cpu=1")});
  return stance;
}
Stance InFlight(const std::string& name, int64_t pods) {
  Stance stance = Asking(name, pods);
  stance.kind = Stance::Kind::kInFlight;
  stance.unbound = std::move(stance.ask.classes);
  stance.ask = {};
  return stance;
}

class AdmissionBookTest : public ::testing::Test {
 protected:
  explicit AdmissionBookTest(const std::vector<api::Key>& expected = {}) {
    book_.Start(expected);
    const api::Node node = MakeNode("n1", "cpu=4,memory=8Gi");
    EXPECT_TRUE(book_.ReplaceNode(nullptr, &node));
  }

  bool Publish(const std::string& name, const Stance& stance) {
    return book_.Publish(Group(name), "uid-" + name, stance);
  }
  std::vector<api::Key> Plan(Instant now = AtSecond(0)) { return book_.Plan(now, now); }
  Verdict::Kind VerdictOn(const std::string& name) { return book_.VerdictOf(Group(name), "uid-" + name).kind; }

  AdmissionBook book_{{}};
};

TEST_F(AdmissionBookTest, NothingIsDueWhileNobodyAsks) {
  EXPECT_FALSE(book_.IsDue());
  EXPECT_TRUE(Publish("a", InFlight("a", 2)));
  EXPECT_FALSE(book_.IsDue());
  EXPECT_FALSE(book_.NextTelling(AtSecond(0)).has_value());
}

TEST_F(AdmissionBookTest, WhoFitsIsGrantedWhatItAskedFor) {
  EXPECT_TRUE(Publish("a", Asking("a", 3)));
  EXPECT_TRUE(book_.IsDue());
  EXPECT_THAT(Plan(), ElementsAre(Group("a")));
  const Verdict verdict = book_.VerdictOf(Group("a"), "uid-a");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kAdmit);
  ASSERT_TRUE(verdict.granted.has_value());
  EXPECT_EQ(verdict.granted->front().members, 3);
  EXPECT_FALSE(book_.IsDue()) << "it has its answer";
}

TEST_F(AdmissionBookTest, RoomThatIsGrantedOrInFlightIsNotGivenTwice) {
  Publish("a", Asking("a", 3));
  Plan();
  Publish("b", Asking("b", 2));
  EXPECT_THAT(Plan(), ElementsAre(Group("b")));
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait);
  Publish("a", InFlight("a", 3));
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kAdmit) << "it is being recorded";
  Plan(AtSecond(10));
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait);
  Publish("a", {});
  EXPECT_THAT(Plan(AtSecond(20)), ElementsAre(Group("b")));
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kAdmit);
}

TEST_F(AdmissionBookTest, PodsAndNodesCount) {
  const api::Pod pod = MakePod("p", "n1", "cpu=2");
  EXPECT_TRUE(book_.ReplacePod(nullptr, &pod));
  EXPECT_FALSE(book_.ReplacePod(&pod, &pod));
  Publish("a", Asking("a", 3));
  Plan();
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kWait);
  EXPECT_TRUE(book_.ReplacePod(&pod, nullptr));
  Plan(AtSecond(10));
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kAdmit);
  const api::Node node = MakeNode("n1", "cpu=4,memory=8Gi");
  EXPECT_FALSE(book_.ReplaceNode(&node, &node));
  EXPECT_TRUE(book_.ReplaceNode(&node, nullptr));
}

TEST_F(AdmissionBookTest, AnotherQuestionNeedsAnotherAnswer) {
  EXPECT_TRUE(Publish("a", Asking("a", 3)));
  Plan();
  EXPECT_FALSE(Publish("a", Asking("a", 3))) << "the same";
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kAdmit);
  EXPECT_TRUE(Publish("a", Asking("a", 4)));
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kNone);
}

TEST_F(AdmissionBookTest, AnotherGroupOfTheNameIsAnother) {
  Publish("a", Asking("a", 3));
  Plan();
  EXPECT_EQ(book_.VerdictOf(Group("a"), "uid-later").kind, Verdict::Kind::kNone);
  EXPECT_TRUE(book_.Publish(Group("a"), "uid-later", Asking("a", 3)));
  EXPECT_EQ(book_.VerdictOf(Group("a"), "uid-later").kind, Verdict::Kind::kNone);
}

TEST_F(AdmissionBookTest, WhoIsRemovedHoldsNothing) {
  Publish("a", InFlight("a", 4));
  Publish("b", Asking("b", 4));
  Plan();
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait);
  book_.Remove(Group("a"));
  Plan(AtSecond(10));
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kAdmit);
}

TEST_F(AdmissionBookTest, AChangedExplanationIsToldNowAndThen) {
  Publish("a", Asking("a", 9));
  EXPECT_THAT(Plan(AtSecond(100)), ElementsAre(Group("a"))) << "the first answer, at once";
  EXPECT_THAT(Plan(AtSecond(101)), IsEmpty()) << "the same";
  EXPECT_EQ(book_.NextTelling(AtSecond(101)), seconds(30)) << "time alone may change a plan";
  const api::Pod pod = MakePod("p", "n1", "cpu=2");
  book_.ReplacePod(nullptr, &pod);
  EXPECT_THAT(Plan(AtSecond(102)), IsEmpty()) << "another text, too soon";
  EXPECT_EQ(book_.NextTelling(AtSecond(102)), seconds(3));
  EXPECT_THAT(Plan(AtSecond(105)), ElementsAre(Group("a")));
  EXPECT_EQ(book_.NextTelling(AtSecond(105)), seconds(30));
}

class Takeover : public AdmissionBookTest {
 protected:
  Takeover() : AdmissionBookTest({Group("a"), Group("b")}) {}
};

TEST_F(Takeover, NothingIsPlannedBeforeAllHaveSaidWhatTheyHold) {
  Publish("a", Asking("a", 3));
  EXPECT_FALSE(book_.IsDue());
  EXPECT_THAT(Plan(), IsEmpty());
  EXPECT_TRUE(Publish("b", {}));
  EXPECT_THAT(Plan(), ElementsAre(Group("a")));
}

TEST_F(Takeover, WhoIsNoMoreIsNotWaitedFor) {
  Publish("a", Asking("a", 3));
  book_.Remove(Group("b"));
  EXPECT_TRUE(book_.IsDue());
}

TEST_F(Takeover, StartedAnewNothingIsGranted) {
  Publish("a", Asking("a", 3));
  Publish("b", {});
  Plan();
  book_.Start({});
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kNone);
  Publish("a", Asking("a", 3));
  EXPECT_THAT(Plan(), ElementsAre(Group("a"))) << "the picture has stayed";
}

// ---- Groups that have collided

Stance Collide(Stance stance, int64_t stopped, const std::string& quota = {}) {
  stance.collided = Collided{.stopped = AtSecond(stopped), .lasted_at_most = seconds(300), .refused_by = quota};
  return stance;
}

TEST_F(AdmissionBookTest, GroupsThatHaveFailedTogetherAreAdmittedOneAtATime) {
  Publish("a", Collide(Asking("a", 1), 1000));
  Publish("b", Collide(Asking("b", 1), 1100));
  Publish("c", Asking("c", 1));
  Plan();
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kAdmit);
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait);
  EXPECT_EQ(VerdictOn("c"), Verdict::Kind::kAdmit) << "it has not failed";
  const Verdict verdict = book_.VerdictOf(Group("b"), "uid-b");
  EXPECT_EQ(verdict.explanation->blockers.front().code, api::blocker::kBehindEarlierGroup);
  EXPECT_NE(verdict.explanation->summary.find("PodGroup ml/a starts first"), std::string::npos);
  Publish("a", Collide(InFlight("a", 1), 1000));
  Plan(AtSecond(20));
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait) << "a has not started yet";
  Publish("a", InFlight("a", 0));
  Plan(AtSecond(30));
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kAdmit);
}

TEST_F(AdmissionBookTest, GroupsThatHaveFailedAtOtherTimesMayStartTogether) {
  Publish("a", Collide(Asking("a", 1), 1000));
  Publish("b", Collide(Asking("b", 1), 1301));
  Plan();
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kAdmit);
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kAdmit);
}

TEST_F(AdmissionBookTest, GroupsThatOneQuotaHasRefusedAreAdmittedOneAtATime) {
  Publish("a", Collide(Asking("a", 1), 1000, "ml/team"));
  Publish("b", Collide(Asking("b", 1), 90000, "ml/team"));
  Publish("c", Collide(Asking("c", 1), 50000, "ml/other"));
  Plan();
  EXPECT_EQ(VerdictOn("a"), Verdict::Kind::kAdmit);
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait);
  EXPECT_EQ(VerdictOn("c"), Verdict::Kind::kAdmit);
}

TEST_F(AdmissionBookTest, AGroupThatMustWaitForItsTurnTakesNoRoomFromOthers) {
  Publish("a", Collide(Asking("a", 1), 1000));
  Publish("b", Collide(Asking("b", 3), 1000));
  Publish("c", Asking("c", 3));
  Plan();
  EXPECT_EQ(VerdictOn("b"), Verdict::Kind::kWait);
  EXPECT_EQ(VerdictOn("c"), Verdict::Kind::kAdmit);
}

// ---- Reservations that are not used

api::Key In(const std::string& ns, const std::string& name) { return {ns, name}; }

class Tenants : public AdmissionBookTest {
 protected:
  void Ask(const std::string& ns, const std::string& name, int64_t pods, int64_t asked) {
    Stance stance = Asking(name, pods);
    stance.ask.group = In(ns, name);
    stance.ask.asked = AtSecond(asked);
    book_.Publish(In(ns, name), "uid-" + name, stance);
  }
  void Start(const std::string& ns, const std::string& name, int64_t pods, int64_t since) {
    Stance stance = InFlight(name, pods);
    stance.admitted = stance.starting = true;
    stance.since = AtSecond(since);
    book_.Publish(In(ns, name), "uid-" + name, stance);
  }
  Verdict On(const std::string& ns, const std::string& name) { return book_.VerdictOf(In(ns, name), "uid-" + name); }
  bool IsAdmitted(const std::string& ns, const std::string& name) { return On(ns, name).kind == Verdict::Kind::kAdmit; }
};

TEST_F(Tenants, WhoReservesInVainIsTakenInTurnBehindTheOthersThatWaited) {
  Start("greedy", "one", 4, 0);
  Ask("greedy", "two", 4, 10);
  Ask("ml", "victim", 1, 20);
  Plan(AtSecond(30));
  EXPECT_FALSE(IsAdmitted("greedy", "two"));
  EXPECT_FALSE(IsAdmitted("ml", "victim"));
  book_.Remove(In("greedy", "one"));  // deleted before it has started
  Plan(AtSecond(40));
  EXPECT_TRUE(IsAdmitted("ml", "victim"));
  EXPECT_FALSE(IsAdmitted("greedy", "two")) << "it asked earlier, but its namespace has had its turn";
}

TEST_F(Tenants, AFailureThatIsInTheStatusCountsAfterARestartToo) {
  Stance failed;
  failed.kind = Stance::Kind::kIdle;
  failed.collided = Collided{.stopped = AtSecond(25), .lasted_at_most = seconds(300), .refused_by = {}};
  book_.Publish(In("greedy", "one"), "uid-one", failed);
  Ask("greedy", "two", 4, 10);
  Ask("ml", "victim", 1, 20);
  Plan(AtSecond(30));
  EXPECT_TRUE(IsAdmitted("ml", "victim"));
}

TEST_F(Tenants, WhoHasStartedKeepsItsTurn) {
  Start("ml", "one", 4, 0);
  Ask("ml", "two", 1, 10);
  Ask("other", "three", 4, 20);
  Stance started = InFlight("one", 0);
  started.admitted = started.started = true;
  book_.Publish(In("ml", "one"), "uid-one", started);
  Plan(AtSecond(30));
  EXPECT_TRUE(IsAdmitted("ml", "two"));
  EXPECT_FALSE(IsAdmitted("other", "three"));
}

TEST_F(Tenants, TheHolderOfTheRoomIsNamed) {
  Start("greedy", "one", 4, 0);
  Ask("ml", "victim", 1, 20);
  Plan(AtSecond(20));
  const Verdict verdict = On("ml", "victim");
  ASSERT_TRUE(verdict.explanation.has_value());
  EXPECT_EQ(verdict.explanation->blockers.front().code, api::blocker::kReservedByAdmitted);
  EXPECT_NE(verdict.explanation->summary.find("reserved for greedy/one"), std::string::npos)
      << verdict.explanation->summary;
}

TEST_F(Tenants, TheOrdinaryStartOfAnotherGroupIsNoNewExplanation) {
  const api::Pod pod = MakePod("p", "n1", "cpu=4");
  book_.ReplacePod(nullptr, &pod);
  Ask("ml", "waits", 4, 0);
  Plan(AtSecond(0));
  EXPECT_EQ(On("ml", "waits").explanation->blockers.front().code, "InsufficientCpu");
  book_.ReplacePod(&pod, nullptr);
  Start("other", "quick", 4, 10);
  EXPECT_THAT(Plan(AtSecond(11)), IsEmpty());
  EXPECT_EQ(On("ml", "waits").explanation->blockers.front().code, "InsufficientCpu");
  EXPECT_THAT(Plan(AtSecond(13)), ElementsAre(In("ml", "waits"))) << "it lasts";
  EXPECT_EQ(On("ml", "waits").explanation->blockers.front().code, api::blocker::kReservedByAdmitted);
}

TEST(Collision, TheQuotaIsReadFromTheMessageOfTheApiServer) {
  EXPECT_EQ(QuotaIn("pods \"a\" is forbidden: exceeded quota: team, requested: cpu=1, used: cpu=6, limited: cpu=6"),
            "team");
  EXPECT_EQ(QuotaIn("violates PodSecurity \"restricted:latest\""), "");
  EXPECT_EQ(QuotaIn(""), "");
}

}  // namespace
}  // namespace muster::core
