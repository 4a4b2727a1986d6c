#include "lib/runtime/informer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "lib/runtime/shared_write_gate.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/test_projection.h"
#include "tests/unit/runtime/eventually.h"

namespace muster::runtime {
namespace {

using namespace muster::testing;  // NOLINT: scripts are made of nothing but these
using ::testing::ElementsAre;

class InformerTest : public ::testing::Test {
 protected:
  using Things = Informer<Thing>;
  InformerTest() {
    things_.AddHandler([this](const Things::Pointer& old_thing, const Things::Pointer& new_thing) {
      const std::lock_guard lock(mutex_);
      const std::string sign = !old_thing ? "+" : new_thing ? "~" : "-";
      told_.push_back(sign + (new_thing ? new_thing : old_thing)->meta.name);
      sizes_.push_back(things_.Size());
    });
  }
  std::vector<std::string> Told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  static std::string Added(const std::string& name, const std::string& version, int value = 0) {
    return EventLine("ADDED", TestObject("ns", name, "u-" + name, version, value));
  }
  void PlayInitial(std::vector<std::string> lines) {
    lines.push_back(BookmarkLine("10", InitialEnd::kYes));
    transport_.Play({.lines = std::move(lines), .then = StreamEnd::kStaysOpen});
  }

  std::mutex mutex_;
  std::vector<std::string> told_;
  std::vector<size_t> sizes_;
  ScriptedTransport transport_;
  Things things_{transport_,
                 RealClock(),
                 {.scope = {.resource = kThings},
                  .indexes = {{"value", [](const Thing& t) { return std::vector{std::to_string(t.value)}; }}}},
                 DecodeThing};
};

TEST_F(InformerTest, TellsTheFirstListAfterAllOfItIsInTheStore) {
  PlayInitial({Added("a", "3"), Added("b", "1"), Added("c", "2")});
  EXPECT_FALSE(things_.Synced());
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  ASSERT_TRUE(Eventually([&] { return Told().size() == 3; }));
  EXPECT_THAT(Told(), ElementsAre("+a", "+b", "+c"));
  EXPECT_THAT(sizes_, ElementsAre(3U, 3U, 3U));
}

TEST_F(InformerTest, FollowsChangesInOrder) {
  PlayInitial({Added("a", "3", 1)});
  things_.Start();
  transport_.Push(EventLine("MODIFIED", TestObject("ns", "a", "u-a", "11", 2)));
  transport_.Push(Added("b", "12", 2));
  transport_.Push(EventLine("DELETED", TestObject("ns", "a", "u-a", "13", 2)));
  transport_.Push(Added("a", "14", 3));
  ASSERT_TRUE(Eventually([&] { return Told().size() == 5; }));
  EXPECT_THAT(Told(), ElementsAre("+a", "~a", "+b", "-a", "+a"));
  EXPECT_EQ(things_.Get({"ns", "a"})->value, 3);
  EXPECT_EQ(things_.ByIndex("value", "2").size(), 1U);
  EXPECT_EQ(things_.ViewOf({"ns", "b"}).seen, "14");
}

TEST_F(InformerTest, SkipsWhatCannotBeDecodedAndGoesOn) {
  json::Value broken = TestObject("ns", "broken", "u-x", "4");
  broken.Mutable("spec").Set("value", "text");
  PlayInitial({Added("a", "3"), EventLine("ADDED", broken), Added("b", "5")});
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  EXPECT_EQ(things_.Size(), 2U);
  transport_.Push(EventLine("MODIFIED", broken));
  transport_.Push(Added("c", "12"));
  ASSERT_TRUE(Eventually([&] { return things_.Size() == 3; }));
  EXPECT_EQ(things_.undecodable(), 2U);
}

// A pasted spec may be nested as deeply as the API server takes it: nobody else's objects suffer from that.
TEST_F(InformerTest, SkipsWhatIsNestedTooDeeplyAndGoesOn) {
  json::Value nest = 1;
  for (int i = 0; i < 120; ++i) nest = json::Array{std::move(nest)};
  json::Value deep = TestObject("ns", "deep", "u-d", "4");
  deep.Mutable("spec").Set("nest", nest);
  PlayInitial({Added("a", "3"), EventLine("ADDED", deep), Added("b", "5")});
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  EXPECT_EQ(things_.Size(), 2U);
  EXPECT_EQ(things_.undecodable(), 1U);
  transport_.Push(Added("c", "12"));
  ASSERT_TRUE(Eventually([&] { return things_.Size() == 3; }));
}

TEST_F(InformerTest, CountsAsSyncedOnceTheHandlersHaveHeardOfAll) {
  PlayInitial({Added("a", "3"), Added("b", "4")});
  std::atomic<bool> was_synced = false;
  things_.AddHandler([&](const auto&, const auto&) { was_synced = was_synced || things_.Synced(); });
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  EXPECT_FALSE(was_synced);
  EXPECT_THAT(Told(), ElementsAre("+a", "+b"));
}

// Whoever reads a change from the store can rely on the mirror to have it.
TEST_F(InformerTest, TheMirrorIsNeverBehindTheStore) {
  PlayInitial({Added("a", "3")});
  std::mutex mutex;
  std::map<std::string, std::string> mirror;  // name to version
  std::atomic<bool> stop = false;
  things_.SetMirror([&](const Things::Pointer& before, const Things::Pointer& after) {
    const std::lock_guard lock(mutex);
    if (after != nullptr) {
      mirror[after->meta.name] = after->meta.resource_version;
    } else {
      mirror.erase(before->meta.name);
    }
  });
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  std::atomic<int> behind = 0;
  std::jthread reader([&] {
    while (!stop) {
      const auto seen = things_.Get({"ns", "a"});
      if (seen == nullptr) continue;
      const std::lock_guard lock(mutex);
      if (std::stoi(mirror["a"]) < std::stoi(seen->meta.resource_version)) ++behind;
    }
  });
  for (int version = 20; version < 400; ++version)
    transport_.Push(EventLine("MODIFIED", TestObject("ns", "a", "u-a", std::to_string(version), version)));
  EXPECT_TRUE(Eventually([&] { return things_.Get({"ns", "a"})->meta.resource_version == "399"; }));
  stop = true;
  reader.join();
  EXPECT_EQ(behind, 0);
}

TEST_F(InformerTest, ARelistTellsWhatVanishedAndKeepsWhatIsTheSame) {
  PlayInitial({Added("a", "3"), Added("b", "4"), Added("c", "5")});
  transport_.Play({.lines = {Added("a", "3"), EventLine("ADDED", TestObject("ns", "c", "other uid", "15")),
                             BookmarkLine("20", InitialEnd::kYes)},
                   .then = StreamEnd::kStaysOpen});
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  const auto before = things_.Get({"ns", "a"});
  transport_.Push(ErrorLine(410, "Expired"));
  ASSERT_TRUE(Eventually([&] { return Told().size() == 6; }));
  EXPECT_THAT(Told(), ElementsAre("+a", "+b", "+c", "-c", "+c", "-b"));
  EXPECT_EQ(things_.Get({"ns", "a"}), before);
}

TEST_F(InformerTest, ListsInPagesWhereInitialEventsAreRefused) {
  transport_.Play({.status = 422, .body = Refusal(422, "Invalid").body});
  const auto page = [](const std::string& token, const json::Array& items) {
    return Json(200, json::Object{{"metadata", json::Object{{"resourceVersion", "10"}, {"continue", token}}},
                                  {"items", items}});
  };
  transport_.Answer(page("next", {TestObject("ns", "a", "u-a", "3")}));
  transport_.Answer(page("", {TestObject("ns", "b", "u-b", "4")}));
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  EXPECT_EQ(things_.Size(), 2U);
}

TEST_F(InformerTest, StopsAtOnceInASilentWatch) {
  PlayInitial({Added("a", "3")});
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  const Instant before = RealClock().Now();
  things_.Stop();
  EXPECT_LT(RealClock().Now() - before, std::chrono::seconds(1));
  EXPECT_EQ(things_.Size(), 1U);  // what was known stays readable
}

TEST_F(InformerTest, StopsAtOnceWhileBackingOff) {
  for (int i = 0; i < 10; ++i) transport_.Play({.then = StreamEnd::kBreaks});
  things_.Start();
  ASSERT_TRUE(transport_.WaitForRequests(1));
  const Instant before = RealClock().Now();
  things_.Stop();
  EXPECT_LT(RealClock().Now() - before, std::chrono::milliseconds(500));
}

TEST_F(InformerTest, ReadersAndTheInformerDoNotDisturbEachOther) {
  PlayInitial({Added("a", "3")});
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        size_t counted = 0;
        things_.ForEach([&](const Things::Pointer& thing) { counted += thing->meta.name.size(); });
        for (const auto& thing : things_.ByIndex("value", "0")) counted += thing->meta.uid.size();
        if (things_.Get({"ns", "a"}) == nullptr && counted == 0) SleepFor(Duration(1), stop);
      }
    });
  }
  for (int i = 0; i < 300; ++i) {
    const std::string version = std::to_string(100 + i);
    const std::string name = "t" + std::to_string(i % 10);
    const std::string deleted = EventLine("DELETED", TestObject("ns", name, "u-" + name, version));
    transport_.Push(i % 3 == 2 ? deleted : Added(name, version, i % 2));
  }
  transport_.Push(Added("last", "999"));
  EXPECT_TRUE(Eventually([&] { return things_.Get({"ns", "last"}) != nullptr; }));
}

class SharedWriteGateTest : public InformerTest {
 protected:
  SharedWriteGateTest() { gate_.Follow(things_); }
  std::vector<api::Key> Freed() {
    const std::lock_guard lock(freed_mutex_);
    return freed_;
  }

  const api::Key group_{"ns", "group"};
  std::mutex freed_mutex_;
  std::vector<api::Key> freed_;
  SharedWriteGate gate_{RealClock(), {}, [this](const api::Key& key) {
                          const std::lock_guard lock(freed_mutex_);
                          freed_.push_back(key);
                        }};
};

TEST_F(SharedWriteGateTest, FreesTheKeyWhenTheInformerHasSeenTheWrite) {
  PlayInitial({});
  things_.Start();
  ASSERT_TRUE(things_.WaitSynced(kSoon));
  gate_.Wrote(group_, {kThings, {"ns", "a"}, "u-a", "11"});
  EXPECT_FALSE(gate_.MayAct(group_));
  EXPECT_GT(gate_.Remaining(group_), Duration(5'000));
  transport_.Push(Added("a", "11"));
  ASSERT_TRUE(Eventually([&] { return gate_.MayAct(group_) && Freed().size() == 1; }));
  EXPECT_THAT(Freed(), ElementsAre(group_));
  gate_.Deleted(group_, {kThings, {"ns", "a"}, "u-a", ""});
  EXPECT_FALSE(gate_.MayAct(group_));
  transport_.Push(EventLine("DELETED", TestObject("ns", "a", "u-a", "12")));
  EXPECT_TRUE(Eventually([&] { return gate_.MayAct(group_); }));
  gate_.Wrote(group_, {kThings, {"ns", "out of scope"}, "u", "15"});
  transport_.Push(BookmarkLine("15"));
  EXPECT_TRUE(Eventually([&] { return Freed().size() == 3; }));
}

TEST_F(SharedWriteGateTest, DoesNotWaitForWhatNoInformerFollows) {
  gate_.Wrote(group_, {api::kJobs, {"ns", "a"}, "u-a", "11"});
  EXPECT_TRUE(gate_.MayAct(group_));
}

}  // namespace
}  // namespace muster::runtime
