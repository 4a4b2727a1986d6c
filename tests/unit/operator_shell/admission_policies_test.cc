// PolicyWatch: the operator does not run where nothing keeps users from getting what they may not create.
#include "operator/shell/admission_policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "lib/base/log.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "tests/support/scripted_transport.h"

namespace muster::shell {
namespace {

using muster::testing::Json;
using muster::testing::Refusal;
using ::testing::HasSubstr;

// What is logged while this exists, one line each: "message key=value ...".
class LogLines {
 public:
  LogLines() {
    SetLogSink([this](LogLevel, std::string_view message, const LogFields& fields) {
      std::string line(message);
      for (const LogField& field : fields) line += " " + field.key + "=" + field.value;
      lines.push_back(line);
    });
  }
  ~LogLines() { SetLogSink(nullptr); }
  std::vector<std::string> lines;
};

// An API server whose version serves these resources, and has these policies and bindings.
struct Server {
  std::set<std::string> served{"validatingadmissionpolicies", "validatingadmissionpolicybindings"};
  std::set<std::string> policies{kAdmissionPolicies.begin(), kAdmissionPolicies.end()};
  std::set<std::string> bound = policies;
  int discovery_failures = 0;
  int list_status = 200;
  testing::ScriptedTransport transport;

  Server() {
    transport.OnSend([this](const wire::Request& request) { return Answer(request.path); });
  }

  Result<wire::Response> Answer(const std::string& path) {
    json::Array items;
    if (path == "/apis/admissionregistration.k8s.io/v1") {
      if (discovery_failures-- > 0) return MakeError(Code::kUnavailable, "connection refused");
      if (served.empty()) return wire::Response{.status = 404, .body = "404 page not found"};
      for (const std::string& name : served) items.push_back(json::Object{{"name", name}});
      return Json(200, json::Object{{"resources", items}});
    }
    if (list_status != 200) return Refusal(list_status, "Forbidden");
    if (path.ends_with("validatingadmissionpolicies")) {
      for (const std::string& name : policies) {
        items.push_back(json::Object{{"metadata", json::Object{{"name", name}}}});
      }
    } else {
      for (const std::string& name : bound) {
        items.push_back(json::Object{
            {"spec", json::Object{{"policyName", name}, {"validationActions", json::Array{json::Value("Deny")}}}}});
      }
    }
    return Json(200, json::Object{{"items", items}});
  }
};

TEST(PolicyWatch, RefusesToRunWhereThePoliciesAreNotServed) {
  for (const auto& served : {std::set<std::string>{}, std::set<std::string>{"validatingwebhookconfigurations"}}) {
    Server server;
    server.served = served;
    PolicyWatch watch(server.transport, {});
    const Status checked = watch.CheckBeforeActing({});
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().code, Code::kInvalid);
    EXPECT_THAT(checked.error().message, HasSubstr("does not serve ValidatingAdmissionPolicy"));
    EXPECT_THAT(checked.error().message, HasSubstr("--allow-missing-admission-policies"));

    const LogLines log;
    PolicyWatch allowed(server.transport, {.allow_missing = true});
    EXPECT_TRUE(allowed.CheckBeforeActing({}).has_value());
    allowed.Report();
    allowed.Report();
    ASSERT_EQ(log.lines.size(), 1U) << "it was accepted, so once is enough";
    EXPECT_THAT(log.lines[0], HasSubstr("missing=ValidatingAdmissionPolicy is not served"));
  }
}

TEST(PolicyWatch, IsSilentWhenAllAreInForce) {
  Server server;
  const LogLines log;
  PolicyWatch watch(server.transport, {});
  EXPECT_TRUE(watch.CheckBeforeActing({}).has_value());
  watch.Report();
  EXPECT_EQ(log.lines, std::vector<std::string>());
}

TEST(PolicyWatch, AsksUntilTheApiServerAnswers) {
  Server server;
  server.discovery_failures = 3;
  const LogLines log;
  PolicyWatch watch(server.transport, {.retry = Duration(0)});
  EXPECT_TRUE(watch.CheckBeforeActing({}).has_value());
  EXPECT_EQ(log.lines.size(), 1U);

  server.discovery_failures = 1000;
  std::stop_source stop;
  stop.request_stop();
  const Status stopped = watch.CheckBeforeActing(stop.get_token());
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
}

TEST(PolicyWatch, WarnsEachTimeThatAPolicyIsNotInForce) {
  Server server;
  server.policies.erase("muster-workload-roles");
  server.bound.erase("muster-workload-scale");
  const LogLines log;
  PolicyWatch watch(server.transport, {});
  EXPECT_TRUE(watch.CheckBeforeActing({}).has_value()) << "they may be installed later";
  watch.Report();
  watch.Report();
  ASSERT_EQ(log.lines.size(), 2U);
  EXPECT_THAT(log.lines[0], HasSubstr("missing=muster-workload-roles does not exist, muster-workload-scale has no "
                                      "binding that denies requests consequence="));
  EXPECT_THAT(log.lines[0], HasSubstr("remedy=kubectl apply --server-side -f config/policy/"));
}

TEST(PolicyWatch, SaysWhenItMayNotReadThem) {
  Server server;
  server.list_status = 403;
  const LogLines log;
  PolicyWatch watch(server.transport, {});
  watch.Report();
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_THAT(log.lines[0], HasSubstr("Cannot read the admission policies"));
}

TEST(PolicyWatch, KnowsThePoliciesOfThisRelease) {
  std::set<std::string> shipped;
  for (const auto& file : std::filesystem::directory_iterator(std::string(MUSTER_SOURCE_DIR) + "/config/policy")) {
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const auto documents = client::ParseYamlDocuments(text.str());
    ASSERT_TRUE(documents.has_value()) << file.path();
    for (const json::Value& document : *documents) {
      if (document["kind"].Text() == "ValidatingAdmissionPolicy") shipped.insert(document["metadata"]["name"].Text());
    }
  }
  EXPECT_EQ(shipped, (std::set<std::string>{kAdmissionPolicies.begin(), kAdmissionPolicies.end()}));
}

}  // namespace
}  // namespace muster::shell
