// What every contract test starts from: a server, a client on it, a namespace of the suite's own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "lib/client/api.h"
#include "tests/contract/server.h"

namespace muster::contract {

class Contract : public ::testing::TestWithParam<ServerChoice> {
 protected:
  void SetUp() override {
    const ServerChoice& choice = GetParam();
    if (!choice.make && std::getenv("CI") != nullptr) FAIL() << "no " << choice.name << ": " << choice.missing;
    if (!choice.make) GTEST_SKIP() << "no " << choice.name << ": " << choice.missing;
    server_ = choice.make();
    ASSERT_NE(server_, nullptr);
    api_ = std::make_unique<client::Api>(server_->Admin());
    MakeNamespace(ns_);
  }

  void MakeNamespace(const std::string& name) {
    const auto made = api_->Create(
        kNamespaces, "",
        json::Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", name}}}});
    ASSERT_TRUE(made || made.error().code == Code::kAlreadyExists) << made.error().message;
  }

  // Creates it and returns it as stored; fails the test when refused.
  json::Value Make(const api::Resource& resource, const json::Value& object) {
    auto made = api_->Create(resource, ns_, object);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made ? made->object : json::Value();
  }

  const std::string ns_ = "contract";
  std::unique_ptr<Server> server_;
  std::unique_ptr<client::Api> api_;
};

inline std::string Uid(const json::Value& object) { return object["metadata"]["uid"].Text(); }
inline std::string Version(const json::Value& object) { return object["metadata"]["resourceVersion"].Text(); }
inline api::Key KeyOf(const json::Value& object) {
  return {object["metadata"]["namespace"].Text(), object["metadata"]["name"].Text()};
}

// Code and, in a failure, the message.
template <class T>
std::string Outcome(const Result<T>& result) {
  return result ? "OK" : std::string(CodeName(result.error().code));
}
#define EXPECT_OUTCOME(result, name) EXPECT_EQ(Outcome(result), name) << ((result) ? "" : (result).error().message)

}  // namespace muster::contract
