// Which proxy is taken, row by row as Go's httpproxy has it.
#include "lib/client/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace muster::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct NoProxyRow {
  const char* no_proxy;
  const char* server;
  bool proxied;
};

TEST(ProxyFor, HeedsNoProxyAsGoDoes) {
  const std::vector<NoProxyRow> rows = {
      {"", "https://api.example:6443", true},
      {"", "https://localhost:6443", false},
      {"", "https://127.0.0.1:6443", false},
      {"", "https://127.9.9.9", false},
      {"", "https://[::1]:6443", false},
      {"", "https://[2001:db8::1]:6443", true},
      {"", "https://localhost.example", true},
      {"*", "https://api.example", false},
      {"other, * ", "https://10.0.0.1", false},
      {"example", "https://api.example", false},
      {"example", "https://example", false},
      {"example", "https://badexample", true},
      {".example", "https://api.example", false},
      {".example", "https://example", true},
      {"*.example", "https://api.example", false},
      {"*.example", "https://example", true},
      {"EXAMPLE", "https://Api.Example", false},
      {"api.example:6443", "https://api.example:6443", false},
      {"api.example:6443", "https://api.example", true},
      {"api.example:443", "https://api.example", false},
      {"api.example:80", "http://api.example", false},
      {".example:443", "https://api.example", false},
      {"10.0.0.0/8", "https://10.1.2.3:6443", false},
      {"10.0.0.0/8", "https://11.1.2.3:6443", true},
      {"10.128.0.0/9", "https://10.127.0.1", true},
      {"10.128.0.0/9", "https://10.129.0.1", false},
      {"0.0.0.0/0", "https://8.8.8.8", false},
      {"0.0.0.0/0", "https://api.example", true},  // names are not looked up
      {"10.0.0.1/33", "https://10.0.0.1", true},
      {"10.0.0.1/x", "https://10.0.0.1", true},
      {"10.0.0.1", "https://10.0.0.1:6443", false},
      {"10.0.0.1:6443", "https://10.0.0.1:6443", false},
      {"10.0.0.1:6443", "https://10.0.0.1", true},
      {"10.0.0", "https://10.0.0.1", true},
      {"0.1", "https://10.0.0.1", true},  // a suffix of an address is no domain
      {"2001:db8::/32", "https://[2001:db8::7]:6443", false},
      {"2001:db8::7", "https://[2001:db8::7]:6443", false},
      {"[2001:db8::7]:6443", "https://[2001:db8::7]:6443", false},
      {"[2001:db8::7]:443", "https://[2001:db8::7]:6443", true},
      {"::ffff:10.0.0.1", "https://10.0.0.1", false},
      {",, ,:80,", "https://api.example", true},
      {"a,b\t,\tapi.example", "https://api.example/k8s/c-1", false},
  };
  for (const NoProxyRow& row : rows) {
    const ProxyVariables variables{.https_proxy = "http://p:1", .http_proxy = "http://p:1", .no_proxy = row.no_proxy};
    EXPECT_EQ(ProxyFor(row.server, variables), row.proxied ? "http://p:1" : "") << row.no_proxy << " " << row.server;
  }
}

TEST(ProxyFor, TakesTheVariableOfTheScheme) {
  const ProxyVariables variables{.https_proxy = "https://s:2", .http_proxy = "p:3"};
  EXPECT_EQ(ProxyFor("https://api.example", variables), "https://s:2");
  EXPECT_EQ(ProxyFor("http://api.example", variables), "http://p:3");
  EXPECT_EQ(ProxyFor("https://api.example", {.http_proxy = "p:3"}), "");
  EXPECT_EQ(ProxyFor("", variables), "");
}

TEST(ParseProxy, TakesItApart) {
  const auto proxy = ParseProxy("http://us%20er:p%40ss@proxy.example:3128/", "HTTPS_PROXY");
  ASSERT_TRUE(proxy) << proxy.error().message;
  EXPECT_EQ(proxy->HostPort(), "proxy.example:3128");
  EXPECT_EQ(proxy->user, "us er");
  EXPECT_EQ(proxy->password, "p@ss");
  EXPECT_FALSE(proxy->tls);
  EXPECT_EQ(ParseProxy("http://p", "")->HostPort(), "p:80");
  EXPECT_EQ(ParseProxy("HTTPS://p", "")->HostPort(), "p:443");
  EXPECT_TRUE(ParseProxy("https://p", "")->tls);
}

TEST(ParseProxy, RefusesByNameWithoutShowingThePassword) {
  const auto refusal = [](const std::string& url) {
    const auto proxy = ParseProxy(url, "proxy-url of cluster \"c\"");
    EXPECT_FALSE(proxy) << url;
    return proxy ? "" : proxy.error().message;
  };
  for (const char* scheme : {"socks5", "socks5h"}) {
    EXPECT_THAT(refusal(std::string(scheme) + "://p:1080"), HasSubstr("socks5 proxy, which is not supported"));
  }
  for (const char* url : {"p:3128", "ftp://p", "http://", "http://u:secret@", "http://p:0", "http://p:x", "http://p q",
                          "http://[::1]:8080", "http://u:secret%zz@p", "http://u:secret%0d%0a@p", "http://p:99999"}) {
    EXPECT_THAT(refusal(url), HasSubstr("proxy-url of cluster \"c\"")) << url;
    EXPECT_THAT(refusal(url), Not(HasSubstr("secret"))) << url;
    EXPECT_THAT(refusal(url), HasSubstr("http://host:port")) << url;
  }
}

}  // namespace
}  // namespace muster::client
