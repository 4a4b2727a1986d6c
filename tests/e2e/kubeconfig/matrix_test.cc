// The table: kubeconfigs of every kind, each read by kubectl and by us.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "lib/client/base64.h"
#include "lib/client/kubeconfig.h"
#include "tests/e2e/kubeconfig/matrix.h"
#include "tests/e2e/support/fixture.h"
#include "tests/support/connect_proxy.h"
#include "tests/support/tls_server.h"

namespace muster::e2e {
namespace {

using muster::testing::ConnectProxy;

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

TEST_F(Matrix, WhoWeAre) {
  File("token", Token() + "\n");
  const std::string files = "client-certificate: jane.crt, client-key: jane.key";
  const std::string inlined =
      "client-certificate-data: " + Inline("jane.crt") + ", client-key-data: " + Inline("jane.key");
  const std::string expired =
      "client-certificate-data: " + Inline("expired.crt") + ", client-key-data: " + Inline("expired.key");
  Compare({
      {.what = "token", .kubeconfig = Config(Trusted(), "token: " + Token())},
      {.what = "token file", .kubeconfig = Config(Trusted(), "tokenFile: token")},
      {.what = "token file by absolute path", .kubeconfig = Config(Trusted(), "tokenFile: " + dir() + "/token")},
      {.what = "token file before token", .kubeconfig = Config(Trusted(), "token: bad, tokenFile: token")},
      {.what = "token when its file is not there",
       .kubeconfig = Config(Trusted(), "tokenFile: none, token: " + Token())},
      {.what = "certificate by files", .kubeconfig = Config(Trusted(), files)},
      {.what = "certificate inline", .kubeconfig = Config(Trusted(), inlined)},
      {.what = "certificate by absolute path",
       .kubeconfig = Config(Trusted(), "client-certificate: " + dir() + "/jane.crt, client-key: ./jane.key")},
      {.what = "certificate inline, key by file",
       .kubeconfig = Config(Trusted(), "client-certificate-data: " + Inline("jane.crt") + ", client-key: jane.key")},
      {.what = "wrong token", .kubeconfig = Config(Trusted(), "token: wrong"), .refusal = "rejected by"},
      {.what = "expired token",  // {"exp":1}
       .kubeconfig = Config(Trusted(), "token: eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln"),
       .refusal = "the token of context \"x\" of " + dir() + "/config: it expired at 1970-01-01T00:00:01Z"},
      {.what = "no token file", .kubeconfig = Config(Trusted(), "tokenFile: none"), .refusal = dir() + "/none"},
      {.what = "expired certificate",
       .kubeconfig = Config(Trusted(), expired),
       .refusal = "does not accept the client certificate of context \"x\" of " + dir() + "/config: it expired at "},
      {.what = "certificate without key",
       .kubeconfig = Config(Trusted(), "client-certificate: jane.crt"),
       .refusal = "only one of client-certificate and client-key"},
      {.what = "another's key",
       .kubeconfig = Config(Trusted(), "client-certificate: jane.crt, client-key: expired.key"),
       .refusal = "do not belong together"},
      {.what = "certificate twice",
       .kubeconfig = Config(Trusted(), inlined + ", client-certificate: jane.crt"),
       .refusal = "both client-certificate and client-certificate-data"},
      {.what = "certificate file that is not there",
       .kubeconfig = Config(Trusted(), "client-certificate: none.crt, client-key: jane.key"),
       .refusal = "none.crt"},
      {.what = "nobody", .kubeconfig = Config(Trusted(), ""), .refusal = "Error from server (Forbidden)"},
      {.what = "password, which API servers ignore",
       .kubeconfig = Config(Trusted(), "username: a, password: b"),
       .refusal = "Error from server (Forbidden)"},
      {.what = "token and password",
       .kubeconfig = Config(Trusted(), "token: t, username: a, password: b"),
       .refusal = "both token and username"},
  });
}

TEST_F(Matrix, WhomWeTrust) {
  const std::string token = "token: " + Token();
  const std::string authority = cluster().run_dir() + "/pki/ca.crt";
  std::filesystem::copy_file(authority, dir() + "/ca.crt", std::filesystem::copy_options::overwrite_existing);
  const std::string nobodys = "certificate-authority-data: " + Inline("jane.crt");  // signs nothing
  Compare({
      {.what = "CA by file", .kubeconfig = Config(Server() + ", certificate-authority: ca.crt", token)},
      {.what = "any server", .kubeconfig = Config(Server() + ", insecure-skip-tls-verify: true", token)},
      {.what = "server by its other name", .kubeconfig = Config(Server("localhost") + ", " + Authority(), token)},
      {.what = "tls-server-name", .kubeconfig = Config(Trusted() + ", tls-server-name: kubernetes.default.svc", token)},
      {.what = "flag for the CA",
       .kubeconfig = Config(Server(), token),
       .flags = {"--certificate-authority", authority}},
      {.what = "flag for the CA over insecure",
       .kubeconfig = Config(Server() + ", insecure-skip-tls-verify: true", token),
       .flags = {"--certificate-authority=" + authority}},
      {.what = "flag for the CA over another's",
       .kubeconfig = Config(Server() + ", " + nobodys, token),
       .flags = {"--certificate-authority=" + authority}},
      {.what = "flag insecure over a CA",
       .kubeconfig = Config(Server() + ", " + nobodys, token),
       .flags = {"--insecure-skip-tls-verify"}},
      {.what = "flag insecure=true",
       .kubeconfig = Config(Server(), token),
       .flags = {"--insecure-skip-tls-verify=true"}},
      {.what = "flag tls-server-name",
       .kubeconfig = Config(Trusted() + ", tls-server-name: wrong.example", token),
       .flags = {"--tls-server-name", "localhost"}},
      {.what = "flag server makes tls-server-name void",
       .kubeconfig = Config(Trusted() + ", tls-server-name: wrong.example", token),
       .flags = {"-s", "https://127.0.0.1:" + std::to_string(Port())}},
      {.what = "wrong CA",
       .kubeconfig = Config(Server() + ", " + nobodys, token),
       .refusal = "cannot trust the API server at https://127.0.0.1:"},
      {.what = "the system's CAs", .kubeconfig = Config(Server(), token), .refusal = "cannot trust the API server"},
      {.what = "wrong tls-server-name",
       .kubeconfig = Config(Trusted() + ", tls-server-name: wrong.example", token),
       .refusal = "not for wrong.example: make one of these server or tls-server-name of context \"x\" of "},
      {.what = "CA and any server",
       .kubeconfig = Config(Trusted() + ", insecure-skip-tls-verify: true", token),
       .refusal = "keep one"},
      {.what = "CA twice",
       .kubeconfig = Config(Trusted() + ", certificate-authority: ca.crt", token),
       .refusal = "keep one"},
      {.what = "no CA file",
       .kubeconfig = Config(Server() + ", certificate-authority: none.crt", token),
       .refusal = "none.crt"},
      {.what = "CA that is none",
       .kubeconfig = Config(Server() + ", certificate-authority: jane.key", token),
       .refusal = "no PEM certificate"},
  });
}

TEST_F(Matrix, CredentialsCommands) {
  const std::string group = "client.authentication.k8s.io/";
  const auto answer = [&](const std::string& version, const std::string& status) {
    return "cat <<'END'\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + group + version + "\",\"status\":{" +
           status + "}}\nEND";
  };
  const std::string token = "\"token\":\"" + Token() + "\"";
  const auto exec = [&](const std::string& version, const std::string& command, const std::string& more = "") {
    const std::string mode = version == "v1" ? ", interactiveMode: IfAvailable" : "";
    return "exec: {apiVersion: " + group + version + mode + ", command: " + Quoted(command) + more + "}";
  };
  const auto pem = [&](const std::string& file) {  // as a JSON string
    return "$(awk '{printf \"%s\\\\n\", $0}' " + dir() + "/" + file + ")";
  };
  Script("v1", answer("v1", token));
  Script("beta", answer("v1beta1", token));
  Script("bin/login", answer("v1", token));
  Script("later", answer("v1", token + ",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\""));
  Script("past", answer("v1", token + ",\"expirationTimestamp\":\"2001-01-01T00:00:00Z\""));
  Script("told", "[ \"$1$2\" = 'ab c' ] && [ \"$WHO\" = me ] || exit 7\n" + answer("v1", token));
  Script("cluster",
         "case $KUBERNETES_EXEC_INFO in *'\"server\":\"https://127.0.0.1:'*'\"audience\":\"x\"'*) ;; *) exit 8;; "
         "esac\n" +
             answer("v1", token));
  Script("alone", "case $KUBERNETES_EXEC_INFO in *cluster*) exit 8;; esac\n" + answer("v1", token));
  Script("stdin", "[ -z \"$(cat)\" ] || exit 9\n" + answer("v1", token));
  Script("certificate", "cat <<END\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + group +
                            "v1\",\"status\":{\"clientCertificateData\":\"" + pem("jane.crt") +
                            "\",\"clientKeyData\":\"" + pem("jane.key") + "\"}}\nEND");
  Script("fails", "exit 3");
  Script("talks", "echo hello");
  Script("half", answer("v1", "\"clientKeyData\":\"k\""));
  Script("wrong", answer("v1", "\"token\":\"wrong\""));
  const std::string extension = ", extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]";
  const auto of = [&](const std::string& user) { return Config(Trusted(), user); };
  Compare({
      {.what = "v1", .kubeconfig = of(exec("v1", dir() + "/v1"))},
      {.what = "v1beta1", .kubeconfig = of(exec("v1beta1", dir() + "/beta"))},
      {.what = "relative to the file", .kubeconfig = of(exec("v1", "./bin/login"))},
      {.what = "in PATH",
       .kubeconfig = of(exec("v1", "login")),
       .environment = {{"PATH", dir() + "/bin:" + cluster().ProgramEnvironment().at("PATH")}}},
      {.what = "expires later", .kubeconfig = of(exec("v1", "./later"))},
      {.what = "has expired", .kubeconfig = of(exec("v1", "./past"))},
      {.what = "arguments and environment",
       .kubeconfig = of(exec("v1", "./told", ", args: [a, \"b c\"], env: [{name: WHO, value: me}]"))},
      {.what = "is told the cluster",
       .kubeconfig = Config(Trusted() + extension, exec("v1", "./cluster", ", provideClusterInfo: true"))},
      {.what = "is not told the cluster", .kubeconfig = Config(Trusted() + extension, exec("v1", "./alone"))},
      {.what = "no terminal, no standard input", .kubeconfig = of(exec("v1", "./stdin"))},
      {.what = "certificate", .kubeconfig = of(exec("v1", "./certificate"))},
      {.what = "not asked when there is a token", .kubeconfig = of("token: " + Token() + ", " + exec("v1", "./fails"))},
      {.what = "not asked when a flag gives a token",
       .kubeconfig = of(exec("v1", "./fails")),
       .flags = {"--token", Token()}},
      {.what = "fails", .kubeconfig = of(exec("v1", "./fails")), .refusal = "/./fails (exec of user \"u\" in "},
      {.what = "speaks otherwise", .kubeconfig = of(exec("v1", "./talks")), .refusal = "no JSON object"},
      {.what = "another version", .kubeconfig = of(exec("v1", "./beta")), .refusal = "make them the same"},
      {.what = "half a certificate", .kubeconfig = of(exec("v1", "./half")), .refusal = "only one of"},
      {.what = "is not there",
       .kubeconfig = of(exec("v1", "./none", ", installHint: \"apt install none\"")),
       .refusal = "install it, or correct its path; apt install none"},
      {.what = "is not in PATH", .kubeconfig = of(exec("v1", "muster-none")), .refusal = "No such file"},
      {.what = "wrong token", .kubeconfig = of(exec("v1", "./wrong")), .refusal = "rejected by"},
      {.what = "needs a terminal",
       .kubeconfig = of("exec: {apiVersion: " + group + "v1, interactiveMode: Always, command: ./v1}"),
       .refusal = "needs a terminal"},
      {.what = "old version",
       .kubeconfig = of("exec: {apiVersion: " + group + "v1alpha1, command: ./v1}"),
       .refusal = "v1alpha1\", not"},
      {.what = "v1 without interactiveMode",
       .kubeconfig = of("exec: {apiVersion: " + group + "v1, command: ./v1}"),
       .refusal = "needs interactiveMode"},
  });
}

TEST_F(Matrix, WhomWeActAs) {
  const std::string admin = "client-certificate: " + cluster().run_dir() +
                            "/pki/admin.crt, client-key: " + cluster().run_dir() + "/pki/admin.key";
  const auto of = [&](const std::string& as) { return Config(Trusted(), admin + as); };
  Compare({
      {.what = "the admin", .kubeconfig = of("")},
      {.what = "as", .kubeconfig = of(", as: jane")},
      {.what = "as with groups", .kubeconfig = of(", as: joe, as-groups: [none, \"crew\"]")},
      {.what = "as with uid and extra",
       .kubeconfig = of(", as: jane, as-uid: \"7\", as-user-extra: {\"a/B\": [v, w]}")},
      {.what = "flag as", .kubeconfig = of(""), .flags = {"--as", "jane"}},
      {.what = "flag as over the file's", .kubeconfig = of(", as: joe"), .flags = {"--as=jane"}},
      {.what = "flags as and group",
       .kubeconfig = of(""),
       .flags = {"--as=joe", "--as-group=none", "--as-group", "crew"}},
      {.what = "flag as keeps the file's groups",
       .kubeconfig = of(", as: a, as-groups: [crew]"),
       .flags = {"--as=joe"}},
      {.what = "flag group over the file's",
       .kubeconfig = of(", as: joe, as-groups: [none]"),
       .flags = {"--as-group=crew"}},
      {.what = "flag uid", .kubeconfig = of(""), .flags = {"--as=jane", "--as-uid=7"}},
      {.what = "one who may not", .kubeconfig = of(", as: joe"), .refusal = "Error from server (Forbidden)"},
      {.what = "a group whose name looks like two",
       .kubeconfig = of(""),
       .flags = {"--as=joe", "--as-group=none,crew"},
       .refusal = "Error from server (Forbidden)"},
      {.what = "groups of nobody", .kubeconfig = of(", as-groups: [crew]"), .refusal = "name the user too"},
      {.what = "flag group of nobody",
       .kubeconfig = of(""),
       .flags = {"--as-group=crew"},
       .refusal = "name the user too"},
      {.what = "who may not act as others",
       .kubeconfig = Config(Trusted(), "token: " + Token() + ", as: jane"),
       .refusal = "Error from server (Forbidden)"},
  });
}

TEST_F(Matrix, FilesContextsAndFlags) {
  const std::string whole = Config(Trusted(), "token: " + Token());
  const std::string good = File("good", whole);
  const std::string clusters = File("clusters/config", "clusters: [{name: c, cluster: {" + Trusted() + "}}]\n");
  File("users/token", Token());
  const std::string users = File("users/config", "users: [{name: u, user: {tokenFile: token}}]\n");
  const std::string contexts =
      File("contexts",
           "current-context: second\ncontexts: [{name: second, context: {cluster: c, user: u, namespace: matrix}}]\n");
  const std::string wrong = File("wrong", Config("server: \"https://127.0.0.1:1\"", "token: wrong"));
  const std::string malformed = File("malformed", "clusters: [");
  const std::string two = File("two", "users: [{name: u, user: {token: a}}, {name: u, user: {token: b}}]\n");
  const auto list = [](const std::vector<std::string>& files) {
    std::string joined;
    for (const std::string& file : files) joined += (joined.empty() ? "" : ":") + file;
    return Environment{{"KUBECONFIG", joined}};
  };
  const std::string none = dir() + "/none";
  Compare({
      {.what = "a list of parts", .environment = list({clusters, users, contexts})},
      {.what = "a list with gaps", .environment = list({none, "", contexts, users, none, clusters})},
      {.what = "the first of a name wins", .environment = list({good, wrong})},
      {.what = "the flag replaces the list", .flags = {"--kubeconfig", good}, .environment = list({wrong})},
      {.what = "the flag replaces a broken list", .flags = {"--kubeconfig=" + good}, .environment = list({malformed})},
      {.what = "context by flag", .flags = {"--context", "second"}, .environment = list({good, contexts})},
      {.what = "cluster and user by flag",
       .flags = {"--cluster=c", "--user=u", "-n", kSpace},
       .environment = list({users, clusters})},
      {.what = "all by flags",
       .flags = {"--server=https://127.0.0.1:" + std::to_string(Port()), "--token=" + Token(), "-n", kSpace,
                 "--certificate-authority=" + cluster().run_dir() + "/pki/ca.crt"}},
      {.what = "certificate by flags",
       .flags = {"--client-certificate=" + dir() + "/jane.crt", "--client-key=" + dir() + "/jane.key", "-n", kSpace,
                 "--request-timeout=5s"},
       .environment = list({clusters, contexts})},
      {.what = "token by flag where the context's user is unknown",
       .flags = {"--token=" + Token()},
       .environment = list({clusters, contexts})},
      {.what = "server by flag where the context's cluster is unknown",
       .flags = {"--server=https://127.0.0.1:" + std::to_string(Port()),
                 "--certificate-authority=" + cluster().run_dir() + "/pki/ca.crt"},
       .environment = list({users, contexts})},
      {.what = "user by flag that is unknown, with a token",
       .kubeconfig = whole,
       .flags = {"--user=z", "--token=" + Token()},
       .refusal = "no user \"z\" in "},
      {.what = "timeout without unit", .kubeconfig = whole, .flags = {"--request-timeout", "5"}},
      {.what = "the first of a name wins, wrong or not", .environment = list({wrong, good}), .refusal = "127.0.0.1:1"},
      {.what = "one file of the list is broken", .environment = list({good, malformed}), .refusal = malformed},
      {.what = "no such file", .flags = {"--kubeconfig", none}, .refusal = none},
      {.what = "no such context", .kubeconfig = whole, .flags = {"--context=z"}, .refusal = "no context \"z\" in "},
      {.what = "no such user", .kubeconfig = whole, .flags = {"--user=z"}, .refusal = "no user \"z\" in "},
      {.what = "no such cluster", .kubeconfig = whole, .flags = {"--cluster=z"}, .refusal = "no cluster \"z\" in "},
      {.what = "context of an unknown cluster", .environment = list({contexts, users}), .refusal = "no cluster \"c\""},
      {.what = "a name twice", .environment = list({two}), .refusal = two},
      {.what = "another kind", .kubeconfig = "kind: Pod\napiVersion: v1\n", .refusal = "its kind is Pod"},
      {.what = "no duration", .kubeconfig = whole, .flags = {"--request-timeout=soon"}, .refusal = "write it like 30s"},
      {.what = "a namespace with its kind",
       .kubeconfig = whole,
       .flags = {"-n", std::string("ns/") + kSpace},
       .refusal = "\"ns/matrix\" is no name of a namespace"},
      {.what = "dead server",
       .kubeconfig = Config("server: \"https://127.0.0.1:1\"", "token: t"),
       .refusal =
           "cannot connect to the API server at https://127.0.0.1:1: is it running, and is the server of context"},
      {.what = "a dead server of a flag",
       .kubeconfig = whole,
       .flags = {"--server=https://127.0.0.1:1"},
       .refusal = "at https://127.0.0.1:1: is it running, and is --server right?"},
      {.what = "plain HTTP to a TLS server",
       .kubeconfig = whole,
       .flags = {"-s", "127.0.0.1:" + std::to_string(Port())},
       .refusal = "Client sent an HTTP request to an HTTPS server"},
  });
}

// What has no name, is null, is set twice or has another type: kubectl is the measure.
TEST_F(Matrix, UnusualFiles) {
  const std::string clusters = "clusters: [{name: c, cluster: {" + Trusted() + "}}]\n";
  const std::string users = "users: [{name: u, user: {token: " + Token() + "}}]\n";
  const std::string context = "{cluster: c, user: u, namespace: matrix}";
  const std::string contexts = "contexts: [{name: x, context: " + context + "}]\n";
  const std::string current = "current-context: x\n";
  const std::string whole = clusters + users + contexts + current;
  const std::string nameless =
      "clusters: [{cluster: {" + Trusted() + "}}]\nusers: [{user: {token: " + Token() + "}}]\n";
  const std::string empty = File("empty", "");
  const std::string bare = File("bare", "apiVersion: v1\nkind: Config\nclusters: []\nusers: null\ncontexts: []\n");
  const std::string good = File("whole", whole);
  Compare({
      {.what = "a context without a name", .kubeconfig = clusters + users + "contexts: [{context: " + context + "}]\n"},
      {.what = "clusters and users without a name",
       .kubeconfig = nameless + current + "contexts: [{name: x, context: {namespace: matrix}}]\n"},
      {.what = "nothing has a name", .kubeconfig = nameless, .flags = {"-n", kSpace}},
      {.what = "null entries",
       .kubeconfig = "clusters: [null, {name: c, cluster: {" + Trusted() + "}}]\n" + users + current +
                     "contexts: [{name: x, context: " + context + "}, null]\n"},
      {.what = "a name that is null",
       .kubeconfig = clusters + users + "contexts: [{name: null, context: " + context + "}]\n"},
      {.what = "an empty current-context, and a context without a name",
       .kubeconfig = clusters + users + "current-context: \"\"\ncontexts: [{context: " + context + "}]\n"},
      {.what = "a second document", .kubeconfig = whole + "---\nkind: Pod\n"},
      {.what = "a key that is set twice", .kubeconfig = clusters + users + contexts + "current-context: z\n" + current},
      {.what = "empty files in the list", .environment = {{"KUBECONFIG", empty + ":" + bare + "::" + good}}},
      {.what = "an empty namespace",
       .kubeconfig =
           clusters + users + current + "contexts: [{name: x, context: {cluster: c, user: u, namespace: \"\"}}]\n",
       .flags = {"-n", kSpace}},
      {.what = "current-context names none",
       .kubeconfig = clusters + users + contexts + "current-context: z\n",
       .refusal = "no context \"z\" in "},
      {.what = "current-context that is empty",
       .kubeconfig = clusters + users + contexts + "current-context: \"\"\n",
       .refusal = "give --context, one of: x"},
      {.what = "two contexts without a name",
       .kubeconfig = whole + "contexts: [null, {}]\n",
       .refusal = "two entries of contexts have no name"},
      {.what = "a context of one name twice",
       .kubeconfig = clusters + users + current + "contexts: [{name: x}, {name: x, context: " + context + "}]\n",
       .refusal = "contexts holds \"x\" twice"},
      {.what = "current-context that is a number",
       .kubeconfig = whole + "current-context: 5\n",
       .refusal = "current-context is a number"},
      {.what = "a token that is a number, of a user that is not used",
       .kubeconfig = clusters + contexts + current + "users: [{name: u}, {name: z, user: {token: 5}}]\n",
       .refusal = "users[1].user.token is a number"},
      {.what = "data that is not base64, of a user that is not used",
       .kubeconfig =
           clusters + contexts + current + "users: [{name: u}, {name: z, user: {client-key-data: \"***\"}}]\n",
       .refusal = "users[1].user.client-key-data is not base64"},
      {.what = "empty lists", .environment = {{"KUBECONFIG", bare}}, .refusal = "no cluster is configured"},
  });
}

TEST_F(Matrix, Proxies) {
  const int port = Port();
  const std::string target = "kubernetes.default.svc:" + std::to_string(port);  // known to the proxy alone
  const ConnectProxy proxy({.ways = {{target, port}}});
  const ConnectProxy strict({.ways = {{target, port}}, .authorization = "Basic dXNlcjpwQHNz"});
  const std::string through = "http://127.0.0.1:" + std::to_string(proxy.port());
  const std::string hidden = Server("kubernetes.default.svc") + ", " + Authority();
  const std::string token = "token: " + Token();
  const std::string with_login = "http://user:p%40ss@127.0.0.1:" + std::to_string(strict.port());
  Compare({
      {.what = "proxy-url", .kubeconfig = Config(hidden + ", proxy-url: " + Quoted(through), token)},
      {.what = "proxy-url with a password", .kubeconfig = Config(hidden + ", proxy-url: " + Quoted(with_login), token)},
      {.what = "HTTPS_PROXY", .kubeconfig = Config(hidden, token), .environment = {{"HTTPS_PROXY", through}}},
      {.what = "https_proxy without a scheme",
       .kubeconfig = Config(hidden, token),
       .environment = {{"https_proxy", through.substr(7)}}},
      {.what = "loopback is never proxied",
       .kubeconfig = Config(Trusted(), token),
       .environment = {{"HTTPS_PROXY", "http://127.0.0.1:1"}}},
      {.what = "proxy-url goes before the environment",
       .kubeconfig = Config(hidden + ", proxy-url: " + Quoted(through), token),
       .environment = {{"HTTPS_PROXY", "http://127.0.0.1:1"}, {"NO_PROXY", "*"}}},
      {.what = "dead proxy",
       .kubeconfig = Config(Trusted() + ", proxy-url: \"http://127.0.0.1:1\"", token),
       .refusal = "check proxy-url of cluster \"c\" in "},
      {.what = "proxy that wants a password",
       .kubeconfig = Config(hidden, token),
       .environment = {{"HTTPS_PROXY", strict.Url()}},
       .refusal = "407"},
      {.what = "dead proxy of the environment",
       .kubeconfig = Config(hidden, token),
       .environment = {{"HTTPS_PROXY", "http://127.0.0.1:1"}},
       .refusal = "check HTTPS_PROXY of the environment"},
      {.what = "proxy of no known kind",
       .kubeconfig = Config(Trusted() + ", proxy-url: \"ftp://127.0.0.1:1\"", token),
       .refusal = "is neither http nor https"},
  });
  client::TlsServer front({.certificate = Pki("apiserver.crt"), .key = Pki("apiserver.key")}, "");
  front.StandBefore(proxy.port());
  Compare(
      Row{.what = "proxy-url with TLS", .kubeconfig = Config(hidden + ", proxy-url: " + Quoted(front.Url()), token)});
  const std::vector<std::string> asked = proxy.asked();
  EXPECT_GE(std::count(asked.begin(), asked.end(), "CONNECT " + target), 8);  // rows times programs
}

// The operator reads kubeconfigs with the same code; here it works by a command's token that expires all the time.
class OperatorByCommand : public E2e {};

TEST_F(OperatorByCommand, StartsAGroup) {
  const CommandResult made = cluster().Kubectl({"create", "token", "muster-operator", "-n", "muster-system"});
  ASSERT_EQ(made.exit_code, 0) << made.Text();
  const std::string dir = cluster().run_dir() + "/by-command";
  std::filesystem::create_directories(dir);
  const std::string script = dir + "/login";
  std::ofstream(script)
      << "#!/bin/sh\necho run >> " << dir << "/runs\ncat <<END\n"
      << R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":")"
      << made.out.substr(0, made.out.find('\n'))
      << "\",\"expirationTimestamp\":\"$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)\"}}\nEND\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto admin = client::LoadConnection({.kubeconfig = cluster().kubeconfig()}, {});
  ASSERT_TRUE(admin.has_value());
  const std::string config = dir + "/config";
  std::ofstream(config) << "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
                        << "clusters: [{name: c, cluster: {server: \"" << admin->server
                        << "\", certificate-authority-data: " << client::EncodeBase64(admin->certificate_authority.text)
                        << "}}]\n"
                        << "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: "
                        << "./login, interactiveMode: Never}}}]\n";
  AddNodes({.prefix = "exec", .capacity = "cpu=4"});
  OperatorProcess& process = StartOperator({.more = {"--kubeconfig", config}});
  Apply(MakeWorkload("a", {JobRole("w", 3)}));
  EXPECT_TRUE(Eventually(20s, [&] { return NotRunning("a-0", 3); })) << process.LogTail(20);
  const auto runs = [&] {
    std::ifstream file(dir + "/runs");
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  EXPECT_TRUE(Eventually(20s, [&] { return runs() >= 2 ? "" : "run " + std::to_string(runs()) + " times"; }));
}

}  // namespace
}  // namespace muster::e2e
