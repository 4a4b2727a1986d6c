// `explain`: why a group is not running and what would let it. Layer: plugin core. Pure.
//
// The explanation itself comes from the group's status (or, for --live and plan, from lib/placement); here it becomes
// sentences: a headline, a line per role, the nodes in one line, what is in front, what would help, what was not looked
// at.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kubectl-plugin/core/health.h"
#include "kubectl-plugin/core/queue_place.h"
#include "lib/json/value.h"

namespace muster::plugin {

struct ExplainInput {
  api::PodGroup group;
  std::optional<Instant> answered;  // when its status was last written
  std::optional<QueuePlace> place;  // for groups that wait
  bool live = false;                // the explanation was made just now, on the cluster as it is
  bool fits_now = false;            // and every member has a place
  bool live_wanted = false;         // asked for, whether or not there was anything to look at
  std::string note;                 // why it could not be looked at now, though that was asked for
  bool planned = false;             // the group is not there: what would be said of it (plan)
};

// "Nodes (40): 22 too little nvidia.com/gpu · 5 have room": what becomes of every node.
struct NodesLine {
  std::string title;
  std::vector<std::string> parts;
};

struct GroupAnswer {
  api::Key key;
  Verdict verdict;
  std::string headline;              // "podgroup ml/train-1 is waiting: 3 of its 9 members have no place."
  Table roles{4};                    // "workers", "5 of 8 placed", "nvidia.com/gpu: 12 more needed"
  std::vector<NodesLine> nodes;      // one, or one per role that lacks a place
  std::vector<std::string> facts;    // one sentence per line: in front of it, asked, age of the answer
  std::vector<std::string> changes;  // each alone would let it start, or have room when it is kept
  bool kept = false;                 // it would not start with all the room there is: see KeptBy
  std::vector<std::string> advice;   // what a person does about it, with the command
  std::vector<std::string> not_considered;
  std::vector<std::string> alike;  // other groups that wait for the same reason
  std::string reason;              // what makes groups alike
  json::Value json;
};

// What keeps a group from asking for room at all, however much there is: it is suspended, or rests until its next
// attempt. The blocker is the first of what a live answer says.
std::optional<api::Blocker> KeptBy(const api::PodGroup& group, Instant now);
// The planner's answer of this moment, `explanation`, takes the place of the stored one, behind what keeps it anyway.
void LookNow(bool fits, const api::Explanation& explanation, Instant now, ExplainInput& input);

GroupAnswer AnswerFor(const ExplainInput& input, Instant now);
// Those that are alike become one, naming the others. The order is kept.
std::vector<GroupAnswer> Merge(std::vector<GroupAnswer> answers);

Page RenderAnswer(const GroupAnswer& answer, const Paper& paper);
// {"apiVersion":"cli.muster.dev/v1alpha1","kind":"ExplanationList","items":[...]}
json::Value AnswersJson(const std::vector<GroupAnswer>& answers);

}  // namespace muster::plugin
