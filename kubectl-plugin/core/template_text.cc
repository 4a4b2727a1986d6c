#include "kubectl-plugin/core/template_text.h"

#include <algorithm>

namespace muster::plugin {
namespace {

constexpr std::string_view kOfHelm[] = {".Values",  ".Release", ".Chart",    ".Capabilities", ".Files", ".Template",
                                        "include ", "toYaml",   "define \"", "template \"",   "nindent"};

bool IsForHelm(std::string_view action) {
  return std::any_of(std::begin(kOfHelm), std::end(kOfHelm),
                     [action](std::string_view word) { return action.find(word) != std::string_view::npos; });
}

bool IsQuotedAt(std::string_view line, size_t at) {
  const std::string_view before = line.substr(0, at);
  return std::count(before.begin(), before.end(), '"') % 2 == 1 ||
         std::count(before.begin(), before.end(), '\'') % 2 == 1;
}

bool HasSign(std::string_view line, TemplateSign sign) {
  if (const size_t first = line.find_first_not_of(" \t"); first == std::string_view::npos || line[first] == '#') {
    return false;
  }
  for (size_t at = line.find("{{"); at != std::string_view::npos; at = line.find("{{", at + 2)) {
    const std::string_view action = line.substr(at, line.find("}}", at) - at);
    if (sign == TemplateSign::kHelm ? IsForHelm(action) : !IsQuotedAt(line, at)) return true;
  }
  return false;
}

}  // namespace

int64_t TemplateLine(std::string_view text, TemplateSign sign) {
  for (int64_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (HasSign(text.substr(0, end), sign)) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}

}  // namespace muster::plugin
