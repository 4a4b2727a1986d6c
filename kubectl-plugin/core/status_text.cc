#include "kubectl-plugin/core/status_text.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "kubectl-plugin/core/utf8.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr size_t kTableGap = 2;
constexpr size_t kUnlimited = SIZE_MAX;
constexpr size_t kLongTree = 48;    // lines of a tree that a paper without end gets before it is folded
constexpr size_t kNarrowName = 11;  // columns that names of roles, and kinds, get on narrow paper
constexpr size_t kHeaderLines = 3;  // two of the header, one of titles
constexpr size_t kTrunkWidth = 3;
constexpr size_t kLeastWhy = 12;  // columns that a reason beside its row needs; else it is written below

// A group in the tree: its row, the lines of its reason that do not fit beside the row, its roles.
struct ShownGroup {
  const GroupView* group = nullptr;
  std::vector<std::string> why;
  bool with_roles = true;
};

// Which groups are shown, in which order, and how much of each.
struct Choice {
  std::vector<ShownGroup> shown;
  std::vector<const GroupView*> folded;
};

std::string Fraction(int64_t part, int64_t whole) { return std::to_string(part) + "/" + std::to_string(whole); }

// A finished group has no members any more.
bool HasEnded(const GroupView& group) { return group.verdict.word == "Succeeded" || group.verdict.word == "Failed"; }

Line GroupCells(const GroupView& group, std::string_view branch, Instant now) {
  return {{std::string(branch) + group.key.name},
          {group.verdict.word, ToneOf(group.verdict.health)},
          {HasEnded(group) ? "-" : Fraction(group.scheduled, group.members)},
          {HasEnded(group) ? "-" : Fraction(group.ready, group.members)},
          {group.verdict.since ? FormatAge(now - *group.verdict.since) : ""},
          {group.verdict.detail}};
}

Line TreeTitles() { return {{"GROUP"}, {"STATUS"}, {"SCHEDULED"}, {"READY"}, {"SINCE"}, {"WHY"}}; }

// Columns before WHY in a table of all groups.
size_t WhyColumn(const WorkloadView& workload, const Paper& paper, Instant now) {
  Table table(kTableGap);
  table.Add(TreeTitles());
  for (const GroupView& group : workload.groups) table.Add(GroupCells(group, Branch(paper.glyphs), now));
  table.Fit(paper);
  size_t column = 0;
  const std::vector<size_t> widths = table.Widths();
  for (size_t i = 0; i + 1 < widths.size(); ++i) column += widths[i] + kTableGap;
  return column;
}

// The reason in lines below the row; none when it fits beside it, or when the paper is too narrow for any text.
std::vector<std::string> WhyBelow(const GroupView& group, size_t column, const Paper& paper) {
  const std::string why = Span(group.verdict.detail).text;
  if (paper.width < kTrunkWidth + kLeastWhy || column + DisplayWidth(why) <= paper.width) return {};
  return WrapWords(why, paper.width - kTrunkWidth);
}

Choice Choose(const WorkloadView& workload, size_t room, const Paper& paper, Instant now) {
  Choice choice;
  const size_t column = WhyColumn(workload, paper, now);
  size_t lines = 0;
  for (const GroupView& group : workload.groups) {
    choice.shown.push_back({&group, WhyBelow(group, column, paper)});
    lines += 1 + choice.shown.back().why.size() + group.roles.size();
  }
  if (lines <= room) return choice;
  std::stable_sort(choice.shown.begin(), choice.shown.end(), [](const ShownGroup& a, const ShownGroup& b) {
    return a.group->verdict.health > b.group->verdict.health;
  });
  if (choice.shown.size() > room) {
    const size_t kept = room > 1 ? room - 1 : 0;  // one line says what is folded
    for (size_t i = kept; i < choice.shown.size(); ++i) choice.folded.push_back(choice.shown[i].group);
    choice.shown.resize(kept);
  }
  size_t left = room - std::min(room, choice.shown.size() + (choice.folded.empty() ? 0 : 1));
  for (ShownGroup& shown : choice.shown) {
    if (shown.why.size() > left) shown.why.clear();
    left -= shown.why.size();
  }
  for (ShownGroup& shown : choice.shown) {
    shown.with_roles = shown.group->roles.size() <= left;
    if (shown.with_roles) left -= shown.group->roles.size();
  }
  return choice;
}

std::string FoldedText(const std::vector<const GroupView*>& folded) {
  std::map<std::string, int64_t> by_word;
  for (const GroupView* group : folded) ++by_word[group->verdict.word];
  const std::string more = "+" + std::to_string(folded.size()) + " more";
  const auto said = [](const std::string& word) {
    std::string lower = word == "Running" ? "Ready" : word;
    lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
    return lower;
  };
  if (by_word.size() == 1) return more + " " + said(by_word.begin()->first);
  std::vector<std::string> parts;
  parts.reserve(by_word.size());
  for (const auto& [word, count] : by_word) parts.push_back(std::to_string(count) + " " + said(word));
  return more + ": " + Join(parts, ", ");
}

struct RoleWidths {
  size_t name = 0;
  size_t kind = 0;
};

Line RoleLine(const RoleView& role, std::string_view trunk, std::string_view branch, const RoleWidths& widths,
              std::string_view ellipsis) {
  const auto padded = [ellipsis](const std::string& given, size_t width) {
    const std::string text = ElideMiddle(Span(given).text, width, ellipsis);
    return text + std::string(width - std::min(width, DisplayWidth(text)) + kTableGap, ' ');
  };
  return {{std::string(trunk) + std::string(branch), Tone::kFaint},
          {padded(role.name, widths.name)},
          {padded(role.kind, widths.kind), Tone::kFaint},
          {role.text, role.tone}};
}

RoleWidths RoleWidthsOf(const Choice& choice, const Paper& paper) {
  RoleWidths widths;
  for (const ShownGroup& shown : choice.shown) {
    for (const RoleView& role : shown.group->roles) {
      widths.name = std::max(widths.name, LineWidth({{role.name}}));
      widths.kind = std::max(widths.kind, LineWidth({{role.kind}}));
    }
  }
  if (paper.width > 0) {
    widths.name = std::min(widths.name, std::max<size_t>(kNarrowName, paper.width / 3));
    widths.kind = std::min(widths.kind, std::max<size_t>(kNarrowName, paper.width / 3));
  }
  return widths;
}

Page Tree(const Choice& choice, const Paper& paper, Instant now) {
  Table table(kTableGap);
  table.Add(TreeTitles());
  const auto is_last = [&](size_t i) { return choice.folded.empty() && i + 1 == choice.shown.size(); };
  for (size_t i = 0; i < choice.shown.size(); ++i) {
    Line cells = GroupCells(*choice.shown[i].group, is_last(i) ? LastBranch(paper.glyphs) : Branch(paper.glyphs), now);
    if (!choice.shown[i].why.empty()) cells.back().text.clear();
    table.Add(std::move(cells));
  }
  table.Fit(paper);
  const RoleWidths widths = RoleWidthsOf(choice, paper);
  const Page rows = table.Lines();
  Page page{rows.front()};
  for (size_t i = 0; i < choice.shown.size(); ++i) {
    const ShownGroup& shown = choice.shown[i];
    const std::string_view trunk = is_last(i) ? "   " : Trunk(paper.glyphs);
    page.push_back(rows[i + 1]);
    for (const std::string& line : shown.why) page.push_back({{std::string(trunk), Tone::kFaint}, {line}});
    if (!shown.with_roles) continue;
    const std::vector<RoleView>& roles = shown.group->roles;
    for (const RoleView& role : roles) {
      const bool last = &role == &roles.back();
      page.push_back(RoleLine(role, trunk, last ? LastBranch(paper.glyphs) : Branch(paper.glyphs), widths,
                              Ellipsis(paper.glyphs)));
    }
  }
  if (!choice.folded.empty()) {
    page.push_back({{std::string(LastBranch(paper.glyphs))}, {FoldedText(choice.folded), Tone::kFaint}});
  }
  return page;
}

Line TitleLine(const WorkloadView& workload) { return {{"Workload  "}, {workload.key.Text(), Tone::kStrong}}; }

Line VerdictLine(const Verdict& verdict) {
  Line line{{verdict.word, ToneOf(verdict.health)}};
  if (!verdict.detail.empty()) line.push_back({": " + verdict.detail});
  return line;
}

// "LABEL TEXT  RIGHT" on paper too narrow for columns: what is on the right says how it is, so the text gives way.
Line Squeezed(const std::string& label, const Span& text, const Line& right, const Paper& paper) {
  constexpr size_t kLeast = 12;
  const size_t taken = label.size() + LineWidth(right) + 2;
  const size_t room = paper.width > taken + kLeast ? paper.width - taken : kLeast;
  Line line{{label}, {ElideMiddle(text.text, room, Ellipsis(paper.glyphs)), text.tone}, {"  "}};
  line.insert(line.end(), right.begin(), right.end());
  return line;
}

// The header on paper too narrow for two columns; a long reason goes below the title, as long as there is room for it.
Page NarrowHeader(const WorkloadView& workload, const Line& revision, const Paper& paper, Instant now) {
  constexpr size_t kIndent = 10;
  constexpr size_t kFewRows = 12;
  const std::string label = "Workload  ";
  const Verdict& verdict = workload.verdict;
  const Span title = TitleLine(workload).back();
  const bool beside = label.size() + LineWidth({title}) + 2 + LineWidth(VerdictLine(verdict)) <= paper.width;
  const bool can_wrap = paper.width >= 2 * kIndent && (paper.rows == 0 || paper.rows >= kFewRows);
  Page page;
  if (beside || !can_wrap) {
    page.push_back(Squeezed(label, title, VerdictLine(verdict), paper));
  } else {
    page.push_back(Squeezed(label, title, VerdictLine({verdict.word, "", verdict.health}), paper));
    for (const std::string& line : WrapWords(Span(verdict.detail).text, paper.width - kIndent)) {
      page.push_back({{std::string(kIndent, ' ')}, {line}});
    }
  }
  page.push_back(Squeezed("", revision.front(), {{"Age " + FormatAge(now - workload.created)}}, paper));
  return page;
}

Page Header(const WorkloadView& workload, const Paper& paper, Instant now) {
  const Line title = TitleLine(workload);
  const std::string revision = workload.revision.empty() ? "<none>" : workload.revision;
  const Line second{
      {"Revision  " + revision + " (" + Fraction(workload.updated, workload.counts.present) + " groups)"}};
  std::string right = "Age " + FormatAge(now - workload.created);
  if (workload.admissions > 0) right += ", " + Count(workload.admissions, "admission");
  const size_t column = std::max({LineWidth(title), LineWidth(second), size_t{40}}) + 3;
  const Line verdict = VerdictLine(workload.verdict);
  if (paper.width > 0 && column + LineWidth(verdict) > paper.width) return NarrowHeader(workload, second, paper, now);
  return {Beside(title, column, verdict), Beside(second, column, {{right}})};
}

}  // namespace

Page RenderStatus(const WorkloadView& workload, const Paper& paper, Instant now, Fold fold) {
  Page page = Header(workload, paper, now);
  size_t room = fold == Fold::kLong ? kLongTree : kUnlimited;
  if (paper.rows > 0) room = paper.rows > page.size() + 1 ? paper.rows - page.size() - 1 : 1;
  if (workload.groups.empty()) return page;
  for (Line& line : Tree(Choose(workload, room, paper, now), paper, now)) page.push_back(std::move(line));
  return page;
}

Page RenderStatuses(const std::vector<WorkloadView>& workloads, const Paper& paper, Instant now, Fold fold) {
  if (workloads.size() == 1) return RenderStatus(workloads.front(), paper, now, fold);
  std::vector<const WorkloadView*> ordered;
  size_t unwell = 0;
  for (const WorkloadView& workload : workloads) {
    ordered.push_back(&workload);
    unwell += workload.verdict.health == Health::kHealthy ? 0 : 1;
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const WorkloadView* a, const WorkloadView* b) {
    return (a->verdict.health == Health::kHealthy) < (b->verdict.health == Health::kHealthy);
  });
  size_t column = 40;
  for (const WorkloadView* workload : ordered) column = std::max(column, LineWidth(TitleLine(*workload)));
  // Each that is not well gets an equal share of the rows that the one-line ones leave over.
  Paper share = paper;
  if (paper.rows > 0 && unwell > 0) {
    const size_t left = paper.rows - std::min(paper.rows, workloads.size() - unwell);
    share.rows = std::max(kHeaderLines + 1, left / unwell);
  }
  Page page;
  for (const WorkloadView* workload : ordered) {
    if (workload->verdict.health == Health::kHealthy) {
      if (paper.rows == 0 && unwell > 0 && workload == ordered[unwell]) page.push_back({});
      page.push_back(Beside(TitleLine(*workload), column + 3, VerdictLine(workload->verdict)));
    } else {
      if (!page.empty() && paper.rows == 0) page.push_back({});
      for (Line& line : RenderStatus(*workload, share, now, fold)) page.push_back(std::move(line));
    }
  }
  if (paper.rows > 0 && page.size() > paper.rows && paper.rows > 1) {
    const size_t hidden = page.size() - (paper.rows - 1);
    page.resize(paper.rows - 1);
    page.push_back({{"+" + Count(static_cast<int64_t>(hidden), "more line"), Tone::kFaint}});
  }
  return page;
}

std::string GroupChange(const GroupView& group) {
  std::string text = group.key.name + "  " + group.verdict.word;
  if (!HasEnded(group)) {
    text += "  " + Fraction(group.scheduled, group.members) + " scheduled, " + Fraction(group.ready, group.members) +
            " ready";
  }
  if (!group.verdict.detail.empty()) text += "  " + group.verdict.detail;
  return text;
}

}  // namespace muster::plugin
