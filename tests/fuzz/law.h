// What every fuzz target needs: a law that ends the run when it is broken, and small choices taken off the input. Test
// support; pure.
//
//   Choices choices(data, size);
//   const size_t width = choices.Byte() % 100;
//   LAW(LineWidth(line) <= width);   // CHECK: prints the law and aborts, which libFuzzer and replay_main both report
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/check.h"
#include "lib/json/value.h"

#define LAW(condition) CHECK(condition)

namespace muster::fuzz {

class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  // The next byte, 0 when there is none left.
  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view Rest() const { return rest_; }
  // Up to `separator` or the end; the separator is taken too.
  std::string_view Until(std::string_view separator) {
    const size_t end = rest_.find(separator);
    const std::string_view part = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + separator.size());
    return part;
  }

 private:
  std::string_view rest_;
};

inline size_t CountValues(const json::Value& value) {
  size_t count = 1;
  for (const json::Value& item : value.Items()) count += CountValues(item);
  for (const json::Member& member : value.Members()) count += CountValues(member.second);
  return count;
}

}  // namespace muster::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
