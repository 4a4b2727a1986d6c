// MetricsAccess: who may read /metrics is asked of the API server, once a minute for each token.
#include "operator/shell/metrics_access.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"
#include "tests/support/scripted_transport.h"

namespace muster::shell {
namespace {

using muster::testing::Json;
using std::chrono::minutes;
using std::chrono::seconds;

class HandClock final : public runtime::Clock {
 public:
  Instant Now() const override { return now; }
  Instant Wall() const override { return now; }
  Instant now{std::chrono::hours(1)};
};

json::Value TokenIs(bool authenticated) {
  return json::Object{
      {"status", json::Object{{"authenticated", authenticated},
                              {"user", json::Object{{"username", "system:serviceaccount:obs:prom"},
                                                    {"groups", json::Array{json::Value("system:authenticated")}}}}}}};
}
json::Value AccessIs(bool allowed) { return json::Object{{"status", json::Object{{"allowed", allowed}}}}; }

struct World {
  testing::ScriptedTransport transport;
  client::Api api{transport};
  HandClock clock;
  MetricsAccess access{api, clock};
};

TEST(MetricsAccess, AsksForTheTokenAndThenForItsUser) {
  World w;
  w.transport.Answer(Json(201, TokenIs(true)));
  w.transport.Answer(Json(201, AccessIs(true)));
  EXPECT_EQ(w.access.Judge("abc"), Access::kAllowed);
  const auto requests = w.transport.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].path, "/apis/authentication.k8s.io/v1/tokenreviews");
  EXPECT_EQ(requests[1].path, "/apis/authorization.k8s.io/v1/subjectaccessreviews");
  const auto asked = json::Parse(requests[1].body);
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ((*asked)["spec"]["user"].Text(), "system:serviceaccount:obs:prom");
  EXPECT_EQ((*asked)["spec"]["groups"].Items().size(), 1U);
  EXPECT_EQ((*asked)["spec"]["nonResourceAttributes"]["path"].Text(), "/metrics");
}

TEST(MetricsAccess, RefusesForeignTokensAndUsersWithoutTheRight) {
  World w;
  w.transport.Answer(Json(201, TokenIs(false)));
  EXPECT_EQ(w.access.Judge("forged"), Access::kUnauthenticated);
  w.transport.Answer(Json(201, TokenIs(true)));
  w.transport.Answer(Json(201, AccessIs(false)));
  EXPECT_EQ(w.access.Judge("other"), Access::kForbidden);
}

TEST(MetricsAccess, AsksAgainAfterAMinuteAndLivesOnWhatItKnowsForTen) {
  World w;
  bool down = false;
  w.transport.OnSend([&](const wire::Request& request) -> Result<wire::Response> {
    if (down) return Json(403, json::Object{{"kind", "Status"}, {"message", "no right to ask"}});
    return Json(201, request.path.ends_with("tokenreviews") ? TokenIs(true) : AccessIs(true));
  });
  EXPECT_EQ(w.access.Judge("abc"), Access::kAllowed);
  w.clock.now += seconds(59);
  EXPECT_EQ(w.access.Judge("abc"), Access::kAllowed);
  EXPECT_EQ(w.transport.requests().size(), 2U);
  w.clock.now += seconds(2);
  EXPECT_EQ(w.access.Judge("abc"), Access::kAllowed);
  EXPECT_EQ(w.transport.requests().size(), 4U);
  down = true;
  w.clock.now += minutes(9);
  EXPECT_EQ(w.access.Judge("abc"), Access::kAllowed);
  EXPECT_EQ(w.access.Judge("new"), Access::kUnknown);
  w.clock.now += minutes(2);
  EXPECT_EQ(w.access.Judge("abc"), Access::kUnknown);
}

TEST(MetricsAccess, KeepsGoodTokensHoweverManyAreMadeUp) {
  World w;
  bool down = false;
  w.transport.OnSend([&](const wire::Request& request) -> Result<wire::Response> {
    if (down) return MakeError(Code::kUnavailable, "connection refused");
    if (request.path.ends_with("subjectaccessreviews")) return Json(201, AccessIs(true));
    return Json(201, TokenIs(request.body.find("made-up") == std::string::npos));
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(w.access.Judge("made-up-" + std::to_string(i)), Access::kUnauthenticated);
  EXPECT_EQ(w.access.Judge("good"), Access::kAllowed);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(w.access.Judge("made-up-too-" + std::to_string(i)), Access::kUnauthenticated);
  const size_t asked = w.transport.requests().size();
  EXPECT_EQ(w.access.Judge("good"), Access::kAllowed);
  EXPECT_EQ(w.transport.requests().size(), asked) << "it was asked about again within the minute";
  down = true;
  w.clock.now += minutes(5);
  EXPECT_EQ(w.access.Judge("good"), Access::kAllowed);
  EXPECT_EQ(w.access.Judge("made-up-0"), Access::kUnknown);
}

}  // namespace
}  // namespace muster::shell
