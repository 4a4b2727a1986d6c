// No code without a remedy that was applied: what the tables here name, and what is exempted with its reason, is
// exactly what the headers have. Needs no cluster.
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "lib/api/explanation.h"
#include "tests/e2e/remedies/situations.h"
#include "tests/e2e/remedies/troubles.h"

namespace muster::e2e {
namespace {

// What no test here mends, and why.
const std::map<std::string, std::string> kExempted = {
    {"CannotStart", "the CRD refuses what leads to it: only a Workload stored under older rules could have it"},
};

// The values of the constants in a namespace of a header.
std::set<std::string> ConstantsOf(const std::string& path, const std::string& name) {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  std::stringstream stream;
  stream << file.rdbuf();
  const std::string text = stream.str();
  const size_t begin = text.find("namespace " + name + " {");
  const std::string body = text.substr(begin, text.find("}  // namespace " + name, begin) - begin);
  const std::regex constant("constexpr std::string_view k\\w+\\s*=\\s*\"(\\w+)\"");
  std::set<std::string> values;
  for (std::sregex_iterator at(body.begin(), body.end(), constant), end; at != end; ++at) values.insert((*at)[1]);
  return values;
}

TEST(RemedyCoverage, HasEveryBlocker) {
  std::set<std::string> codes = ConstantsOf("lib/api/explanation.h", "blocker");
  ASSERT_EQ(codes.erase(std::string(api::blocker::kInsufficientPrefix)), 1U);
  for (const char* what : {"Cpu", "Memory", "EphemeralStorage", "Pods", "ExtendedResource"}) {
    codes.insert(std::string(api::blocker::kInsufficientPrefix) + what);
  }
  std::set<std::string> applied;
  for (const Situation& situation : Situations()) applied.insert(situation.blocker);
  for (const Trouble& trouble : Troubles()) applied.insert(trouble.blocker);
  for (const auto& [code, reason] : kExempted) {
    EXPECT_FALSE(reason.empty()) << code;
    EXPECT_TRUE(applied.insert(code).second) << code << " is exempted and applied";
  }
  EXPECT_EQ(applied, codes);
}

TEST(RemedyCoverage, HasEveryChange) {
  std::set<std::string> applied;
  for (const Situation& situation : Situations()) applied.insert(situation.code);
  for (const Trouble& trouble : Troubles()) {
    if (!trouble.change.empty()) applied.insert(trouble.change);
  }
  EXPECT_EQ(applied, ConstantsOf("lib/placement/changes.h", "change"));
}

}  // namespace
}  // namespace muster::e2e
