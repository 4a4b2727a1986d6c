#include "kubectl-plugin/core/target.h"

#include <algorithm>
#include <utility>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kWorkloadWords[] = {"workload", "workloads",           "wl",
                                               "mwl",      "workload.muster.dev", "workloads.muster.dev"};
constexpr std::string_view kPodGroupWords[] = {
    "podgroup", "podgroups", "pg", "mpg", "group", "groups", "podgroup.muster.dev", "podgroups.muster.dev"};

template <size_t N>
bool IsOneOf(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool IsObjectName(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 253 || !alphanumeric(name.front()) || !alphanumeric(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-' || c == '.'; });
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<TargetKind> KindOfWord(std::string_view word) {
  const std::string lower = LowerCase(word);
  if (IsOneOf(kWorkloadWords, lower)) return TargetKind::kWorkload;
  if (IsOneOf(kPodGroupWords, lower)) return TargetKind::kPodGroup;
  return std::nullopt;
}

Result<Target> ParseTarget(std::string_view text) {
  Target target;
  std::string_view name = text;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view word = text.substr(0, slash);
    const std::optional<TargetKind> kind = KindOfWord(word);
    name = text.substr(slash + 1);
    if (!kind) {
      return MakeError(Code::kInvalid, "unknown kind \"" + LowerCase(word) + "\" in \"" + std::string(text) +
                                           "\"; use workload/NAME or podgroup/NAME");
    }
    target.kind = *kind;
  }
  if (!IsObjectName(name)) {
    return MakeError(Code::kInvalid, "\"" + std::string(name) +
                                         "\" is not a valid name: a name consists of lower-case letters, "
                                         "digits, '-' and '.', and starts and ends with a letter or digit");
  }
  target.name = name;
  return target;
}

Result<std::vector<Target>> ParseTargets(const std::vector<std::string>& texts) {
  std::vector<Target> targets;
  for (const std::string& text : texts) {
    TRY(Target target, ParseTarget(text));
    if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(std::move(target));
  }
  return targets;
}

std::string_view PrintedKind(TargetKind kind) {
  return kind == TargetKind::kPodGroup ? "podgroup.muster.dev" : "workload.muster.dev";
}

std::vector<std::string> NearNames(std::string_view wanted, const std::vector<std::string>& names) {
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& name : names) {
    const size_t distance = EditDistance(wanted, name);
    const bool begins = wanted.size() >= 2 && (name.starts_with(wanted) || wanted.starts_with(name));
    if (begins || distance <= std::max<size_t>(1, wanted.size() / 3)) near.emplace_back(distance, name);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> nearest;
  for (const auto& [distance, name] : near) {
    if (nearest.size() < 3) nearest.push_back(name);
  }
  return nearest;
}

}  // namespace muster::plugin
