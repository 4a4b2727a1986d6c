// Every case in cases/: UPDATE_GOLDEN=1 writes what happens now instead of comparing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/scenario/operator/story_file.h"

namespace muster::sim {
namespace {

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(MUSTER_SOURCE_DIR "/tests/scenario/operator/cases")) {
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Story : public ::testing::TestWithParam<std::string> {};

TEST_P(Story, GoesAsExpected) {
  const std::string path = MUSTER_SOURCE_DIR "/tests/scenario/operator/cases/" + GetParam();
  std::string problems;
  const auto told = TellStory(ReadFile(path + ".yaml"), problems);
  ASSERT_TRUE(told.has_value()) << told.error().message;
  EXPECT_EQ(problems, "");
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path + ".expected") << *told;
    return;
  }
  EXPECT_EQ(*told, ReadFile(path + ".expected")) << "UPDATE_GOLDEN=1 rewrites " << GetParam() << ".expected";
}

// I5, of every story: as soon as another operator is started, and only when the lease of the dead one is over.
TEST_P(Story, EndsAsExpectedAfterACrashAtAnyWrite) {
  const std::string yaml = ReadFile(MUSTER_SOURCE_DIR "/tests/scenario/operator/cases/" + GetParam() + ".yaml");
  const auto undisturbed = EndStory(yaml, 0, Duration(0));
  ASSERT_TRUE(undisturbed.has_value()) << undisturbed.error().message;
  EXPECT_EQ(undisturbed->problems, "");
  EXPECT_GT(undisturbed->writes, 0);
  for (const Duration restart_after : {std::chrono::milliseconds(1500), std::chrono::milliseconds(20000)}) {
    for (int64_t k = 1; k <= undisturbed->writes && !HasFailure(); ++k) {
      SCOPED_TRACE("crash after write " + std::to_string(k) + " of " + std::to_string(undisturbed->writes) +
                   ", mended after " + std::to_string(restart_after.count()) + " ms");
      const auto crashed = EndStory(yaml, k, restart_after);
      ASSERT_TRUE(crashed.has_value()) << crashed.error().message;
      EXPECT_EQ(crashed->state, undisturbed->state);
      EXPECT_EQ(crashed->problems, "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Story, ::testing::ValuesIn(CaseNames()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace muster::sim
