// docs/explanations.md against the code: it has every code of a blocker and every kind of change, no others, and what
// it lets the planner say, the planner says, word by word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "lib/base/strings.h"
#include "lib/placement/changes.h"
#include "tests/unit/placement/builders.h"

namespace muster::placement {
namespace {

using ::testing::Contains;

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The values of the constants in a namespace of a header.
std::set<std::string> ConstantsOf(const std::string& path, const std::string& name) {
  const std::string text = ReadSource(path);
  const size_t begin = text.find("namespace " + name + " {");
  const std::string body = text.substr(begin, text.find("}  // namespace " + name, begin) - begin);
  const std::regex constant("constexpr std::string_view k\\w+\\s*=\\s*\"(\\w+)\"");
  std::set<std::string> values;
  for (std::sregex_iterator at(body.begin(), body.end(), constant), end; at != end; ++at) values.insert((*at)[1]);
  return values;
}

struct Row {
  std::string example;
  std::string remedy;
};

std::string WithoutTicks(std::string text) {
  const std::string blank = " `";
  text.erase(0, text.find_first_not_of(blank));
  return text.erase(text.find_last_not_of(blank) + 1);
}

// The rows "| `Code` | what it means | `example` | what helps |" of a section of the page.
std::map<std::string, Row> RowsOf(const std::string& title) {
  std::map<std::string, Row> rows;
  bool inside = false;
  for (const std::string& line : Split(ReadSource("docs/explanations.md"), '\n')) {
    if (line.starts_with("## ")) inside = line == "## " + title;
    if (!inside || !line.starts_with("| `")) continue;
    const std::vector<std::string> cells = Split(line, '|');
    EXPECT_EQ(cells.size(), 6U) << line;
    if (cells.size() != 6) continue;
    rows[WithoutTicks(cells[1])] = {WithoutTicks(cells[3]), WithoutTicks(cells[4])};
  }
  return rows;
}

// What the planner has said in the situations below, by code.
class Said {
 public:
  void Add(const Decision& decision) {
    EXPECT_FALSE(decision.admitted) << decision.group.Text();
    for (const api::Blocker& blocker : decision.explanation.blockers) blockers[blocker.code].insert(blocker.message);
    for (const api::Change& change : decision.explanation.changes) changes[change.code].insert(change.text);
  }

  std::map<std::string, std::set<std::string>> blockers;
  std::map<std::string, std::set<std::string>> changes;
};

// The cluster of README.md, larger: 5 nodes with room, 22 whose devices are taken, 10 tainted, 3 not ready.
void AskForDevices(Said& said) {
  Picture picture;
  for (int i = 1; i <= 40; ++i) {
    api::Node node = MakeNode("gpu-a-" + std::to_string(i), "cpu=64,memory=256Gi,nvidia.com/gpu=4");
    if (i > 27 && i <= 37) node.taints.push_back({"dedicated", "infra", "NoSchedule"});
    if (i > 37) node.ready = false;
    picture.SetNode(node);
    if (i > 5 && i <= 27) picture.AddPod(MakePod("p" + std::to_string(i), node.meta.name, "nvidia.com/gpu=1"));
  }
  said.Add(DecideOne(picture, MakeAsk("train-1", {Members("workers", 8, "cpu=8,nvidia.com/gpu=4")})));
}

void AskForMoreThanThereIs(Said& said) {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=8,memory=8Gi,ephemeral-storage=20Gi,pods=5");
  for (const MemberClass& members :
       {Members("w", 10, "cpu=2"), Members("w", 4, "memory=6Gi"), Members("w", 3, "ephemeral-storage=15Gi"),
        Members("w", 12, "memory=1Mi"), Members("w", 2, "cpu=64")}) {
    said.Add(DecideOne(picture, MakeAsk("a", {members})));
  }
  said.Add(DecideOne(Picture(), MakeAsk("a", {Members("w", 1, "cpu=1")})));
}

void AskForOtherNodes(Said& said) {
  Picture picture;
  for (int i = 0; i < 3; ++i) {
    api::Node node = MakeNode("n" + std::to_string(i), "cpu=4");
    node.unschedulable = true;
    node.taints.push_back({std::string(api::kTaintUnschedulable), "", "NoSchedule"});
    node.meta.labels["zone"] = "a";
    picture.SetNode(node);
  }
  picture.SetNode(MakeNode("other", "cpu=8"));
  api::PodShape selects = Shape("cpu=4");
  selects.node_selector["zone"] = "a";
  said.Add(DecideOne(picture, MakeAsk("a", {Members("w", 2, selects)})));
  api::PodShape prefers_none = Shape("cpu=4");
  prefers_none.has_required_affinity = true;
  said.Add(DecideOne(picture, MakeAsk("a", {Members("w", 1, prefers_none)})));
}

void AskBesideLowerOnes(Said& said) {
  Picture picture;
  AddNodesTo(picture, "n", 2, "cpu=4");
  picture.AddPod(MakePod("p", "n0", "cpu=3"));
  picture.AddPod(MakePod("q", "n1", "cpu=3"));
  Ask ask = MakeAsk("a", {Members("w", 2, "cpu=3")});
  ask.preempts_below = 1000;
  said.Add(DecideOne(picture, ask));
}

void AskBesideOthers(Said& said) {
  Picture picture;
  AddNodesTo(picture, "n", 1, "cpu=4");
  picture.AddPod(MakeMember("p", "n0", "cpu=1"));
  CycleInput input;
  input.asks = {MakeAsk("large-0", {Members("w", 1, "cpu=4")}, 0), MakeAsk("small-0", {Members("w", 1, "cpu=1")}, 9)};
  input.now = Instant(std::chrono::hours(1));
  said.Add(PlanCycle(picture, input)[1]);
  input.asks[0].priority = 7;
  said.Add(PlanCycle(picture, input)[1]);

  Picture starting;
  AddNodesTo(starting, "n", 2, "cpu=4");
  const InFlight flight{{"ml", "first-0"}, {Members("w", 4, "cpu=1")}};
  said.Add(DecideOne(starting, MakeAsk("second-0", {Members("w", 1, "cpu=4")}), {flight}));

  Picture uneven;
  api::Node east = MakeNode("east", "cpu=2");
  east.meta.labels["zone"] = "east";
  uneven.SetNode(east);
  uneven.SetNode(MakeNode("west", "cpu=4"));
  api::PodShape small = Shape("cpu=1500m");
  small.node_selector["zone"] = "east";
  said.Add(DecideOne(uneven, MakeAsk("a", {Members("large", 1, "cpu=2"), Members("small", 1, small)})));

  Picture three;
  AddNodesTo(three, "n", 3, "cpu=6,memory=13Gi");
  said.Add(DecideOne(
      three, MakeAsk("a", {Members("wide", 4, "cpu=2500m,memory=4Gi"), Members("high", 3, "cpu=1,memory=5Gi")})));
}

// Made by operator/core, for reasons that are not about room.
const std::set<std::string> kNotThePlanners = {
    "BackOff",      "CannotStart",           "InvalidRole", "MembersLeft",  "Suspended",
    "NameConflict", "PriorityClassNotFound", "PodsRefused", "WriteRefused", "MemberUnschedulable"};

class DocumentationOfExplanations : public ::testing::Test {
 protected:
  DocumentationOfExplanations() {
    AskForDevices(said_);
    AskForMoreThanThereIs(said_);
    AskForOtherNodes(said_);
    AskBesideOthers(said_);
    AskBesideLowerOnes(said_);
  }

  Said said_;
};

TEST_F(DocumentationOfExplanations, HasEveryBlockerWithWhatThePlannerSays) {
  std::set<std::string> codes = ConstantsOf("lib/api/explanation.h", "blocker");
  ASSERT_EQ(codes.erase("Insufficient"), 1U);
  for (const char* what : {"Cpu", "Memory", "EphemeralStorage", "Pods", "ExtendedResource"}) {
    codes.insert(std::string("Insufficient") + what);
  }
  std::set<std::string> documented;
  for (const auto& [code, row] : RowsOf("Blockers")) {
    documented.insert(code);
    EXPECT_FALSE(row.example.empty() || row.remedy.empty()) << code;
    if (kNotThePlanners.contains(code)) continue;
    EXPECT_THAT(said_.blockers[code], Contains(row.example)) << code;
  }
  EXPECT_EQ(documented, codes);
  for (const auto& [code, messages] : said_.blockers) EXPECT_TRUE(codes.contains(code)) << code;
}

TEST_F(DocumentationOfExplanations, HasEveryChangeWithWhatThePlannerSays) {
  std::set<std::string> documented;
  for (const auto& [code, row] : RowsOf("Changes")) {
    documented.insert(code);
    EXPECT_FALSE(row.remedy.empty()) << code;
    EXPECT_THAT(said_.changes[code], Contains(row.example)) << code;
  }
  EXPECT_EQ(documented, ConstantsOf("lib/placement/changes.h", "change"));
}

}  // namespace
}  // namespace muster::placement
