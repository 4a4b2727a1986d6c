#include "lib/api/explanation.h"

#include <gtest/gtest.h>

#include "lib/json/text.h"

namespace muster::api {
namespace {

Explanation Example() {
  Explanation explanation;
  explanation.summary = "needs 8 x 4 nvidia.com/gpu, room for 5";
  explanation.roles = {{"launcher", 1, 1}, {"workers", 5, 8}};
  explanation.blockers = {
      {"InsufficientExtendedResource", "workers", "nvidia.com/gpu", "12", 22, "nvidia.com/gpu: 12 more needed"},
      {"UntoleratedTaint", "workers", "", "", 10, "untolerated taint dedicated=infra"}};
  explanation.changes = {{"AddNodes", "3 more nodes like gpu-a-1 (4 nvidia.com/gpu each)"}};
  explanation.not_considered = {"pod anti-affinity of role workers"};
  explanation.nodes = 40;
  return explanation;
}

TEST(Explanation, IsReadAsItWasWritten) {
  EXPECT_EQ(DecodeExplanation(EncodeExplanation(Example())), Example());
  EXPECT_EQ(DecodeExplanation(EncodeExplanation(Explanation())), Explanation());
  EXPECT_EQ(DecodeExplanation(json::Value("text")), Explanation());
}

TEST(Explanation, LeavesOutWhatIsEmpty) {
  Explanation explanation;
  explanation.summary = "suspended";
  explanation.blockers = {{"Suspended", "", "", "", 0, "suspended by spec.suspend"}};
  EXPECT_EQ(json::Write(EncodeExplanation(explanation)),
            R"({"summary":"suspended","blockers":[{"code":"Suspended","message":"suspended by spec.suspend"}]})");
}

TEST(Explanation, ShortFormStillSaysWhatIsShortAndByHowMuch) {
  const Explanation form = ShortForm(Example());
  EXPECT_EQ(form.summary, Example().summary);
  ASSERT_EQ(form.blockers.size(), 1U);
  EXPECT_EQ(form.blockers[0].missing, "12");
  EXPECT_TRUE(form.roles.empty());
  EXPECT_TRUE(form.changes.empty());
}

}  // namespace
}  // namespace muster::api
