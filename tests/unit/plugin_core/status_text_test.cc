#include "kubectl-plugin/core/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::plugin {
namespace {

using ::testing::HasSubstr;

WorkloadView MakeView(int waiting, int running, int roles) {
  WorkloadView view;
  view.key = {"ml", "farm"};
  view.verdict = {"Waiting", "", waiting > 0 ? Health::kBusy : Health::kHealthy};
  for (int i = 0; i < running + waiting; ++i) {
    GroupView group;
    group.key = {"ml", "farm-" + std::to_string(i)};
    group.index = i;
    group.verdict =
        i < running ? Verdict{"Running", "", Health::kHealthy} : Verdict{"Waiting", "no room", Health::kBusy};
    for (int r = 0; r < roles; ++r) group.roles.push_back({"r" + std::to_string(r), "Job", "1/1 active"});
    view.groups.push_back(group);
  }
  return view;
}

TEST(RenderStatus, NeverExceedsThePapersRows) {
  for (size_t rows = 4; rows < 60; ++rows) {
    for (const auto& [waiting, running] : {std::pair{0, 40}, {1, 3}, {40, 0}, {20, 20}, {1, 0}}) {
      EXPECT_LE(RenderStatus(MakeView(waiting, running, 2), {.rows = rows}, {}).size(), rows);
    }
  }
}

TEST(RenderStatus, ShowsTheUnhealthyFirstAndFoldsTheRest) {
  const std::string text = Print(RenderStatus(MakeView(2, 40, 2), {.rows = 8}, {}), {});
  EXPECT_THAT(text, HasSubstr("├─ farm-40  Waiting"));
  EXPECT_THAT(text, HasSubstr("├─ farm-41  Waiting"));
  EXPECT_THAT(text, HasSubstr("└─ +38 more ready\n"));
}

TEST(RenderStatus, KeepsTheOrderOfIndexWhenAllFits) {
  const std::string text = Print(RenderStatus(MakeView(1, 1, 1), {.rows = 20}, {}), {});
  EXPECT_LT(text.find("farm-0"), text.find("farm-1"));
}

TEST(RenderStatus, ShowsEverythingWhenToldTo) {
  const std::string text = Print(RenderStatus(MakeView(100, 100, 2), {}, {}, Fold::kNever), {});
  EXPECT_EQ(text.find("more"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("farm-199"));
}

WorkloadView MakeLongView(const std::string& why) {
  WorkloadView view = MakeView(2, 1, 2);
  for (GroupView& group : view.groups) {
    if (group.verdict.health != Health::kHealthy) group.verdict.detail = why;
  }
  return view;
}

TEST(RenderStatus, WrapsAReasonBelowItsRow) {
  const std::string why =
      "role workers: spec.template.spec.containers[0].image: Required value, and one more thing to fix";
  const std::string text = Print(RenderStatus(MakeLongView(why), {.width = 80}, {}), {.width = 80});
  EXPECT_THAT(text, HasSubstr("└─ farm-2  Waiting  0/0        0/0\n"
                              "   role workers: spec.template.spec.containers[0].image: Required value, and one\n"
                              "   more thing to fix\n"
                              "   ├─ r0  Job  1/1 active\n"))
      << text;
  EXPECT_THAT(text, HasSubstr("│  more thing to fix\n")) << text;
}

TEST(RenderStatus, NeverExceedsThePapersRowsWithLongReasons) {
  const std::string why(300, 'x');
  for (size_t rows = 4; rows < 40; ++rows) {
    for (const size_t width : {1U, 14U, 40U, 80U, 120U}) {
      EXPECT_LE(RenderStatus(MakeLongView(why), {.width = width, .rows = rows}, {}).size(), rows);
    }
  }
}

TEST(RenderStatus, WantsNoMembersOfAFinishedGroup) {
  WorkloadView view = MakeView(0, 1, 0);
  view.groups.front().verdict = {"Failed", "Job farm-0-main failed", Health::kBroken};
  view.groups.front().members = 2;
  EXPECT_THAT(Print(RenderStatus(view, {}, {}), {}), HasSubstr("└─ farm-0  Failed  -          -"));
  EXPECT_EQ(GroupChange(view.groups.front()), "farm-0  Failed  Job farm-0-main failed");
}

TEST(RenderStatuses, GiveHealthyOnesOneLineAndFitThePaper) {
  std::vector<WorkloadView> views;
  for (int i = 0; i < 10; ++i) views.push_back(MakeView(i % 2, 3, 2));
  for (size_t rows = 4; rows < 80; ++rows) EXPECT_LE(RenderStatuses(views, {.rows = rows}, {}).size(), rows);
}

}  // namespace
}  // namespace muster::plugin
