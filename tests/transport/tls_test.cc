// Whom the transport trusts, what it shows, and what it says when it does not trust.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/support/tls_server.h"
#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using ::testing::HasSubstr;

constexpr const char* kLoopback = "IP:127.0.0.1,DNS:api.example";

class Tls : public ::testing::Test {
 protected:
  static Connection To(const TlsServer& server, const Identity& authority) {
    Connection connection;
    connection.server = server.Url();
    connection.certificate_authority.text = authority.certificate;
    connection.origin = "the test";
    return connection;
  }

  static Result<wire::Response> Ask(const Connection& connection) {
    InitThreads(1);
    TRY(const std::unique_ptr<HttpTransport> transport, HttpTransport::Create(connection, {}));
    return transport->Send(Get());
  }

  static void ExpectMistrust(const Connection& connection, const std::string& why) {
    const auto answer = Ask(connection);
    ASSERT_EQ(Outcome(answer), "Unavailable");
    EXPECT_THAT(answer.error().message, HasSubstr("cannot trust the API server at"));
    EXPECT_THAT(answer.error().message, HasSubstr(why));
  }

  const Identity authority_ = MakeAuthority("test-ca");
};

TEST_F(Tls, TrustsItsAuthorityAndShowsItsCertificate) {
  const TlsServer server(Issue(authority_, {.common_name = "server", .alternative_names = kLoopback}),
                         authority_.certificate);
  const Identity admin = Issue(authority_, {.common_name = "admin"});
  Connection connection = To(server, authority_);
  connection.client_certificate.text = admin.certificate;
  connection.client_key.text = admin.key;
  const auto answer = Ask(connection);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "admin");
}

TEST_F(Tls, TrustsNoOtherAuthorityNorTheSystems) {
  const TlsServer server(Issue(authority_, {.common_name = "server", .alternative_names = kLoopback}), "");
  ExpectMistrust(To(server, MakeAuthority("another-ca")), "certificate");
  Connection without = To(server, authority_);
  without.certificate_authority = {};
  ExpectMistrust(without, "certificate");
  without.insecure_skip_tls_verify = true;
  EXPECT_OUTCOME(Ask(without), "OK");
}

TEST_F(Tls, TrustsNoExpiredCertificateNorOneForAnotherHost) {
  const TlsServer expired(
      Issue(authority_, {.common_name = "server", .alternative_names = kLoopback, .valid_days = -1}), "");
  ExpectMistrust(To(expired, authority_), "certificate has expired");
  const TlsServer other(Issue(authority_, {.common_name = "127.0.0.1", .alternative_names = "DNS:other.example"}), "");
  ExpectMistrust(To(other, authority_), "IP address mismatch");
  const TlsServer nameless(Issue(authority_, {.common_name = "127.0.0.1"}), "");
  ExpectMistrust(To(nameless, authority_), "IP address mismatch");  // the common name does not count, as in Go
}

TEST_F(Tls, VerifiesTheNameItIsTold) {
  const TlsServer server(Issue(authority_, {.common_name = "server", .alternative_names = "DNS:api.example"}), "");
  Connection connection = To(server, authority_);
  connection.tls_server_name = "api.example";
  EXPECT_OUTCOME(Ask(connection), "OK");
  EXPECT_EQ(server.server_name(), "api.example");
  connection.tls_server_name = "api.elsewhere";
  ExpectMistrust(connection, "hostname mismatch");
}

TEST_F(Tls, SaysSoWhenTheServerSpeaksNoTls) {
  const RawHttpServer plain([](RawConnection& c) { c.Write(HttpAnswer(400, "not TLS")); });
  Connection connection{.server = "https://127.0.0.1:" + std::to_string(plain.port()), .origin = "the test"};
  const auto answer = Ask(connection);
  EXPECT_OUTCOME(answer, "Unavailable");
  EXPECT_THAT(answer.error().message, HasSubstr("does it speak TLS there?"));
}

TEST_F(Tls, TakesUpCertificateFilesThatChange) {
  const TlsServer server(Issue(authority_, {.common_name = "server", .alternative_names = kLoopback}),
                         authority_.certificate);
  const std::string stem = ::testing::TempDir() + "muster-tls-" + std::to_string(::getpid());
  const auto write = [&](const Identity& identity) {
    std::ofstream(stem + ".crt") << identity.certificate;
    std::ofstream(stem + ".key") << identity.key;
  };
  write(Issue(authority_, {.common_name = "before"}));
  Connection connection = To(server, authority_);
  connection.client_certificate.file = stem + ".crt";
  connection.client_key.file = stem + ".key";
  const auto transport = ConnectTo(server.Url(), {}, connection);
  EXPECT_EQ(transport->Send(Get())->body, "before");
  write(Issue(authority_, {.common_name = "after"}));
  EXPECT_EQ(transport->Send(Get())->body, "after");
  std::ofstream(stem + ".key") << "half written";
  EXPECT_EQ(transport->Send(Get())->body, "after");
  std::remove((stem + ".crt").c_str());
  std::remove((stem + ".key").c_str());
}

TEST_F(Tls, RefusesWhatItCannotUseBeforeConnecting) {
  const Identity one = Issue(authority_, {.common_name = "one"});
  const Identity two = Issue(authority_, {.common_name = "two"});
  Connection good{.server = "https://127.0.0.1:1", .origin = "context \"c\" of /config"};
  const auto refusal = [](const Connection& connection) {
    const auto transport = HttpTransport::Create(connection, {});
    EXPECT_EQ(Outcome(transport), "Invalid");
    return transport ? "" : transport.error().message;
  };
  Connection bad = good;
  bad.certificate_authority.text = "rubbish";
  EXPECT_EQ(refusal(bad),
            "certificate-authority-data of context \"c\" of /config cannot be used: it holds no PEM certificate");
  bad = good;
  bad.certificate_authority.file = "/no/such/ca.crt";
  EXPECT_THAT(refusal(bad), HasSubstr("cannot read /no/such/ca.crt"));
  bad = good;
  bad.client_certificate.text = one.certificate;
  EXPECT_THAT(refusal(bad), HasSubstr("only one of client-certificate and client-key"));
  bad.client_key.text = two.key;
  EXPECT_THAT(refusal(bad), HasSubstr("do not belong together"));
  bad.client_key.text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
  EXPECT_THAT(refusal(bad), HasSubstr("no PEM key without a passphrase"));
  bad = good;
  bad.server = "localhost:8080";
  EXPECT_THAT(refusal(bad), HasSubstr("has no scheme"));
}

}  // namespace
}  // namespace muster::client
