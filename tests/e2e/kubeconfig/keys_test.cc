// Keys, certificates and bundles of CAs in all the forms they are written in.
#include "lib/client/base64.h"
#include "tests/e2e/kubeconfig/matrix.h"
#include "tests/support/tls_server.h"

namespace muster::e2e {
namespace {

class Keys : public Matrix {
 protected:
  static std::string Read(const std::string& name) {
    const auto text = client::DecodeBase64(Inline(name));
    return text ? *text : "";
  }
  // dir()/<name>.key by the given commands of openssl, each after the other, and dir()/<name>.crt for it.
  static void Make(const std::string& name, const std::vector<std::vector<std::string>>& commands) {
    for (std::vector<std::string> command : commands) {
      command.insert(command.begin(), "openssl");
      for (std::string& word : command) {
        if (word == "KEY") word = dir() + "/" + name + ".key";
        if (word == "TEMPORARY") word = dir() + "/" + name + ".tmp";
      }
      const CommandResult done = RunCommand(command);
      ASSERT_EQ(done.exit_code, 0) << done.Text();
    }
    Sign(name, 2);
  }
  static std::string By(const std::string& certificate, const std::string& key) {
    return Config(Trusted(), "client-certificate: " + certificate + ", client-key: " + key);
  }
};

TEST_F(Keys, OfEveryKind) {
  Make("rsa", {{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "KEY"}});
  Make("pkcs1", {{"genrsa", "-traditional", "-out", "KEY", "2048"}});
  Make("sec1", {{"ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "KEY"}});
  Make("parameters", {{"ecparam", "-name", "prime256v1", "-genkey", "-out", "KEY"}});
  Make("p384", {{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "KEY"}});
  Make("ed25519", {{"genpkey", "-algorithm", "ED25519", "-out", "KEY"}});
  EXPECT_NE(Read("rsa.key").find("BEGIN PRIVATE KEY"), std::string::npos);
  EXPECT_NE(Read("pkcs1.key").find("BEGIN RSA PRIVATE KEY"), std::string::npos);
  EXPECT_NE(Read("sec1.key").find("BEGIN EC PRIVATE KEY"), std::string::npos);
  EXPECT_NE(Read("parameters.key").find("BEGIN EC PARAMETERS"), std::string::npos);
  for (const std::string name : {"rsa", "pkcs1", "sec1", "parameters", "p384", "ed25519"}) {
    Compare(Row{.what = name, .kubeconfig = By(name + ".crt", name + ".key")});
    Compare(Row{.what = name + " inline",
                .kubeconfig = Config(Trusted(), "client-certificate-data: " + Inline(name + ".crt") +
                                                    ", client-key-data: " + Inline(name + ".key"))});
  }
}

TEST_F(Keys, InFilesWithMore) {
  File("both.pem", Read("jane.key") + Read("jane.crt"));
  File("chain.crt", "subject=CN = jane\n" + Read("jane.crt") + "\n" + Pki("ca.crt"));
  std::string crlf = Read("jane.crt");
  for (size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2) crlf.insert(at, "\r");
  File("crlf.crt", crlf);
  ASSERT_EQ(RunCommand({"openssl", "pkcs8", "-topk8", "-in", dir() + "/jane.key", "-passout", "pass:x", "-out",
                        dir() + "/locked.key"})
                .exit_code,
            0);
  Compare({
      {.what = "key and certificate in one file", .kubeconfig = By("both.pem", "both.pem")},
      {.what = "a chain, and text before it", .kubeconfig = By("chain.crt", "jane.key")},
      {.what = "line ends of another system", .kubeconfig = By("crlf.crt", "jane.key")},
      {.what = "a key behind a passphrase",
       .kubeconfig = By("jane.crt", "locked.key"),
       .refusal = "locked.key of context \"x\" of " + dir() + "/config cannot be used: it holds no PEM key without a "},
      {.what = "certificate and key in each other's place",
       .kubeconfig = By("jane.key", "jane.crt"),
       .refusal = "jane.key of context \"x\" of " + dir() + "/config cannot be used: it holds no PEM certificate"},
  });
}

TEST_F(Keys, BundlesOfAuthorities) {
  const std::string other = client::MakeAuthority("other").certificate;
  const std::string third = client::MakeAuthority("third").certificate;
  const std::string ours = Pki("ca.crt");
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const std::string rubbish = "-----BEGIN CERTIFICATE-----\n!?\n-----END CERTIFICATE-----\n";
  const std::string token = "token: " + Token();
  const auto with = [&](const std::string& bundle) {
    return Config(Server() + ", certificate-authority-data: " + client::EncodeBase64(bundle), token);
  };
  File("bundle.crt", "# the old one\n" + other + "\n# the new one\n" + ours);
  Compare({
      {.what = "ours last", .kubeconfig = with(other + third + ours)},
      {.what = "ours first", .kubeconfig = with(ours + other)},
      {.what = "ours twice", .kubeconfig = with(ours + ours)},
      {.what = "with comments, in a file",
       .kubeconfig = Config(Server() + ", certificate-authority: bundle.crt", token)},
      {.what = "a block that is no certificate", .kubeconfig = with(broken + ours)},
      {.what = "a block that is no base64", .kubeconfig = with(rubbish + ours)},
      {.what = "a key among them", .kubeconfig = with(Read("jane.key") + ours)},
      {.what = "no line end at the end", .kubeconfig = with(other + ours.substr(0, ours.find_last_not_of('\n') + 1))},
      {.what = "without ours",
       .kubeconfig = with(other + third),
       .refusal = "and certificate-authority of context \"x\" of " + dir() + "/config holds another authority"},
      {.what = "nothing but a broken one", .kubeconfig = with(broken), .refusal = "certificate-authority-data of "},
  });
}

}  // namespace
}  // namespace muster::e2e
