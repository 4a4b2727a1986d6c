// Two that could say who we are: which of them kubectl takes, which together it refuses.
#include "tests/e2e/kubeconfig/matrix.h"

namespace muster::e2e {
namespace {

constexpr const char* kBoth = "has both a token and a username or password: keep one";

class Identity : public Matrix {
 protected:
  static std::string Of(const std::string& user) { return Config(Trusted(), user); }
  static std::string Jane() {
    return "client-certificate-data: " + Inline("jane.crt") + ", client-key-data: " + Inline("jane.key");
  }
  static std::string Expired() {
    return "client-certificate-data: " + Inline("expired.crt") + ", client-key-data: " + Inline("expired.key");
  }
  // A credentials command that leaves a file when it is asked, and then fails.
  static std::string Command() {
    return "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./fails}";
  }
  void SetUp() override {
    Matrix::SetUp();
    if (IsSkipped() || HasFailure()) return;
    File("token", "\n\t " + Token() + " \n");
    File("wrong-token", "wrong\n");
    Script("fails", "exit 3");
  }
};

TEST_F(Identity, TokensAndTheirFiles) {
  const std::string good = "--token=" + Token();
  Compare({
      {.what = "blanks around the token in its file", .kubeconfig = Of("tokenFile: token")},
      {.what = "flag token over a token", .kubeconfig = Of("token: wrong"), .flags = {good}},
      {.what = "token file before the flag's token", .kubeconfig = Of("tokenFile: token"), .flags = {"--token=wrong"}},
      {.what = "token file before the flag's token, however wrong",
       .kubeconfig = Of("tokenFile: wrong-token"),
       .flags = {good},
       .refusal = "rejected by"},
      {.what = "token file before token and the flag's",
       .kubeconfig = Of("token: wrong, tokenFile: token"),
       .flags = {"--token=wrong"}},
      {.what = "flag token when the token file is not there", .kubeconfig = Of("tokenFile: none"), .flags = {good}},
      {.what = "an empty token file", .kubeconfig = Of("tokenFile: /dev/null"), .refusal = "/dev/null is empty"},
  });
}

TEST_F(Identity, CertificatesAndTokens) {
  const std::string jane = dir() + "/jane";
  Compare({
      {.what = "certificate with a wrong token", .kubeconfig = Of(Jane() + ", token: wrong")},
      {.what = "certificate with a wrong token by flag", .kubeconfig = Of(Jane()), .flags = {"--token=wrong"}},
      {.what = "expired certificate with a token", .kubeconfig = Of(Expired() + ", token: " + Token())},
      {.what = "expired certificate with a token by flag", .kubeconfig = Of(Expired()), .flags = {"--token", Token()}},
      {.what = "flags for a certificate over a wrong token",
       .kubeconfig = Of("token: wrong"),
       .flags = {"--client-certificate=" + jane + ".crt", "--client-key=" + jane + ".key"}},
      {.what = "flags for a certificate over the file's",
       .kubeconfig = Of(Expired()),
       .flags = {"--client-certificate=" + jane + ".crt", "--client-key=" + jane + ".key"}},
      {.what = "flag for a certificate, with the file's key",
       .kubeconfig = Of(Expired()),
       .flags = {"--client-certificate=" + jane + ".crt"},
       .refusal = "do not belong together"},
      {.what = "certificate with a user name", .kubeconfig = Of(Jane() + ", username: a, password: b")},
      {.what = "key without certificate, with a token", .kubeconfig = Of("client-key: none, token: " + Token())},
      {.what = "key without certificate", .kubeconfig = Of("client-key: jane.key"), .refusal = "only one of"},
  });
}

TEST_F(Identity, UserNamesAndPasswords) {
  const std::string login = "username: a, password: b";
  const std::string anonymous = "Error from server (Forbidden)";  // what the server makes of them
  const std::vector<std::string> by_flags = {"--username=a", "--password", "b"};
  Compare({
      {.what = "by flags", .kubeconfig = Of(""), .flags = by_flags, .refusal = anonymous},
      {.what = "by flags, with a certificate", .kubeconfig = Of(Jane()), .flags = by_flags},
      {.what = "flag for a token with a user name", .kubeconfig = Of(login), .flags = {"--token=t"}, .refusal = kBoth},
      {.what = "flags for both", .kubeconfig = Of(""), .flags = {"--token=t", "--username=a"}, .refusal = kBoth},
      {.what = "flag user name with a token",
       .kubeconfig = Of("token: t"),
       .flags = {"--username", "a"},
       .refusal = kBoth},
      {.what = "flag password with a token", .kubeconfig = Of("token: t"), .flags = {"--password=b"}, .refusal = kBoth},
      {.what = "user name with a token file", .kubeconfig = Of("tokenFile: token, " + login), .refusal = kBoth},
      {.what = "password without user name, with a token file", .kubeconfig = Of("tokenFile: token, password: b")},
      {.what = "password without user name", .kubeconfig = Of("password: b"), .refusal = "put it there too"},
  });
}

TEST_F(Identity, CredentialsCommandsAreAskedLast) {
  const std::string jane = dir() + "/jane";
  const std::string failure = "/./fails (exec of user \"u\" in ";
  Compare({
      {.what = "token file", .kubeconfig = Of(Command() + ", tokenFile: token")},
      {.what = "certificate", .kubeconfig = Of(Command() + ", " + Jane())},
      {.what = "certificate by flags",
       .kubeconfig = Of(Command()),
       .flags = {"--client-certificate=" + jane + ".crt", "--client-key=" + jane + ".key"}},
      {.what = "user name by flag",
       .kubeconfig = Of(Command()),
       .flags = {"--username=a"},
       .refusal = "Error from server (Forbidden)"},
      {.what = "a password alone is nothing", .kubeconfig = Of(Command() + ", password: b"), .refusal = failure},
      {.what = "a key alone is nothing", .kubeconfig = Of(Command() + ", client-key: jane.key"), .refusal = failure},
  });
}

TEST_F(Identity, WhomWeActAsByFlags) {
  const std::string admin = "client-certificate: " + cluster().run_dir() +
                            "/pki/admin.crt, client-key: " + cluster().run_dir() + "/pki/admin.key";
  const auto of = [&](const std::string& as) { return Of(admin + as); };
  // Only the groups of who is asked for count: an extra attribute is shown by a right to act with it.
  ASSERT_EQ(cluster().Kubectl({"create", "serviceaccount", "actor", "-n", kSpace}).exit_code, 0);
  ASSERT_EQ(cluster()
                .Kubectl({"create", "clusterrole", "acts-as-jane", "--verb=impersonate", "--resource=users",
                          "--resource-name=jane"})
                .exit_code,
            0);
  ASSERT_EQ(cluster()
                .Kubectl({"create", "clusterrole", "acts-with-scope", "--verb=impersonate",
                          "--resource=userextras.authentication.k8s.io/scopes", "--resource-name=view",
                          "--resource-name=a=b"})
                .exit_code,
            0);
  for (const char* role : {"acts-as-jane", "acts-with-scope"}) {
    ASSERT_EQ(cluster()
                  .Kubectl({"create", "clusterrolebinding", role, "--clusterrole", role, "--serviceaccount",
                            std::string(kSpace) + ":actor"})
                  .exit_code,
              0);
  }
  const CommandResult made = cluster().Kubectl({"create", "token", "actor", "-n", kSpace});
  ASSERT_EQ(made.exit_code, 0) << made.Text();
  const auto actor = [&](const std::string& as) {
    return Of("token: " + made.out.substr(0, made.out.find('\n')) + as);
  };
  const std::string forbidden = "Error from server (Forbidden)";
  Compare({
      {.what = "extra",
       .kubeconfig = of(""),
       .flags = {"--as=jane", "--as-user-extra=a/B=v", "--as-user-extra", "a/B=w"}},
      {.what = "an extra one may act with",
       .kubeconfig = actor(""),
       .flags = {"--as=jane", "--as-user-extra", "scopes=view"}},
      {.what = "a value with an equals sign",
       .kubeconfig = actor(""),
       .flags = {"--as=jane", "--as-user-extra", "scopes=a=b", "--as-user-extra=scopes=view"}},
      {.what = "an extra one may not act with",
       .kubeconfig = actor(""),
       .flags = {"--as=jane", "--as-user-extra=scopes=edit"},
       .refusal = forbidden},
      {.what = "another key",
       .kubeconfig = actor(""),
       .flags = {"--as=jane", "--as-user-extra=x=view"},
       .refusal = forbidden},
      {.what = "the flag's key over the file's",
       .kubeconfig = actor(", as: jane, as-user-extra: {scopes: [edit]}"),
       .flags = {"--as-user-extra=scopes=view"}},
      {.what = "the file's other keys stay",
       .kubeconfig = actor(", as: jane, as-user-extra: {x: [edit]}"),
       .flags = {"--as-user-extra=scopes=view"},
       .refusal = forbidden},
      {.what = "an extra of nobody",
       .kubeconfig = of(""),
       .flags = {"--as-user-extra=scopes=view"},
       .refusal = "name the user too"},
  });
}

TEST_F(Identity, FlagsThatChangeNothingOfTheAnswer) {
  const std::string config = Of("token: " + Token());
  Compare({
      {.what = "cache-dir", .kubeconfig = config, .flags = {"--cache-dir", dir() + "/cache"}},
      {.what = "cache-dir=", .kubeconfig = config, .flags = {"--cache-dir=" + dir() + "/cache"}},
      {.what = "disable-compression", .kubeconfig = config, .flags = {"--disable-compression"}},
      {.what = "disable-compression=true", .kubeconfig = config, .flags = {"--disable-compression=true"}},
      {.what = "disable-compression=false", .kubeconfig = config, .flags = {"--disable-compression=false"}},
      {.what = "insecure=false", .kubeconfig = config, .flags = {"--insecure-skip-tls-verify=false"}},
      {.what = "timeout in minutes", .kubeconfig = config, .flags = {"--request-timeout=1m30s"}},
  });
}

}  // namespace
}  // namespace muster::e2e
