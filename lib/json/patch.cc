#include "lib/json/patch.h"

#include <utility>

namespace muster::json {

Value Operation(std::string_view op, std::string_view path, Value value) {
  return Object{{"op", op}, {"path", path}, {"value", std::move(value)}};
}

std::string EscapePointer(std::string_view token) {
  std::string escaped;
  for (const char c : token) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string PathTo(std::string_view parent, std::string_view key) {
  return std::string(parent) + "/" + EscapePointer(key);
}

}  // namespace muster::json
