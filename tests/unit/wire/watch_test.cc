#include "lib/wire/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::wire {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using Type = WatchEvent::Type;

const WatchScope kOurPods{.resource = api::kPods, .ns = "ml", .label_selector = "muster.dev/pod-group"};

TEST(WatchRequests, AskForInitialEventsTheirEndAndBookmarks) {
  const WatchLimits limits{.length = std::chrono::seconds(321), .silence = Duration(90'000)};
  const Request request = WatchListRequest(kOurPods, limits);
  EXPECT_EQ(request.method, Method::kGet);
  EXPECT_EQ(request.path, "/api/v1/namespaces/ml/pods");
  EXPECT_EQ(request.timeout, Duration(90'000));
  EXPECT_EQ(request.first_timeout, Duration(15'000));
  EXPECT_THAT(request.query, Contains(Pair("watch", "true")));
  EXPECT_THAT(request.query, Contains(Pair("sendInitialEvents", "true")));
  EXPECT_THAT(request.query, Contains(Pair("resourceVersionMatch", "NotOlderThan")));
  EXPECT_THAT(request.query, Contains(Pair("allowWatchBookmarks", "true")));
  EXPECT_THAT(request.query, Contains(Pair("timeoutSeconds", "321")));
  EXPECT_THAT(request.query, Contains(Pair("labelSelector", "muster.dev/pod-group")));
  EXPECT_THAT(request.query, Not(Contains(Key("resourceVersion"))));  // consistent: never from a stale cache
}

TEST(WatchRequests, GoOnAfterAVersion) {
  const Request request = WatchRequest({.resource = api::kNodes}, "42", {});
  EXPECT_EQ(request.path, "/api/v1/nodes");
  EXPECT_THAT(request.query, Contains(Pair("resourceVersion", "42")));
  EXPECT_THAT(request.query, Contains(Pair("allowWatchBookmarks", "true")));
  EXPECT_THAT(request.query, Not(Contains(Key("sendInitialEvents"))));
}

TEST(WatchRequests, PagesLeaveTheVersionUnset) {
  const Request first = ListRequest(kOurPods, 500, "");
  EXPECT_THAT(first.query, Contains(Pair("limit", "500")));
  EXPECT_THAT(first.query, Not(Contains(Key("resourceVersion"))));
  EXPECT_THAT(first.query, Not(Contains(Key("continue"))));
  EXPECT_THAT(ListRequest(kOurPods, 500, "abc").query, Contains(Pair("continue", "abc")));
}

struct LineCase {
  const char* name;
  const char* line;
  Type type;
  bool initial_events_end;
};

TEST(ParseWatchEvent, KnowsEveryType) {
  const LineCase cases[] = {
      {"added", R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"7"}}})", Type::kAdded, false},
      {"modified", R"({"type":"MODIFIED","object":{"metadata":{"resourceVersion":"7"}}})", Type::kModified, false},
      {"deleted", R"({"type":"DELETED","object":{"metadata":{"resourceVersion":"7"}}})", Type::kDeleted, false},
      {"bookmark", R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}})", Type::kBookmark, false},
      {"end",
       R"({"type":"BOOKMARK","object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"},)"
       R"("resourceVersion":"7"}}})",
       Type::kBookmark, true},
  };
  for (const LineCase& c : cases) {
    SCOPED_TRACE(c.name);
    const Result<WatchEvent> event = ParseWatchEvent(c.line);
    ASSERT_TRUE(event.has_value()) << event.error().message;
    EXPECT_EQ(event->type, c.type);
    EXPECT_EQ(event->initial_events_end, c.initial_events_end);
    EXPECT_EQ(event->object["metadata"]["resourceVersion"].Text(), "7");
  }
}

TEST(ParseWatchEvent, AnExpiredVersionIsGone) {
  const Result<WatchEvent> event = ParseWatchEvent(
      R"({"type":"ERROR","object":{"kind":"Status","message":"too old version","reason":"Expired","code":410}})");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->type, Type::kError);
  EXPECT_EQ(event->error.code, Code::kGone);
  EXPECT_THAT(event->error.message, ::testing::HasSubstr("too old version"));
}

TEST(ParseWatchEvent, DropsManagedFields) {
  const Result<WatchEvent> event = ParseWatchEvent(
      R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"7","managedFields":[{"manager":"x"}],"name":"a"}}})");
  ASSERT_TRUE(event.has_value());
  EXPECT_FALSE(event->object["metadata"].Has("managedFields"));
  EXPECT_EQ(event->object["metadata"]["name"].Text(), "a");
}

TEST(ParseWatchEvent, RefusesWhatIsNoEvent) {
  for (const char* line : {"", "{", "[]", "null", R"({"type":"ADDED"})", R"({"type":"PINGED","object":{}})",
                           R"({"type":"ADDED","object":{"metadata":{"name":"without version"}}})", "<html>"}) {
    const Result<WatchEvent> event = ParseWatchEvent(line);
    ASSERT_FALSE(event.has_value()) << line;
    EXPECT_EQ(event.error().code, Code::kDecode) << line;
  }
}

TEST(ParseListPage, GivesItemsVersionAndToken) {
  const Result<ListPage> page =
      ParseListPage(R"({"metadata":{"resourceVersion":"9","continue":"next"},"items":[{"kind":"a"},{"kind":"b"}]})");
  ASSERT_TRUE(page.has_value());
  EXPECT_THAT(page->items, ElementsAre(R"({"kind":"a"})", R"({"kind":"b"})"));
  EXPECT_EQ(page->resource_version, "9");
  EXPECT_EQ(page->continue_token, "next");
  const Result<ListPage> empty = ParseListPage(R"({"metadata":{"resourceVersion":"9"},"items":null})");
  ASSERT_TRUE(empty.has_value());
  EXPECT_THAT(empty->items, IsEmpty());
  EXPECT_FALSE(ParseListPage(R"({"kind":"Status"})").has_value());
  EXPECT_FALSE(ParseListPage(R"({"metadata":{"resourceVersion":"9"},"items":[1]})").has_value());
}

TEST(LargeObjects, AreReadWithoutTheirBulk) {
  const std::string filler(kWholeBytesMax, 'x');
  const auto object = [](const std::string& text) {
    return R"({"metadata":{"name":"w","resourceVersion":"7"},"spec":{"roles":[")" + text + R"("],"replicas":2}})";
  };
  const auto event = [&](const std::string& text) { return R"({"type":"ADDED","object":)" + object(text) + "}"; };
  const Result<WatchEvent> large = ParseWatchEvent(event(filler), "roles");
  ASSERT_TRUE(large.has_value());
  EXPECT_FALSE(large->object["spec"].Has("roles"));
  EXPECT_EQ(large->object["spec"]["replicas"].Integer(), 2);
  EXPECT_EQ(large->object[json::kTooLarge].Integer(), static_cast<int64_t>(event(filler).size()));
  const Result<json::Value> listed = ParseListItem(object(filler), "roles");
  ASSERT_TRUE(listed.has_value());
  EXPECT_FALSE((*listed)["spec"].Has("roles"));
  EXPECT_TRUE(listed->Has(json::kTooLarge));
  // Whole: a small one, and a large one of a resource that has no bulk.
  EXPECT_TRUE(ParseWatchEvent(event("x"), "roles")->object["spec"].Has("roles"));
  EXPECT_FALSE(ParseWatchEvent(event("x"), "roles")->object.Has(json::kTooLarge));
  EXPECT_TRUE(ParseListItem(object(filler))->Has("spec"));
  EXPECT_TRUE((*ParseListItem(object(filler)))["spec"].Has("roles"));
}

}  // namespace
}  // namespace muster::wire
