#include "tests/e2e/support/eventually.h"

#include <chrono>
#include <thread>

namespace muster::e2e {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kPoll = std::chrono::milliseconds(20);

}  // namespace

::testing::AssertionResult Eventually(Duration longest, const Problem& problem) {
  const auto deadline = Steady::now() + longest;
  std::string wrong = problem();
  while (!wrong.empty() && Steady::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    wrong = problem();
  }
  if (wrong.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "after " << Seconds(longest) << " s: " << wrong;
}

::testing::AssertionResult Stays(Duration length, const Problem& problem) {
  const auto end = Steady::now() + length;
  while (Steady::now() < end) {
    if (const std::string wrong = problem(); !wrong.empty()) {
      return ::testing::AssertionFailure() << "not for " << Seconds(length) << " s: " << wrong;
    }
    std::this_thread::sleep_for(kPoll);
  }
  return ::testing::AssertionSuccess();
}

double Seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }

}  // namespace muster::e2e
