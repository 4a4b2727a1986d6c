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
  user: {exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1}}
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
  EXPECT_EQ(mixed.token_file, dir_ + "/token");  // kubectl's: a token file goes before any token
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
  EXPECT_EQ(Load({.token = "mine"}, homeless).token_file, "");
  homeless.pod_namespace = "told";
  EXPECT_EQ(Load({}, homeless).ns, "told");
  homeless.service_host = "fd00::1";
  EXPECT_EQ(Load({.ns = "mine"}, homeless).server, "https://kubernetes.default.svc:443");
  EXPECT_EQ(Load({.server = "https://x"}, homeless).token_file, "");
  homeless.service_host = "";
  EXPECT_THAT(Refusal({}, homeless), HasSubstr("no cluster is configured"));
}

TEST_F(Kubeconfig, InAPodItsNamespaceFillsInForOneThatNobodySays) {
  const std::string path = Write("config",
                                 "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
                                 "clusters: [{name: c, cluster: {server: \"https://a\"}}]\n");
  Write("sa/token", "t");
  Write("sa/namespace", "pod-ns\n");
  Environment pod{.service_host = "10.0.0.1", .service_port = "443", .service_account_dir = dir_ + "/sa"};
  EXPECT_EQ(Load({.kubeconfig = path}, pod).ns, "pod-ns");
  EXPECT_EQ(Load({.kubeconfig = path, .ns = "mine"}, pod).ns, "mine");
  pod.service_host = "";
  EXPECT_EQ(Load({.kubeconfig = path}, pod).ns, "default");
}

// One cluster and one user with what the test adds to them.
std::string OneContext(const std::string& cluster, const std::string& user) {
  return "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
         "clusters: [{name: c, cluster: {server: \"https://a\"" +
         cluster +
         "}}]\n"
         "users: [{name: u, user: {" +
         user + "}}]\n";
}

TEST_F(Kubeconfig, RefusesByNameWhatIsNotSupported) {
  struct Row {
    std::string cluster, user, why;
  };
  const std::vector<Row> rows = {
      {"", "auth-provider: {name: gcp}", "auth-provider of user \"u\" in "},
      {", proxy-url: \"socks5://p\"", "", "proxy-url of cluster \"c\" in "},
      {", proxy-url: \"p:1\"", "", "proxy-url of cluster \"c\" in "},
      {", certificate-authority-data: \"?\"", "", "is not base64"},
      {", certificate-authority: a, insecure-skip-tls-verify: true", "", "keep one"},
      {", certificate-authority: a, certificate-authority-data: QQ==", "", "both certificate-authority and"},
      {"", "client-key: a, client-key-data: QQ==", "both client-key and client-key-data"},
      {"", "token: t, username: a, password: b", "has both token and username"},
      {"", "as-groups: [a]", "name the user too"},
      {"", "as-user-extra: {k: [v]}", "name the user too"},
      {"", "exec: {apiVersion: client.authentication.k8s.io/v1}", "names no command"},
      {"", "exec: {command: c}", "has apiVersion \"\""},
      {"", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1alpha1}", "v1alpha1\", not"},
      {"", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1}", "needs interactiveMode"},
      {"", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: Maybe}",
       "needs interactiveMode"},
      {"", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1, args: [1]}", "put it in quotes"},
      {"", "exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: a}]}",
       "env entry without a name"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(Refusal({.kubeconfig = Write("odd", OneContext(row.cluster, row.user))}), HasSubstr(row.why));
  }
}

TEST_F(Kubeconfig, ReadsACredentialsCommand) {
  const std::string user = R"(exec: {command: bin/login, args: [a, "b c"], env: [{name: NAME, value: "1"}],
    apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always, installHint: hint, provideClusterInfo: true})";
  const std::string cluster = R"(, certificate-authority: ca, tls-server-name: api.n, proxy-url: "http://p:1",
    extensions: [{name: other, extension: 1}, {name: client.authentication.k8s.io/exec, extension: {audience: x}}])";
  Write("ca", "PEM");
  const std::string path = Write("config", OneContext(cluster, user));
  const ExecCommand exec = Load({.kubeconfig = path}).exec;
  EXPECT_EQ(exec.command, dir_ + "/bin/login");
  EXPECT_THAT(exec.args, ElementsAre("a", "b c"));
  EXPECT_EQ(exec.environment.at(0), (std::pair<std::string, std::string>("NAME", "1")));
  EXPECT_EQ(exec.stdin_mode, ExecCommand::Stdin::kAlways);
  EXPECT_EQ(exec.install_hint, "hint");
  EXPECT_EQ(exec.cluster_info, R"({"server":"https://a","tls-server-name":"api.n","certificate-authority-data":"UEVN",)"
                               R"("proxy-url":"http://p:1","config":{"audience":"x"}})");
  const std::string plain = OneContext("", "exec: {command: login, apiVersion: client.authentication.k8s.io/v1beta1}");
  const ExecCommand beta = Load({.kubeconfig = Write("plain", plain), .stdin_is_taken = true}).exec;
  EXPECT_EQ(beta.command, "login");  // looked for in PATH
  EXPECT_EQ(beta.stdin_mode, ExecCommand::Stdin::kIfAvailable);
  EXPECT_TRUE(beta.stdin_is_taken);
  EXPECT_EQ(beta.cluster_info, "");
}

TEST_F(Kubeconfig, ACommandIsAskedOnlyWhenNothingElseSaysWhoWeAre) {
  const std::string exec = ", exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1}";
  for (const char* other : {"token: t", "tokenFile: t", "username: a, password: b", "client-certificate: c"}) {
    EXPECT_EQ(Load({.kubeconfig = Write("config", OneContext("", other + exec))}).exec.command, "") << other;
  }
  const std::string alone = Write("alone", OneContext("", exec.substr(2)));
  EXPECT_EQ(Load({.kubeconfig = alone}).exec.command, "c");
  EXPECT_EQ(Load({.kubeconfig = alone, .token = "t"}).exec.command, "");
  EXPECT_EQ(Load({.kubeconfig = alone, .client_certificate = "c", .client_key = "k"}).exec.command, "");
}

TEST_F(Kubeconfig, HalfOfACredentialIsNone) {
  const std::string exec = "exec: {command: c, apiVersion: client.authentication.k8s.io/v1beta1}";
  const Connection command = Load({.kubeconfig = Write("a", OneContext("", "password: b, client-key: k, " + exec))});
  EXPECT_EQ(command.exec.command, "c");
  EXPECT_EQ(command.password, "");
  EXPECT_TRUE(command.client_key.empty());
  const Connection file = Load({.kubeconfig = Write("b", OneContext("", "tokenFile: t, password: b"))});
  EXPECT_EQ(file.token_file, dir_ + "/t");
  EXPECT_EQ(file.password, "");
  EXPECT_THAT(Refusal({.kubeconfig = Write("c", OneContext("", "password: b"))}), HasSubstr("put it there too"));
  EXPECT_EQ(Load({.kubeconfig = dir_ + "/c", .username = "a"}).password, "b");
}

TEST_F(Kubeconfig, OneKindOfCredentialAlone) {
  const std::string login = Write("login", OneContext("", "username: a, password: b"));
  const std::string token = Write("token", OneContext("", "token: t"));
  const std::string file = Write("file", OneContext("", "tokenFile: t"));
  constexpr const char* kBoth = "has both a token and a username or password: keep one";
  EXPECT_THAT(Refusal({.kubeconfig = login, .token = "t"}), HasSubstr(kBoth));
  EXPECT_THAT(Refusal({.kubeconfig = token, .username = "a"}), HasSubstr(kBoth));
  EXPECT_THAT(Refusal({.kubeconfig = token, .password = "b"}), HasSubstr(kBoth));
  EXPECT_THAT(Refusal({.kubeconfig = file, .username = "a", .password = "b"}), HasSubstr(kBoth));
  EXPECT_EQ(Load({.kubeconfig = login, .username = "c"}).username, "c");
}

TEST_F(Kubeconfig, ShowsNoCredentialOverPlainHttp) {
  const std::string path = Write("config", OneContext("", "token: t, as: jane"));
  for (const char* server : {"http://localhost:8001", "localhost:8001"}) {
    const Connection c = Load({.kubeconfig = path, .server = server});
    EXPECT_EQ(c.server, "http://localhost:8001");
    EXPECT_EQ(c.token, "");
    EXPECT_EQ(c.impersonate_user, "jane");
  }
}

TEST_F(Kubeconfig, AFlagMakesWhatTheFileSaysOfItsMatterVoid) {
  const std::string path = Write("config", OneContext(", insecure-skip-tls-verify: true, tls-server-name: api.n",
                                                      "token: t, as: jane, as-uid: \"7\", as-groups: [a], "
                                                      "as-user-extra: {k: [v, w]}"));
  const Connection as_it_is = Load({.kubeconfig = path});
  EXPECT_THAT(as_it_is.impersonate_extra, ElementsAre(std::pair<std::string, std::string>("k", "v"),
                                                      std::pair<std::string, std::string>("k", "w")));
  const Connection trusts = Load({.kubeconfig = path, .certificate_authority = "ca"});
  EXPECT_FALSE(trusts.insecure_skip_tls_verify);
  EXPECT_EQ(trusts.certificate_authority.file, "ca");
  EXPECT_EQ(trusts.tls_server_name, "api.n");
  EXPECT_EQ(Load({.kubeconfig = path, .server = "https://b"}).tls_server_name, "");
  EXPECT_EQ(Load({.kubeconfig = path, .server = "https://b", .tls_server_name = "m"}).tls_server_name, "m");
  const Connection joe = Load({.kubeconfig = path, .impersonate_user = "joe"});
  EXPECT_EQ(joe.impersonate_user, "joe");
  EXPECT_EQ(joe.impersonate_uid, "7");  // each flag for itself, as kubectl has it
  EXPECT_THAT(joe.impersonate_groups, ElementsAre("a"));
  using Extra = std::pair<std::string, std::string>;
  EXPECT_THAT(Load({.kubeconfig = path, .impersonate_extra = {"l=1=2", "l="}}).impersonate_extra,
              ElementsAre(Extra("k", "v"), Extra("k", "w"), Extra("l", "1=2"), Extra("l", "")));
  EXPECT_THAT(Load({.kubeconfig = path, .impersonate_extra = {"k=z"}}).impersonate_extra, ElementsAre(Extra("k", "z")));
  for (const char* bad : {"k", "=v", ""}) {
    EXPECT_THAT(Refusal({.kubeconfig = path, .impersonate_extra = {bad}}),
                HasSubstr("--as-user-extra \"" + std::string(bad) + "\" is no key=value: write it like "));
  }
  EXPECT_THAT(Refusal({.kubeconfig = path, .ns = "ns/a"}), HasSubstr("no name of a namespace"));
}

TEST_F(Kubeconfig, TakesAProxyFromTheFileElseFromTheEnvironment) {
  Environment environment;
  environment.proxy = {.https_proxy = "http://env:1", .no_proxy = "a"};
  const std::string own = Write("own", OneContext(", proxy-url: \"http://own:1\"", ""));
  EXPECT_EQ(Load({.kubeconfig = own}, environment).proxy_url, "http://own:1");  // NO_PROXY does not count
  EXPECT_EQ(Load({.kubeconfig = own, .proxy_url = "http://flag:1"}, environment).proxy_url, "http://flag:1");
  EXPECT_THAT(Refusal({.kubeconfig = own, .proxy_url = "ftp://flag:1"}, environment), HasSubstr("--proxy-url"));
  const std::string none = Write("none", OneContext("", ""));
  EXPECT_EQ(Load({.kubeconfig = none}, environment).proxy_url, "");
  EXPECT_EQ(Load({.kubeconfig = none, .server = "https://b"}, environment).proxy_url, "http://env:1");
  environment.proxy.https_proxy = "socks5://env:1";
  EXPECT_THAT(Refusal({.kubeconfig = none, .server = "https://b"}, environment), HasSubstr("HTTPS_PROXY"));
}

TEST_F(Kubeconfig, SaysWhatThereIsWhenANameIsWrong) {
  const std::string path = Write("config", kDev);
  EXPECT_THAT(Refusal({.kubeconfig = path, .context = "nope"}),
              AllOf(HasSubstr("no context \"nope\" in " + path), HasSubstr("there is: broken, cloud, dev, other")));
  EXPECT_THAT(Refusal({.kubeconfig = path, .context = "broken"}), HasSubstr("no cluster \"nowhere\""));
  EXPECT_THAT(Refusal({.kubeconfig = path, .user = "nobody"}), HasSubstr("no user \"nobody\""));
  EXPECT_EQ(Load({.kubeconfig = path, .context = "broken", .server = "https://b"}).server, "https://b");
  EXPECT_THAT(Refusal({.kubeconfig = path, .user = "nobody", .token = "t"}), HasSubstr("no user \"nobody\""));
  EXPECT_THAT(Refusal({.kubeconfig = path, .request_timeout = "soon"}), HasSubstr("write it like 30s"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("bare", "contexts: [{name: a, context: {}}]\n")}),
              AllOf(HasSubstr("no current-context"), HasSubstr("one of: a")));
}

TEST_F(Kubeconfig, RefusesWhatIsNoKubeconfig) {
  EXPECT_THAT(Refusal({.kubeconfig = Write("a", "kind: Pod\n")}), HasSubstr("its kind is Pod"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("b", "- 1\n")}), HasSubstr("not a kubeconfig"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("c", "clusters: {a: 1}\n")}),
              HasSubstr("clusters is a mapping, not a list"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("d", "users: [{name: a}, {name: a}]\n")}), HasSubstr("\"a\" twice"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("e", "users: [1]\n")}), HasSubstr("users[0] is a number, not a mapping"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("h", "apiVersion: v2\n")}), HasSubstr("its apiVersion is v2"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("g", "users: [{name: y}]\n")}), HasSubstr("quotes"));
  EXPECT_THAT(Refusal({.kubeconfig = Write("f", "")}), HasSubstr("names no server"));
}

// kubectl refuses the whole file for each of these, also where the field would never be used.
TEST_F(Kubeconfig, RefusesATypeThatKubectlCannotRead) {
  const std::string good =
      "clusters: [{name: c, cluster: {server: \"https://a\"}}]\ncontexts: [{name: x, context: {cluster: c}}]\n";
  const std::pair<std::string, std::string> kCases[] = {
      {"current-context: 5\n", "current-context is a number, not text; put it in quotes"},
      {"contexts: [{name: x, context: {namespace: 5}}]\n", "contexts[0].context.namespace is a number"},
      {"users: [{name: u, user: {token: 5}}]\n", "users[0].user.token is a number"},
      {"users: [{name: u, user: {as-groups: a}}]\n", "users[0].user.as-groups is text, not a list of text"},
      {"users: [{name: u, user: {as-user-extra: {a: [true]}}}]\n", "as-user-extra.a[0] is true, not text"},
      {"users: [{name: u, user: {client-key-data: \"***\"}}]\n", "users[0].user.client-key-data is not base64"},
      {"users: [{name: u, user: {exec: {command: c, args: [1]}}}]\n", "users[0].user.exec.args[0] is a number"},
      {"preferences: 5\n", "preferences is a number, not a mapping"},
      {"extensions: [{name: 5}]\n", "extensions[0].name is a number"},
      {"users: [{name: u, user: [1]}]\n", "users[0].user is a list, not a mapping"},
      {"users: [null, null]\n", "two entries of users have no name"},
  };
  for (const auto& [text, wanted] : kCases) {
    EXPECT_THAT(Refusal({.kubeconfig = Write("t", good + "current-context: x\n" + text)}), HasSubstr(wanted)) << text;
  }
}

// As in kubectl: what has no name has the name "", which is what is asked for where no name is given.
TEST_F(Kubeconfig, UsesEntriesWithoutAName) {
  const std::string cluster = "clusters: [{name: c, cluster: {server: \"https://a\"}}]\n";
  const Connection unnamed =
      Load({.kubeconfig = Write("a", cluster + "contexts: [{context: {cluster: c, namespace: ml}}]\n")});
  EXPECT_EQ(unnamed.server, "https://a");
  EXPECT_EQ(unnamed.ns, "ml");
  EXPECT_THAT(unnamed.origin, HasSubstr("the context without a name of "));
  EXPECT_EQ(Load({.kubeconfig = Write("b", "clusters: [{cluster: {server: \"https://b\"}}]\n")}).server, "https://b");
  EXPECT_EQ(Load({.kubeconfig = Write("c",
                                      "clusters: [{cluster: {server: \"https://c\"}}]\ncurrent-context: x\n"
                                      "contexts: [{name: x, context: {}}]\n")})
                .server,
            "https://c");
  EXPECT_EQ(Load({.kubeconfig = Write("d", cluster + "users: [null]\ncurrent-context: x\n"
                                                     "contexts: [null, {name: x, context: {cluster: c}}]\n")})
                .server,
            "https://a");
  EXPECT_THAT(Refusal({.kubeconfig = Write("e", cluster + "contexts: [null]\n")}),
              HasSubstr("one of: one without a name"));
}

TEST_F(Kubeconfig, ReadsTheFirstDocumentAndTheLastOfARepeatedKey) {
  const std::string config =
      "clusters: [{name: c, cluster: {server: \"https://a\", server: \"https://b\"}}]\n"
      "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: y\ncurrent-context: x\n";
  EXPECT_EQ(Load({.kubeconfig = Write("a", config + "---\nkind: Pod\n")}).server, "https://b");
  EXPECT_THAT(Refusal({.kubeconfig = Write("b", "null\n---\n" + config)}), HasSubstr("names no server"));
}

TEST(ResolveAgainst, TakesTheFoldersView) {
  EXPECT_EQ(ResolveAgainst("/a/b/config", "ca"), "/a/b/ca");
  EXPECT_EQ(ResolveAgainst("/a/config", "/x/ca"), "/x/ca");
  EXPECT_EQ(ResolveAgainst("config", "ca"), "ca");
  EXPECT_EQ(ResolveAgainst("/a/config", ""), "");
}

}  // namespace
}  // namespace muster::client
