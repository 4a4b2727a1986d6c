// Where a kubeconfig is found, proxies that the environment names, a server below a path, and life in a pod.
#include <filesystem>
#include <fstream>

#include "tests/e2e/kubeconfig/matrix.h"
#include "tests/support/connect_proxy.h"
#include "tests/support/tls_server.h"

namespace muster::e2e {
namespace {

using testing::ConnectProxy;

constexpr const char* kNoCrds = "Muster's CRDs are not installed in https://127.0.0.1:";
constexpr const char* kNothing = "no cluster is configured";

class Surroundings : public Matrix {
 protected:
  static std::string WithToken(const std::string& cluster) { return Config(cluster, "token: " + Token()); }
};

TEST_F(Surroundings, HomeAndTheListOfFiles) {
  const std::string whole = WithToken(Trusted());
  const std::string good = File("found/.kube/config", whole);
  const std::string home = std::filesystem::path(good).parent_path().parent_path();
  const std::string wrong = File("lost/.kube/config", Config("server: \"https://127.0.0.1:1\"", "token: wrong"));
  const std::string none = dir() + "/none";
  const auto at_home = [](const std::string& folder, const std::string& list = "") {
    return Environment{{"HOME", folder}, {"KUBECONFIG", list}};
  };
  const std::string lost = dir() + "/lost";
  Compare({
      {.what = "home", .environment = at_home(home)},
      {.what = "the list goes before home", .environment = at_home(lost, good)},
      {.what = "the flag goes before home", .flags = {"--kubeconfig", good}, .environment = at_home(lost)},
      {.what = "an empty entry first", .environment = at_home(lost, ":" + good)},
      {.what = "an empty entry last", .environment = at_home(lost, good + ":")},
      {.what = "a missing file first", .environment = at_home(lost, none + ":" + good)},
      {.what = "a file twice", .environment = at_home(lost, good + ":" + good)},
      {.what = "empty entries alone: not even home", .environment = at_home(home, ":"), .refusal = kNothing},
      {.what = "a missing file alone: not even home", .environment = at_home(home, none), .refusal = kNothing},
      {.what = "no home, no list", .environment = at_home(""), .refusal = kNothing},
      {.what = "a home without a kubeconfig", .environment = at_home(dir() + "/home"), .refusal = kNothing},
      {.what = "a folder in the list", .environment = at_home(home, dir()), .refusal = dir()},
  });
}

TEST_F(Surroundings, NoProxyForNames) {
  const int port = Port();
  const std::string target = "kubernetes.default.svc:" + std::to_string(port);  // known to the proxy alone
  const ConnectProxy proxy({.ways = {{target, port}}});
  const std::string config = WithToken(Server("kubernetes.default.svc") + ", " + Authority());
  const auto row = [&](const std::string& no_proxy, const std::string& refusal) {
    return Row{.what = "NO_PROXY=" + no_proxy,
               .kubeconfig = config,
               .environment = {{"HTTPS_PROXY", proxy.Url()}, {"NO_PROXY", no_proxy}},
               .refusal = refusal};
  };
  for (const char* proxied : {"", "kubernetes", "ernetes.default.svc", "default.svc:1", "10.0.0.0/8", "svc.",
                              ".default", "*.kubernetes.default.svc", ".kubernetes.default.svc", "other,,  "}) {
    Compare(row(proxied, ""));
  }
  const std::string direct = "cannot resolve the host name of the API server at https://kubernetes.default.svc";
  for (const std::string& excluded :
       {std::string("*"), std::string("kubernetes.default.svc"), std::string("default.svc"), std::string(".svc"),
        std::string("*.default.svc"), std::string("SVC"), target, "svc:" + std::to_string(port),
        std::string("other, svc "), std::string("other,.default.svc,more")}) {
    Compare(row(excluded, direct));
  }
  Row lower = row("", "");
  lower.environment = {{"https_proxy", proxy.Url()}, {"no_proxy", "svc"}};
  lower.refusal = direct;
  Compare(lower);
}

// 0.0.0.0 leads to this machine, and is no loopback address to who decides about proxies.
TEST_F(Surroundings, NoProxyForAddresses) {
  const std::string config = WithToken(Server("0.0.0.0") + ", " + Authority() + ", tls-server-name: localhost");
  const std::string port = std::to_string(Port());
  const auto row = [&](const std::string& no_proxy, const std::string& refusal) {
    return Row{.what = "NO_PROXY=" + no_proxy,
               .kubeconfig = config,
               .environment = {{"HTTPS_PROXY", "http://127.0.0.1:1"}, {"NO_PROXY", no_proxy}},
               .refusal = refusal};
  };
  for (const std::string& excluded :
       {std::string("*"), std::string("0.0.0.0"), "0.0.0.0:" + port, std::string("0.0.0.0/8"), std::string("0.0.0.0/0"),
        std::string("10.0.0.0/8, 0.0.0.0/32"), std::string("::ffff:0.0.0.0")}) {
    Compare(row(excluded, ""));
  }
  for (const char* proxied : {"", "0.0.0", "0.0.0.0:1", "1.0.0.0/8", ".0.0", "0.0.0.0/33", "*.0.0.0", "::/0"}) {
    Compare(row(proxied, "check HTTPS_PROXY of the environment"));
  }
}

TEST_F(Surroundings, ProxyByFlag) {
  const int port = Port();
  const std::string target = "kubernetes.default.svc:" + std::to_string(port);
  const ConnectProxy proxy({.ways = {{target, port}}});
  const std::string hidden = Server("kubernetes.default.svc") + ", " + Authority();
  const std::string flag = "--proxy-url=" + proxy.Url();
  Compare({
      {.what = "flag", .kubeconfig = WithToken(hidden), .flags = {flag}},
      {.what = "flag over the file's",
       .kubeconfig = WithToken(hidden + ", proxy-url: \"http://127.0.0.1:1\""),
       .flags = {"--proxy-url", proxy.Url()}},
      {.what = "flag over the environment",
       .kubeconfig = WithToken(hidden),
       .flags = {flag},
       .environment = {{"HTTPS_PROXY", "http://127.0.0.1:1"}, {"NO_PROXY", "*"}}},
      {.what = "flag of no known kind",
       .kubeconfig = WithToken(hidden),
       .flags = {"--proxy-url=ftp://127.0.0.1:1"},
       .refusal = "--proxy-url is neither http nor https"},
      {.what = "flag without a scheme",
       .kubeconfig = WithToken(hidden),
       .flags = {"--proxy-url=127.0.0.1:1"},
       .refusal = "--proxy-url names no scheme"},
      {.what = "flag for a dead proxy",
       .kubeconfig = WithToken(hidden),
       .flags = {"--proxy-url=http://127.0.0.1:1"},
       .refusal = "check --proxy-url"},
  });
}

// `kubectl proxy` takes the prefix away; TLS stands before it.
TEST_F(Surroundings, AServerBelowAPath) {
  const std::string log = dir() + "/proxy.log";
  Environment environment = cluster().ProgramEnvironment();
  environment["KUBECONFIG"] = cluster().kubeconfig();
  std::filesystem::remove(log);
  Process proxy({std::string(MUSTER_SOURCE_DIR) + "/build/cluster-bin/kubectl", "proxy", "--port=0",
                 "--api-prefix=/k8s/clusters/c-1"},
                environment, log);
  int port = 0;
  ASSERT_TRUE(Eventually(10s, [&] {  // "Starting to serve on 127.0.0.1:40123"
    std::ifstream file(log);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const size_t colon = text.rfind(':');
    if (!text.ends_with('\n') || colon == std::string::npos) return "the log is: " + text;
    port = std::stoi(text.substr(colon + 1));
    return std::string();
  }));
  client::TlsServer front({.certificate = Pki("apiserver.crt"), .key = Pki("apiserver.key")}, "");
  front.StandBefore(port);
  const auto at = [&](const std::string& path) { return "server: \"" + front.Url() + path + "\", " + Authority(); };
  const std::string plain = "http://127.0.0.1:" + std::to_string(port) + "/k8s/clusters/c-1";
  Compare({
      {.what = "a path", .kubeconfig = WithToken(at("/k8s/clusters/c-1"))},
      {.what = "a path with a slash at its end", .kubeconfig = WithToken(at("/k8s/clusters/c-1/"))},
      {.what = "plain HTTP", .kubeconfig = WithToken("server: \"" + plain + "\"")},
      {.what = "by flag",
       .kubeconfig = WithToken(Trusted()),
       .flags = {"--server=" + front.Url() + "/k8s/clusters/c-1"}},
      {.what = "another path", .kubeconfig = WithToken(at("/k8s")), .refusal = kNoCrds},
      {.what = "no path", .kubeconfig = WithToken(at("")), .refusal = kNoCrds},
  });
}

// A service account's folder where programs look for it, in a mount namespace of their own.
class InAPod : public Surroundings {
 protected:
  void SetUp() override {
    Surroundings::SetUp();
    if (IsSkipped() || HasFailure()) return;
    const CommandResult may = RunCommand({"unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/run"});
    if (may.exit_code != 0) GTEST_SKIP() << "no mount namespace is to be had here: " << may.err;
    File("account/token", Token());
    File("account/ca.crt", Pki("ca.crt"));
    File("account/namespace", std::string(kSpace) + "\n");
  }

  static Row Pod(const std::string& what, const std::vector<std::string>& flags = {}, const std::string& refusal = "") {
    const std::string script =
        "mount -t tmpfs tmpfs \"$(readlink -f /var/run)\" && mkdir -p /var/run/secrets/kubernetes.io && cp -r '" +
        dir() + "/account' /var/run/secrets/kubernetes.io/serviceaccount && exec \"$@\"";
    return {
        .what = what,
        .flags = flags,
        .environment = {{"KUBERNETES_SERVICE_HOST", "127.0.0.1"}, {"KUBERNETES_SERVICE_PORT", std::to_string(Port())}},
        .refusal = refusal,
        .wrapper = {"unshare", "-rm", "sh", "-c", script, "sh"}};
  }
};

TEST_F(InAPod, TheServiceAccountIsTaken) {
  const std::string server = "https://127.0.0.1:" + std::to_string(Port());
  const std::string authority = "--certificate-authority=" + cluster().run_dir() + "/pki/ca.crt";
  const std::string forbidden = "Error from server (Forbidden)";
  File("account/namespace", std::string(kSpace) + "\n");
  Compare({
      Pod("service account"),
      Pod("the flag's token replaces its token file", {"--token=wrong"}, "not let in by"),
      Pod("the flag's CA", {authority}),
      Pod("the flag's server: no service account", {"--server=" + server, authority}, forbidden),
  });
  Row no_port = Pod("without the server's port", {}, kNothing);
  no_port.environment.erase("KUBERNETES_SERVICE_PORT");
  Compare(no_port);
  Row configured = Pod("a kubeconfig goes first, the namespace it does not name is the pod's");
  configured.kubeconfig =
      "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {" +
      Trusted() + "}}]\nusers: [{name: u, user: {token: " + Token() + "}}]\n";
  Compare(configured);
  File("account/namespace", "default\n");
  Compare(Pod("the flag's namespace", {"-n", kSpace}));
  Row told = Pod("the namespace of POD_NAMESPACE");
  told.environment["POD_NAMESPACE"] = kSpace;
  Compare(told);
}

// With any other flag than these kubectl forgets the service account and asks localhost:8080.
TEST_F(InAPod, AllFlagsCount) {
  Compare({.row = Pod("who we act as", {"--as=somebody-else"}),
           .kubectl = "localhost:8080",
           .ours = "Error from server (Forbidden)"});
}

}  // namespace
}  // namespace muster::e2e
