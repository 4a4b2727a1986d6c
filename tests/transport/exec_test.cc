// Credentials commands as they really run: shell scripts, and a server that looks at what they gave.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "lib/client/child_process.h"
#include "tests/support/tls_server.h"
#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHead = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)";

class Exec : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir_); }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string Script(const std::string& text, const std::string& name = "login") const {
    std::string path = dir_ + "/" + name;
    std::ofstream(path) << "#!/bin/sh\ncd " << dir_ << "\n" << text << "\n";
    ::chmod(path.c_str(), 0755);
    return path;
  }
  Connection With(const std::string& script) const {
    Connection connection;
    connection.exec = {.command = script,
                       .environment = {{"GREETING", "hi"}},
                       .api_version = "client.authentication.k8s.io/v1",
                       .origin = "user \"u\" in /config"};
    return connection;
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(dir_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static Result<ChildResult> Run(const std::string& script, Duration deadline = 20s) {
    return RunChild({.arguments = {script, "an argument"}, .deadline = deadline, .output_bytes_max = 1000}, {});
  }

  const std::string dir_ = ::testing::TempDir() + "exec-" + std::to_string(::getpid());
};

TEST_F(Exec, TheTokenGoesWithEveryRequestAndTheCommandRunsOnce) {
  const RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  const std::string script = Script("echo \"$GREETING $KUBERNETES_EXEC_INFO\" >> runs\necho '" + std::string(kHead) +
                                    R"({"token":"from-script"}}')");
  const auto transport = ConnectTo(server.Url(), {}, With(script));
  EXPECT_OUTCOME(transport->Send(Get()), "OK");
  EXPECT_OUTCOME(transport->Send(Get()), "OK");
  for (const RawRequest& request : server.requests()) {
    EXPECT_THAT(request.Header("Authorization"), ElementsAre("Bearer from-script"));
  }
  EXPECT_EQ(
      Read("runs"),
      R"(hi {"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}})"
      "\n");
}

TEST_F(Exec, A401RunsItOnceMoreAndRepeatsTheRequestOnce) {
  const RawHttpServer server([](RawConnection& c) {
    while (const auto request = c.ReadRequest()) {
      const bool good = request->Header("Authorization") == std::vector<std::string>{"Bearer 2"};
      c.Write(HttpAnswer(good ? 200 : 401, "{}"));
    }
  });
  const std::string script =
      Script("echo run >> runs\necho '" + std::string(kHead) + "{\"token\":\"'$(wc -l < runs)'\"}}'");
  const auto transport = ConnectTo(server.Url(), {}, With(script));
  const auto answer = transport->Send(Get());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(Read("runs"), "run\nrun\n");
}

TEST_F(Exec, ACertificateIsShownAndANewOneTakesItsPlace) {
  const Identity authority = MakeAuthority("test-ca");
  const TlsServer server(Issue(authority, {.common_name = "server", .alternative_names = "IP:127.0.0.1"}),
                         authority.certificate);
  const auto answer_with = [&](const std::string& name) {
    const Identity identity = Issue(authority, {.common_name = name});
    const auto quoted = [](std::string pem) {
      for (size_t at = 0; (at = pem.find('\n', at)) != std::string::npos; at += 2) pem.replace(at, 1, "\\n");
      return pem;
    };
    std::ofstream(dir_ + "/answer") << kHead << "{\"expirationTimestamp\":\"2020-01-01T00:00:00Z\",\"clientKeyData\":\""
                                    << quoted(identity.key) << "\",\"clientCertificateData\":\""
                                    << quoted(identity.certificate) << "\"}}";
  };
  answer_with("first");
  Connection connection = With(Script("cat answer"));
  connection.certificate_authority.text = authority.certificate;
  const auto transport = ConnectTo(server.Url(), {}, connection);
  const auto first = transport->Send(Get());
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->body, "first");
  answer_with("second");
  EXPECT_EQ(transport->Send(Get())->body, "second");
  std::ofstream(dir_ + "/answer") << kHead << R"({"clientCertificateData":"rubbish","clientKeyData":"rubbish"}})";
  const auto rubbish = transport->Send(Get());
  EXPECT_OUTCOME(rubbish, "Unauthorized");
  EXPECT_THAT(rubbish.error().message, HasSubstr("the answer of credentials command " + dir_ + "/login"));
}

TEST_F(Exec, AnExpiredCertificateIsNamedWhenTheServerRefuses) {
  const Identity authority = MakeAuthority("test-ca");
  const Identity expired = Issue(authority, {.common_name = "jane", .alternative_names = "", .valid_days = -1});
  const RawHttpServer server(AlwaysAnswers(HttpAnswer(401, "{}")));
  Connection connection;
  connection.client_certificate.text = expired.certificate;
  connection.client_key.text = expired.key;
  const auto answer = ConnectTo(server.Url(), {}, connection)->Send(Get());
  EXPECT_OUTCOME(answer, "Unauthorized");
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("does not accept the client certificate of the test: it expired at "),
                    HasSubstr("put the new one into client-certificate-data with its key")));
  Connection with_token;  // {"exp":1}
  with_token.token = "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln";
  EXPECT_THAT(ConnectTo(server.Url(), {}, with_token)->Send(Get()).error().message,
              HasSubstr("the token of the test: it expired at 1970-01-01T00:00:01Z"));
}

TEST_F(Exec, BadOnesEndInOneLine) {
  const RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  struct Row {
    std::string script;
    std::string why;
  };
  const std::vector<Row> rows = {
      {Script("exit 3", "fails"), "failed with exit code 3"},
      {Script("kill -9 $$", "dies"), "failed with exit code 137"},
      {Script("echo hello", "talks"), "no JSON object"},
      {Script("true", "silent"), "answered nothing"},
      {Script("cat /dev/zero", "floods"), "wrote more than 1048576 bytes"},
      {dir_ + "/absent", "cannot be run: No such file or directory: install it"},
      {"muster-no-such-program", "cannot be run: No such file or directory: install it"},
      {dir_, "cannot be run: Permission denied"},
  };
  for (const Row& row : rows) {
    const auto answer = ConnectTo(server.Url(), {}, With(row.script))->Send(Get());
    EXPECT_OUTCOME(answer, "Unauthorized");
    EXPECT_THAT(answer.error().message,
                AllOf(HasSubstr("the credentials command " + row.script + " (exec of user \"u\" in /config) "),
                      HasSubstr(row.why), Not(HasSubstr("\n"))));
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Exec, ASlowOneIsEndedAtTheRequestTimeoutWithAllItStarted) {
  const RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  Connection connection = With(Script("sleep 1000 & echo $! > pid; wait"));
  connection.request_timeout = 1s;
  const StopWatch watch;
  const auto answer = ConnectTo(server.Url(), {}, connection)->Send(Get());
  EXPECT_OUTCOME(answer, "Unauthorized");
  EXPECT_THAT(answer.error().message, HasSubstr("did not end within 1 s"));
  EXPECT_LT(watch.Elapsed(), 10s);
  if (::isatty(STDERR_FILENO) == 1) return;  // then it shares our group, and only itself is ended
  const pid_t sleeper = std::stoi(Read("pid"));
  const auto longest = std::chrono::steady_clock::now() + 10s;
  while (::kill(sleeper, 0) == 0 && std::chrono::steady_clock::now() < longest) ::usleep(1000);
  const std::string state = [&] {
    std::ifstream file("/proc/" + std::to_string(sleeper) + "/stat");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  EXPECT_TRUE(state.empty() || state.find(") Z") != std::string::npos) << state;
}

TEST_F(Exec, StoppingEndsIt) {
  const RawHttpServer server(AlwaysAnswers(HttpAnswer(200, "{}")));
  const auto transport = ConnectTo(server.Url(), {}, With(Script("echo > began; sleep 1000")));
  const std::jthread stopper([&] {
    const auto longest = std::chrono::steady_clock::now() + 10s;
    while (!std::filesystem::exists(dir_ + "/began") && std::chrono::steady_clock::now() < longest) ::usleep(1000);
    transport->Stop();
  });
  const StopWatch watch;
  EXPECT_OUTCOME(transport->Send(Get()), "Cancelled");
  EXPECT_LT(watch.Elapsed(), 20s);
}

TEST_F(Exec, AChildGetsArgumentsNoStdinNoFilesOfOursAndDefaultSignals) {
  const auto run = Run(Script("echo \"$1\"; cat; ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status"));
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->exit_code, 0);
  // ls itself opens one more.
  EXPECT_EQ(run->output, "an argument\n4\nSigBlk:\t0000000000000000\n");
}

TEST_F(Exec, WhatAChildLeavesBehindIsNotWaitedFor) {
  const StopWatch watch;
  const auto run = Run(Script("sleep 1000 & echo done"));
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->output, "done\n");
  EXPECT_LT(watch.Elapsed(), 10s);
}

}  // namespace
}  // namespace muster::client
