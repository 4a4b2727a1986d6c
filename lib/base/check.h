// CHECK(condition): an invariant of ours that stays on in release. Layer: base.
// It prints file, line and condition to standard error and aborts: the state is level-triggered, a restart is cheap,
// and going on with a broken invariant is not. Never for bad input: that is a Result or a condition.
#pragma once

namespace muster {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace muster

#define CHECK(condition)                                     \
  do {                                                       \
    if (!(condition)) [[unlikely]]                           \
      ::muster::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
