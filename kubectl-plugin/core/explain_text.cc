// The text of `explain`; what is said is decided in explain_view.cc.
#include <algorithm>

#include "kubectl-plugin/core/explain_view.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr size_t kAlikeNamed = 3;

std::string AlikeText(const std::vector<std::string>& alike) {
  if (alike.size() == 1) return "The same applies to group " + alike.front() + ".";
  std::vector<std::string> named(alike.begin(), alike.begin() + static_cast<long>(std::min(alike.size(), kAlikeNamed)));
  const size_t more = alike.size() - named.size();
  return "The same applies to " + std::to_string(alike.size()) + " more groups: " + Join(named, ", ") +
         (more == 0 ? "." : " and " + Count(static_cast<int64_t>(more), "other") + ".");
}

Line HeadlineOf(const GroupAnswer& answer) {
  // The state's word carries the colour: "podgroup ml/train-1 is <waiting>: ...".
  const size_t colon = answer.headline.find(": ");
  const std::string subject = answer.headline.substr(0, colon);
  const size_t word = subject.rfind(' ');
  if (word == std::string::npos) return {{answer.headline}};
  std::string state = subject.substr(word + 1);
  Line line{{subject.substr(0, word + 1)}, {std::move(state), ToneOf(answer.verdict.health)}};
  if (colon != std::string::npos) line.push_back({answer.headline.substr(colon)});
  return line;
}

}  // namespace

Page RenderAnswer(const GroupAnswer& answer, const Paper& paper) {
  Page page{HeadlineOf(answer)};
  for (Line& line : answer.roles.Lines()) page.push_back(std::move(line));
  for (const NodesLine& nodes : answer.nodes) {
    page.push_back({{nodes.title + ": " + Join(nodes.parts, Dot(paper.glyphs))}});
  }
  for (const std::string& fact : answer.facts) page.push_back({{fact}});
  if (!answer.changes.empty()) {
    const std::string would = answer.kept ? "It would have room with" : "It would start with";
    page.push_back({{would + (answer.changes.size() == 1 ? ":" : " any one of:")}});
    for (const std::string& change : answer.changes) page.push_back({{"  " + change}});
  }
  for (const std::string& advice : answer.advice) page.push_back({{advice}});
  if (!answer.not_considered.empty()) {
    page.push_back({{"Not considered: " + Join(answer.not_considered, "; ") + "."}});
  }
  if (!answer.alike.empty()) page.push_back({{AlikeText(answer.alike), Tone::kFaint}});
  return page;
}

json::Value AnswersJson(const std::vector<GroupAnswer>& answers) {
  json::Array items;
  for (const GroupAnswer& answer : answers) items.push_back(answer.json);
  return json::Object{
      {"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "ExplanationList"}, {"items", std::move(items)}};
}

}  // namespace muster::plugin
