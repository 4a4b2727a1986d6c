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
#include "lib/placement/reserved.h"

namespace muster::placement {
namespace {

constexpr size_t kMostGuards = 8;
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
  return shapes;
}

// A group that may not be passed any more by those that use what it lacks.
struct Guard {
  const Ask* head;
  std::vector<Claim> claims;
  std::vector<bool> scarce;  // by resource
};

class Cycle {
 public:
  Cycle(const Picture& picture, const CycleInput& input)
      : input_(input),
        picture_(picture),
        board_(picture, ShapesOf(input)),
        rooms_(board_),
        fit_(rooms_, work_, input.policy.bounds) {}

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
    if (const auto known = refused_.find(signature); known != refused_.end()) {
      if (!known->second) known->second = StartGuard(ask, claims);
      waiting_.push_back({decisions_.size() - 1, &ask, std::move(signature), nullptr});
      return;
    }
    if (!fit_.Allows(claims)) {
      refused_.emplace(signature, StartGuard(ask, claims));
      waiting_.push_back({decisions_.size() - 1, &ask, std::move(signature), nullptr});
    } else if (const Guard* guard = GuardAgainst(claims)) {
      waiting_.push_back({decisions_.size() - 1, &ask, std::move(signature), guard->head});
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
    if (!input_.in_flight.empty()) admitted_.push_back(claims);
  }

  // --- Starvation ---

  // True when the group has waited long enough to be looked at; then it stands guard if an empty cluster would do.
  bool StartGuard(const Ask& ask, const std::vector<Claim>& claims) {
    if (guards_.size() >= kMostGuards || input_.now - ask.asked < input_.policy.starvation_after) return false;
    if (!FitsEmptyCluster(ask)) return true;
    guards_.push_back({&ask, claims, Explainer(fit_, picture_).ScarceResources(ask.classes)});
    return true;
  }

  bool FitsEmptyCluster(const Ask& ask) {
    if (empty_rooms_ == nullptr) {
      empty_board_ = std::make_unique<Board>(board_);
      empty_board_->ForgetPods();
      empty_rooms_ = std::make_unique<Rooms>(*empty_board_);
    }
    return Fit(*empty_rooms_, work_, input_.policy.bounds).Allows(ClaimsOf(*empty_rooms_, ask.classes));
  }

  const Guard* GuardAgainst(const std::vector<Claim>& claims) const {
    for (const Guard& guard : guards_) {
      for (const Claim& claim : claims) {
        for (const Claim& wanted : guard.claims) {
          if (MayTakeFrom(rooms_.Of(claim.shape), rooms_.Of(wanted.shape), guard.scarce)) return &guard;
        }
      }
    }
    return nullptr;
  }

  // Some node may hold both, and both ask for something of which the second has too little.
  static bool MayTakeFrom(const ShapeRoom& taker, const ShapeRoom& wanted, const std::vector<bool>& scarce) {
    bool share = false;
    for (size_t r = 0; r < scarce.size(); ++r) {
      share = share || (scarce[r] && taker.request[r] > 0 && wanted.request[r] > 0);
    }
    if (!share) return false;
    for (size_t f = 0; f < taker.can_hold.size(); ++f) {
      if (taker.can_hold[f] && wanted.can_hold[f]) return true;
    }
    return false;
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
  Board board_;
  Rooms rooms_;
  Work work_{kProofWork};
  Fit fit_;
  std::unique_ptr<Board> empty_board_;
  std::unique_ptr<Rooms> empty_rooms_;
  std::vector<Decision> decisions_;
  std::vector<Refused> waiting_;
  std::vector<std::vector<Claim>> admitted_;  // in this cycle
  std::map<std::string, bool> refused_;       // by signature; true when it was looked at for standing guard
  std::vector<Guard> guards_;
};

}  // namespace

std::vector<Decision> PlanCycle(const Picture& picture, const CycleInput& input) { return Cycle(picture, input).Run(); }

}  // namespace muster::placement
