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

INSTANTIATE_TEST_SUITE_P(Cases, Story, ::testing::ValuesIn(CaseNames()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace muster::sim
