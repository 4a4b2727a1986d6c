// The law of the list/watch machine: whatever goes wrong, once it stops going wrong the store is what the server has,
// and the changes told are exactly the way there. Random histories against a simulated server; a seed replays one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lib/engine/list_watch.h"
#include "lib/engine/store.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/seed.h"
#include "tests/support/simulated_resource.h"
#include "tests/support/test_projection.h"

namespace muster::engine {
namespace {

using namespace muster::testing;  // NOLINT: a test of nothing but these

// Fills a store as an informer does, and checks each change that it tells.
class CheckingSink : public ListWatchSink {
 public:
  void BeginReplace() override { store_.BeginReplace(); }
  void Upsert(const json::Value& object) override {
    const wire::Identity id = wire::IdentityOf(object);
    if (!store_.Keep(id.key, id.uid, id.resource_version)) {
      Result<Thing> thing = DecodeThing(object);
      ASSERT_TRUE(thing.has_value());
      store_.Put(std::make_shared<const Thing>(std::move(thing).value()));
    }
    store_.Advance(id.resource_version);
  }
  void Remove(const json::Value& object) override {
    store_.Remove(wire::IdentityOf(object).key);
    store_.Advance(wire::IdentityOf(object).resource_version);
  }
  void Bookmark(const std::string& version) override { store_.Advance(version); }
  void EndReplace(const std::string& version) override {
    store_.EndReplace(version);
    ++lists_;
  }

  std::map<std::string, std::string> Content() const {
    std::map<std::string, std::string> content;
    store_.ForEach([&](const auto& thing) { content[thing->meta.key().Text()] = Describe(*thing); });
    return content;
  }
  // What somebody knows who has heard nothing but the changes.
  const std::map<std::string, std::string>& told() const { return told_; }
  int lists() const { return lists_; }

 private:
  static std::string Describe(const Thing& thing) {
    return thing.meta.uid + "@" + thing.meta.resource_version + "=" + std::to_string(thing.value);
  }
  void OnChange(const Store<Thing>::Pointer& old_thing, const Store<Thing>::Pointer& new_thing) {
    const std::string key = (new_thing ? new_thing : old_thing)->meta.key().Text();
    EXPECT_EQ(told_.contains(key), old_thing != nullptr);
    const std::string known = told_[key];
    EXPECT_EQ(known, old_thing ? Describe(*old_thing) : "");
    EXPECT_TRUE(!old_thing || !new_thing || old_thing->meta.uid == new_thing->meta.uid);
    if (new_thing) {
      told_[key] = Describe(*new_thing);
    } else {
      told_.erase(key);
    }
  }

  std::map<std::string, std::string> told_;
  Store<Thing> store_{{}, [this](const auto& old_thing, const auto& new_thing) { OnChange(old_thing, new_thing); }};
  int lists_ = 0;
};

class History {
 public:
  explicit History(uint64_t seed) : random_(seed), watch_list_served_(Chance(2)) {
    for (int i = 0; i < 20; ++i) ChangeSomething();
  }

  void Run(int steps, bool faults) {
    faults_ = faults;
    for (int i = 0; i < steps; ++i) Step();
  }
  // Nothing goes wrong and nothing changes any more: some steps later the store must be right. One server in ten is
  // restored from a backup first, to versions that were never seen, so that a watch hears nothing at all.
  void Settle() {
    if (Chance(10)) server_.Restore(0);
    Run(60, false);
  }

  const SimulatedResource& server() const { return server_; }
  const CheckingSink& sink() const { return sink_; }

 private:
  bool Chance(int one_in) { return random_() % static_cast<uint64_t>(one_in) == 0; }
  bool Fault(int one_in) { return faults_ && Chance(one_in); }

  void ChangeSomething() {
    const api::Key key{"ns" + std::to_string(random_() % 2), "t" + std::to_string(random_() % 15)};
    if (Chance(3)) return server_.Delete(key);
    if (Chance(6)) server_.Delete(key);  // and made anew, with another uid
    server_.Put(key, static_cast<int>(random_() % 100));
  }
  void LiveOn() {
    while (faults_ && Chance(2)) ChangeSomething();
  }

  Moment Now() { return {now_, static_cast<double>(random_() % 1000) / 1000}; }

  void Step() {
    LiveOn();
    if (Fault(15)) server_.Forget();  // never under an open watch: that has been sent what is forgotten
    const ListWatch::Step step = machine_.Next(Now());
    if (const auto* wait = std::get_if<ListWatch::Wait>(&step)) {
      ASSERT_GT(wait->duration, Duration(0));
      ASSERT_LE(wait->duration, std::chrono::minutes(2));
      now_ += wait->duration;
    } else if (const auto* fetch = std::get_if<ListWatch::Fetch>(&step)) {
      machine_.OnPage(AnswerPage(fetch->request), Now(), sink_);
    } else {
      const Result<wire::Response> end = PlayStream(std::get<ListWatch::Stream>(step).request);
      machine_.OnStreamEnd(end, Now());
    }
  }

  Result<wire::Response> AnswerFault() {
    switch (random_() % 6) {
      case 0:
        return Refusal(500, "InternalError");
      case 1:
        return Refusal(429, "TooManyRequests", std::chrono::seconds(1 + random_() % 9));
      case 2:
        return Refusal(410, "Expired");
      case 3:
        return Refusal(403, "Forbidden");
      case 4:
        return MakeError(Code::kUnavailable, "connection refused");
      default:
        now_ += std::chrono::seconds(90);
        return MakeError(Code::kTimeout, "silence");
    }
  }

  Result<wire::Response> AnswerPage(const wire::Request& request) {
    if (Fault(6)) return AnswerFault();
    if (Fault(20)) return wire::Response{.status = 200, .body = "<html>"};
    wire::Request smaller = request;  // few objects, yet several pages
    for (auto& [key, value] : smaller.query) {
      if (key == "limit" && faults_) value = std::to_string(1 + random_() % 8);
    }
    return server_.List(smaller);
  }

  // Lines until the stream breaks, is closed by the machine, or has lasted long enough.
  Result<wire::Response> PlayStream(const wire::Request& request) {
    if (!watch_list_served_ && !QueryOf(request, "sendInitialEvents").empty()) return Refusal(422, "Invalid");
    if (Fault(4)) return AnswerFault();
    SimulatedResource::Watched watched = server_.Watch(request);
    if (watched.answer.status != 200) return watched.answer;
    std::vector<std::string> lines = std::move(watched.lines);
    bool heard = false;
    for (int round = 0; round < 8; ++round) {
      for (const std::string& line : lines) {
        if (Fault(25)) return MakeError(Code::kUnavailable, "connection reset");
        if (Fault(60)) return Feed(line.substr(0, line.size() / 2));
        if (Fault(100)) return Feed(ErrorLine(500, "InternalError"));
        if (!machine_.OnLine(line, sink_)) return wire::Response{.status = 200};
        heard = true;
      }
      LiveOn();
      lines = server_.More(watched.position);
      now_ += std::chrono::seconds(30);
      if (Chance(3) && BookmarkIsDue(watched)) lines.push_back(BookmarkLine(server_.version()));
    }
    if (!heard) return MakeError(Code::kTimeout, "silence");
    return wire::Response{.status = 200};
  }
  Result<wire::Response> Feed(const std::string& line) {
    EXPECT_FALSE(machine_.OnLine(line, sink_));
    return wire::Response{.status = 200};
  }
  // A watch of a version that the server has not reached hears nothing, not even bookmarks.
  bool BookmarkIsDue(const SimulatedResource::Watched& watched) const {
    return std::to_string(watched.position) == server_.version();
  }

  std::mt19937_64 random_;
  SimulatedResource server_;
  CheckingSink sink_;
  bool watch_list_served_;
  bool faults_ = true;
  Instant now_{};
  ListWatch machine_{{.scope = {.resource = kThings}}};
};

TEST(ListWatchLaw, ConvergesToTheServersStateAfterAnyHistory) {
  const uint64_t first = TestSeed();
  constexpr int kHistories = 40;
  int lists = 0;
  for (uint64_t seed = first; seed < first + kHistories; ++seed) {
    SCOPED_TRACE(ReplayHint(seed));
    History history(seed);
    history.Run(150, true);
    history.Settle();
    ASSERT_EQ(history.sink().Content(), history.server().Content());
    ASSERT_EQ(history.sink().told(), history.server().Content());
    if (::testing::Test::HasFailure()) return;
    lists += history.sink().lists();
  }
  EXPECT_GT(lists, kHistories * 2);  // the histories do break and relist
}

}  // namespace
}  // namespace muster::engine
