#include "tests/e2e/support/eventually.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

namespace muster::e2e {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kPollShortest = std::chrono::milliseconds(20);
constexpr auto kPollLongest = std::chrono::milliseconds(200);

constexpr double kBusiest = 8;

// How many threads want to run for each processor; at least 1, and at most kBusiest.
double RunnablePerProcessor() {
  std::ifstream file("/proc/loadavg");  // "0.20 0.18 0.12 3/512 8891": 3 of 512 threads are runnable
  std::string one, five, fifteen;
  double runnable = 0;
  file >> one >> five >> fifteen >> runnable;
  static const double kProcessors = std::max(1U, std::thread::hardware_concurrency());
  return std::clamp(runnable / kProcessors, 1.0, kBusiest);
}

}  // namespace

BusyClock::BusyClock() : sampled_(Steady::now()) {}

Duration BusyClock::Elapsed() {
  const auto now = Steady::now();
  counted_ += std::chrono::duration<double>(now - sampled_) / RunnablePerProcessor();
  sampled_ = now;
  return std::chrono::duration_cast<Duration>(counted_);
}

::testing::AssertionResult Eventually(Duration longest, const Problem& problem) {
  longest *= kPatience;
  const auto began = Steady::now();
  BusyClock clock;
  std::string wrong = problem();
  while (!wrong.empty() && clock.Elapsed() < longest) {
    // Conditions over hundreds of objects cost something: what has taken long need not be known to the millisecond.
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began);
    std::this_thread::sleep_for(std::clamp<std::chrono::milliseconds>(waited / 20, kPollShortest, kPollLongest));
    wrong = problem();
  }
  if (wrong.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "after "
                                       << Seconds(std::chrono::duration_cast<Duration>(Steady::now() - began))
                                       << " s: " << wrong;
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
