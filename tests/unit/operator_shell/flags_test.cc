#include "operator/shell/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "lib/base/strings.h"

namespace muster::shell {
namespace {

using ::testing::HasSubstr;

ParsedFlags Parse(const std::vector<std::string>& args) { return ParseFlags(args, "v1.2.3", OperatorFlags{}); }

TEST(Flags, NoneIsNeeded) {
  const ParsedFlags parsed = Parse({});
  EXPECT_FALSE(parsed.exit.has_value());
  EXPECT_EQ(parsed.flags, OperatorFlags{});
}

TEST(Flags, ReadsEachInBothForms) {
  OperatorFlags expected;
  expected.kubeconfig = "/tmp/k";
  expected.context = "kind";
  expected.health_address = "127.0.0.1:0";
  expected.metrics_address = "0";
  expected.kube_api_qps = 12.5;
  expected.kube_api_burst = 25;
  expected.workers = 4;
  expected.reservation_timeout = std::chrono::seconds(90);
  expected.guard_after = std::chrono::minutes(10);
  expected.guard_time = std::chrono::hours(24);
  expected.leader_elect = false;
  expected.leader_elect_namespace = "ops";
  expected.leader_elect_identity = "me";
  expected.allow_missing_admission_policies = true;
  expected.node_pool_label = "cloud.google.com/gke-nodepool";
  expected.log_format = runtime::LogFormat::kJson;
  expected.log_level = LogLevel::kDebug;
  const ParsedFlags joined =
      Parse({"--kubeconfig=/tmp/k", "--context=kind", "--health-address=127.0.0.1:0", "--metrics-address=0",
             "--kube-api-qps=12.5", "--kube-api-burst=25", "--workers=4", "--reservation-timeout=1m30s",
             "--guard-after=10m", "--guard-time=24h", "--leader-elect=false", "--leader-elect-namespace=ops",
             "--leader-elect-identity=me", "--allow-missing-admission-policies=true",
             "--node-pool-label=cloud.google.com/gke-nodepool", "--log-format=json", "--log-level=debug"});
  ASSERT_FALSE(joined.exit.has_value()) << joined.exit->err;
  EXPECT_EQ(joined.flags, expected);
  const ParsedFlags apart = Parse({"--kubeconfig",
                                   "/tmp/k",
                                   "--context",
                                   "kind",
                                   "--health-address",
                                   "127.0.0.1:0",
                                   "--metrics-address",
                                   "0",
                                   "--kube-api-qps",
                                   "12.5",
                                   "--kube-api-burst",
                                   "25",
                                   "--workers",
                                   "4",
                                   "--reservation-timeout",
                                   "90s",
                                   "--guard-after",
                                   "600s",
                                   "--guard-time",
                                   "1440m",
                                   "--leader-elect=false",
                                   "--leader-elect-namespace",
                                   "ops",
                                   "--leader-elect-identity",
                                   "me",
                                   "--allow-missing-admission-policies",
                                   "--node-pool-label",
                                   "cloud.google.com/gke-nodepool",
                                   "--log-format",
                                   "json",
                                   "--log-level",
                                   "debug"});
  ASSERT_FALSE(apart.exit.has_value()) << apart.exit->err;
  EXPECT_EQ(apart.flags, expected);
}

TEST(Flags, LeaderElectMayStandAlone) {
  OperatorFlags defaults;
  defaults.leader_elect = false;
  EXPECT_TRUE(ParseFlags({"--leader-elect"}, "v1", defaults).flags.leader_elect);
  EXPECT_TRUE(ParseFlags({"--leader-elect", "--workers=2"}, "v1", defaults).flags.leader_elect);
  EXPECT_FALSE(Parse({"--leader-elect=false"}).flags.leader_elect);
  EXPECT_FALSE(Parse({"--leader-elect", "false", "--workers=2"}).flags.leader_elect);
}

TEST(Flags, TheLastOneWinsAndAddressesMayBeIpv6) {
  const ParsedFlags parsed = Parse({"--workers=2", "--workers=3", "--health-address", "[::1]:8081"});
  ASSERT_FALSE(parsed.exit.has_value()) << parsed.exit->err;
  EXPECT_EQ(parsed.flags.workers, 3);
  EXPECT_EQ(parsed.flags.health_address, "[::1]:8081");
}

TEST(Flags, ErrorNamesFlagValueAndRemedy) {
  const struct {
    std::vector<std::string> args;
    std::string message;
  } cases[] = {
      {{"--workers=0"}, "--workers 0: must be a whole number from 1 to 256"},
      {{"--workers=257"}, "--workers 257: must be a whole number from 1 to 256"},
      {{"--workers", "-3"}, "--workers -3: must be a whole number from 1 to 256"},
      {{"--workers", "4x"}, "--workers 4x: must be a whole number from 1 to 256"},
      {{"--workers", "99999999999999999999"}, "--workers 99999999999999999999: must be a whole number from 1 to 256"},
      {{"--kube-api-qps=nan"}, "--kube-api-qps nan: must be a number from 1 to 10000"},
      {{"--kube-api-qps=1e9"}, "--kube-api-qps 1e9: must be a number from 1 to 10000"},
      {{"--kube-api-burst=1.5"}, "--kube-api-burst 1.5: must be a whole number from 1 to 100000"},
      {{"--reservation-timeout=4s"}, "--reservation-timeout 4s: must be a time from 5s to 1h, such as 90s or 5m"},
      {{"--reservation-timeout=1h1s"}, "--reservation-timeout 1h1s: must be a time from 5s to 1h, such as 90s or 5m"},
      {{"--reservation-timeout=300"}, "--reservation-timeout 300: must be a time from 5s to 1h, such as 90s or 5m"},
      {{"--reservation-timeout", "5 m"}, "--reservation-timeout 5 m: must be a time from 5s to 1h, such as 90s or 5m"},
      {{"--reservation-timeout=99999999999999999999h"},
       "--reservation-timeout 99999999999999999999h: must be a time from 5s to 1h, such as 90s or 5m"},
      {{"--guard-after=0s"}, "--guard-after 0s: must be a time from 5s to 24h, such as 90s or 5m"},
      {{"--guard-time=25h"}, "--guard-time 25h: must be a time from 5s to 24h, such as 90s or 5m"},
      {{"--health-address", "8081"},
       "--health-address 8081: must be [host]:port, such as :8080 or 127.0.0.1:8080, or 0 to disable"},
      {{"--leader-elect=yes"}, "--leader-elect yes: must be true or false"},
      {{"--leader-elect-namespace=A_b"},
       "--leader-elect-namespace A_b: must be the name of a namespace: at most 63 of a-z, 0-9 and -, such as "
       "muster-system"},
      {{"--allow-missing-admission-policies=1"}, "--allow-missing-admission-policies 1: must be true or false"},
      {{"--node-pool-label=pool/"},
       "--node-pool-label pool/: must be the key of a label, such as cloud.google.com/gke-nodepool"},
      {{"--node-pool-label=a b"},
       "--node-pool-label a b: must be the key of a label, such as cloud.google.com/gke-nodepool"},
      {{"--node-pool-label=-a"},
       "--node-pool-label -a: must be the key of a label, such as cloud.google.com/gke-nodepool"},
      {{"--node-pool-label=A.b/pool"},
       "--node-pool-label A.b/pool: must be the key of a label, such as cloud.google.com/gke-nodepool"},
      {{"--log-format=xml"}, "--log-format xml: must be text or json"},
      {{"--log-level=loud"}, "--log-level loud: must be debug, info, warning or error"},
      {{"--workers"}, "--workers needs a value"},
      {{"--workers", "--leader-elect"}, "--workers needs a value"},
      {{"--kubeconfig="}, "--kubeconfig needs a value"},
      {{"--worker=4"}, "unknown flag \"--worker=4\": did you mean --workers?"},
      {{"--kube-api", "4"}, "unknown flag \"--kube-api\": did you mean --kube-api-qps or --kube-api-burst?"},
      {{"--log-levels=info"}, "unknown flag \"--log-levels=info\": did you mean --log-level?"},
      {{"--bogus=1"},
       "unknown flag \"--bogus=1\": there are --kubeconfig, --context, --health-address, --metrics-address, "
       "--metrics-authorization, --kube-api-qps, --kube-api-burst, --workers, --reservation-timeout, "
       "--guard-after, --guard-time, --leader-elect, --leader-elect-namespace, --leader-elect-identity, "
       "--allow-missing-admission-policies, --node-pool-label, --log-format, --log-level"},
      {{"serve"}, "unknown argument \"serve\": there are flags alone"},
      {{"a\x1b[1m"}, "unknown argument \"a?[1m\": there are flags alone"},
      {{"--leader-elect", "no"}, "unknown argument \"no\": there are flags alone"},
      {{"--version=foo"}, "--help and --version take no value: leave it out"},
  };
  for (const auto& c : cases) {
    const ParsedFlags parsed = Parse(c.args);
    ASSERT_TRUE(parsed.exit.has_value()) << c.message;
    EXPECT_EQ(parsed.exit->code, 2);
    EXPECT_EQ(parsed.exit->out, "");
    EXPECT_EQ(parsed.exit->err, "muster-operator: " + c.message + "\nSee muster-operator --help\n");
  }
}

TEST(Flags, HelpTellsEveryFlagWithItsDefault) {
  const ParsedFlags parsed = Parse({"--help"});
  ASSERT_TRUE(parsed.exit.has_value());
  EXPECT_EQ(parsed.exit->code, 0);
  EXPECT_EQ(parsed.exit->err, "");
  for (const std::string flag : {"--kubeconfig FILE",
                                 "--context NAME",
                                 "--health-address [HOST]:PORT",
                                 "--metrics-address [HOST]:PORT",
                                 "--kube-api-qps N",
                                 "--kube-api-burst N",
                                 "--workers N",
                                 "--reservation-timeout TIME",
                                 "--guard-after TIME",
                                 "--guard-time TIME",
                                 "Default: 5m",
                                 "Default: 30m",
                                 "--leader-elect true|false",
                                 "--leader-elect-namespace NAMESPACE",
                                 "--leader-elect-identity NAME",
                                 "--allow-missing-admission-policies true|false",
                                 "--node-pool-label LABEL",
                                 "--log-format text|json",
                                 "--log-level LEVEL",
                                 "--version",
                                 "--help",
                                 "Default: :8081",
                                 "Default: :8080",
                                 "Default: 300",
                                 "Default: 600",
                                 "Default: 16",
                                 "here muster-system"}) {
    EXPECT_THAT(parsed.exit->out, HasSubstr(flag));
  }
}

TEST(Flags, DefaultsInTheHelpAreTheDefaults) {
  const ParsedFlags parsed =
      Parse({"--health-address=:8081", "--metrics-address=:8080", "--kube-api-qps=300", "--kube-api-burst=600",
             "--workers=16", "--reservation-timeout=5m", "--guard-after=5m", "--guard-time=30m", "--leader-elect=true",
             "--leader-elect-namespace=muster-system", "--allow-missing-admission-policies=false", "--log-format=text",
             "--log-level=info"});
  EXPECT_EQ(parsed.flags, OperatorFlags{});
}

// "  --workers N      objects ..." of --help as "| `--workers N` | objects ... |"; what is said of this machine is left
// out.
std::string TableRow(const std::string& line) {
  const size_t gap = line.find("  ", line.find("--"));
  const std::string flag = line.substr(2, gap - 2);
  std::string help = line.substr(line.find_first_not_of(' ', gap));
  help = help.substr(0, help.find("; here "));
  std::string row = "| `" + flag + "` | " + help + " |";
  if (const size_t bar = flag.find('|'); bar != std::string::npos) row.insert(row.find(flag) + bar, "\\");
  return row;
}

TEST(Flags, DocumentationPageListsExactlyWhatTheHelpSays) {
  const ParsedFlags parsed = Parse({"--help"});
  ASSERT_TRUE(parsed.exit.has_value());
  std::string expected;
  for (const std::string& line : Split(parsed.exit->out, '\n')) {
    if (line.starts_with("  --")) expected += TableRow(line) + "\n";
  }
  std::string documented;
  std::ifstream page(std::string(MUSTER_SOURCE_DIR) + "/docs/operations.md");
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `--")) documented += line + "\n";
  }
  EXPECT_EQ(documented, expected) << "docs/operations.md must list these rows:\n" << expected;
}

TEST(Flags, VersionIsOneLine) {
  const ParsedFlags parsed = Parse({"--version"});
  ASSERT_TRUE(parsed.exit.has_value());
  EXPECT_EQ(parsed.exit->code, 0);
  EXPECT_EQ(parsed.exit->out, "muster-operator v1.2.3\n");
}

}  // namespace
}  // namespace muster::shell
