// Credentials commands: what they are told, what they may answer, when they are run. The world is the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "lib/client/exec_source.h"
#include "lib/client/transport_expiry.h"
#include "lib/json/text.h"

namespace muster::client {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kV1 = "client.authentication.k8s.io/v1";
constexpr const char* kBeta = "client.authentication.k8s.io/v1beta1";

std::string Answer(const std::string& status, const std::string& version = kV1) {
  return R"({"kind":"ExecCredential","apiVersion":")" + version + R"(","status":)" + status + "}";
}

TEST(ExecInfo, TellsTheClusterAndWhetherStdinIsThere) {
  ExecCommand command{.command = "c", .api_version = kBeta};
  EXPECT_EQ(
      BuildExecInfo(command, false),
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false}})");
  command.api_version = kV1;
  command.cluster_info = R"({"server":"https://a","config":{"audience":"x"}})";
  EXPECT_EQ(BuildExecInfo(command, true),
            R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":)"
            R"({"server":"https://a","config":{"audience":"x"}},"interactive":true}})");
}

TEST(ExecAnswer, IsATokenACertificateOrBoth) {
  const auto token = ParseExecAnswer(Answer(R"({"token":"t1"})"), kV1);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->credential, Credential{.authorization = "Bearer t1"});
  EXPECT_FALSE(token->expires.has_value());
  const auto both = ParseExecAnswer("\n " + Answer(R"({"token":"t","clientCertificateData":"C","clientKeyData":"K",
                         "expirationTimestamp":"2026-01-02T03:04:05+01:00"})",
                                                   kBeta),
                                    kBeta);
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->credential, (Credential{.authorization = "Bearer t", .certificate = "C", .key = "K"}));
  EXPECT_EQ(both->expires, ParseTime("2026-01-02T02:04:05Z"));
  const auto yaml = ParseExecAnswer(
      "kind: ExecCredential\napiVersion: client.authentication.k8s.io/v1\nstatus:\n  token: tok\n"
      "  expirationTimestamp: 2026-01-02T03:04:05Z\n",
      kV1);
  ASSERT_TRUE(yaml) << yaml.error().message;
  EXPECT_EQ(yaml->credential.authorization, "Bearer tok");
  EXPECT_EQ(yaml->expires, ParseTime("2026-01-02T03:04:05Z"));
}

TEST(ExecAnswer, IsRefusedInOneLineThatShowsNoSecret) {
  struct Row {
    std::string answer;
    std::string why;
  };
  const std::vector<Row> rows = {
      {"", "answered nothing"},
      {" \n", "answered nothing"},
      {"secret", "no JSON object"},
      {"[\"secret\"]", "no JSON object"},
      {"{\"secret\":", "no JSON object"},
      {std::string("{\"a\":") + std::string(200, '[') + "secret", "no JSON object"},
      {R"({"kind":"ExecCredential"})", "answered apiVersion none"},
      {Answer(R"({"token":"secret"})", kBeta), "answered apiVersion client.authentication.k8s.io/v1beta1, but"},
      {R"({"kind":"Pod\u001b[31m","apiVersion":"v1"})", "answered kind Pod?[31m, not ExecCredential"},
      {Answer("null"), "without a status"},
      {Answer("{}"), "neither a token nor a certificate"},
      {Answer(R"({"token":7})"), "status.token that is no text"},
      {Answer(R"({"token":"secret\r\nX-Evil: 1"})"), "a token that holds a blank or control character"},
      {Answer(R"({"token":"\n"})"), "a token that is empty"},
      {Answer(R"({"clientCertificateData":"secret"})"), "only one of"},
      {Answer(R"({"clientKeyData":"secret"})"), "only one of"},
      {Answer(R"({"token":"secret","expirationTimestamp":"tomorrow"})"), "no RFC 3339 time"},
      {Answer(R"({"token":"secret","expirationTimestamp":12})"), "is no text"},
      {R"({"kind":"ExecCredential","kind":"secret"})", "no JSON object"},
  };
  for (const Row& row : rows) {
    const auto answer = ParseExecAnswer(row.answer, kV1);
    ASSERT_FALSE(answer) << row.answer;
    EXPECT_EQ(answer.error().code, Code::kUnauthorized);
    EXPECT_THAT(answer.error().message, AllOf(HasSubstr(row.why), Not(HasSubstr("secret")), Not(HasSubstr("\n"))))
        << row.answer;
  }
}

// A command that answers token-1, token-2, ... and a clock that the test moves.
class ExecSourceTest : public ::testing::Test {
 protected:
  std::unique_ptr<ExecSource> Source(ExecCommand command = {}) {
    command.command = "login";
    command.api_version = kV1;
    command.origin = "user \"u\" in /f";
    return std::make_unique<ExecSource>(command,
                                        ExecWorld{.run =
                                                      [this](const ChildOptions& options, const std::stop_token& stop) {
                                                        seen_ = options;
                                                        ++runs_;
                                                        return run_(options, stop);
                                                      },
                                                  .now = [this] { return now_; },
                                                  .stdin_is_terminal = terminal_});
  }
  Result<ChildResult> Token(const std::string& more = "") const {
    return ChildResult{.output = Answer("{\"token\":\"token-" + std::to_string(runs_.load()) + "\"" + more + "}")};
  }
  static std::string Of(const Result<Credential>& credential) {
    return credential ? credential->authorization : credential.error().message;
  }

  Instant now_ = *ParseTime("2026-01-01T00:00:00Z");
  bool terminal_ = false;
  std::atomic<int> runs_{0};
  ChildOptions seen_;
  std::function<Result<ChildResult>(const ChildOptions&, const std::stop_token&)> run_ =
      [this](const ChildOptions&, const std::stop_token&) { return Token(); };
};

TEST_F(ExecSourceTest, IsAskedOnceUntilItsAnswerExpires) {
  run_ = [this](const ChildOptions&, const std::stop_token&) {
    return Token(",\"expirationTimestamp\":\"" + FormatTime(now_ + 60s) + "\"");
  };
  const auto source = Source();
  EXPECT_EQ(Of(source->Current({})), "Bearer token-1");
  now_ += 59s;
  EXPECT_EQ(Of(source->Current({})), "Bearer token-1");
  now_ += 1s;
  EXPECT_EQ(Of(source->Current({})), "Bearer token-2");
  EXPECT_EQ(runs_, 2);
}

TEST_F(ExecSourceTest, WithoutAnExpiryItIsAskedOnce) {
  const auto source = Source();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Of(source->Current({})), "Bearer token-1");
    now_ += 1000h;
  }
}

TEST_F(ExecSourceTest, ARefusalAsksOnceMoreAndNotForEveryRequest) {
  const auto source = Source();
  const Credential first = *source->Current({});
  EXPECT_TRUE(*source->Refused(first, {}));
  EXPECT_EQ(Of(source->Current({})), "Bearer token-2");
  EXPECT_TRUE(*source->Refused(first, {}));  // another caller, who still had the old one
  EXPECT_EQ(runs_, 2);
  EXPECT_FALSE(*source->Refused(*source->Current({}), {}));  // refused at once again: a pause
  EXPECT_EQ(runs_, 2);
  now_ += 5s;
  EXPECT_TRUE(*source->Refused(*source->Current({}), {}));
  EXPECT_EQ(runs_, 3);
  run_ = [](const ChildOptions&, const std::stop_token&) {
    return ChildResult{.output = Answer("{\"token\":\"token-3\"}")};
  };
  now_ += 5s;
  EXPECT_FALSE(*source->Refused(*source->Current({}), {}));  // the same again: no use
}

TEST_F(ExecSourceTest, AFailureIsNotRepeatedForASecond) {
  run_ = [](const ChildOptions&, const std::stop_token&) { return ChildResult{.exit_code = 3, .output = "secret"}; };
  const auto source = Source();
  const std::string message = Of(source->Current({}));
  EXPECT_THAT(message,
              AllOf(HasSubstr("the credentials command login (exec of user \"u\" in /f) failed with exit code 3"),
                    Not(HasSubstr("secret"))));
  EXPECT_EQ(Of(source->Current({})), message);
  EXPECT_EQ(runs_, 1);
  now_ += 1s;
  run_ = [this](const ChildOptions&, const std::stop_token&) { return Token(); };
  EXPECT_EQ(Of(source->Current({})), "Bearer token-2");
}

TEST_F(ExecSourceTest, SaysHowToInstallWhatIsNotThere) {
  run_ = [](const ChildOptions&, const std::stop_token&) -> Result<ChildResult> {
    return MakeError(Code::kNotFound, "cannot be run: No such file or directory");
  };
  EXPECT_THAT(Of(Source({.install_hint = "apt install login"})->Current({})),
              HasSubstr("No such file or directory: install it, or correct its path; apt install login"));
  run_ = [](const ChildOptions&, const std::stop_token&) -> Result<ChildResult> {
    return MakeError(Code::kTimeout, "did not end within 60 s");
  };
  EXPECT_THAT(Of(Source()->Current({})), AllOf(HasSubstr("did not end within 60 s"), HasSubstr("run it by hand")));
}

TEST_F(ExecSourceTest, HandsOnStdinOnlyWhenItIsATerminalAndWanted) {
  using Mode = ExecCommand::Stdin;
  struct Row {
    Mode mode;
    bool terminal, taken;
    const char* expected;  // "yes", "no", or the refusal
  };
  const std::vector<Row> rows = {
      {Mode::kNever, true, false, "no"},         {Mode::kIfAvailable, true, false, "yes"},
      {Mode::kIfAvailable, false, false, "no"},  {Mode::kIfAvailable, true, true, "no"},
      {Mode::kAlways, true, false, "yes"},       {Mode::kAlways, false, false, "needs a terminal"},
      {Mode::kAlways, true, true, "-f - reads"},
  };
  for (const Row& row : rows) {
    terminal_ = row.terminal;
    const auto source = Source({.stdin_mode = row.mode, .stdin_is_taken = row.taken});
    const auto credential = source->Current({});
    if (!credential) {
      EXPECT_THAT(credential.error().message, HasSubstr(row.expected));
      continue;
    }
    EXPECT_EQ(seen_.hand_on_stdin ? "yes" : "no", std::string(row.expected));
    const auto info = json::Parse(seen_.environment.back().second);
    EXPECT_EQ((*info)["spec"]["interactive"].Bool(), seen_.hand_on_stdin);
  }
}

TEST_F(ExecSourceTest, PassesArgumentsAndEnvironment) {
  ASSERT_TRUE(Source({.args = {"get", "token"}, .environment = {{"A", "1"}}})->Current({}));
  EXPECT_THAT(seen_.arguments, ::testing::ElementsAre("login", "get", "token"));
  EXPECT_EQ(seen_.environment.front(), (std::pair<std::string, std::string>("A", "1")));
  EXPECT_EQ(seen_.environment.back().first, "KUBERNETES_EXEC_INFO");
}

TEST_F(ExecSourceTest, ManyWhoAskAtOnceRunItOnce) {
  std::atomic<int> began{0};
  run_ = [&](const ChildOptions&, const std::stop_token&) {
    while (began < 8) std::this_thread::yield();
    return Token();
  };
  const auto source = Source();
  std::vector<std::jthread> askers;
  askers.reserve(8);
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    askers.emplace_back([&] {
      ++began;
      right += Of(source->Current({})) == "Bearer token-1" ? 1 : 0;
    });
  }
  askers.clear();
  EXPECT_EQ(right, 8);
  EXPECT_EQ(runs_, 1);
}

TEST_F(ExecSourceTest, WhoWaitsIsLetGoWhenStopping) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Source()->Current(stop.get_token()).error().code, Code::kCancelled);
}

TEST(Expiry, OfATokenIsItsClaim) {
  struct Row {
    const char* authorization;
    const char* expires;
  };
  const std::vector<Row> rows = {
      // {"exp":1767225600}, and what is none
      {"Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjE3NjcyMjU2MDB9.c2ln", "2026-01-01T00:00:00Z"},
      {"Bearer eyJhbGciOiJub25lIn0.eyJleHAiOiJzb29uIn0.c2ln", ""},
      {"Bearer a.b.c", ""},
      {"Bearer opaque", ""},
      {"Bearer ...", ""},
      {"Basic YTpi", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    const auto expires = TokenExpiry(row.authorization);
    EXPECT_EQ(expires ? FormatTime(*expires) : "", row.expires) << row.authorization;
  }
  EXPECT_EQ(CertificateExpiry("rubbish"), std::nullopt);
  EXPECT_EQ(CertificateExpiry(""), std::nullopt);
}

}  // namespace
}  // namespace muster::client
