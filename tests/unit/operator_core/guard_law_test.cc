// No tenant can hold back another tenant's group for longer than guard_time, whatever he does: random worlds in which
// hostile tenants ask for large and small groups, delete them, create them again and let them run, and a victim whose
// groups always fit but for guards. The time is simulated; the same seeds give the same histories.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "operator/core/admission_book.h"
#include "tests/unit/placement/builders.h"

namespace muster::core {
namespace {

using placement::MakeAsk;
using placement::MakeNode;
using placement::MakePod;
using placement::Members;
using std::chrono::seconds;

constexpr Duration kTick = seconds(10);
constexpr Duration kAfter = seconds(60);
constexpr Duration kTime = seconds(300);
constexpr int kCpus = 8;  // of each node

class GuardWorld {
 public:
  GuardWorld(uint64_t seed, Duration after)
      : random_(seed), book_({.policy = {.guard_after = after, .guard_time = kTime}}) {
    book_.Start({});
  }

  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }
  Instant now() const { return now_; }

  void AddNode() {
    const std::string name = "n" + std::to_string(free_.size());
    const api::Node node = MakeNode(name, "cpu=" + std::to_string(kCpus));
    book_.ReplaceNode(nullptr, &node);
    free_[name] = kCpus;
  }
  // Of another owner; it runs forever.
  void AddForeignPod(const std::string& node, int64_t cpus) {
    const api::Pod pod = MakePod("foreign-" + node, node, "cpu=" + std::to_string(cpus));
    book_.ReplacePod(nullptr, &pod);
    free_[node] -= cpus;
  }

  void Ask(const api::Key& key, int64_t pods, int64_t cpus) {
    Group& group = groups_[key];
    group = {.uid = "uid-" + std::to_string(++uids_), .pods = pods, .cpus = cpus};
    Stance stance;
    stance.kind = Stance::Kind::kAsking;
    stance.ask = MakeAsk(key.name, {Members("w", pods, "cpu=" + std::to_string(cpus))});
    stance.ask.group = key;
    stance.ask.asked = now_;
    book_.Publish(key, group.uid, stance);
  }
  void Delete(const api::Key& key) {
    const auto found = groups_.find(key);
    for (const api::Pod& pod : found->second.bound) {
      book_.ReplacePod(&pod, nullptr);
      free_[pod.node_name] += found->second.cpus;
    }
    book_.Remove(key);
    groups_.erase(found);
  }
  bool Exists(const api::Key& key) const { return groups_.contains(key); }
  bool Runs(const api::Key& key) const { return Exists(key) && !groups_.at(key).bound.empty(); }
  std::string CodeOf(const api::Key& key) const {
    const auto verdict = book_.VerdictOf(key, groups_.at(key).uid);
    return verdict.explanation ? verdict.explanation->blockers.front().code : "";
  }

  // Plans once, and binds what was admitted: on the emptiest nodes, as kube-scheduler does.
  void Tick() {
    now_ += kTick;
    book_.Plan(now_, now_);
    for (auto& [key, group] : groups_) {
      if (!group.bound.empty() || book_.VerdictOf(key, group.uid).kind != Verdict::Kind::kAdmit) continue;
      for (int64_t i = 0; i < group.pods; ++i) Bind(key, group);
      Stance stance;
      stance.kind = Stance::Kind::kInFlight;
      stance.admitted = stance.started = true;
      stance.since = now_;
      stance.members = {Members("w", group.pods, "cpu=" + std::to_string(group.cpus))};
      book_.Publish(key, group.uid, stance);
    }
  }

 private:
  struct Group {
    std::string uid;
    int64_t pods = 0;
    int64_t cpus = 0;
    std::vector<api::Pod> bound;
  };

  void Bind(const api::Key& key, Group& group) {
    const auto most =
        std::max_element(free_.begin(), free_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    ASSERT_GE(most->second, group.cpus) << key.Text() << " was admitted and does not fit";
    api::Pod pod = placement::MakeMember(group.uid + "-" + std::to_string(group.bound.size()), most->first,
                                         "cpu=" + std::to_string(group.cpus));
    most->second -= group.cpus;
    book_.ReplacePod(nullptr, &pod);
    group.bound.push_back(std::move(pod));
  }

  std::mt19937_64 random_;
  AdmissionBook book_;
  Instant now_{seconds(1'000'000)};
  std::map<std::string, int64_t> free_;
  std::map<api::Key, Group> groups_;
  int64_t uids_ = 0;
};

// One of: ask for a large or a small group, delete, create again at once, or nothing.
void ActHostile(GuardWorld& world, int64_t nodes, int64_t tenants) {
  for (int64_t action = 0; action < 3; ++action) {
    const api::Key key{"hostile-" + std::to_string(world.Between(1, tenants)),
                       "g" + std::to_string(world.Between(1, 6))};
    if (world.Exists(key)) {
      if (!world.OneIn(8)) continue;
      world.Delete(key);
      if (world.OneIn(2)) continue;
    }
    world.OneIn(3) ? world.Ask(key, world.Between(1, 2), 1)
                   : world.Ask(key, world.Between(std::max<int64_t>(1, nodes / 2), nodes), world.Between(4, kCpus));
  }
}

TEST(GuardLaw, NobodyIsHeldBackForLongerThanTheBound) {
  Duration longest{0};
  int64_t victims = 0;
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    GuardWorld world(seed, kAfter);
    const int64_t nodes = world.Between(2, 6);
    for (int64_t i = 0; i < nodes; ++i) world.AddNode();
    if (world.OneIn(2)) world.AddForeignPod("n0", world.Between(1, kCpus));
    const int64_t tenants = world.Between(1, 4);
    const api::Key victim{"victim", "v"};
    Duration held{0};
    for (int64_t tick = 0; tick < 400; ++tick) {
      ActHostile(world, nodes, tenants);
      if (world.Runs(victim)) {
        ++victims;
        world.Delete(victim);
      }
      if (!world.Exists(victim)) {
        world.Ask(victim, 1, world.Between(1, 2));
        held = Duration(0);
      }
      world.Tick();
      const bool behind = !world.Runs(victim) && world.CodeOf(victim) == api::blocker::kBehindEarlierGroup;
      if (behind) held += kTick;
      longest = std::max(longest, held);
      ASSERT_LE(held, kTime + kTick) << "seed " << seed << ", tick " << tick;
    }
  }
  EXPECT_GT(victims, 1000);
  EXPECT_GE(longest, kTime - kTick) << "the law must have been tried at its bound";
}

// The cluster is empty but for one pod of a group, so a small group fits at any time.
TEST(GuardLaw, CreatingTheLargeGroupAgainRenewsNothing) {
  GuardWorld world(1, kAfter);
  for (int i = 0; i < 2; ++i) world.AddNode();
  world.Ask({"hostile", "keeps-one-cpu"}, 1, 1);
  world.Tick();
  ASSERT_TRUE(world.Runs({"hostile", "keeps-one-cpu"}));
  const api::Key victim{"victim", "v"};
  std::vector<bool> held;
  for (int64_t tick = 0; tick < 600; ++tick) {
    // Two large groups, which are deleted and created again in turn, so that one has always waited long enough.
    const api::Key large{"hostile", "large-" + std::to_string(tick / 10 % 2)};
    if (tick % 10 == 0) {
      if (world.Exists(large)) world.Delete(large);
      world.Ask(large, 2, kCpus);
    }
    if (world.Exists(victim)) world.Delete(victim);
    world.Ask(victim, 1, 1);  // a new one each time: none of them has been held back before
    world.Tick();
    held.push_back(!world.Runs(victim));
  }
  EXPECT_GT(std::count(held.begin(), held.end(), true), 0);
  const auto window = static_cast<std::ptrdiff_t>(2 * kTime / kTick);
  for (auto begin = held.begin(); begin + window <= held.end(); ++begin) {
    ASSERT_LE(std::count(begin, begin + window, true), kTime / kTick + 1)
        << "from tick " << begin - held.begin() << " on";
  }
}

// Two nodes. Old groups end after 200 s; small groups of another tenant, which run for 400 s each, keep coming.
bool LargeGroupStarts(Duration guard_after) {
  GuardWorld world(1, guard_after);
  for (int i = 0; i < 2; ++i) world.AddNode();
  world.Ask({"old", "o"}, 10, 1);
  world.Tick();
  const Instant began = world.now();
  const api::Key large{"ml", "large"};
  world.Ask(large, 2, kCpus);
  std::map<api::Key, Instant> small;
  for (int64_t tick = 0; tick < 60; ++tick) {
    if (world.Exists({"old", "o"}) && world.now() >= began + seconds(200)) world.Delete({"old", "o"});
    const api::Key key{"small", "s" + std::to_string(tick)};
    world.Ask(key, 1, 1);
    small[key] = world.now() + seconds(400);
    std::erase_if(small, [&](const auto& known) {
      const bool over = world.Runs(known.first) && world.now() >= known.second;
      if (over) world.Delete(known.first);
      return over;
    });
    world.Tick();
    if (world.Runs(large)) return true;
  }
  return false;
}

TEST(GuardLaw, AGuardedGroupStartsAlthoughSmallOnesKeepComing) {
  EXPECT_TRUE(LargeGroupStarts(seconds(5)));
  EXPECT_FALSE(LargeGroupStarts(std::chrono::hours(24))) << "or the guard had nothing to do";
}

}  // namespace
}  // namespace muster::core
