// The cycle in five steps: lay out the picture, count what is in flight, go through the asks in order, admit or refuse,
// and in the end explain what was refused against the state in which the cycle leaves things. A refused ask is
// remembered by what it asks for: admissions only make the others' case worse, so the same ask need not be tried again.
#include "lib/placement/cycle.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "lib/placement/changes.h"
#include "lib/placement/explain.h"
#include "lib/placement/guards.h"
#include "lib/placement/reserved.h"

namespace muster::placement {
namespace {

// What a cycle may spend on proofs beyond the quick bound, and then on explanations: each some tens of milliseconds.
constexpr int64_t kProofWork = 10'000'000;
constexpr int64_t kExplanationWork = 10'000'000;

// What an ask asks for, as text; asks with the same text have the same answer.
std::string SignatureOf(const Ask& ask) {
  std::string text;
  for (const MemberClass& members : ask.classes) {
    text.append(members.role).append("\x1f").append(std::to_string(members.members)).append("/");
    text.append(std::to_string(members.needed)).append("\x1f").append(members.size_field).append("\x1f");
    if (members.shape != nullptr) {
      text.append(members.shape->key);
      for (const std::string& more : members.shape->not_considered) text.append("\x1f").append(more);
    }
    text += '\x1e';
  }
  if (ask.preempts_below) text += std::to_string(*ask.preempts_below);
  return text;
}

std::vector<const Ask*> InOrder(const std::vector<Ask>& asks) {
  std::vector<const Ask*> order;
  for (const Ask& ask : asks) order.push_back(&ask);
  std::stable_sort(order.begin(), order.end(), [](const Ask* a, const Ask* b) {
    if (a->priority != b->priority) return a->priority > b->priority;
    const Instant turn_a = std::max(a->asked, a->behind);
    const Instant turn_b = std::max(b->asked, b->behind);
    if (turn_a != turn_b) return turn_a < turn_b;
    return a->asked != b->asked ? a->asked < b->asked : a->group < b->group;
  });
  return order;
}

std::vector<api::PodShapePtr> ShapesOf(const CycleInput& input) {
  std::set<std::string_view> seen;
  std::vector<api::PodShapePtr> shapes;
  const auto add = [&](const std::vector<MemberClass>& classes) {
    for (const MemberClass& members : classes) {
      if (members.shape != nullptr && seen.insert(members.shape->key).second) shapes.push_back(members.shape);
    }
  };
  for (const InFlight& group : input.in_flight) add(group.unbound);
  for (const Ask& ask : input.asks) add(ask.classes);
  for (const AdmittedGroup& group : input.admitted) add(group.classes);
  return shapes;
}

class Cycle {
 public:
  Cycle(const Picture& picture, const CycleInput& input)
      : input_(input),
        picture_(picture),
        shapes_(ShapesOf(input)),
        board_(picture, shapes_),
        rooms_(board_),
        fit_(rooms_, work_, input.policy.bounds),
        guards_(picture, input, shapes_, rooms_) {}

  std::vector<Decision> Run() {
    for (const InFlight& group : input_.in_flight) fit_.Add(ClaimsOf(rooms_, group.unbound));
    for (const Ask* ask : InOrder(input_.asks)) Decide(*ask);
    ExplainRefused();
    return std::move(decisions_);
  }

 private:
  struct Refused {
    size_t decision;
    const Ask* ask;
    std::string signature;
    const Ask* behind;  // null: does not fit
  };

  void Decide(const Ask& ask) {
    decisions_.push_back({ask.group, false, {}});
    const std::vector<Claim> claims = ClaimsOf(rooms_, ask.classes);
    if (ask.admission == Admission::kAlways) return Admit(ask, claims);
    std::string signature = SignatureOf(ask);
    if (refused_.contains(signature) || !fit_.Allows(claims)) {
      decisions_.back().guarded = guards_.Start(ask, signature, fit_);
      refused_.insert(signature);
      waiting_.push_back({decisions_.size() - 1, &ask, std::move(signature), nullptr});
    } else if (const Ask* head = guards_.InFrontOf(ask, claims, signature)) {
      decisions_.back().held_back = head->group.ns != ask.group.ns;
      waiting_.push_back({decisions_.size() - 1, &ask, std::move(signature), head});
    } else {
      Admit(ask, claims);
    }
  }

  void Admit(const Ask& ask, const std::vector<Claim>& claims) {
    Decision& decision = decisions_.back();
    decision.admitted = true;
    decision.explanation.nodes = board_.node_count();
    decision.explanation.not_considered = NotConsidered(ask.classes);
    fit_.Add(claims);
    guards_.Count(ask);
    if (!input_.in_flight.empty()) admitted_.push_back(claims);
  }

  // --- Explanation ---

  void ExplainRefused() {
    if (waiting_.empty()) return;
    work_.left = kExplanationWork;
    const Explainer explainer(fit_, picture_);
    const Reserved reserved(rooms_, work_, input_.in_flight, admitted_);
    std::map<std::pair<std::string, Detail>, Explained> known;
    int64_t full_left = input_.policy.full_explanations;
    for (const Refused& refused : waiting_) {
      const Detail detail = full_left-- > 0 ? Detail::kFull : Detail::kShort;
      api::Explanation& explanation = decisions_[refused.decision].explanation;
      if (refused.behind != nullptr) {
        const bool higher = refused.behind->priority > refused.ask->priority;
        explanation = explainer.ExplainBehind(refused.ask->classes, *refused.behind, higher);
        if (detail == Detail::kShort) explanation = api::ShortForm(explanation);
        continue;
      }
      const auto [at, added] = known.try_emplace({refused.signature, detail});
      if (added) at->second = Explain(explainer, reserved, *refused.ask, detail);
      explanation = at->second.explanation;
      decisions_[refused.decision].reserved_since = at->second.reserved_since;
    }
  }

  struct Explained {
    api::Explanation explanation;
    std::optional<Instant> reserved_since;
  };
  static Explained Explain(const Explainer& explainer, const Reserved& reserved, const Ask& ask, Detail detail) {
    if (const auto holders = reserved.Holders(ask)) {
      return {explainer.ExplainReserved(ask.classes, holders->text, detail), holders->since};
    }
    return {explainer.Explain(ask, detail), std::nullopt};
  }

  const CycleInput& input_;
  const Picture& picture_;
  const std::vector<api::PodShapePtr> shapes_;
  Board board_;
  Rooms rooms_;
  Work work_{kProofWork};
  Fit fit_;
  Guards guards_;
  std::vector<Decision> decisions_;
  std::vector<Refused> waiting_;
  std::vector<std::vector<Claim>> admitted_;  // in this cycle
  std::set<std::string> refused_;             // signatures of what does not fit
};

}  // namespace

std::vector<Decision> PlanCycle(const Picture& picture, const CycleInput& input) { return Cycle(picture, input).Run(); }

}  // namespace muster::placement
