#include "lib/engine/leader_election.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lib/json/text.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/seed.h"

namespace muster::engine {
namespace {

using muster::testing::Json;
using muster::testing::Refusal;
using ::testing::MatchesRegex;

const api::Key kLease{"muster-system", "muster-operator"};
const Error kReset = MakeError(Code::kUnavailable, "connection reset");

// The lease as the API server keeps it: a PUT needs the present version, times need six decimals.
class LeaseServer {
 public:
  wire::Response Handle(const wire::Request& request) {
    const json::Value body = json::Parse(request.body).value_or(json::Value());
    switch (request.method) {
      case wire::Method::kGet:
        return lease_.IsNull() ? Refusal(404, "NotFound") : Json(200, lease_);
      case wire::Method::kPost:
        return lease_.IsNull() ? Store(body) : Refusal(409, "AlreadyExists");
      case wire::Method::kPut:
        if (lease_.IsNull()) return Refusal(404, "NotFound");
        if (!(VersionOf(body) == VersionOf(lease_))) return Refusal(409, "Conflict");
        return Store(body);
      case wire::Method::kPatch:
      case wire::Method::kDelete:
        break;
    }
    return Refusal(405, "MethodNotAllowed");
  }
  const json::Value& lease() const { return lease_; }
  const json::Value& spec() const { return lease_["spec"]; }
  void Remove() { lease_ = json::Value(); }

 private:
  static const json::Value& VersionOf(const json::Value& lease) { return lease["metadata"]["resourceVersion"]; }

  wire::Response Store(json::Value lease) {
    EXPECT_THAT(lease["spec"]["renewTime"].Text(), MatchesRegex(".*T..:..:..\\.......Z"));
    EXPECT_THAT(lease["spec"]["acquireTime"].Text(), MatchesRegex(".*T..:..:..\\.......Z"));
    lease.Mutable("metadata").Set("resourceVersion", std::to_string(++version_));
    lease_ = std::move(lease);
    return Json(200, lease_);
  }

  json::Value lease_;
  int64_t version_ = 0;
};

class Candidate {
 public:
  Candidate(LeaseServer& server, std::string identity, Duration clock_offset = Duration(0))
      : server_(server), offset_(clock_offset), election_({.lease = kLease, .identity = std::move(identity)}) {}

  // One request if one is due; nullopt while waiting.
  std::optional<wire::Request> Ask(Duration now) {
    const LeaderElection::Step step = election_.Next(Local(now), Local(now) + std::chrono::hours(500'000));
    const auto* ask = std::get_if<LeaderElection::Ask>(&step);
    return ask != nullptr ? std::optional(ask->request) : std::nullopt;
  }
  std::optional<Error> Take(const Result<wire::Response>& answer, Duration now, double random = 0) {
    return election_.OnAnswer(answer, Local(now), random);
  }
  // Everything due at this moment, answered at once by the server.
  void Tick(Duration now, double random = 0) {
    while (const auto request = Ask(now)) Take(server_.Handle(*request), now, random);
  }
  void TickWithoutServer(Duration now) {
    while (Ask(now)) Take(kReset, now);
  }
  bool Leads(Duration now) const { return election_.IsLeader(Local(now)); }
  void Release(Duration now) {
    if (const auto request = election_.Release(Local(now), Local(now))) server_.Handle(*request);
  }
  const LeaderElection& election() const { return election_; }

 private:
  Instant Local(Duration now) const { return Instant(now + offset_); }

  LeaseServer& server_;
  Duration offset_;
  LeaderElection election_;
};

class LeaderElectionTest : public ::testing::Test {
 protected:
  static Duration S(double seconds) { return Duration(static_cast<int64_t>(seconds * 1000)); }
  LeaseServer server_;
  Candidate a_{server_, "a"};
  Candidate b_{server_, "b", std::chrono::hours(7)};  // clocks may differ
};

TEST_F(LeaderElectionTest, CreatesTheLeaseAndLeads) {
  a_.Tick(S(0));
  EXPECT_TRUE(a_.Leads(S(0)));
  EXPECT_EQ(server_.spec()["holderIdentity"].Text(), "a");
  EXPECT_EQ(server_.spec()["leaseDurationSeconds"].Integer(), 15);
  EXPECT_EQ(server_.spec()["leaseTransitions"].Integer(-1), 0);
  EXPECT_EQ(server_.lease()["kind"].Text(), "Lease");
}

TEST_F(LeaderElectionTest, RenewsEveryTwoSecondsWithOneWrite) {
  a_.Tick(S(0));
  const std::string acquired = server_.spec()["acquireTime"].Text();
  int requests = 0;
  for (int ms = 100; ms <= 20'000; ms += 100) {
    while (const auto request = a_.Ask(Duration(ms))) {
      EXPECT_EQ(request->method, wire::Method::kPut);
      ++requests;
      a_.Take(server_.Handle(*request), Duration(ms));
    }
    EXPECT_TRUE(a_.Leads(Duration(ms)));
  }
  EXPECT_EQ(requests, 10);
  EXPECT_EQ(server_.spec()["acquireTime"].Text(), acquired);
  EXPECT_EQ(a_.election().term(), 1);
}

TEST_F(LeaderElectionTest, StopsByTheRenewDeadlineAndNobodyElseBeginsBefore) {
  a_.Tick(S(0));
  b_.Tick(S(0));
  Duration a_stopped{0};
  Duration b_began{0};
  for (int ms = 100; ms <= 40'000 && b_began == Duration(0); ms += 100) {
    a_.TickWithoutServer(Duration(ms));
    b_.Tick(Duration(ms));
    EXPECT_FALSE(a_.Leads(Duration(ms)) && b_.Leads(Duration(ms)));
    if (a_.Leads(Duration(ms))) a_stopped = Duration(ms);
    if (b_.Leads(Duration(ms))) b_began = Duration(ms);
  }
  EXPECT_EQ(a_stopped, S(9.9));  // of 10 s since the sending of the last renewal
  EXPECT_GE(b_began, S(15));
  EXPECT_LE(b_began, S(17));
  EXPECT_EQ(server_.spec()["leaseTransitions"].Integer(), 1);
}

TEST_F(LeaderElectionTest, ALeaseSeenForTheFirstTimeIsHeldHoweverOldItsTimes) {
  a_.Tick(S(0));
  b_.Tick(S(1'000'000));
  EXPECT_FALSE(b_.Leads(S(1'000'000)));
  b_.Tick(S(1'000'014.9));
  EXPECT_FALSE(b_.Leads(S(1'000'014.9)));
  b_.Tick(S(1'000'017));
  EXPECT_TRUE(b_.Leads(S(1'000'017)));
}

TEST_F(LeaderElectionTest, WhatIsReleasedIsTakenAtTheNextLook) {
  a_.Tick(S(0));
  b_.Tick(S(0));
  a_.Release(S(1));
  EXPECT_FALSE(a_.Leads(S(1)));
  EXPECT_EQ(server_.spec()["holderIdentity"].Text(), "");
  EXPECT_EQ(server_.spec()["leaseDurationSeconds"].Integer(), 1);
  b_.Tick(S(2));
  EXPECT_TRUE(b_.Leads(S(2)));
  EXPECT_EQ(server_.spec()["leaseDurationSeconds"].Integer(), 15);
}

TEST_F(LeaderElectionTest, ReleasesNothingThatIsNotHeld) {
  a_.Tick(S(0));
  b_.Tick(S(0));
  b_.Release(S(1));
  EXPECT_EQ(server_.spec()["holderIdentity"].Text(), "a");
  a_.Release(S(11));  // past the deadline: another may hold it by now
  EXPECT_EQ(server_.spec()["holderIdentity"].Text(), "a");
}

TEST_F(LeaderElectionTest, CandidatesLookAtJitteredIntervals) {
  a_.Tick(S(0));
  b_.Tick(S(0), 0.5);
  EXPECT_EQ(b_.Ask(S(3.1)), std::nullopt);  // 2 s * (1 + 1.2 * 0.5)
  EXPECT_NE(b_.Ask(S(3.2)), std::nullopt);
}

TEST_F(LeaderElectionTest, ARenewalThatWasSentTwiceIsStillOurs) {
  a_.Tick(S(0));
  const auto put = a_.Ask(S(2));
  server_.Handle(*put);                 // the first of the two succeeded, unheard
  a_.Take(server_.Handle(*put), S(2));  // 409
  EXPECT_TRUE(a_.Leads(S(2)));
  a_.Tick(S(2));
  EXPECT_TRUE(a_.Leads(S(11.9)));
  EXPECT_EQ(a_.election().term(), 1);
  EXPECT_EQ(server_.spec()["leaseTransitions"].Integer(), 0);
}

TEST_F(LeaderElectionTest, ALeaseTakenByAnotherEndsLeadingAtOnce) {
  a_.Tick(S(0));
  json::Value stolen = server_.lease();
  stolen.Mutable("spec").Set("holderIdentity", "thief");
  server_.Handle({.method = wire::Method::kPut, .body = json::Write(stolen)});
  a_.Tick(S(2));
  EXPECT_FALSE(a_.Leads(S(2)));
  EXPECT_EQ(a_.election().holder(), "thief");
}

TEST_F(LeaderElectionTest, ADeletedLeaseIsMadeAnew) {
  a_.Tick(S(0));
  server_.Remove();
  a_.Tick(S(2));
  EXPECT_TRUE(a_.Leads(S(11.9)));
  EXPECT_EQ(server_.spec()["holderIdentity"].Text(), "a");
}

TEST_F(LeaderElectionTest, AnAnswerAfterTheDeadlineIsANewTermOrNone) {
  a_.Tick(S(0));
  const auto put = a_.Ask(S(2));
  a_.Take(server_.Handle(*put), S(11));  // until 12 s, but the first term ended at 10 s
  EXPECT_TRUE(a_.Leads(S(11)));
  EXPECT_EQ(a_.election().term(), 2);
  const auto late = a_.Ask(S(11));
  a_.Take(server_.Handle(*late), S(22));
  EXPECT_FALSE(a_.Leads(S(22)));
}

TEST_F(LeaderElectionTest, ARequestOfALeaderDoesNotOutlastItsTerm) {
  a_.Tick(S(0));
  a_.TickWithoutServer(S(2));
  const auto request = a_.Ask(S(9));
  ASSERT_NE(request, std::nullopt);
  EXPECT_EQ(request->timeout, S(1));
}

TEST_F(LeaderElectionTest, KeepsWhatOthersWroteOnTheLease) {
  a_.Tick(S(0));
  json::Value labelled = server_.lease();
  labelled.Mutable("metadata").Mutable("labels").Set("team", "x");
  labelled.Mutable("spec").Set("strategy", "OldestEmulationVersion");
  server_.Handle({.method = wire::Method::kPut, .body = json::Write(labelled)});
  a_.Tick(S(2));
  EXPECT_TRUE(a_.Leads(S(11)));
  EXPECT_EQ(server_.lease()["metadata"]["labels"]["team"].Text(), "x");
  EXPECT_EQ(server_.spec()["strategy"].Text(), "OldestEmulationVersion");
}

TEST_F(LeaderElectionTest, ReportsWhatIsWrongButNotALostRace) {
  a_.Ask(S(0));
  const auto forbidden = a_.Take(Refusal(403, "Forbidden"), S(0));
  ASSERT_TRUE(forbidden.has_value());
  EXPECT_EQ(forbidden->code, Code::kForbidden);
  a_.Ask(S(5));
  EXPECT_EQ(a_.Take(Refusal(404, "NotFound"), S(5)), std::nullopt);
  a_.Ask(S(5));
  EXPECT_EQ(a_.Take(Refusal(409, "AlreadyExists"), S(5)), std::nullopt);
}

// The law (I11): whatever is lost, late or sent twice, at no time do two lead; and with a healthy server one leads.
TEST(LeaderElectionLaw, NeverTwoLeaders) {
  const uint64_t seed = muster::testing::TestSeed();
  SCOPED_TRACE(muster::testing::ReplayHint(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 30; ++run) {
    LeaseServer server;
    std::vector<Candidate> candidates;
    struct Flight {
      std::optional<Result<wire::Response>> answer;
      Duration arrives{0};
    };
    std::vector<Flight> flights(3);
    for (int i = 0; i < 3; ++i) {
      candidates.emplace_back(server, "c" + std::to_string(i), std::chrono::seconds(random() % 100'000));
    }
    int led = 0;
    for (Duration now(0); now < std::chrono::minutes(4); now += Duration(50)) {
      const bool faults = now < std::chrono::minutes(3);
      int leaders = 0;
      for (size_t i = 0; i < candidates.size(); ++i) {
        Flight& flight = flights[i];
        if (flight.answer && flight.arrives <= now) {
          candidates[i].Take(*flight.answer, now, static_cast<double>(random() % 100) / 100);
          flight.answer.reset();
        }
        if (faults && !flight.answer && random() % 2000 == 0) candidates[i].Release(now);
        if (!flight.answer) {
          if (const auto request = candidates[i].Ask(now)) {
            const bool lost = faults && random() % 4 == 0;              // it never arrives
            const bool unheard = faults && random() % 4 == 0;           // it arrives, its answer does not
            if (faults && random() % 10 == 0) server.Handle(*request);  // it arrives twice
            const Result<wire::Response> answer = lost ? Result<wire::Response>(kReset) : server.Handle(*request);
            flight.answer = unheard ? Result<wire::Response>(kReset) : answer;
            flight.arrives = now + Duration(faults ? random() % 4000 : 5);
          }
        }
        leaders += candidates[i].Leads(now) ? 1 : 0;
      }
      ASSERT_LE(leaders, 1) << "run " << run << " at " << now.count() << " ms";
      led += leaders;
    }
    EXPECT_GT(led, 0);
    const Duration end = std::chrono::minutes(4) - Duration(50);
    EXPECT_TRUE(candidates[0].Leads(end) || candidates[1].Leads(end) || candidates[2].Leads(end));
  }
}

}  // namespace
}  // namespace muster::engine
