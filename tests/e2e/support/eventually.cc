#include "tests/e2e/support/eventually.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace muster::e2e {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kPollShortest = std::chrono::milliseconds(20);
constexpr auto kPollLongest = std::chrono::milliseconds(200);

}  // namespace

::testing::AssertionResult Eventually(Duration longest, const Problem& problem) {
  longest *= kPatience;
  const auto began = Steady::now();
  std::string wrong = problem();
  while (!wrong.empty() && Steady::now() < began + longest) {
    // Conditions over hundreds of objects cost something: what has taken long need not be known to the millisecond.
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began);
    std::this_thread::sleep_for(std::clamp<std::chrono::milliseconds>(waited / 20, kPollShortest, kPollLongest));
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
    std::this_thread::sleep_for(kPollShortest);
  }
  return ::testing::AssertionSuccess();
}

double Seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }

}  // namespace muster::e2e
