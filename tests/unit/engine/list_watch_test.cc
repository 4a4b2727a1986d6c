#include "lib/engine/list_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_transport.h"
#include "tests/support/test_projection.h"

namespace muster::engine {
namespace {

using muster::testing::BookmarkLine;
using muster::testing::ErrorLine;
using muster::testing::EventLine;
using muster::testing::InitialEnd;
using muster::testing::Json;
using muster::testing::kThings;
using muster::testing::QueryOf;
using muster::testing::Refusal;
using muster::testing::TestObject;
using ::testing::ElementsAre;
using State = ListWatch::State;

class RecordingSink : public ListWatchSink {
 public:
  void BeginReplace() override { calls.push_back("begin"); }
  void Upsert(const json::Value& object) override { calls.push_back("put " + object["metadata"]["name"].Text()); }
  void Remove(const json::Value& object) override { calls.push_back("remove " + object["metadata"]["name"].Text()); }
  void Bookmark(const std::string& version) override { calls.push_back("bookmark " + version); }
  void EndReplace(const std::string& version) override { calls.push_back("end " + version); }
  std::vector<std::string> Take() { return std::exchange(calls, {}); }
  std::vector<std::string> calls;
};

const Error kConnectionReset = MakeError(Code::kUnavailable, "connection reset");
const Error kSilence = MakeError(Code::kTimeout, "silence");
const wire::Response kEnded{.status = 200};

class ListWatchTest : public ::testing::Test {
 protected:
  // The next request, after waiting as long as the machine says.
  wire::Request Ask() {
    for (;;) {
      const ListWatch::Step step = machine_.Next(Now());
      if (const auto* fetch = std::get_if<ListWatch::Fetch>(&step)) return fetch->request;
      if (const auto* stream = std::get_if<ListWatch::Stream>(&step)) return stream->request;
      waited_ += std::get<ListWatch::Wait>(step).duration;
      now_ += std::get<ListWatch::Wait>(step).duration;
    }
  }
  Moment Now() const { return {Instant(now_), random_}; }
  Duration TakeWaited() { return std::exchange(waited_, Duration(0)); }
  bool Line(const std::string& line) { return machine_.OnLine(line, sink_); }
  std::optional<Error> End(const Result<wire::Response>& answer) { return machine_.OnStreamEnd(answer, Now()); }
  std::optional<Error> Page(const Result<wire::Response>& answer) { return machine_.OnPage(answer, Now(), sink_); }
  void Pass(Duration time) { now_ += time; }
  static json::Value Object(const std::string& name, const std::string& version) {
    return TestObject("ns", name, "u-" + name, version);
  }
  static wire::Response ListOf(const std::string& version, const std::string& token, const json::Array& items) {
    const json::Value meta = json::Object{{"resourceVersion", version}, {"continue", token}};
    return Json(200, json::Object{{"metadata", meta}, {"items", items}});
  }
  // Through the initial watch: watching at version 10.
  void Synchronise() {
    Ask();
    Line(BookmarkLine("10", InitialEnd::kYes));
    ASSERT_EQ(machine_.state(), State::kWatching);
    sink_.Take();
    Pass(std::chrono::minutes(5));
  }

  Duration now_{0};
  Duration waited_{0};
  double random_ = 0;
  RecordingSink sink_;
  ListWatch machine_{{.scope = {.resource = kThings}}};
};

TEST_F(ListWatchTest, GetsAllByTheWatchAndGoesOnInTheSameStream) {
  random_ = 0.5;
  const wire::Request request = Ask();
  EXPECT_EQ(QueryOf(request, "sendInitialEvents"), "true");
  EXPECT_EQ(QueryOf(request, "timeoutSeconds"), "450");
  EXPECT_EQ(request.timeout, Duration(90'000));
  Line(EventLine("ADDED", Object("a", "7")));
  Line(EventLine("ADDED", Object("b", "3")));
  EXPECT_EQ(machine_.state(), State::kInitialWatch);
  Line(BookmarkLine("10", InitialEnd::kYes));
  EXPECT_EQ(machine_.state(), State::kWatching);
  Line(EventLine("MODIFIED", Object("a", "11")));
  Line(BookmarkLine("15"));
  Line(EventLine("DELETED", Object("b", "16")));
  EXPECT_THAT(sink_.Take(), ElementsAre("begin", "put a", "put b", "end 10", "put a", "bookmark 15", "remove b"));
  EXPECT_EQ(machine_.resource_version(), "16");
}

// Of a server, or of something before it, that does not speak protobuf.
TEST_F(ListWatchTest, AsksForJsonOnceProtobufWasNotUnderstoodOrRefused) {
  for (const Result<wire::Response>& answer :
       {Result<wire::Response>(wire::Response{.status = 406}),
        Result<wire::Response>(MakeError(Code::kDecode, "the server sent a frame of 2065855609 bytes"))}) {
    machine_ = ListWatch({.scope = {.resource = kThings, .encoding = wire::WatchScope::Encoding::kProtobuf}});
    const wire::Request first = Ask();
    EXPECT_EQ(first.accept, "application/vnd.kubernetes.protobuf;stream=watch");
    EXPECT_EQ(first.framing, wire::Framing::kLengthPrefixed);
    EXPECT_TRUE(End(answer));
    TakeWaited();
    const wire::Request second = Ask();
    EXPECT_EQ(TakeWaited(), Duration(0));
    EXPECT_EQ(second.accept, "");
    EXPECT_EQ(second.framing, wire::Framing::kLines);
    EXPECT_EQ(QueryOf(second, "sendInitialEvents"), "true");
    Line(BookmarkLine("10", InitialEnd::kYes));
    EXPECT_EQ(machine_.state(), State::kWatching);
  }
}

TEST_F(ListWatchTest, AnEmptyResourceIsReplacedByNothing) {
  Ask();
  Line(BookmarkLine("10", InitialEnd::kYes));
  EXPECT_THAT(sink_.Take(), ElementsAre("begin", "end 10"));
}

TEST_F(ListWatchTest, ANormalEndIsFollowedByAWatchAtOnceFromTheLastVersion) {
  Synchronise();
  Line(BookmarkLine("20"));
  EXPECT_EQ(End(kEnded), std::nullopt);
  const wire::Request request = Ask();
  EXPECT_EQ(QueryOf(request, "resourceVersion"), "20");
  EXPECT_EQ(QueryOf(request, "sendInitialEvents"), "");
  EXPECT_EQ(TakeWaited(), Duration(0));
}

TEST_F(ListWatchTest, FallsBackToPagesForGoodWhenInitialEventsAreRefused) {
  for (const int status : {422, 400}) {
    SCOPED_TRACE(status);
    machine_ = ListWatch({.scope = {.resource = kThings}});
    Ask();
    EXPECT_TRUE(End(Refusal(status, "Invalid")).has_value());
    wire::Request request = Ask();
    EXPECT_EQ(TakeWaited(), Duration(0));
    EXPECT_EQ(QueryOf(request, "limit"), "500");
    EXPECT_EQ(QueryOf(request, "resourceVersion"), "");
    EXPECT_EQ(QueryOf(request, "watch"), "");
    Page(ListOf("30", "next", {Object("a", "7")}));
    request = Ask();
    EXPECT_EQ(QueryOf(request, "continue"), "next");
    Page(ListOf("30", "", {Object("b", "8")}));
    EXPECT_THAT(sink_.Take(), ElementsAre("begin", "put a", "put b", "end 30"));
    EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), "30");
    Line(ErrorLine(410, "Expired"));
    End(kEnded);
    EXPECT_EQ(QueryOf(Ask(), "limit"), "500");  // does not try again what was refused
    TakeWaited();
  }
}

TEST_F(ListWatchTest, BothFormsOfGoneRelist) {
  for (const bool as_status : {false, true}) {
    SCOPED_TRACE(as_status);
    machine_ = ListWatch({.scope = {.resource = kThings}});
    Synchronise();
    End(kEnded);
    Ask();
    EXPECT_TRUE(as_status || !Line(ErrorLine(410, "Expired")));
    const std::optional<Error> failure = End(as_status ? Refusal(410, "Expired") : kEnded);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code, Code::kGone);
    EXPECT_EQ(machine_.state(), State::kInitialWatch);
    EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
    Line(EventLine("ADDED", Object("a", "7")));
    Line(BookmarkLine("40", InitialEnd::kYes));
    EXPECT_THAT(sink_.Take(), ElementsAre("begin", "put a", "end 40"));
  }
}

TEST_F(ListWatchTest, ALostConnectionGoesOnWhereItWasWithGrowingDelays) {
  Synchronise();
  Line(EventLine("ADDED", Object("a", "12")));
  for (const int expected_ms : {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}) {
    EXPECT_TRUE(End(kConnectionReset).has_value());
    EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), "12");
    EXPECT_EQ(TakeWaited(), Duration(expected_ms));
  }
  Pass(std::chrono::minutes(3));
  End(kConnectionReset);
  Ask();
  EXPECT_EQ(TakeWaited(), Duration(800));
}

// As a restart of the API server looks: refused connections, then a server that has forgotten the old versions.
TEST_F(ListWatchTest, AnOutageThatIsOverDoesNotLengthenTheNextOne) {
  Synchronise();
  for (int outage = 0; outage < 2; ++outage) {
    for (const int expected_ms : {800, 1600, 3200}) {
      End(kConnectionReset);
      Ask();
      EXPECT_EQ(TakeWaited(), Duration(expected_ms));
    }
    End(Refusal(410, "Expired"));
    EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
    EXPECT_EQ(TakeWaited(), Duration(0));
    Line(BookmarkLine("40", InitialEnd::kYes));
  }
}

TEST_F(ListWatchTest, AServerThatForgetsEveryVersionIsListedLessAndLess) {
  Synchronise();
  for (const int expected_ms : {0, 0, 800, 1600, 3200, 6400}) {
    End(Refusal(410, "Expired"));
    Ask();
    EXPECT_EQ(TakeWaited(), Duration(expected_ms));
    Line(BookmarkLine("40", InitialEnd::kYes));
  }
}

TEST_F(ListWatchTest, DelaysAreJittered) {
  Synchronise();
  random_ = 0.5;
  End(kConnectionReset);
  Ask();
  EXPECT_EQ(TakeWaited(), Duration(1200));
}

TEST_F(ListWatchTest, ThrottledWaitsAsToldAndAsksTheSame) {
  Synchronise();
  End(Refusal(429, "TooManyRequests", Duration(7'000)));
  EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), "10");
  EXPECT_EQ(TakeWaited(), Duration(7'000));
  End(Refusal(429, "TooManyRequests", std::chrono::hours(5)));
  Ask();
  EXPECT_EQ(TakeWaited(), Duration(120'000));
}

TEST_F(ListWatchTest, ThrottledDuringTheInitialWatchKeepsToIt) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
    End(Refusal(429, "TooManyRequests", Duration(1'000)));
  }
}

TEST_F(ListWatchTest, ASilentWatchIsAskedAgainAtOnceAndTheSecondTimeRelisted) {
  Synchronise();
  End(kEnded);
  Ask();
  End(kSilence);
  EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), "10");
  EXPECT_EQ(TakeWaited(), Duration(0));
  End(kSilence);
  EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
}

TEST_F(ListWatchTest, SilenceAfterEventsIsNoReasonToRelist) {
  Synchronise();
  for (int version = 20; version < 30; ++version) {
    Line(BookmarkLine(std::to_string(version)));
    End(kSilence);
    EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), std::to_string(version));
  }
}

TEST_F(ListWatchTest, AServerThatIsDownForLongCausesNoRelist) {
  Synchronise();
  for (int i = 0; i < 50; ++i) {
    End(kConnectionReset);
    EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), "10");
  }
}

TEST_F(ListWatchTest, AWatchThatTheServerRefusesAgainAndAgainIsRelisted) {
  Synchronise();
  for (int i = 0; i < 4; ++i) {
    End(Refusal(500, "InternalError"));
    EXPECT_EQ(QueryOf(Ask(), "resourceVersion"), "10");
  }
  Line("no event");
  End(kEnded);
  EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
}

TEST_F(ListWatchTest, AWatchThatEndsAtOnceIsNotAskedInATightLoop) {
  Synchronise();
  End(kEnded);
  Ask();
  EXPECT_TRUE(End(kEnded).has_value());
  Ask();
  EXPECT_GE(TakeWaited(), Duration(800));
}

TEST_F(ListWatchTest, AnInitialWatchThatBreaksReplacesNothing) {
  Ask();
  Line(EventLine("ADDED", Object("a", "7")));
  EXPECT_TRUE(End(kEnded).has_value());  // a normal end, but too early
  EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
  Line(EventLine("ADDED", Object("a", "7")));
  EXPECT_THAT(sink_.Take(), ElementsAre("begin", "put a", "begin", "put a"));
}

TEST_F(ListWatchTest, AnInitialWatchThatKeepsBreakingIsReplacedByPagesOnce) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
    Line(EventLine("ADDED", Object("a", "7")));
    End(kConnectionReset);
  }
  EXPECT_EQ(QueryOf(Ask(), "limit"), "500");
  Page(ListOf("30", "", {Object("a", "7")}));
  EXPECT_EQ(machine_.state(), State::kWatching);
  Ask();
  Line(ErrorLine(410, "Expired"));
  End(kEnded);
  EXPECT_EQ(QueryOf(Ask(), "sendInitialEvents"), "true");
}

TEST_F(ListWatchTest, ASilentInitialWatchIsReplacedByPagesToo) {
  for (int i = 0; i < 3; ++i) {
    Ask();
    End(kSilence);
  }
  EXPECT_EQ(QueryOf(Ask(), "limit"), "500");
}

class PagedListWatchTest : public ListWatchTest {
 protected:
  PagedListWatchTest() { machine_ = ListWatch({.scope = {.resource = kThings}, .watch_list = false}); }
};

TEST_F(PagedListWatchTest, AFailedPageIsAskedAgain) {
  Ask();
  Page(ListOf("30", "next", {Object("a", "7")}));
  EXPECT_EQ(QueryOf(Ask(), "continue"), "next");
  Page(kConnectionReset);
  EXPECT_EQ(QueryOf(Ask(), "continue"), "next");
  EXPECT_EQ(TakeWaited(), Duration(800));
  Page(ListOf("30", "", {}));
  EXPECT_THAT(sink_.Take(), ElementsAre("begin", "put a", "end 30"));
}

TEST_F(PagedListWatchTest, AnExpiredTokenBeginsAgainWithLargerPages) {
  Ask();
  Page(ListOf("30", "next", {Object("a", "7")}));
  Ask();
  Page(Refusal(410, "Expired"));
  const wire::Request request = Ask();
  EXPECT_EQ(QueryOf(request, "continue"), "");
  EXPECT_EQ(QueryOf(request, "limit"), "2000");
  Page(ListOf("31", "", {Object("b", "8")}));
  EXPECT_THAT(sink_.Take(), ElementsAre("begin", "put a", "begin", "put b", "end 31"));
}

TEST_F(PagedListWatchTest, ATokenThatTheServerDoesNotKnowBeginsAgain) {
  Ask();
  Page(ListOf("30", "next", {Object("a", "7")}));
  Ask();
  Page(Refusal(400, "BadRequest"));
  const wire::Request request = Ask();
  EXPECT_EQ(QueryOf(request, "continue"), "");
  EXPECT_EQ(QueryOf(request, "limit"), "500");
}

TEST_F(PagedListWatchTest, AnAnswerThatIsTooLargeIsAskedInSmallerPages) {
  Ask();
  Page(MakeError(Code::kDecode, "larger than 256 MiB"));
  EXPECT_EQ(QueryOf(Ask(), "limit"), "125");
}

TEST_F(PagedListWatchTest, PagesOfSmallObjectsGrowAgain) {
  EXPECT_EQ(Ask().answer_bytes_max, wire::kPageBytesMax);
  EXPECT_TRUE(Page(MakeError(Code::kDecode, "the server's answer is larger than 33554432 bytes")));
  EXPECT_EQ(QueryOf(Ask(), "limit"), "125");
  const json::Value large =
      json::Object{{"metadata", json::Object{{"name", "a"}}}, {"x", std::string(wire::kPageBytesMax / 8, 'x')}};
  EXPECT_FALSE(Page(ListOf("7", "more", {large})));
  EXPECT_EQ(QueryOf(Ask(), "limit"), "125");
  EXPECT_FALSE(Page(ListOf("7", "more", {Object("b", "1")})));
  EXPECT_EQ(QueryOf(Ask(), "limit"), "250");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Page(ListOf("7", "more", {Object("c", "1")})));
  EXPECT_EQ(QueryOf(Ask(), "limit"), "500");
}

TEST_F(PagedListWatchTest, APageWithAnObjectThatIsNoJsonIsAskedAgain) {
  Ask();
  const std::optional<Error> failure =
      Page(wire::Response{.status = 200, .body = R"({"metadata":{"resourceVersion":"7"},"items":[{"a":nul}]})"});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kDecode);
  EXPECT_EQ(machine_.state(), State::kListing);
  EXPECT_EQ(QueryOf(Ask(), "continue"), "");
}

TEST_F(PagedListWatchTest, MissingRightsAreAskedForAgainAndAgain) {
  for (int i = 0; i < 20; ++i) {
    Ask();
    const std::optional<Error> failure = Page(Refusal(403, "Forbidden"));
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code, Code::kForbidden);
  }
  Ask();
  Page(ListOf("30", "", {}));
  EXPECT_EQ(machine_.state(), State::kWatching);
}

}  // namespace
}  // namespace muster::engine
