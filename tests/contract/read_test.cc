// What the server answers to our lists and watches.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "lib/wire/watch.h"
#include "tests/contract/fixture.h"

namespace muster::contract {
namespace {

using wire::WatchEvent;

class Reads : public Contract {
 protected:
  // `count` ConfigMaps of one label, whose name is returned.
  std::string MakeSome(int count) {
    std::string label = UniqueName("some");
    for (int i = 0; i < count; ++i) {
      json::Value object = MakeConfigMap(label + "-" + std::to_string(i));
      object.Mutable("metadata").Mutable("labels").Set("contract", label);
      Make(kConfigMaps, object);
    }
    return label;
  }

  wire::WatchScope Scope(const std::string& label) const {
    return {.resource = kConfigMaps, .ns = ns_, .label_selector = "contract=" + label};
  }
};
INSTANTIATE_TEST_SUITE_P(On, Reads, ::testing::ValuesIn(Servers()), [](const auto& i) { return i.param.name; });

TEST_P(Reads, WhatIsNotThereIsNotFound) {
  const auto missing = api_->Get(kConfigMaps, {ns_, "no-such-map"});
  EXPECT_OUTCOME(missing, "NotFound");
  EXPECT_THAT(missing.error().message, ::testing::HasSubstr("\"no-such-map\" not found"));
}

TEST_P(Reads, PagesHoldTheWholeListOnceAtOneVersion) {
  const std::string label = MakeSome(7);
  std::set<std::string> names;
  std::set<std::string> versions;
  int pages = 0;
  const Status read = api_->ForEachPage(kConfigMaps, ns_, {.label_selector = "contract=" + label, .limit = 3},
                                        [&](const json::Value& page) {
                                          ++pages;
                                          versions.insert(Version(page));
                                          EXPECT_LE(page["items"].Items().size(), 3U);
                                          for (const json::Value& item : page["items"].Items()) {
                                            EXPECT_TRUE(names.insert(KeyOf(item).name).second);
                                            EXPECT_TRUE(item["metadata"]["managedFields"].IsNull());
                                          }
                                          return Ok();
                                        });
  EXPECT_OUTCOME(read, "OK");
  EXPECT_EQ(names.size(), 7U);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(versions.size(), 1U);
}

TEST_P(Reads, ALimitIsIgnoredAtVersionZero) {
  const std::string label = MakeSome(4);
  // What is read at version zero comes from a cache, which may be some milliseconds late.
  size_t read = 0;
  for (int tries = 0; tries < 100 && read < 4; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto all =
        api_->List(kConfigMaps, ns_, {.label_selector = "contract=" + label, .limit = 2, .resource_version = "0"});
    ASSERT_TRUE(all) << all.error().message;
    read = (*all)["items"].Items().size();
  }
  EXPECT_EQ(read, 4U);
}

TEST_P(Reads, SelectorsAreEncodedAsTheyAre) {
  const std::string label = MakeSome(2);
  const auto one = api_->List(kConfigMaps, ns_,
                              {.label_selector = "contract in (" + label + ", other),!absent",
                               .field_selector = "metadata.name=" + label + "-1"});
  ASSERT_TRUE(one) << one.error().message;
  ASSERT_EQ((*one)["items"].Items().size(), 1U);
}

TEST_P(Reads, ABadContinueTokenIsInvalidAndABadVersionToo) {
  EXPECT_OUTCOME(api_->List(kConfigMaps, ns_, {.limit = 1, .continue_token = "rubbish"}), "Invalid");
  EXPECT_OUTCOME(api_->List(kConfigMaps, ns_, {.resource_version = "rubbish"}), "Invalid");
}

TEST_P(Reads, AWatchListSendsAllThenABookmarkThenChanges) {
  const std::string label = MakeSome(3);
  std::set<std::string> added;
  bool initial = false;
  std::jthread changer;
  WatchEvent last;
  const auto answer = server_->Admin().Stream(
      wire::WatchListRequest(Scope(label), {.length = std::chrono::seconds(30)}),
      [&](std::string_view line) {
        auto event = wire::ParseWatchEvent(line);
        EXPECT_TRUE(event) << event.error().message;
        if (!event) return false;
        last = std::move(*event);
        if (initial && last.type != WatchEvent::Type::kBookmark) return false;
        if (last.type == WatchEvent::Type::kAdded) added.insert(KeyOf(last.object).name);
        if (!last.initial_events_end) return true;
        initial = true;
        changer = std::jthread([&] { static_cast<void>(api_->Delete(kConfigMaps, {ns_, label + "-1"}, {})); });
        return true;
      },
      {});
  EXPECT_OUTCOME(answer, "OK");
  EXPECT_EQ(added.size(), 3U);
  EXPECT_EQ(last.type, WatchEvent::Type::kDeleted);
  EXPECT_EQ(KeyOf(last.object).name, label + "-1");
}

TEST_P(Reads, AWatchListWithoutAMatchRuleIsRefusedWithItsBody) {
  wire::Request request = wire::WatchListRequest(Scope("none"), {});
  std::erase_if(request.query, [](const auto& parameter) { return parameter.first == "resourceVersionMatch"; });
  const auto answer = server_->Admin().Stream(request, [](std::string_view) { return true; }, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 422);
  EXPECT_EQ(wire::DecodeRefusal(*answer).code, Code::kInvalid);
}

TEST_P(Reads, AWatchStopsSoonAfterBeingAsked) {
  std::stop_source stop;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  const auto answer = server_->Admin().Stream(
      wire::WatchListRequest(Scope("none"), {}), [](std::string_view) { return true; }, stop.get_token());
  EXPECT_OUTCOME(answer, "Cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

TEST_P(Reads, AWatchThatTheServerEndsEndsWell) {
  const auto answer =
      server_->Admin().Stream(wire::WatchListRequest(Scope("none"), {.length = std::chrono::seconds(1)}),
                              [](std::string_view) { return true; }, {});
  EXPECT_OUTCOME(answer, "OK");
}

}  // namespace
}  // namespace muster::contract
