#include "lib/wire/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Response Refusal(int code, const std::string& reason, const std::string& message, const json::Array& causes = {}) {
  json::Value status = json::Object{{"kind", "Status"}, {"apiVersion", "v1"}, {"message", message}, {"code", code}};
  if (!reason.empty()) status.Set("reason", reason);
  if (!causes.empty()) status.Mutable("details").Set("causes", causes);
  return {.status = code, .body = json::Write(status)};
}

json::Value MakeCause(const std::string& field, const std::string& message) {
  return json::Object{{"reason", "FieldValueInvalid"}, {"message", message}, {"field", field}};
}

TEST(Status, CodesFollowReasonBeforeHttpStatus) {
  struct Case {
    int http;
    const char* reason;
    Code code;
  };
  const std::vector<Case> cases{{404, "NotFound", Code::kNotFound},
                                {409, "AlreadyExists", Code::kAlreadyExists},
                                {409, "Conflict", Code::kConflict},
                                {409, "", Code::kConflict},
                                {410, "Expired", Code::kGone},
                                {410, "Gone", Code::kGone},
                                {400, "BadRequest", Code::kInvalid},
                                {422, "Invalid", Code::kInvalid},
                                {415, "UnsupportedMediaType", Code::kInvalid},
                                {413, "RequestEntityTooLarge", Code::kInvalid},
                                {403, "Forbidden", Code::kForbidden},
                                {401, "Unauthorized", Code::kUnauthorized},
                                {429, "TooManyRequests", Code::kThrottled},
                                {504, "Timeout", Code::kTimeout},
                                {408, "", Code::kTimeout},
                                {500, "ServerTimeout", Code::kTimeout},
                                {500, "InternalError", Code::kUnavailable},
                                {502, "", Code::kUnavailable},
                                {503, "ServiceUnavailable", Code::kUnavailable},
                                {302, "", Code::kInternal}};
  for (const Case& c : cases) {
    EXPECT_EQ(DecodeRefusal(Refusal(c.http, c.reason, "m")).code, c.code) << c.http << c.reason;
  }
}

TEST(Status, ATypingErrorOf500IsTheUsers) {
  EXPECT_EQ(DecodeRefusal(Refusal(500, "", "failed to create typed patch object (ns/n; apps/v1): .x: y")).code,
            Code::kInvalid);
  EXPECT_EQ(DecodeRefusal(Refusal(500, "", "failed to convert new object (ns/n): quantities must")).code,
            Code::kInvalid);
}

TEST(Status, A422WithoutDetailIsAConflictWhereTheUidWasTested) {
  const Response failed_test =
      Refusal(422, "Invalid", "the server rejected our request due to an error in our request");
  EXPECT_EQ(DecodeRefusal(failed_test).code, Code::kInvalid);
  EXPECT_EQ(DecodeRefusal(failed_test, UidTested::kYes).code, Code::kConflict);
  const Response webhook = Refusal(422, "Invalid", "admission webhook \"w.example.com\" denied the request: no");
  EXPECT_EQ(DecodeRefusal(webhook, UidTested::kYes).code, Code::kInvalid);
  const Response invalid = Refusal(422, "Invalid", "Job is invalid", {MakeCause("spec", "immutable")});
  EXPECT_EQ(DecodeRefusal(invalid, UidTested::kYes).code, Code::kInvalid);
}

// As Kubernetes 1.37 words it where nobody answers at the webhook's address.
TEST(Status, AWebhookThatDoesNotAnswerForbids) {
  const Response refused =
      Refusal(500, "InternalError",
              "Internal error occurred: failed calling webhook \"w.example.com\": failed to call webhook: Post "
              "\"https://w.default.svc:443/?timeout=10s\": service \"w\" not found");
  EXPECT_EQ(DecodeRefusal(refused).code, Code::kForbidden);
  EXPECT_EQ(DecodeRefusal(Refusal(500, "InternalError", "Internal error occurred: etcd")).code, Code::kUnavailable);
}

TEST(Status, ShowsFieldsFirstAndFiveAtMost) {
  json::Array causes;
  for (int i = 0; i < 7; ++i) causes.push_back(MakeCause("spec.f" + std::to_string(i), "must be 1"));
  causes.push_back(causes.front());
  EXPECT_EQ(RefusalText(DecodeRefusal(Refusal(422, "Invalid", "a long story", causes))),
            "spec.f0: must be 1; spec.f1: must be 1; spec.f2: must be 1; spec.f3: must be 1; spec.f4: must be 1 "
            "(and 2 more)");
}

TEST(Status, LeavesOutLongValuesAndStaysShort) {
  const std::string dump = "{\"Env\":[{\"Value\":\"secret\"}]" + std::string(3000, 'x') + "}";
  const std::string message = "Invalid value: " + dump + ": field is immutable";
  EXPECT_EQ(RefusalText(DecodeRefusal(Refusal(422, "Invalid", "m", {MakeCause("spec.template", message)}))),
            "spec.template: Invalid value: ...: field is immutable");
  EXPECT_EQ(RefusalText(DecodeRefusal(Refusal(422, "Invalid", "Job \"a\" is invalid: spec: " + message))),
            "Job \"a\" is invalid: spec: Invalid value: ...: field is immutable");
  EXPECT_EQ(RefusalText(DecodeRefusal(Refusal(422, "Invalid", "m", {MakeCause("a", "Invalid value: 5: too big")}))),
            "a: Invalid value: 5: too big");
  EXPECT_LE(RefusalText(DecodeRefusal(Refusal(400, "", std::string(9000, 'y')))).size(), 500U);
}

TEST(Status, KeepsQuotaAndTerminatingApartFromRights) {
  const std::string name(480, 'n');
  const Response quota =
      Refusal(403, "Forbidden", "jobs \"" + name + "\" is forbidden: exceeded quota: q, requested: 1");
  const Error over = RefusalError(DecodeRefusal(quota));
  EXPECT_TRUE(IsQuotaExceeded(over));
  EXPECT_TRUE(IsQuotaExceeded(over.In("role \"a\"")));
  EXPECT_THAT(over.message, StartsWith("exceeded quota: q"));
  EXPECT_FALSE(IsNamespaceTerminating(over));

  const json::Value cause = json::Object{{"reason", "NamespaceTerminating"},
                                         {"field", "metadata.namespace"},
                                         {"message", "namespace n is being terminated"}};
  const Error ending = RefusalError(DecodeRefusal(Refusal(403, "Forbidden", "no", {cause})));
  EXPECT_TRUE(IsNamespaceTerminating(ending)) << ending.message;
  EXPECT_FALSE(IsQuotaExceeded(ending));

  const Error rights = RefusalError(DecodeRefusal(Refusal(403, "Forbidden", "User \"a\" cannot create")));
  EXPECT_FALSE(IsQuotaExceeded(rights) || IsNamespaceTerminating(rights));
}

TEST(Status, TakesRetryAfterFromHeaderOrDetails) {
  Response response = Refusal(429, "TooManyRequests", "m");
  EXPECT_EQ(RefusalError(DecodeRefusal(response)).retry_after, std::nullopt);
  response.retry_after = std::chrono::seconds(3);
  EXPECT_EQ(RefusalError(DecodeRefusal(response)).retry_after, std::chrono::seconds(3));
  response = {.status = 429, .body = R"({"kind":"Status","details":{"retryAfterSeconds":4}})"};
  EXPECT_EQ(DecodeRefusal(response).retry_after, std::chrono::seconds(4));
}

TEST(Status, WaitsAnHourAtMost) {
  const auto status = json::Parse(R"({"code":429,"details":{"retryAfterSeconds":9223372036854775807}})");
  EXPECT_EQ(DecodeStatus(*status).retry_after, std::chrono::hours(1));
}

TEST(Status, IsTotalOnWhateverBody) {
  const std::string nested(200000, '[');
  for (const std::string& body :
       {std::string(), std::string("not json"), std::string("[]"), std::string("{\"kind\":5}"), nested,
        std::string("\xff\xfe\0\x01", 4), std::string("{\"kind\":\"Status\"}")}) {
    const Error error = RefusalError(DecodeRefusal({.status = 503, .body = body}));
    EXPECT_EQ(error.code, Code::kUnavailable);
    EXPECT_FALSE(error.message.empty());
    EXPECT_LE(error.message.size(), 500U);
    for (const char c : error.message) EXPECT_TRUE(c >= ' ' && c < 0x7f);
  }
}

TEST(Status, ReadsTheStatusOfAnErrorEvent) {
  const json::Value status = json::Object{{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "old"}};
  EXPECT_EQ(DecodeStatus(status).code, Code::kGone);
}

TEST(Object, ComesWithoutManagedFields) {
  const auto object = DecodeObject({.status = 200, .body = R"({"metadata":{"managedFields":[{}],"name":"a"}})"});
  ASSERT_TRUE(object);
  EXPECT_TRUE((*object)["metadata"]["managedFields"].IsNull());
  EXPECT_EQ((*object)["metadata"]["name"].Text(), "a");
}

TEST(Object, ThatIsNoJsonIsSaidSo) {
  const auto object = DecodeObject({.status = 200, .body = "<html>"});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, Code::kDecode);
  EXPECT_THAT(object.error().message, HasSubstr("<html>"));
}

TEST(Status, NothingOfAnErrorMovesTheTerminal) {
  const Response field = Refusal(422, "Invalid", "m", {MakeCause("spe\x1b[31mc.x", "is wrong")});
  EXPECT_EQ(RefusalText(DecodeRefusal(field)), "spe [31mc.x: is wrong");
  EXPECT_EQ(RefusalText(DecodeRefusal(Refusal(403, "For\x1b[31mbidden", " "))), "For [31mbidden");
}

}  // namespace
}  // namespace muster::wire
