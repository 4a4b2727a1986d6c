#include "lib/client/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "lib/client/kubeconfig_files.h"

namespace muster::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDev = R"(
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: c1
  cluster: {server: "https://one:6443", certificate-authority: pki/ca.crt}
- name: c2
  cluster: {server: "https://two:6443", insecure-skip-tls-verify: true, tls-server-name: api.two}
users:
- name: u1
  user: {client-certificate-data: Q0VSVA==, client-key: u1.key}
- name: u2
  user: {tokenFile: token, as: jane, as-groups: [a, b]}
- name: exec
  user: {exec: {command: aws}}
contexts:
- name: dev
  context: {cluster: c1, user: u1, namespace: team}
- name: other
  context: {cluster: c2, user: u2}
- name: broken
  context: {cluster: nowhere, user: u1}
- name: cloud
  context: {cluster: c1, user: exec}
)";

class Kubeconfig : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir_); }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = dir_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  Connection Load(const ConfigOverrides& overrides, const Environment& environment = {}) const {
    const auto connection = LoadConnection(overrides, environment);
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? *connection : Connection();
  }

  static std::string Refusal(const ConfigOverrides& overrides, const Environment& environment = {}) {
    const auto connection = LoadConnection(overrides, environment);
    EXPECT_FALSE(connection);
    if (connection) return "";
    EXPECT_EQ(connection.error().code, Code::kInvalid);
    EXPECT_THAT(connection.error().message, Not(HasSubstr("\n")));
    return connection.error().message;
  }

  const std::string dir_ = ::testing::TempDir() + "kubeconfig-" + std::to_string(::getpid());
};

TEST_F(Kubeconfig, GivesTheCurrentContextWithPathsSeenFromTheFile) {
  const std::string path = Write("config", kDev);
  const Connection c = Load({.kubeconfig = path});
  EXPECT_EQ(c.server, "https://one:6443");
  EXPECT_EQ(c.certificate_authority.file, dir_ + "/pki/ca.crt");
  EXPECT_EQ(c.client_certificate.text, "CERT");
  EXPECT_EQ(c.client_key.file, dir_ + "/u1.key");
  EXPECT_EQ(c.ns, "team");
  EXPECT_EQ(c.origin, "context \"dev\" of " + path);
}

TEST_F(Kubeconfig, TakesFlagsBeforeTheFile) {
  const std::string path = Write("config", kDev);
  const Connection other = Load({.kubeconfig = path, .context = "other"});
  EXPECT_EQ(other.server, "https://two:6443");
  EXPECT_TRUE(other.insecure_skip_tls_verify);
  EXPECT_EQ(other.tls_server_name, "api.two");
  EXPECT_EQ(other.token_file, dir_ + "/token");
  EXPECT_EQ(other.impersonate_user, "jane");
  EXPECT_THAT(other.impersonate_groups, ElementsAre("a", "b"));
  EXPECT_EQ(other.ns, "default");

  const Connection mixed = Load({.kubeconfig = path, .cluster = "c2", .user = "u2", .token = "t", .ns = "n"});
  EXPECT_EQ(mixed.server, "https://two:6443");
  EXPECT_EQ(mixed.token, "t");
  EXPECT_EQ(mixed.token_file, "");
  EXPECT_EQ(mixed.ns, "n");

  const Connection insecure = Load({.kubeconfig = path,
                                    .server = "https://three",
                                    .insecure_skip_tls_verify = true,
                                    .request_timeout = "5",
                                    .impersonate_user = "joe"});
  EXPECT_EQ(insecure.server, "https://three");
  EXPECT_TRUE(insecure.certificate_authority.empty());
  EXPECT_EQ(insecure.request_timeout, std::chrono::seconds(5));
  EXPECT_EQ(insecure.impersonate_user, "joe");
}

TEST_F(Kubeconfig, MergesTheListOfFilesFirstWins) {
  const std::string first = Write("a/first", R"(
clusters: [{name: c, cluster: {server: "https://first", certificate-authority: ca}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
)");
  const std::string second = Write("b/second", R"(
current-context: x
clusters: [{name: c, cluster: {server: "https://second", tls-server-name: lost}}]
users: [{name: u, user: {tokenFile: ../t}}]
contexts: [{name: z, context: {cluster: c, user: u}}]
)");
  const std::string third = Write("c/third", "current-context: z\n");
  const std::string list = dir_ + "/missing::" + first + ":" + second + ":" + first + ":" + third;
  const Connection c = Load({}, {.kubeconfig = list, .home = dir_});
  EXPECT_EQ(c.server, "https://first");
  EXPECT_EQ(c.tls_server_name, "");  // entries are not merged field by field
  EXPECT_EQ(c.certificate_authority.file, dir_ + "/a/ca");
  EXPECT_EQ(c.token_file, dir_ + "/b/../t");
  EXPECT_THAT(c.origin, HasSubstr("context \"x\""));
}

TEST_F(Kubeconfig, AnExplicitFileReplacesTheListAndMustExist) {
  const std::string path = Write("config", kDev);
  const std::string other = Write("other", "clusters: [");
  EXPECT_EQ(Load({.kubeconfig = path}, {.kubeconfig = other}).server, "https://one:6443");
  EXPECT_THAT(Refusal({.kubeconfig = dir_ + "/none"}, {.kubeconfig = path}),
              AllOf(HasSubstr(dir_ + "/none"), HasSubstr("No such file")));
  EXPECT_THAT(Refusal({}, {.kubeconfig = path + ":" + other}),
              AllOf(HasSubstr(other), HasSubstr("invalid YAML, line ")));
}

TEST_F(Kubeconfig, FallsBackToHomeThenToTheServiceAccount) {
  Write("home/.kube/config", kDev);
  Write("sa/token", "t");
  Write("sa/namespace", "pod-ns\n");
  const Environment pod{
      .home = dir_ + "/home", .service_host = "10.0.0.1", .service_port = "443", .service_account_dir = dir_ + "/sa"};
  EXPECT_EQ(Load({}, pod).server, "https://one:6443");
  Environment homeless = pod;
  homeless.home = dir_;
  const Connection c = Load({}, homeless);
  EXPECT_EQ(c.server, "https://10.0.0.1:443");
  EXPECT_EQ(c.token_file, dir_ + "/sa/token");
  EXPECT_EQ(c.certificate_authority.file, dir_ + "/sa/ca.crt");
  EXPECT_EQ(c.ns, "pod-ns");
  homeless.service_host = "fd00::1";
  EXPECT_EQ(Load({.ns = "mine"}, homeless).server, "https://kubernetes.default.svc:443");
  EXPECT_EQ(Load({.server = "https://x"}, homeless).token_file, "");
  homeless.service_host = "";
  EXPECT_THAT(Refusal({}, homeless), HasSubstr("no cluster is configured"));
}

TEST_F(Kubeconfig, RefusesByNameWhatIsNotSupported) {
  const std::string path = Write("config", kDev);
  EXPECT_THAT(Refusal({.kubeconfig = path, .context = "cloud"}),
              AllOf(HasSubstr("exec of user \"exec\" in " + path), HasSubstr("not supported")));
  EXPECT_EQ(Load({.kubeconfig = path, .context = "cloud", .token = "t"}).token, "t");
  const auto with = [&](const std::string& cluster, const std::string& user) {
    return Write("odd",
                 "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
                 "clusters: [{name: c, cluster: {server: \"https://a\"" +
                     cluster +
                     "}}]\n"
                     "users: [{name: u, user: {" +
                     user + "}}]\n");
  };
  EXPECT_THAT(Refusal({.kubeconfig = with("", "username: a, password: b")}), HasSubstr("username of user \"u\""));
  EXPECT_THAT(Refusal({.kubeconfig = with("", "auth-provider: {name: gcp}")}), HasSubstr("auth-provider"));
  EXPECT_THAT(Refusal({.kubeconfig = with("", "as: a, as-user-extra: {k: [v]}")}), HasSubstr("as-user-extra"));
  EXPECT_THAT(Refusal({.kubeconfig = with(", proxy-url: \"socks5://p\"", "")}),
              HasSubstr("proxy-url of cluster \"c\""));
  EXPECT_EQ(Load({.kubeconfig = with(", proxy-url: \"http://p:1\"", "")}).proxy_url, "http://p:1");
  EXPECT_THAT(Refusal({.kubeconfig = with(", certificate-authority-data: \"?\"", "")}), HasSubstr("is not base64"));
  EXPECT_THAT(Refusal({.kubeconfig = with(", certificate-authority: a, insecure-skip-tls-verify: true", "")}),
              HasSubstr("keep one"));
  EXPECT_THAT(Refusal({.kubeconfig = with("", "as-groups: [a]")}), HasSubstr("give --as too"));
}

TEST_F(Kubeconfig, SaysWhatThereIsWhenANameIsWrong) {
  const std::string path = Write("config", kDev);
  EXPECT_THAT(Refusal({.kubeconfig = path, .context = "nope"}),
              AllOf(HasSubstr("no context \"nope\" in " + path), HasSubstr("there is: broken, cloud, dev, other")));
  EXPECT_THAT(Refusal({.kubeconfig = path, .context = "broken"}), HasSubstr("no cluster \"nowhere\""));
  EXPECT_THAT(Refusal({.kubeconfig = path, .user = "nobody"}), HasSubstr("no user \"nobody\""));
  EXPECT_THAT(Refusal({.kubeconfig = path, .request_timeout = "soon"}), HasSubstr("write it like 30s"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("bare", "contexts: [{name: a, context: {}}]\n")}),
              AllOf(HasSubstr("no current-context"), HasSubstr("one of: a")));
}

TEST_F(Kubeconfig, RefusesWhatIsNoKubeconfig) {
  EXPECT_THAT(Refusal({.kubeconfig = Write("a", "kind: Pod\n")}), HasSubstr("its kind is Pod"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("b", "- 1\n")}), HasSubstr("not a kubeconfig"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("c", "clusters: {a: 1}\n")}), HasSubstr("clusters must be a list"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("d", "users: [{name: a}, {name: a}]\n")}), HasSubstr("\"a\" twice"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("e", "users: [1]\n")}), HasSubstr("an entry of users"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("g", "users: [{name: y}]\n")}), HasSubstr("quote it"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("f", "")}), HasSubstr("names no server"));
}

TEST(ResolveAgainst, TakesTheFoldersView) {
  EXPECT_EQ(ResolveAgainst("/a/b/config", "ca"), "/a/b/ca");
  EXPECT_EQ(ResolveAgainst("/a/config", "/x/ca"), "/x/ca");
  EXPECT_EQ(ResolveAgainst("config", "ca"), "ca");
  EXPECT_EQ(ResolveAgainst("/a/config", ""), "");
}

}  // namespace
}  // namespace muster::client
