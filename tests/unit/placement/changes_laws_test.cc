// Laws of suggested changes on random clusters: done as they say, each alone lets the group in; and each is the
// smallest: one less does not. Every failure prints the seed that replays it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <regex>

#include "tests/unit/placement/random_world.h"

namespace muster::placement {
namespace {

// A pod of a DaemonSet.
api::Pod AgentOn(const std::string& node, const api::Resources& requests) {
  api::Pod agent = MakePod("agent-" + node, node, "cpu=0");
  agent.requests = requests;
  agent.comes_with_node = true;
  return agent;
}

// One group that waits, in a world of which some nodes are cordoned and some run a pod of a DaemonSet.
struct Waiting {
  explicit Waiting(uint32_t seed) : world(seed) {
    world.input.asks.resize(1);
    for (int i = 0; world.picture.Find("n" + std::to_string(i)) != nullptr; ++i) {
      if (world.Pick(0, 4) != 0) continue;
      api::Node node = *world.picture.Find("n" + std::to_string(i))->node;
      node.unschedulable = true;
      node.taints.push_back({std::string(api::kTaintUnschedulable), "", "NoSchedule"});
      world.picture.SetNode(node);
    }
    for (int i = 0; world.picture.Find("n" + std::to_string(i)) != nullptr; ++i) {
      if (world.Pick(0, 2) != 0) continue;
      world.picture.AddPod(
          AgentOn("n" + std::to_string(i), Amounts("cpu=" + std::to_string(world.Pick(1, 9)) + "00m")));
    }
    decision = PlanCycle(world.picture, world.input).front();
  }

  Ask& ask() { return world.input.asks.front(); }
  MemberClass& role(const std::string& name) {
    for (MemberClass& members : ask().classes) {
      if (members.role == name) return members;
    }
    ADD_FAILURE() << "no role " << name;
    return ask().classes.front();
  }

  World world;
  Decision decision;
};

bool IsLetIn(const Picture& picture, const CycleInput& input) { return PlanCycle(picture, input).front().admitted; }

// How many of what was found were done, by code.
using Done = std::map<std::string, int>;

std::smatch Match(const std::string& text, const char* pattern) {
  std::smatch match;
  std::regex_match(text, match, std::regex(pattern));
  return match;
}

Picture WithNodes(const Picture& picture, api::Node node, const api::Resources& agents, int count) {
  Picture changed = picture;
  for (int i = 0; i < count; ++i) {
    node.meta.name = "new" + std::to_string(i);
    changed.SetNode(node);
    if (!agents.empty()) changed.AddPod(AgentOn(node.meta.name, agents));
  }
  return changed;
}

void AddNodes(Waiting& waiting, const std::string& text, Done& done) {
  api::Node node;
  api::Resources agents;
  if (const std::smatch like = Match(text, R"((\d+) more nodes? like (\S+) \(.*\))"); !like.empty()) {
    node = *waiting.world.picture.Find(like[2].str())->node;
    node.unschedulable = false;
    agents = waiting.world.picture.Find(like[2].str())->with_node;
    agents.Set(api::kPodCount, 0);
    if (!agents.empty()) ++done["AddNodes with agents"];
  } else {
    const std::smatch described = Match(text, R"((\d+) more nodes?(?:, each)? with (.*?)(?: and the label zone=a)?)");
    ASSERT_FALSE(described.empty()) << text;
    node = MakeNode("described", "cpu=0");
    std::string amounts = described[2];
    const std::regex amount(R"((\S+) (cpu|memory|nvidia\.com/gpu)(?: \((\S+) of it for pods of DaemonSets\))?)");
    for (std::sregex_iterator at(amounts.begin(), amounts.end(), amount), end; at != end; ++at) {
      node.allocatable.Set((*at)[2].str(), *api::DecodeAmount((*at)[2].str(), json::Value((*at)[1].str())));
      if (!(*at)[3].matched) continue;
      agents.Set((*at)[2].str(), *api::DecodeAmount((*at)[2].str(), json::Value((*at)[3].str())));
      ++done["AddNodes described with agents"];
    }
    if (text.find("the label zone=a") != std::string::npos) node.meta.labels["zone"] = "a";
  }
  const int count = std::stoi(text);
  EXPECT_TRUE(IsLetIn(WithNodes(waiting.world.picture, node, agents, count), waiting.world.input));
  EXPECT_FALSE(IsLetIn(WithNodes(waiting.world.picture, node, agents, count - 1), waiting.world.input))
      << "one fewer does";
  ++done["AddNodes"];
}

void ReduceMembers(Waiting& waiting, const std::string& text, Done& done) {
  const std::smatch reduced = Match(text, R"((\S+) (replicas|minAvailable) at (\d+) or fewer)");
  ASSERT_FALSE(reduced.empty()) << text;
  const bool of_needed = reduced[2] == "minAvailable";
  const int64_t most = std::stol(reduced[3]);
  for (const int64_t members : {most, most + 1}) {
    CycleInput changed = waiting.world.input;
    for (MemberClass& role : changed.asks.front().classes) {
      if (role.role != reduced[1]) continue;
      if (!of_needed) role.members = members;
      role.needed = members;
    }
    EXPECT_EQ(IsLetIn(waiting.world.picture, changed), members == most) << members;
  }
  ++done["ReduceMembers " + reduced[2].str()];
}

void Uncordon(Waiting& waiting, const std::string& text, Done& done) {
  const std::smatch uncordoned = Match(text, R"(\d+ nodes? uncordoned \((.*)\))");
  ASSERT_FALSE(uncordoned.empty()) << text;
  const std::string names = uncordoned[1];
  const std::regex name("[^, ]+");
  Picture changed = waiting.world.picture;
  for (std::sregex_iterator at(names.begin(), names.end(), name), end; at != end; ++at) {
    EXPECT_FALSE(IsLetIn(changed, waiting.world.input)) << "without " << at->str() << " it does";
    api::Node node = *changed.Find(at->str())->node;
    node.unschedulable = false;
    std::erase_if(node.taints, [](const api::Taint& taint) { return taint.key == api::kTaintUnschedulable; });
    changed.SetNode(node);
  }
  EXPECT_TRUE(IsLetIn(changed, waiting.world.input));
  ++done["Uncordon"];
}

// Of one resource on one node: by making the pod of others there smaller. It is counted in members: less by one of them
// does not do.
void FreeResources(Waiting& waiting, const std::string& text, Done& done) {
  const std::smatch freed = Match(text, R"((\S+) (cpu|memory) freed on (n\d+))");
  if (freed.empty()) return;
  const std::string resource = freed[2];
  const int64_t amount = *api::DecodeAmount(resource, json::Value(freed[1].str()));
  const std::string node = freed[3];
  int64_t member = 0;
  for (const MemberClass& role : waiting.ask().classes) {
    member = std::max(member, role.shape->requests.Get(resource));
  }
  for (const int64_t less : {amount, std::max<int64_t>(0, amount - member)}) {
    Picture changed = waiting.world.picture;
    api::Pod before = MakePod("p-" + node, node, "cpu=0");
    before.requests = changed.Find(node)->used;
    api::Pod after = before;
    after.requests.Add(resource, -less);
    changed.ReplacePod(&before, &after);
    EXPECT_EQ(IsLetIn(changed, waiting.world.input), less == amount) << less << " of " << amount;
  }
  ++done["FreeResources"];
}

void ChangeShape(Waiting& waiting, const std::string& text, Done& done) {
  std::smatch words = Match(text, R"(a toleration for dedicated=infra on (\S+) .*)");
  const bool tolerates = !words.empty();
  if (!tolerates) words = Match(text, R"(no node selector zone=a on (\S+) .*)");
  ASSERT_FALSE(words.empty()) << text;
  MemberClass& role = waiting.role(words[1]);
  const MemberClass before = role;
  api::PodShape shape = *role.shape;
  if (tolerates) shape.tolerations.push_back({"dedicated", "Equal", "infra", ""});
  if (!tolerates) shape.node_selector.erase("zone");
  role.shape = api::WithKeys(std::move(shape));
  EXPECT_TRUE(IsLetIn(waiting.world.picture, waiting.world.input));
  role = before;
  ++done[tolerates ? "AddToleration" : "RemoveSelector"];
}

void Follow(Waiting& waiting, const api::Change& change, Done& done) {
  if (change.code == "AddNodes") return AddNodes(waiting, change.text, done);
  if (change.code == "ReduceMembers") return ReduceMembers(waiting, change.text, done);
  if (change.code == "Uncordon") return Uncordon(waiting, change.text, done);
  if (change.code == "FreeResources") return FreeResources(waiting, change.text, done);
  ASSERT_TRUE(change.code == "AddToleration" || change.code == "RemoveSelector") << change.code;
  ChangeShape(waiting, change.text, done);
}

TEST(LawsOfChanges, EachAloneLetsTheGroupInAndOneLessDoesNot) {
  Done done;
  int refused = 0;
  for (uint32_t seed = 1; seed <= 1500 && !HasFailure(); ++seed) {
    Waiting waiting(seed);
    if (waiting.decision.admitted) continue;
    ++refused;
    EXPECT_FALSE(waiting.decision.explanation.summary.empty());
    EXPECT_FALSE(waiting.decision.explanation.blockers.empty());
    for (const api::Change& change : waiting.decision.explanation.changes) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ": " + change.code + ": " + change.text);
      Follow(waiting, change, done);
    }
  }
  for (const auto& [code, count] : done) std::printf("%s followed %d times\n", code.c_str(), count);
  EXPECT_GT(refused, 300);
  for (const char* code :
       {"AddNodes", "AddNodes with agents", "AddNodes described with agents", "ReduceMembers replicas",
        "ReduceMembers minAvailable", "Uncordon", "FreeResources", "AddToleration", "RemoveSelector"}) {
    EXPECT_GT(done[code], 5) << code;
  }
}

}  // namespace
}  // namespace muster::placement
