// Where a kubeconfig is found, proxies that the environment names, a server below a path, and life in a pod.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/kubeconfig/matrix.h"
#include "tests/support/connect_proxy.h"
#include "tests/support/tls_server.h"

namespace muster::e2e {
namespace {

using muster::testing::ConnectProxy;

constexpr const char* kNoCrds = "Muster's CRDs are not installed in https://127.0.0.1:";
constexpr const char* kNothing = "no cluster is configured";

class Surroundings : public Matrix {
 protected:
  static std::string WithToken(const std::string& cluster) { return Config(cluster, "token: " + Token()); }

  // Passes on what it is asked by plain HTTP, with its own credentials.
  static std::unique_ptr<Process> StartKubectlProxy(const std::vector<std::string>& flags) {
    Environment environment = cluster().ProgramEnvironment();
    environment["KUBECONFIG"] = cluster().kubeconfig();
    std::filesystem::remove(ProxysLog());
    std::vector<std::string> argv = {ClusterProgram("kubectl"), "proxy", "--port=0"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    return std::make_unique<Process>(argv, environment, ProxysLog());
  }
  // Waits until it serves; 0 when it does not.
  static int ProxysPort() {
    int port = 0;
    EXPECT_TRUE(Eventually(10s, [&] {  // "Starting to serve on 127.0.0.1:40123"
      std::ifstream file(ProxysLog());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      const size_t colon = text.rfind(':');
      if (!text.ends_with('\n') || colon == std::string::npos) return "the log is: " + text;
      port = std::stoi(text.substr(colon + 1));
      return std::string();
    }));
    return port;
  }

 private:
  static std::string ProxysLog() { return dir() + "/proxy.log"; }
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

// What is asked of a plain server, an HTTP proxy is asked for whole, without CONNECT; `kubectl proxy` answers that as
// its own server's. The name is known to nobody.
TEST_F(Surroundings, ProxyForAPlainServer) {
  const auto proxy = StartKubectlProxy({"--accept-hosts=.*"});
  const int port = ProxysPort();
  ASSERT_NE(port, 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(port);
  const std::string direct = "cannot resolve the host name of the API server at http://kubernetes.default.svc";
  const auto row = [&](const Environment& environment, const std::string& refusal = "") {
    return Row{.what = environment.begin()->first + "=" + environment.begin()->second,
               .kubeconfig = WithToken("server: \"http://kubernetes.default.svc\""),
               .environment = environment,
               .refusal = refusal};
  };
  Compare({
      row({{"HTTP_PROXY", url}}),
      row({{"http_proxy", url}}),
      row({{"HTTP_PROXY", url}, {"NO_PROXY", "svc"}}, direct),
      row({{"HTTPS_PROXY", url}}, direct),
      row({{"HTTP_PROXY", "http://127.0.0.1:1"}}, "check HTTP_PROXY of the environment"),
  });
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
  const auto proxy = StartKubectlProxy({"--api-prefix=/k8s/clusters/c-1"});
  const int port = ProxysPort();
  ASSERT_NE(port, 0);
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

// A service account's folder where programs look for it: in a mount namespace of their own, or, where none is to be
// had, on this machine for as long as the program runs.
class InAPod : public Surroundings {
 protected:
  void SetUp() override {
    Surroundings::SetUp();
    if (IsSkipped() || HasFailure()) return;
    File("account/token", Token());
    File("account/ca.crt", Pki("ca.crt"));
    File("account/namespace", std::string(kSpace) + "\n");
    std::string why;
    for (const auto& way : {OfItsOwn(), OnThisMachine()}) {
      wrapper_ = way;
      std::vector<std::string> probe = way;
      probe.insert(probe.end(), {"cat", std::string(kAccount) + "/namespace"});
      const CommandResult tried = RunCommand(probe);
      if (tried.exit_code == 0 && tried.out == std::string(kSpace) + "\n") return;
      why += tried.Text() + "\n";
    }
    ASSERT_EQ(std::getenv("CI"), nullptr) << "neither a mount namespace nor " << kAccount << " is to be had: " << why;
    GTEST_SKIP() << "neither a mount namespace nor " << kAccount << " is to be had here: " << why;
  }

  // Programs that run the rest of their arguments with the folder in its place.
  static std::vector<std::string> OfItsOwn() {
    return {"unshare",
            "-rm",
            "sh",
            "-c",
            "mount -t tmpfs tmpfs \"$(readlink -f /var/run)\" && mkdir -p '" + Parent() + "' && cp -r '" + dir() +
                "/account' " + kAccount + " && exec \"$@\"",
            "sh"};
  }
  // Never where there is one already, and nothing stays that was not there before.
  static std::vector<std::string> OnThisMachine() {
    return {"sh", "-c",
            "made=" + std::string(kAccount) + "; [ ! -e $made ] || { echo \"$made is there already\" >&2; exit 1; }\n" +
                "while [ ! -e \"${made%/*}\" ]; do made=${made%/*}; done\n" +
                "trap 'rm -rf \"$made\"' EXIT; trap 'exit 1' HUP INT TERM\n" + "mkdir -p '" + Parent() +
                "' && cp -r '" + dir() + "/account' " + kAccount + " && \"$@\"",
            "sh"};
  }

  Row Pod(const std::string& what, const std::vector<std::string>& flags = {}, const std::string& refusal = "") const {
    return {
        .what = what,
        .flags = flags,
        .environment = {{"KUBERNETES_SERVICE_HOST", "127.0.0.1"}, {"KUBERNETES_SERVICE_PORT", std::to_string(Port())}},
        .refusal = refusal,
        .wrapper = wrapper_};
  }

 private:
  static constexpr const char* kAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
  static std::string Parent() { return std::filesystem::path(kAccount).parent_path(); }

  std::vector<std::string> wrapper_;
};

TEST_F(InAPod, TheServiceAccountIsTaken) {
  const std::string server = "https://127.0.0.1:" + std::to_string(Port());
  const std::string authority = "--certificate-authority=" + cluster().run_dir() + "/pki/ca.crt";
  const std::string forbidden = "Error from server (Forbidden)";
  File("account/namespace", std::string(kSpace) + "\n");
  Compare({
      Pod("service account"),
      Pod("the flag's token replaces its token file", {"--token=wrong"}, "rejected by"),
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
