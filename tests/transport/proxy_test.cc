// Through a proxy: CONNECT to TLS servers with our own trust, whole URLs to plain ones, and what is said when it fails.
#include "tests/support/connect_proxy.h"
#include "tests/support/tls_server.h"
#include "tests/transport/fixture.h"

namespace muster::client {
namespace {

using muster::testing::ConnectProxy;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Proxy : public ::testing::Test {
 protected:
  // A server that only the proxy can reach: its name is known nowhere else.
  Connection Hidden(const std::string& proxy_url) const {
    Connection connection;
    connection.server = "https://api.example:6443";
    connection.certificate_authority.text = authority_.certificate;
    connection.proxy_url = proxy_url;
    connection.proxy_origin = "proxy-url of cluster \"c\" in /config";
    connection.origin = "the test";
    return connection;
  }
  int ServerPort() const { return std::atoi(server_.Url().substr(server_.Url().rfind(':') + 1).c_str()); }

  static Result<wire::Response> Ask(const Connection& connection) {
    InitThreads(1);
    TRY(const std::unique_ptr<HttpTransport> transport, HttpTransport::Create(connection, {.request_timeout = 10s}));
    return transport->Send(Get());
  }

  const Identity authority_ = MakeAuthority("test-ca");
  const TlsServer server_{Issue(authority_, {.common_name = "server", .alternative_names = "DNS:api.example"}),
                          authority_.certificate};
};

TEST_F(Proxy, LeadsToATlsServerWhichSeesOurCertificate) {
  const ConnectProxy proxy({.ways = {{"api.example:6443", ServerPort()}}});
  const Identity admin = Issue(authority_, {.common_name = "admin"});
  Connection connection = Hidden(proxy.Url());
  connection.client_certificate.text = admin.certificate;
  connection.client_key.text = admin.key;
  connection.token = "secret";
  const auto answer = Ask(connection);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "admin");
  EXPECT_THAT(proxy.asked(), ElementsAre("CONNECT api.example:6443"));
}

TEST_F(Proxy, MayItselfSpeakTls) {
  const ConnectProxy proxy({.ways = {{"api.example:6443", ServerPort()}}});
  TlsServer front(Issue(authority_, {.common_name = "proxy", .alternative_names = "IP:127.0.0.1"}), "");
  front.StandBefore(proxy.port());
  const Identity admin = Issue(authority_, {.common_name = "admin"});
  Connection connection = Hidden(front.Url());
  connection.client_certificate.text = admin.certificate;
  connection.client_key.text = admin.key;
  const auto answer = Ask(connection);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "admin");
  EXPECT_EQ(front.handshakes(), 1);
}

TEST_F(Proxy, ThatSpeaksTlsIsTrustedAsTheServerIs) {
  const ConnectProxy proxy({.ways = {{"api.example:6443", ServerPort()}}});
  TlsServer front(Issue(MakeAuthority("another-ca"), {.common_name = "p", .alternative_names = "IP:127.0.0.1"}), "");
  front.StandBefore(proxy.port());
  const auto why = [](const Connection& connection) {
    const auto answer = Ask(connection);
    EXPECT_OUTCOME(answer, "Unavailable");
    return answer ? "" : answer.error().message;
  };
  EXPECT_THAT(why(Hidden(front.Url())), AllOf(HasSubstr("through the proxy (it cannot be trusted: "),
                                              HasSubstr("check proxy-url of cluster \"c\" in /config")));
  EXPECT_TRUE(proxy.asked().empty());
  const testing::RawHttpServer plain([](RawConnection& c) { c.Write(HttpAnswer(400, "not TLS")); });
  EXPECT_THAT(why(Hidden("https" + plain.Url().substr(4))), HasSubstr("through the proxy (no TLS connection with it)"));
  EXPECT_THAT(why(Hidden("https://127.0.0.1:1")), HasSubstr("cannot connect to 127.0.0.1:1"));
  EXPECT_THAT(why(Hidden("https://proxy.invalid")), HasSubstr("its host name proxy.invalid cannot be resolved"));
}

TEST_F(Proxy, DoesNotChangeWhomWeTrust) {
  const ConnectProxy proxy({.ways = {{"api.example:6443", ServerPort()}}});
  Connection connection = Hidden(proxy.Url());
  connection.certificate_authority.text = MakeAuthority("another-ca").certificate;
  const auto answer = Ask(connection);
  EXPECT_OUTCOME(answer, "Unavailable");
  EXPECT_THAT(answer.error().message, HasSubstr("cannot trust the API server at https://api.example:6443"));
}

TEST_F(Proxy, IsShownItsOwnPasswordAndNoTokenOfOurs) {
  const testing::RawHttpServer recorder([](RawConnection& c) {
    while (c.ReadRequest()) c.Write(HttpAnswer(407, "no"));
  });
  Connection connection = Hidden("http://us%65r:p%40ss@127.0.0.1:" + std::to_string(recorder.port()));
  connection.token = "secret";
  const auto answer = Ask(connection);
  EXPECT_OUTCOME(answer, "Unavailable");
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("407"), HasSubstr("check proxy-url of cluster \"c\""), Not(HasSubstr("p@ss"))));
  ASSERT_EQ(recorder.requests().size(), 1U);
  EXPECT_THAT(recorder.requests()[0].Header("Proxy-Authorization"), ElementsAre("Basic dXNlcjpwQHNz"));
  EXPECT_THAT(recorder.requests()[0].Header("Authorization"), ElementsAre());
}

TEST_F(Proxy, LeadsToAPlainServerByItsWholeUrl) {
  const ConnectProxy proxy;
  Connection connection = Hidden(proxy.Url());
  connection.server = "http://plain.example:8001";
  const auto answer = Ask(connection);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "\"GET http://plain.example:8001/api\"");
}

TEST_F(Proxy, IsNamedWhenThereIsNoWay) {
  const ConnectProxy refusing({.status = 403});
  EXPECT_THAT(Ask(Hidden(refusing.Url())).error().message,
              AllOf(HasSubstr("no way to the API server at https://api.example:6443 through the proxy"),
                    HasSubstr("403"), HasSubstr("check proxy-url of cluster \"c\" in /config")));
  const ConnectProxy to_nowhere({.ways = {{"api.example:6443", 1}}});
  EXPECT_THAT(Ask(Hidden(to_nowhere.Url())).error().message, HasSubstr("502"));
  for (const char* dead : {"http://127.0.0.1:1", "http://proxy.invalid:3128"}) {
    const auto answer = Ask(Hidden(dead));
    EXPECT_OUTCOME(answer, "Unavailable");
    EXPECT_THAT(answer.error().message, AllOf(HasSubstr("no way to the API server"), HasSubstr("check proxy-url")));
  }
}

TEST_F(Proxy, ThatStaysSilentIsGivenUpInTime) {
  const testing::RawHttpServer silent([](RawConnection& c) { c.Stall(); });
  const auto transport = ConnectTo("https://api.example:6443", {.request_timeout = 300ms}, Hidden(silent.Url()));
  const StopWatch watch;
  EXPECT_OUTCOME(transport->Send(Get()), "Timeout");
  EXPECT_LT(watch.Elapsed(), 5s);
}

}  // namespace
}  // namespace muster::client
