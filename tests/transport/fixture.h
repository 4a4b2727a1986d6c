// A client on a server that misbehaves: what all transport tests begin with.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "lib/client/api.h"
#include "lib/client/transport.h"
#include "tests/support/raw_http_server.h"

namespace muster::client {

using namespace std::chrono_literals;
using muster::testing::Chunk;
using muster::testing::ChunkedHead;
using muster::testing::HttpAnswer;
using muster::testing::kLastChunk;
using muster::testing::RawConnection;
using muster::testing::RawHttpServer;
using muster::testing::RawRequest;

inline std::unique_ptr<HttpTransport> ConnectTo(const std::string& url, TransportOptions options = {},
                                                Connection connection = {}) {
  InitThreads(1);
  connection.server = url;
  connection.origin = "the test";
  auto transport = HttpTransport::Create(connection, std::move(options));
  EXPECT_TRUE(transport.has_value()) << transport.error().message;
  return std::move(*transport);
}

// A handler that answers every request alike.
inline RawHttpServer::Handler AlwaysAnswers(std::string answer) {
  return [answer = std::move(answer)](RawConnection& c) {
    while (c.ReadRequest()) c.Write(answer);
  };
}

inline wire::Request Get(std::string path = "/api") { return {.path = std::move(path)}; }
inline wire::Request Post(std::string body = "{}") {
  return {.method = wire::Method::kPost, .path = "/api", .body = std::move(body), .content_type = "application/json"};
}

class StopWatch {
 public:
  Duration Elapsed() const { return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_); }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

template <class T>
std::string Outcome(const Result<T>& result) {
  return result ? "OK" : std::string(CodeName(result.error().code));
}
#define EXPECT_OUTCOME(result, name) EXPECT_EQ(Outcome(result), name) << ((result) ? "" : (result).error().message)

}  // namespace muster::client
