// Whom the transport trusts, what it shows, and what it says when it does not trust.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/support/tls_server.h"
#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

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

  // `why` and the remedy, as a regular expression.
  static void ExpectMistrust(const Connection& connection, const std::string& why) {
    const auto answer = Ask(connection);
    ASSERT_EQ(Outcome(answer), "Unavailable");
    EXPECT_THAT(answer.error().message,
                MatchesRegex("cannot trust the API server at https://127.0.0.1:[0-9]*: its certificate " + why));
  }

  // What is said of a client certificate by a server that demands one of `authority_`.
  std::string RefusalOf(const Identity& shown) const {
    const TlsServer server(Issue(authority_, {.common_name = "server", .alternative_names = kLoopback}),
                           authority_.certificate);
    Connection connection = To(server, authority_);
    connection.client_certificate.text = shown.certificate;
    connection.client_key.text = shown.key;
    const auto answer = Ask(connection);
    EXPECT_OUTCOME(answer, "Unauthorized");
    return answer ? "" : answer.error().message;
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
  ExpectMistrust(To(server, MakeAuthority("another-ca")),
                 "is signed by \"test-ca\", and certificate-authority of the test holds another authority: put this "
                 "cluster's CA there, or correct the server if it is another cluster's");
  Connection without = To(server, authority_);
  without.certificate_authority = {};
  ExpectMistrust(without,
                 "is signed by \"test-ca\", which is none of this system's authorities: put this cluster's CA into "
                 "certificate-authority of the test");
  without.insecure_skip_tls_verify = true;
  EXPECT_OUTCOME(Ask(without), "OK");
  // An authority of the same name has another key.
  ExpectMistrust(To(server, MakeAuthority("test-ca")), "is signed by \"test-ca\", and certificate-authority of .*");
  const TlsServer itself(MakeAuthority("self\x1b[1m-made"), "");
  ExpectMistrust(To(itself, authority_), "is signed by itself, \"self\\?\\[1m-made\", and certificate-authority of .*");
}

TEST_F(Tls, TrustsNoCertificateOutOfItsTime) {
  constexpr const char* kTime = "20[0-9-]*T[0-9:]*Z";
  const std::string clock = std::string("set this machine's clock, which says ") + kTime;
  const TlsServer expired(
      Issue(authority_, {.common_name = "server", .alternative_names = kLoopback, .valid_days = -1}), "");
  ExpectMistrust(To(expired, authority_), std::string("expired at ") + kTime +
                                              ": renew it where the server runs, as with kubeadm certs renew "
                                              "apiserver; or " +
                                              clock);
  const TlsServer early(
      Issue(authority_,
            {.common_name = "server", .alternative_names = kLoopback, .valid_days = 9, .valid_from_days = 2}),
      "");
  ExpectMistrust(To(early, authority_), std::string("is valid only from ") + kTime + " on: " + clock);
  const Identity old = MakeAuthority("old-ca", -1);
  const TlsServer of_old(Issue(old, {.common_name = "server", .alternative_names = kLoopback}), "");
  const auto answer = Ask(To(of_old, old));
  ASSERT_EQ(Outcome(answer), "Unavailable");
  EXPECT_THAT(answer.error().message,
              MatchesRegex("cannot trust .*: the certificate of its authority \"old-ca\" expired "
                           "at .*: renew it, and put the new one into certificate-authority "
                           "of the test; or set .*"));
}

TEST_F(Tls, TrustsNoCertificateForAnotherHost) {
  const TlsServer other(
      Issue(authority_, {.common_name = "127.0.0.1", .alternative_names = "DNS:other.example,IP:10.0.0.1,IP:fd00::1"}),
      "");
  ExpectMistrust(To(other, authority_),
                 "is for other.example, 10.0.0.1, fd00::1, not for 127.0.0.1: make one of these server or "
                 "tls-server-name of the test");
  const TlsServer nameless(Issue(authority_, {.common_name = "127.0.0.1"}), "");
  ExpectMistrust(To(nameless, authority_),  // the common name does not count, as in Go
                 "names no host, only \"127.0.0.1\": issue one with 127.0.0.1 as subject alternative name");
  std::string many = "DNS:a0";
  for (int i = 1; i < 20; ++i) many += ",DNS:a" + std::to_string(i);
  const TlsServer crowded(Issue(authority_, {.common_name = "server", .alternative_names = many}), "");
  ExpectMistrust(To(crowded, authority_), "is for a0, a1, a2, a3, a4, a5, a6, a7, ..., not for 127.0.0.1: .*");
}

TEST_F(Tls, SaysWhyItsOwnCertificateIsRefused) {
  EXPECT_THAT(RefusalOf(Issue(authority_, {.common_name = "admin", .valid_days = -1})),
              MatchesRegex("the API server at https://127.0.0.1:[0-9]* does not accept client-certificate of the test: "
                           "it expired at 20.*Z; renew it"));
  EXPECT_THAT(RefusalOf(Issue(MakeAuthority("another-ca"), {.common_name = "admin"})),
              MatchesRegex("the API server at .* does not accept client-certificate of the test \\(unknown CA\\): give "
                           "one that its authority has signed"));
  EXPECT_THAT(RefusalOf({}), MatchesRegex("the API server at .* wants a client certificate: set client-certificate and "
                                          "client-key of the test"));
}

TEST_F(Tls, VerifiesTheNameItIsTold) {
  const TlsServer server(Issue(authority_, {.common_name = "server", .alternative_names = "DNS:api.example"}), "");
  Connection connection = To(server, authority_);
  connection.tls_server_name = "api.example";
  EXPECT_OUTCOME(Ask(connection), "OK");
  EXPECT_EQ(server.server_name(), "api.example");
  connection.tls_server_name = "api.elsewhere";
  ExpectMistrust(connection, "is for api.example, not for api.elsewhere: .*");
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
