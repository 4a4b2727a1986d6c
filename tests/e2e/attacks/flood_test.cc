// The attacker has `edit` in a namespace and changes his Workload without end; the victims are etcd, where Events are
// kept, and whoever reads the operator's log. Names and messages are chosen to forge lines of it.
#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/e2e/support/people.h"

namespace muster::e2e {
namespace {

constexpr api::Resource kEventsOfFloods{"", "v1", "events", "Event"};

class Floods : public People {
 protected:
  size_t EventsOfTheOperator() {
    size_t count = 0;
    for (const json::Value& event : List(kEventsOfFloods)) {
      if (event["reportingComponent"].Text() == "muster.dev/operator") ++count;
    }
    return count;
  }
};

TEST_F(Floods, OfChangesCauseFewEvents) {
  AddNodes({.prefix = "flooded"});
  StartOperator();
  BindClusterRole("mallory", "edit");
  Allowed("mallory", {"create", "-f", "-"}, json::Write(MakeWorkload("w", {JobRole("j", 1)})));
  ASSERT_TRUE(Eventually(20s, [&] { return NotRunning("w-0", 1); }));
  constexpr int kRounds = 40;
  for (int i = 0; i < kRounds; ++i) {
    for (const bool suspend : {true, false}) {
      Patch(api::kWorkloads, "w", json::Object{{"spec", json::Object{{"suspend", suspend}}}});
      ASSERT_TRUE(Eventually(10s, [&] { return Missing("w-0", suspend ? "Held" : "Running"); }));
    }
  }
  const size_t events = EventsOfTheOperator();
  PrintFigure("events of the operator after " + std::to_string(2 * kRounds) + " changes", std::to_string(events));
  // Those of the same second and text are one; beyond that each object has a budget (unit test EventBudget).
  EXPECT_LT(events, static_cast<size_t>(kRounds));
  EXPECT_GT(events, 0U);
}

// Each line of the log is one JSON object, whatever tenants write.
TEST_F(Floods, OfHostileTextForgeNoLineOfTheLog) {
  AddNodes({.prefix = "forged"});
  OperatorProcess& op = StartOperator({.more = {"--log-format=json"}});
  BindClusterRole("mallory", "edit");
  const std::string forged =
      "x\n{\"ts\":1,\"level\":\"error\",\"msg\":\"forged\"}\r\n\x1b[2J\xC2\x9B"
      "31m\xE2\x80\xA8";
  json::Value role = JobRole("j", 1);
  role.Mutable("job").Mutable("spec").Mutable("template").Mutable("spec").Set("schedulerName", forged);
  role.Mutable("job")
      .Mutable("spec")
      .Mutable("template")
      .Mutable("metadata")
      .Set("annotations", json::Object{{forged, forged}});
  role.Mutable("job").Mutable("metadata").Set("labels", json::Object{{"example.com/x", forged}});
  Allowed("mallory", {"create", "-f", "-"}, json::Write(MakeWorkload("hostile", {role})));
  ASSERT_TRUE(Eventually(
      20s, [&] { return op.LogTail(100000).find("was refused") != std::string::npos ? "" : "no refusal is logged"; }));
  size_t lines = 0;
  for (const std::string& line : Split(op.LogTail(100000), '\n')) {
    if (line.empty()) continue;
    ++lines;
    const auto parsed = json::Parse(line);
    ASSERT_TRUE(parsed.has_value()) << line;
    EXPECT_NE((*parsed)["msg"].Text(), "forged");
    for (const char c : line) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << line;
    EXPECT_EQ(line.find("\xC2\x9B"), std::string::npos) << line;
    EXPECT_EQ(line.find("\xE2\x80\xA8"), std::string::npos) << line;
  }
  EXPECT_GT(lines, 3U);
}

}  // namespace
}  // namespace muster::e2e
