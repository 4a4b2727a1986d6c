// The requests of a plan as they go out, and that nothing goes out of one who does not lead.
#include "operator/shell/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/api/pod_group.h"
#include "lib/json/text.h"
#include "tests/support/scripted_transport.h"

namespace muster::shell {
namespace {

using muster::testing::Json;
using ::testing::HasSubstr;
using ::testing::Pair;

class StillClock final : public runtime::Clock {
 public:
  Instant Now() const override { return Instant(std::chrono::hours(1)); }
  Instant Wall() const override { return Now(); }
};

class ExecutorTest : public ::testing::Test {
 protected:
  static json::Value Job() {
    return json::Object{{"metadata", json::Object{{"namespace", "ml"}, {"name", "j"}, {"uid", "uid-j"}}}};
  }

  // In the words of the controllers, what became of it.
  std::optional<Code> Execute(const core::Plan& plan) {
    core::Execution execution(plan, {.key = {"ml", "g"}, .resource = api::kPodGroups, .uid = "uid-g"}, nullptr);
    executor_.Execute(execution, gate_);
    EXPECT_TRUE(execution.Over());
    return execution.failure() ? std::optional(execution.failure()->error.code) : std::nullopt;
  }

  StillClock clock_;
  bool leads_ = true;
  testing::ScriptedTransport transport_;
  testing::ScriptedTransport of_events_;
  client::Api api_{transport_};
  client::Api api_of_events_{of_events_};
  EventSink events_{api_of_events_, clock_, "test"};
  Executor executor_{api_, events_, [this] { return leads_; }};
  runtime::SharedWriteGate gate_{clock_, {}, [](const api::Key&) {}};
};

TEST_F(ExecutorTest, SendsEachStepAsWhatItIs) {
  core::Plan plan;
  plan.guard = core::Guard{.resource = api::kPodGroups, .key = {"ml", "g"}, .uid = "uid-g", .resource_version = "7"};
  plan.Add(core::Create{.resource = api::kJobs, .object = Job()}, {});
  plan.Add(core::Patch{.resource = api::kJobs, .key = {"ml", "j"}, .uid = "uid-j", .mode = core::Mode::kDryRun}, {});
  plan.Add(core::EmitEvent{.reason = "Running"}, {});
  plan.Add(core::WriteStatus{.resource = api::kPodGroups, .key = {"ml", "g"}, .uid = "uid-g", .resource_version = "7"},
           {});
  plan.Add(core::Delete{.resource = api::kJobs, .key = {"ml", "old"}, .uid = "uid-old", .resource_version = "3"}, {});
  transport_.Answer(Json(200, json::Object{{"metadata", json::Object{{"uid", "uid-g"}, {"resourceVersion", "7"}}}}));
  for (int i = 0; i < 4; ++i) transport_.Answer(Json(200, Job()));
  EXPECT_EQ(Execute(plan), std::nullopt);
  const auto sent = transport_.requests();
  ASSERT_EQ(sent.size(), 5U);
  EXPECT_EQ(sent[0].method, wire::Method::kGet);
  EXPECT_EQ(sent[1].method, wire::Method::kPost);
  EXPECT_EQ(sent[1].path, "/apis/batch/v1/namespaces/ml/jobs");
  EXPECT_EQ(sent[2].method, wire::Method::kPatch);
  EXPECT_THAT(sent[2].query, ::testing::Contains(Pair("dryRun", "All")));
  EXPECT_THAT(sent[2].body, HasSubstr("uid-j"));
  EXPECT_EQ(sent[3].path, "/apis/muster.dev/v1alpha1/namespaces/ml/podgroups/g/status");
  EXPECT_EQ(sent[4].method, wire::Method::kDelete);
  EXPECT_THAT(sent[4].body, HasSubstr("uid-old"));
  EXPECT_THAT(sent[4].body, HasSubstr(R"("resourceVersion":"3")"));
  EXPECT_TRUE(of_events_.WaitForRequests(1));
}

TEST_F(ExecutorTest, SendsNothingWhenItDoesNotLeadAnyMore) {
  core::Plan plan;
  plan.Add(core::Create{.resource = api::kJobs, .object = Job()}, {});
  plan.Add(core::Create{.resource = api::kJobs, .object = Job()}, {});
  transport_.OnSend([this](const wire::Request&) {
    leads_ = false;
    return Json(201, Job());
  });
  EXPECT_EQ(Execute(plan), Code::kCancelled);
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST_F(ExecutorTest, ARefusalEndsIt) {
  core::Plan plan;
  plan.Add(core::Delete{.resource = api::kJobs, .key = {"ml", "j"}, .uid = "uid-j"}, {});
  plan.Add(core::Create{.resource = api::kJobs, .object = Job()}, {});
  transport_.Answer(Json(403, json::Object{{"kind", "Status"}, {"reason", "Forbidden"}, {"message", "no"}}));
  EXPECT_EQ(Execute(plan), Code::kForbidden);
  EXPECT_EQ(transport_.requests().size(), 1U);
}

TEST(Outcome, IsWhatTheVisitSays) {
  using Kind = runtime::Outcome::Kind;
  EXPECT_EQ(OutcomeOf({}).kind, Kind::kDone);
  EXPECT_EQ(OutcomeOf({.kind = core::Next::Kind::kAfter, .after = Duration(7)}).after, Duration(7));
  EXPECT_EQ(OutcomeOf({.kind = core::Next::Kind::kFailed, .error = MakeError(Code::kTimeout, "t")}).error.code,
            Code::kTimeout);
}

}  // namespace
}  // namespace muster::shell
