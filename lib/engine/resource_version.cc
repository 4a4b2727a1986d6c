#include "lib/engine/resource_version.h"

#include <algorithm>

namespace muster::engine {

bool IsNumericVersion(std::string_view version) {
  if (version.empty() || version.front() == '0') return false;
  return std::all_of(version.begin(), version.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool HasReached(std::string_view seen, std::string_view wanted) {
  if (seen == wanted) return !seen.empty();
  if (!IsNumericVersion(seen) || !IsNumericVersion(wanted)) return false;
  return seen.size() != wanted.size() ? seen.size() > wanted.size() : seen > wanted;
}

}  // namespace muster::engine
