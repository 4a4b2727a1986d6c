#include "lib/engine/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/seed.h"
#include "tests/support/test_projection.h"

namespace muster::engine {
namespace {

using muster::testing::Thing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Thing MakeThing(const std::string& name, const std::string& uid, const std::string& version, int64_t value = 0) {
  Thing thing;
  thing.meta.ns = "ns";
  thing.meta.name = name;
  thing.meta.uid = uid;
  thing.meta.resource_version = version;
  thing.value = value;
  return thing;
}

class StoreTest : public ::testing::Test {
 protected:
  using ThingStore = Store<Thing>;
  static std::string Describe(const char* sign, const Thing& thing) {
    return sign + thing.meta.name + "/" + thing.meta.uid + "@" + thing.meta.resource_version;
  }
  std::vector<std::string> Take() { return std::exchange(changes_, {}); }
  std::vector<std::string> Names(const std::vector<ThingStore::Pointer>& things) {
    std::vector<std::string> names;
    for (const auto& thing : things) names.push_back(thing->meta.name);
    return names;
  }
  void Put(const Thing& thing) { store_.Put(std::make_shared<const Thing>(thing)); }

  std::vector<std::string> changes_;
  ThingStore store_{{{"value", [](const Thing& thing) { return std::vector{std::to_string(thing.value)}; }},
                     {"sign",
                      [](const Thing& thing) {
                        return thing.value == 0 ? std::vector<std::string>() : std::vector<std::string>{"not zero"};
                      }}},
                    [this](const ThingStore::Pointer& old_value, const ThingStore::Pointer& new_value) {
                      if (old_value && new_value) changes_.push_back(Describe("~", *new_value));
                      if (old_value && !new_value) changes_.push_back(Describe("-", *old_value));
                      if (!old_value && new_value) changes_.push_back(Describe("+", *new_value));
                    }};
};

TEST_F(StoreTest, TellsEachChange) {
  Put(MakeThing("a", "u1", "1"));
  Put(MakeThing("a", "u1", "2"));
  store_.Remove({"ns", "a"});
  store_.Remove({"ns", "a"});
  EXPECT_THAT(Take(), ElementsAre("+a/u1@1", "~a/u1@2", "-a/u1@2"));
  EXPECT_EQ(store_.Get({"ns", "a"}), nullptr);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(StoreTest, ANewUidIsADeletionAndAnAddition) {
  Put(MakeThing("a", "u1", "1"));
  Put(MakeThing("a", "u2", "5"));
  EXPECT_THAT(Take(), ElementsAre("+a/u1@1", "-a/u1@1", "+a/u2@5"));
}

TEST_F(StoreTest, ARelistDeletesWhatItDoesNotName) {
  for (const char* name : {"a", "b", "c"}) Put(MakeThing(name, std::string("u") + name, "1"));
  Take();
  store_.BeginReplace();
  EXPECT_TRUE(store_.Keep({"ns", "a"}, "ua", "1"));
  EXPECT_FALSE(store_.Keep({"ns", "c"}, "ua", "2"));
  Put(MakeThing("c", "uc", "2"));
  EXPECT_THAT(Take(), ElementsAre("~c/uc@2"));
  store_.EndReplace("9");
  EXPECT_THAT(Take(), ElementsAre("-b/ub@1"));
  EXPECT_EQ(store_.resource_version(), "9");
}

TEST_F(StoreTest, ARelistThatWasBrokenOffDeletesNothing) {
  for (const char* name : {"a", "b"}) Put(MakeThing(name, "u", "1"));
  Take();
  store_.BeginReplace();
  Put(MakeThing("a", "u", "2"));
  store_.BeginReplace();
  EXPECT_EQ(store_.size(), 2U);
  store_.Keep({"ns", "b"}, "u", "1");
  store_.EndReplace("9");  // what the broken one named counts no more
  EXPECT_THAT(Take(), ElementsAre("~a/u@2", "-a/u@2"));
}

TEST_F(StoreTest, TheSeenVersionStandsStillDuringARelist) {
  store_.Advance("7");
  store_.BeginReplace();
  store_.Advance("9");
  EXPECT_EQ(store_.resource_version(), "7");
  store_.EndReplace("8");
  EXPECT_EQ(store_.resource_version(), "8");
}

TEST_F(StoreTest, IndexesFollowTheValues) {
  Put(MakeThing("b", "u", "1", 1));
  Put(MakeThing("a", "u", "1", 1));
  Put(MakeThing("c", "u", "1", 2));
  EXPECT_THAT(Names(store_.ByIndex("value", "1")), ElementsAre("a", "b"));
  EXPECT_THAT(Names(store_.ByIndex("sign", "not zero")), ElementsAre("a", "b", "c"));
  Put(MakeThing("a", "u", "2", 0));
  EXPECT_THAT(Names(store_.ByIndex("value", "1")), ElementsAre("b"));
  EXPECT_THAT(Names(store_.ByIndex("sign", "not zero")), ElementsAre("b", "c"));
  store_.Remove({"ns", "b"});
  EXPECT_THAT(store_.ByIndex("value", "1"), IsEmpty());
  EXPECT_EQ(store_.CountByIndex("value", "2"), 1U);
}

TEST_F(StoreTest, AReaderMayKeepAValue) {
  Put(MakeThing("a", "u", "1", 1));
  const ThingStore::Pointer kept = store_.Get({"ns", "a"});
  store_.Remove({"ns", "a"});
  EXPECT_EQ(kept->value, 1);
}

// Indexes after any history are those of the objects that are left.
TEST_F(StoreTest, IndexesAgreeWithTheObjectsAfterAnyHistory) {
  const uint64_t seed = muster::testing::TestSeed();
  SCOPED_TRACE(muster::testing::ReplayHint(seed));
  std::mt19937_64 random(seed);
  for (int step = 0; step < 3000; ++step) {
    const std::string name(1, static_cast<char>('a' + random() % 20));
    if (random() % 3 == 0) {
      store_.Remove({"ns", name});
    } else {
      const std::string uid = "u" + std::to_string(random() % 2);
      Put(MakeThing(name, uid, std::to_string(step), static_cast<int64_t>(random() % 4)));
    }
    if (random() % 50 == 0) {
      store_.BeginReplace();
      if (random() % 2 == 0) store_.Keep({"ns", name}, "", "");
      store_.EndReplace("1");
    }
    std::map<std::string, std::vector<std::string>> expected;
    store_.ForEach([&](const ThingStore::Pointer& t) { expected[std::to_string(t->value)].push_back(t->meta.name); });
    for (const char* value : {"0", "1", "2", "3"}) {
      ASSERT_EQ(Names(store_.ByIndex("value", value)), expected[value]) << "at step " << step;
    }
  }
}

}  // namespace
}  // namespace muster::engine
