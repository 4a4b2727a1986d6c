// MetricsAccess: who may read /metrics is asked of the API server, once a minute for each token, in turn.
#include "operator/shell/metrics_access.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/client/base64.h"
#include "lib/json/text.h"
#include "operator/shell/bearer_token.h"
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

// Tests do what the thread of MetricsAccess does.
struct World {
  testing::ScriptedTransport transport;
  client::Api api{transport, {.read_deadline = Duration(0), .connection_tries = 1}};
  HandClock clock;
  MetricsAccess access{api, clock};

  // Every made-up token is unknown to the API server, all others are good.
  World() {
    transport.OnSend([this](const wire::Request& request) -> Result<wire::Response> {
      if (down) return MakeError(Code::kUnavailable, "connection refused");
      if (request.path.ends_with("subjectaccessreviews")) return Json(201, AccessIs(true));
      return Json(201, TokenIs(request.body.find("made-up") == std::string::npos));
    });
  }

  std::optional<Access> Judge(const std::string& bearer, const std::string& peer = "10.0.0.1") {
    return access.Judge(bearer, peer);
  }
  // As a connection that waits for the answer.
  Access AnswerTo(const std::string& bearer, const std::string& peer = "10.0.0.1") {
    for (int i = 0; i < 100; ++i) {
      if (const std::optional<Access> access_now = Judge(bearer, peer)) return *access_now;
      if (const std::optional<Duration> pause = access.AskNext()) clock.now += *pause;
    }
    ADD_FAILURE() << "no answer for " << bearer;
    return Access::kUnknown;
  }
  size_t asked() const { return transport.requests().size(); }

  bool down = false;
};

// A JSON Web Token whose claims are these, in base64url.
std::string Jwt(const std::string& claims) {
  const auto encode = [](const std::string& text) {
    std::string part = client::EncodeBase64(text);
    std::replace(part.begin(), part.end(), '+', '-');
    std::replace(part.begin(), part.end(), '/', '_');
    return part.substr(0, part.find('='));
  };
  return encode(R"({"alg":"RS256","kid":"k"})") + "." + encode(claims) + ".c2lnbmF0dXJl";
}

TEST(BearerToken, IsRefusedWhenItCannotBeOne) {
  const Instant now{std::chrono::seconds(2'000'000'000)};
  for (const std::string& good :
       {Jwt(R"({"exp":2000000100,"iss":"https://kubernetes.default.svc"})"),
        Jwt(R"({"exp":1999999800})"),  // clocks differ
        Jwt(R"({"iss":"no expiry"})"), Jwt(R"({"exp":9223372036854775807})"), Jwt(R"({"exp":2e9})"),
        std::string("abcdef.0123456789abcdef"), std::string("sha256~opaque+token/of_somebody==")}) {
    EXPECT_TRUE(IsPlausibleToken(good, now)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("short"), std::string("made up token"), std::string("token\x80\xff-binary"),
        std::string("quote\"d-token"), std::string("========"), std::string("mid=dle-of-token"),
        Jwt(R"({"exp":1999999000})"), Jwt(R"({"exp":-9223372036854775808})"), Jwt("[1]"), Jwt("not json"),
        std::string("one.two.three"), std::string("eyJhbGciOiJub25lIn0..c2ln"), std::string("e30.e30.c2lnbmF0dXJl")}) {
    EXPECT_FALSE(IsPlausibleToken(bad, now)) << bad;
  }
}

TEST(MetricsAccess, AsksForTheTokenAndThenForItsUser) {
  World w;
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
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
  EXPECT_EQ(w.AnswerTo("made-up-1"), Access::kUnauthenticated);
  w.transport.OnSend([&](const wire::Request& request) -> Result<wire::Response> {
    return Json(201, request.path.ends_with("tokenreviews") ? TokenIs(true) : AccessIs(false));
  });
  EXPECT_EQ(w.AnswerTo("somebody"), Access::kForbidden);
}

TEST(MetricsAccess, AsksNobodyAboutWhatIsNoToken) {
  World w;
  EXPECT_EQ(w.Judge("no token at all"), Access::kUnauthenticated);
  EXPECT_EQ(w.Judge("a.b.c"), Access::kUnauthenticated);
  EXPECT_EQ(w.access.Waiting(), 0U);
  EXPECT_EQ(w.asked(), 0U);
}

TEST(MetricsAccess, AsksAgainAfterAMinuteAndLivesOnWhatItKnowsForTen) {
  World w;
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
  w.clock.now += seconds(29);
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
  EXPECT_EQ(w.access.Waiting(), 0U);
  EXPECT_EQ(w.asked(), 2U);
  w.clock.now += seconds(32);
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
  EXPECT_EQ(w.asked(), 4U);
  w.down = true;
  w.clock.now += minutes(9);
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
  EXPECT_EQ(w.AnswerTo("another1"), Access::kUnknown);
  w.clock.now += minutes(2);
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kUnknown);
  w.down = false;
  w.clock.now += seconds(2);
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
}

// Between two scrapes its answer is renewed, so that no scrape waits for a review.
TEST(MetricsAccess, RenewsAGoodTokenThatIsUsedBeforeItsMinuteHasPassed) {
  World w;
  EXPECT_EQ(w.AnswerTo("abcdefgh"), Access::kAllowed);
  for (int scrape = 0; scrape < 20; ++scrape) {
    w.clock.now += seconds(31);
    EXPECT_EQ(w.Judge("abcdefgh"), Access::kAllowed) << scrape;
    EXPECT_EQ(w.access.AskNext(), std::nullopt);
  }
  EXPECT_EQ(w.asked(), 2U * 21U);
}

TEST(MetricsAccess, KeepsGoodTokensHoweverManyAreMadeUp) {
  World w;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(w.AnswerTo("made-up-" + std::to_string(i)), Access::kUnauthenticated);
  w.clock.now += minutes(1);
  EXPECT_EQ(w.AnswerTo("good-token"), Access::kAllowed);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(w.AnswerTo("made-up-too-" + std::to_string(i)), Access::kUnauthenticated);
  const size_t asked = w.asked();
  EXPECT_EQ(w.Judge("good-token"), Access::kAllowed);
  EXPECT_EQ(w.asked(), asked) << "it was asked about again within the minute";
  w.down = true;
  w.clock.now += minutes(5);
  EXPECT_EQ(w.AnswerTo("good-token"), Access::kAllowed);
  EXPECT_EQ(w.AnswerTo("made-up-0"), Access::kUnknown);
}

// The attack: connections without end, each with another token that nobody gave. None of them is answered here, because
// the review never ends; a scraper whose token is known is.
TEST(MetricsAccess, BoundsTheUnknownTokensThatWait) {
  World w;
  EXPECT_EQ(w.AnswerTo("good-token"), Access::kAllowed);
  int busy = 0;
  for (int i = 0; i < 400; ++i) {
    const std::optional<Access> answer = w.Judge("made-up-" + std::to_string(i), "10.0.0.9");
    if (answer == Access::kBusy) ++busy;
  }
  EXPECT_EQ(busy, 396);
  EXPECT_EQ(w.access.Waiting(), 4U);
  EXPECT_EQ(w.Judge("good-token"), Access::kAllowed);
  // From many addresses: all of them together get 16 places.
  for (int i = 0; i < 400; ++i) w.Judge("made-up-from-" + std::to_string(i), "10.0.1." + std::to_string(i % 100));
  EXPECT_EQ(w.access.Waiting(), 16U);
}

TEST(MetricsAccess, ServesAnotherAddressNext) {
  World w;
  for (int i = 0; i < 400; ++i) w.Judge("made-up-" + std::to_string(i), "10.0.0.9");
  EXPECT_EQ(w.access.AskNext(), std::nullopt);
  EXPECT_EQ(w.Judge("new-good-token", "10.0.0.1"), std::nullopt);
  const size_t before = w.asked();
  const std::optional<Duration> pause = w.access.AskNext();
  ASSERT_EQ(pause, Duration(200)) << "five unknown tokens a second";
  EXPECT_EQ(w.asked(), before);
  w.clock.now += *pause;
  EXPECT_EQ(w.access.AskNext(), std::nullopt);
  EXPECT_EQ(w.Judge("new-good-token", "10.0.0.1"), Access::kAllowed);
}

TEST(MetricsAccess, GivesANewAddressThePlaceOfTheOneThatHasMost) {
  World w;
  for (int i = 0; i < 400; ++i) w.Judge("made-up-" + std::to_string(i), "10.0.0." + std::to_string(i % 4));
  EXPECT_EQ(w.access.Waiting(), 16U);
  EXPECT_EQ(w.Judge("new-good-token", "10.0.9.9"), std::nullopt);
  EXPECT_EQ(w.access.Waiting(), 16U);
  EXPECT_EQ(w.AnswerTo("new-good-token", "10.0.9.9"), Access::kAllowed);
}

TEST(MetricsAccess, AsksAboutKnownGoodTokensAheadOfAllOthers) {
  World w;
  EXPECT_EQ(w.AnswerTo("good-token"), Access::kAllowed);
  w.clock.now += minutes(2);
  for (int i = 0; i < 400; ++i) w.Judge("made-up-" + std::to_string(i), "10.0.0." + std::to_string(i % 4));
  EXPECT_EQ(w.Judge("good-token"), std::nullopt);
  EXPECT_EQ(w.access.AskNext(), std::nullopt);
  EXPECT_EQ(w.Judge("good-token"), Access::kAllowed);
}

}  // namespace
}  // namespace muster::shell
