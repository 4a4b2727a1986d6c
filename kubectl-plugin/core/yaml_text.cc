#include "kubectl-plugin/core/yaml_text.h"

#include <algorithm>
#include <string_view>

#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/utf8.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

bool AllSafe(std::string_view text, bool line_breaks) {
  while (!text.empty()) {
    const char32_t point = TakeCodePoint(text);
    if (!IsSafe(point) && !(line_breaks && point == '\n')) return false;
  }
  return true;
}

bool LooksLikeAnotherType(const std::string& text) {
  static constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords)) return true;
  const char first = lower.front();
  // Whatever begins like a number or a date is quoted: cheaper than to know all of YAML 1.1's numbers.
  return (first >= '0' && first <= '9') || first == '+' || first == '.' || first == '-';
}

bool CanBePlain(const std::string& text) {
  if (text.empty() || LooksLikeAnotherType(text) || !AllSafe(text, false)) return false;
  if (std::string_view("!&*?|>%@`\"'#{}[],:=<").find(text.front()) != std::string_view::npos) return false;
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  return text.find(": ") == std::string::npos && text.find(" #") == std::string::npos;
}

bool CanBeBlock(const std::string& text) {
  const size_t line_break = text.find('\n');
  if (line_break == std::string::npos || line_break == 0 || text.front() == ' ') return false;
  return text.find(" \n") == std::string::npos && AllSafe(text, true);
}

std::string Quoted(const std::string& text) { return EscapeJson(json::Write(json::Value(text))); }

void AppendBlock(std::string& out, const std::string& text, size_t indent) {
  const bool ends = text.back() == '\n';
  const bool ends_twice = ends && text.size() > 1 && text[text.size() - 2] == '\n';
  out += ends_twice ? "|+\n" : (ends ? "|\n" : "|-\n");
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (const std::string_view line = rest.substr(0, end); !line.empty()) out.append(indent, ' ').append(line);
    out += '\n';
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

void AppendScalar(std::string& out, const json::Value& value, size_t indent) {
  if (!value.IsString()) {
    out += value.IsArray() ? "[]" : (value.IsObject() ? "{}" : json::Write(value));
  } else if (CanBePlain(value.Text())) {
    out += value.Text();
  } else if (CanBeBlock(value.Text())) {
    AppendBlock(out, value.Text(), indent);
    return;
  } else {
    out += Quoted(value.Text());
  }
  out += '\n';
}

bool IsEmptyOrScalar(const json::Value& value) { return value.Items().empty() && value.Members().empty(); }

// `value` is a collection; its first line begins where `out` stands, the others are indented.
void AppendCollection(std::string& out, const json::Value& value, size_t indent) {
  bool first = true;
  const auto begin = [&] {
    if (!first) out.append(indent, ' ');
    first = false;
  };
  for (const json::Value& item : value.Items()) {
    begin();
    out += "- ";
    IsEmptyOrScalar(item) ? AppendScalar(out, item, indent + 2) : AppendCollection(out, item, indent + 2);
  }
  for (const auto& [key, member] : value.Members()) {
    begin();
    out += CanBePlain(key) ? key : Quoted(key);
    if (IsEmptyOrScalar(member)) {
      out += ": ";
      AppendScalar(out, member, indent + 2);
    } else {
      const size_t deeper = member.IsArray() ? indent : indent + 2;  // kubectl does not indent lists
      out += ":\n";
      out.append(deeper, ' ');
      AppendCollection(out, member, deeper);
    }
  }
}

}  // namespace

std::string YamlText(const json::Value& value) {
  std::string out;
  IsEmptyOrScalar(value) ? AppendScalar(out, value, 0) : AppendCollection(out, value, 0);
  return out;
}

}  // namespace muster::plugin
