// Where we do something else than kubectl, and why. docs/kubeconfig.md names them too.
#include "tests/e2e/kubeconfig/matrix.h"

namespace muster::e2e {
namespace {

class Differences : public Matrix {
 protected:
  static std::string Of(const std::string& user) { return Config(Trusted(), user); }
};

// Whoever is asked for a name on a terminal waits for ever in a script, and API servers know no password.
TEST_F(Differences, NobodyIsAskedForAName) {
  Compare({.row = {.what = "nobody", .kubeconfig = Of("")},
           .kubectl = "Please enter Username",
           .ours = "Error from server (Forbidden)"});
}

// Without a cluster there is nothing to ask.
TEST_F(Differences, NoServerIsGuessed) {
  Compare({.row = {.what = "nothing at all"}, .kubectl = "localhost:8080", .ours = "no cluster is configured"});
  Compare({.row = {.what = "KUBERNETES_MASTER, which nothing else knows",
                   .environment = {{"KUBERNETES_MASTER", "http://127.0.0.1:1"}}},
           .kubectl = "127.0.0.1:1",
           .ours = "no cluster is configured"});
}

// What is passed over in silence does something else than was meant.
TEST_F(Differences, AnExtraWithoutAValueIsRefused) {
  const std::string admin = "client-certificate: " + cluster().run_dir() +
                            "/pki/admin.crt, client-key: " + cluster().run_dir() + "/pki/admin.key";
  Compare({.row = {.what = "extra", .kubeconfig = Of(admin), .flags = {"--as=jane", "--as-user-extra=scopes"}},
           .kubectl = kAnswers,
           .ours = "--as-user-extra \"scopes\" is no key=value"});
}

// A login flow of its own; kubelogin and others do it as a credentials command.
TEST_F(Differences, NoAuthProvider) {
  const std::string provider =
      "auth-provider: {name: oidc, config: {idp-issuer-url: \"https://127.0.0.1:1\", "
      "client-id: muster, id-token: " +
      Token() + "}}";
  Compare({.row = {.what = "oidc", .kubeconfig = Of(provider)},
           .kubectl = kAnswers,
           .ours = "auth-provider of user \"u\" in " + dir() + "/config is not supported: use a credentials command"});
  Compare(Row{.what = "oidc with a token by flag", .kubeconfig = Of(provider), .flags = {"--token=" + Token()}});
}

// The library that carries our requests knows neither; refused by name, with what to do.
TEST_F(Differences, NoSocksProxyAndNoAddressInBrackets) {
  Compare({.row = {.what = "socks5", .kubeconfig = Config(Trusted() + ", proxy-url: \"socks5://127.0.0.1:1\"", "")},
           .kubectl = "",
           .ours = "is a socks5 proxy, which is not supported; use an HTTP proxy, or `ssh -L`"});
  Compare({.row = {.what = "IPv6", .kubeconfig = Config("server: \"https://[::1]:1\"", "token: t")},
           .kubectl = "[::1]:1",
           .ours = "is an IPv6 address, which is not supported: use a host name"});
}

}  // namespace
}  // namespace muster::e2e
