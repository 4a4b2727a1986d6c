// Waiting in tests: poll until something is so, with a deadline, and say what was still wrong when it was not.
//
//   EXPECT_TRUE(Eventually(5s, [&] { return pods() == 10 ? "" : std::to_string(pods()) + " pods"; }));
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

#include "lib/base/time.h"

namespace muster::e2e {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): 5s, 200ms, in tests alone

// "" when all is well, else what is wrong now.
using Problem = std::function<std::string()>;

// A deadline ends a hang, it measures nothing: on a machine that is busy with something else the same takes longer.
inline constexpr int kPatience = 4;

// Counts the time that has passed since it was made as an idle machine would have needed it: while more threads want to
// run than there are processors (/proc/loadavg says how many), time counts in proportion less, at least an eighth.
class BusyClock {
 public:
  BusyClock();
  // Call it at least every second: the load is sampled here.
  Duration Elapsed();

 private:
  std::chrono::steady_clock::time_point sampled_;
  std::chrono::duration<double> counted_{0};
};

// Polls until `problem` is "", at most kPatience times `longest` by a BusyClock: `longest` is what it may take on an
// idle machine.
::testing::AssertionResult Eventually(Duration longest, const Problem& problem);
// `problem` is "" all that time: for what must not happen.
::testing::AssertionResult Stays(Duration length, const Problem& problem);

// "" when equal, else "<what> is <got>, not <wanted>".
template <class T, class U>
std::string Differs(const std::string& what, const T& got, const U& wanted) {
  if (got == wanted) return {};
  return what + " is " + ::testing::PrintToString(got) + ", not " + ::testing::PrintToString(wanted);
}

double Seconds(Duration duration);

}  // namespace muster::e2e
