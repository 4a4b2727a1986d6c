// The small pure parts: rate limit, base64, durations, server addresses, token files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "lib/client/base64.h"
#include "lib/client/credentials.h"
#include "lib/client/files.h"
#include "lib/client/go_duration.h"
#include "lib/client/rate_limiter.h"
#include "lib/client/transport.h"
#include "lib/client/transport_http.h"

namespace muster::client {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(TokenBucket, LetsABurstThroughAndThenTheRate) {
  TokenBucket::Time now{};
  TokenBucket bucket(10, 3, now);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.Reserve(now), TokenBucket::Wait(0));
  EXPECT_EQ(bucket.Reserve(now), milliseconds(100));
  EXPECT_EQ(bucket.Reserve(now), milliseconds(200));
  now += milliseconds(200);
  EXPECT_EQ(bucket.Reserve(now), milliseconds(100));
}

TEST(TokenBucket, NeverSavesMoreThanTheBurst) {
  TokenBucket::Time now{};
  TokenBucket bucket(1000, 2, now);
  now += std::chrono::hours(1);
  EXPECT_EQ(bucket.Reserve(now), TokenBucket::Wait(0));
  EXPECT_EQ(bucket.Reserve(now), TokenBucket::Wait(0));
  EXPECT_EQ(bucket.Reserve(now), milliseconds(1));
  EXPECT_EQ(bucket.Reserve(now - std::chrono::hours(2)), milliseconds(2));  // a clock that goes back is ignored
}

TEST(Base64, DecodesWithAndWithoutLineEnds) {
  EXPECT_EQ(DecodeBase64("aGVsbG8="), "hello");
  EXPECT_EQ(DecodeBase64("aGVs\nbG8=\n"), "hello");
  EXPECT_EQ(DecodeBase64("aGVsbA=="), "hell");
  EXPECT_EQ(DecodeBase64("AP+/"), std::string("\0\xff\xbf", 3));
  EXPECT_EQ(DecodeBase64(""), "");
  for (const char* bad : {"a", "aGVsbG8", "aGVsbG8==", "=", "aG=s", "aGV$", "===="}) {
    EXPECT_EQ(DecodeBase64(bad), std::nullopt) << bad;
  }
}

TEST(Base64, EncodesWhatItDecodes) {
  for (const std::string text : {"", "h", "he", "hel", "hello", "\xff\xfe\x01"}) {
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
  }
  EXPECT_EQ(EncodeBase64("hell"), "aGVsbA==");
}

TEST(Durations, ReadAsGoReadsThem) {
  EXPECT_EQ(ParseGoDuration("300ms"), milliseconds(300));
  EXPECT_EQ(ParseGoDuration("1m30s"), std::chrono::seconds(90));
  EXPECT_EQ(ParseGoDuration("1.5h"), std::chrono::minutes(90));
  EXPECT_EQ(ParseGoDuration("2h45m0.5s"), milliseconds(9'900'500));
  EXPECT_EQ(ParseGoDuration("-1s"), milliseconds(-1000));
  EXPECT_EQ(ParseGoDuration("0"), milliseconds(0));
  for (const char* bad : {"", "1", "s", "1x", "1s ", "1.2.3s", "--1s", "9999999999999h", "1e3s"}) {
    EXPECT_EQ(ParseGoDuration(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(ParseTimeout("30"), std::chrono::seconds(30));
  EXPECT_EQ(ParseTimeout("1m"), std::chrono::seconds(60));
  EXPECT_EQ(ParseTimeout("-1s"), std::nullopt);
  EXPECT_EQ(ParseTimeout("99999999999999"), std::nullopt);
}

TEST(ServerAddress, IsTakenApart) {
  const auto plain = ParseServerAddress("https://api.example");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->Url(), "https://api.example:443");
  const auto path = ParseServerAddress("http://127.0.0.1:8001/k8s/c-1/");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->Url(), "http://127.0.0.1:8001/k8s/c-1");
  const auto v6 = ParseServerAddress("https://[::1]:6443");
  ASSERT_FALSE(v6);
  EXPECT_THAT(v6.error().message, HasSubstr("IPv6 address, which is not supported: use a host name"));
  for (const char* bad : {"", "localhost:8080", "ftp://a", "https://", "https://a:0", "https://a:70000", "https://a:b",
                          "https://user@a", "https://a?b", "https://a:"}) {
    const auto address = ParseServerAddress(bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().code, Code::kInvalid);
    EXPECT_THAT(address.error().message, HasSubstr("write it as https://host:port"));
  }
}

TEST(UserAgent, NamesProgramVersionAndPlatform) {
  EXPECT_THAT(UserAgent("muster-operator", "v0.1.0"), ::testing::StartsWith("muster-operator/v0.1.0 (linux/"));
}

Credential Bearer(const std::string& token) { return {.authorization = "Bearer " + token}; }

TEST(FileToken, IsReadAgainWhenRefusedAndKeptWhenTheFileIsGone) {
  const std::string path = ::testing::TempDir() + "muster-token-" + std::to_string(::getpid());
  std::ofstream(path) << "one\n";
  FileTokenSource source(path);
  EXPECT_EQ(source.Current({}).value(), Bearer("one"));
  EXPECT_FALSE(source.Refused(Bearer("one"), {}).value());
  std::ofstream(path) << "two\n";
  EXPECT_TRUE(source.Refused(Bearer("one"), {}).value());
  EXPECT_EQ(source.Current({}).value(), Bearer("two"));
  EXPECT_TRUE(source.Refused(Bearer("one"), {}).value());  // someone else has read the new one meanwhile
  std::remove(path.c_str());
  EXPECT_FALSE(source.Refused(Bearer("two"), {}).value());
  EXPECT_EQ(source.Current({}).value(), Bearer("two"));
  FileTokenSource missing(path);
  EXPECT_EQ(missing.Current({}).error().code, Code::kUnauthorized);
  EXPECT_THAT(missing.Current({}).error().message, HasSubstr(path));
}

TEST(FileToken, GoesBeforeTheTokenBesideItWhichServesUntilItCanBeRead) {
  const std::string path = ::testing::TempDir() + "muster-token-" + std::to_string(::getpid());
  EXPECT_EQ(MakeCredentialSource({.token = "t", .token_file = path})->Current({}).value(), Bearer("t"));
  std::ofstream(path) << "file\n";
  EXPECT_EQ(MakeCredentialSource({.token = "t", .token_file = path})->Current({}).value(), Bearer("file"));
  std::remove(path.c_str());
}

TEST(Credentials, AreWhatTheConnectionSays) {
  EXPECT_EQ(MakeCredentialSource({})->Current({}).value(), Credential());
  EXPECT_EQ(MakeCredentialSource({.username = "a", .password = "b:c"})->Current({}).value().authorization,
            "Basic YTpiOmM=");
  EXPECT_FALSE(MakeCredentialSource({.token = "a b"})->Current({}).has_value());
}

TEST(Files, SayWhyTheyCannotBeRead) {
  EXPECT_EQ(ReadSmallFile("/no/such/file").error().code, Code::kNotFound);
  EXPECT_EQ(ReadSmallFile("/").error().code, Code::kInvalid);
  EXPECT_EQ(ReadSmallFile("/dev/zero", 1000).error().code, Code::kInvalid);
  EXPECT_EQ(FileStamp("/no/such/file"), "");
}

}  // namespace
}  // namespace muster::client
