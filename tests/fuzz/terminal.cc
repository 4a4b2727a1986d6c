// What the plugin prints of hostile objects and texts: nothing that a terminal acts upon, no line wider than the paper.
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/core/explain_view.h"
#include "kubectl-plugin/core/ingest.h"
#include "kubectl-plugin/core/listing.h"
#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/status_text.h"
#include "kubectl-plugin/core/timeline.h"
#include "kubectl-plugin/core/utf8.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

using plugin::Page;
using plugin::Paper;

const Instant kNow = *ParseTime("2026-11-22T10:00:00Z");

std::string WithoutColour(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text.front() == '\x1b') {
      const size_t end = text.find('m');
      LAW(end != std::string_view::npos && end <= 4);
      text.remove_prefix(end + 1);
    } else {
      plain += text.front();
      text.remove_prefix(1);
    }
  }
  return plain;
}

void LawsOfPrint(const Page& page, Paper paper) {
  const std::string printed = plugin::Print(page, paper);
  for (const std::string& line : Split(printed, '\n')) {
    LAW(paper.width == 0 || plugin::DisplayWidth(line) <= paper.width);
    std::string_view rest = line;
    while (!rest.empty()) LAW(plugin::IsSafe(plugin::TakeCodePoint(rest)));
  }
  paper.color = plugin::Color::kAlways;
  LAW(WithoutColour(plugin::Print(page, paper)) == printed);
}

void LawsOfText(std::string_view text, const Paper& paper) {
  const std::string safe = plugin::SafeText(text);
  LAW(plugin::SafeText(safe) == safe);
  LAW(plugin::DisplayWidth(plugin::FitWidth(safe, paper.width, "…")) <= paper.width);
  LAW(plugin::DisplayWidth(plugin::ElideMiddle(safe, paper.width, "...")) <= paper.width);
  plugin::Table table(2);
  for (const std::string& row : Split(text, '\n')) {
    plugin::Line line;
    for (const std::string& cell : Split(row, '\t')) {
      const auto tone = static_cast<plugin::Tone>(cell.size() % 6);
      line.push_back({cell, tone});
    }
    table.Add(std::move(line));
  }
  LawsOfPrint(table.Lines({3, 5}), paper);
  table.Fit(paper);
  LawsOfPrint(table.Lines(), paper);
}

struct Objects {
  std::vector<api::Workload> workloads;
  std::vector<api::PodGroup> groups;
  plugin::Subjects subjects;
  std::vector<plugin::Moment> moments;
};

void Take(const json::Value& document, Objects& objects) {
  const std::string& kind = document["kind"].Text();
  if (kind == "Event") {
    plugin::AddEvent(document, objects.subjects, objects.moments);
  } else if (kind == "ControllerRevision") {
    plugin::AddRevision(document, objects.moments);
    objects.subjects.AddRoles(document);
  } else if (auto group = plugin::PodGroupFrom(document); kind == "PodGroup" && group) {
    plugin::AddGroup(*group, objects.moments);
    objects.subjects.Add(*group);
    objects.groups.push_back(std::move(*group));
  } else if (auto workload = plugin::WorkloadFrom(document)) {
    plugin::AddWorkload(*workload, objects.moments);
    objects.subjects.Add(*workload);
    objects.workloads.push_back(std::move(*workload));
  }
}

void LawsOfScreens(Objects objects, const Paper& paper, const plugin::ListingOptions& listing) {
  std::vector<plugin::WorkloadView> views;
  for (const api::Workload& workload : objects.workloads) {
    views.push_back(plugin::ViewWorkload(workload, objects.groups, kNow));
    LawsOfPrint(plugin::RenderStatus(views.back(), paper, kNow), paper);
  }
  LawsOfPrint(plugin::RenderStatuses(views, paper, kNow, plugin::Fold::kNever), paper);
  (void)json::Write(plugin::StatusJson(views));
  std::vector<plugin::GroupAnswer> answers;
  for (const api::PodGroup& group : objects.groups) {
    plugin::ExplainInput input{.group = group, .answered = group.status.asked_time};
    input.live = listing.wide;
    answers.push_back(plugin::AnswerFor(input, kNow));
    LawsOfPrint({{{plugin::GroupChange(plugin::ViewGroup(group, kNow))}}}, paper);
  }
  for (const plugin::GroupAnswer& answer : plugin::Merge(std::move(answers))) {
    LawsOfPrint(plugin::RenderAnswer(answer, paper), paper);
  }
  plugin::Table workloads = plugin::WorkloadTable(objects.workloads, kNow, listing);
  plugin::Table groups = plugin::GroupTable(objects.groups, kNow, listing);
  workloads.Fit(paper);
  groups.Fit(paper);
  LawsOfPrint(workloads.Lines(), paper);
  LawsOfPrint(groups.Lines(), paper);
  plugin::Order(objects.moments);
  LawsOfPrint(plugin::RenderTimeline(objects.moments, paper, kNow), paper);
  (void)json::Write(plugin::TimelineJson(objects.moments));
}

}  // namespace
}  // namespace muster::fuzz

// Three bytes for the paper and what is asked for, then a list of objects in JSON, or any text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster;
  using namespace muster::fuzz;
  Choices choices(data, size);
  Paper paper{.width = choices.Byte(), .rows = choices.Byte() % 64U};
  const unsigned flags = choices.Byte();
  if ((flags & 1U) != 0) paper.glyphs = plugin::Glyphs::kAscii;
  const auto document = json::Parse(choices.Rest());
  if (!document) {
    LawsOfText(choices.Rest(), paper);
    return 0;
  }
  Objects objects;
  for (const json::Value& item : document->Items()) Take(item, objects);
  LawsOfScreens(std::move(objects), paper, {.namespaces = (flags & 2U) != 0, .wide = (flags & 4U) != 0});
  return 0;
}
