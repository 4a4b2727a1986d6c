#include "lib/placement/fit.h"

#include <algorithm>
#include <cmath>

#include "lib/placement/fit_bound.h"

namespace muster::placement {
namespace {

// The most that the sharp bound of one shape may cost, so that one hard case does not use up the cycle's allowance.
constexpr int64_t kMostSharpWork = 2'000'000;

// Where pods of one other shape can do harm: each costs `rate` slots, until `room` slots are gone.
struct Harm {
  double rate;
  double room;
};

double WorstLoss(std::vector<Harm>& harms, double pods) {
  std::sort(harms.begin(), harms.end(), [](const Harm& a, const Harm& b) { return a.rate > b.rate; });
  double lost = 0;
  for (const Harm& harm : harms) {
    if (pods * harm.rate <= harm.room) return lost + pods * harm.rate;
    lost += harm.room;
    pods -= harm.room / harm.rate;
  }
  return lost;
}

// The most slots that one unit of a resource can destroy on a node: see fit.h.
double RatePerUnit(double slack, double request, double most) {
  if (most <= slack) return 0;
  const double k = std::ceil((most - slack) / request);
  return std::max(1 / (slack + 1), k / (slack + 1 + (k - 1) * request));
}

// The finer bound, for one shape among all the others.
class FineBound {
 public:
  FineBound(const Rooms& rooms, const ShapeRoom& room, std::vector<Claim> others)
      : board_(rooms.board()), rooms_(rooms), room_(room), others_(std::move(others)), harms_(others_.size()) {}

  double Loss() {
    for (size_t f = 0; f < board_.facts_count(); ++f) most_.push_back(MostOn(f));
    for (size_t b = 0; b < room_.slots.size(); ++b) {
      if (room_.slots[b] > 0 && board_.buckets()[b].count > 0) LookAt(b);
    }
    double lost = 0;
    for (size_t i = 0; i < others_.size(); ++i) lost += WorstLoss(harms_[i], static_cast<double>(others_[i].members));
    return lost;
  }

 private:
  // What all others together could bring of each resource to a node with these facts.
  std::vector<double> MostOn(size_t facts) const {
    std::vector<double> most(board_.width());
    for (const Claim& other : others_) {
      const ShapeRoom& from = rooms_.Of(other.shape);
      if (!from.can_hold[facts]) continue;
      for (size_t r = 0; r < most.size(); ++r) {
        most[r] += static_cast<double>(from.request[r]) * static_cast<double>(other.members);
      }
    }
    return most;
  }

  void LookAt(size_t bucket) {
    const size_t facts = board_.buckets()[bucket].facts;
    const auto slots = static_cast<double>(room_.slots[bucket]);
    rates_.assign(board_.width(), 0);
    for (size_t r = 0; r < rates_.size(); ++r) {
      if (room_.request[r] <= 0) continue;
      const int64_t slack = board_.Free(bucket)[r] - room_.slots[bucket] * room_.request[r];
      rates_[r] = RatePerUnit(static_cast<double>(slack), static_cast<double>(room_.request[r]), most_[facts][r]);
    }
    for (size_t i = 0; i < others_.size(); ++i) {
      const ShapeRoom& from = rooms_.Of(others_[i].shape);
      if (!from.can_hold[facts]) continue;
      double rate = 0;
      for (size_t r = 0; r < rates_.size(); ++r) {
        if (rates_[r] <= 0 || from.request[r] <= 0) continue;
        const auto whole = static_cast<double>(api::DivideUp(from.request[r], room_.request[r]));
        rate = std::max(rate, std::min(whole, rates_[r] * static_cast<double>(from.request[r])));
      }
      if (rate <= 0) continue;
      harms_[i].push_back({std::min(rate, slots), slots * static_cast<double>(board_.buckets()[bucket].count)});
    }
  }

  const Board& board_;
  const Rooms& rooms_;
  const ShapeRoom& room_;
  std::vector<Claim> others_;
  std::vector<std::vector<Harm>> harms_;
  std::vector<std::vector<double>> most_;
  std::vector<double> rates_;
};

}  // namespace

void Fit::Add(const std::vector<Claim>& claims) {
  for (const Claim& claim : claims) Merge(claim, ledger_);
  ledger_.touched.assign(ledger_.claims.size(), false);
}

// The most slots of `claim` that the pods of `other` can destroy, by the quick bound.
int64_t Fit::LossBy(const Claim& other, const Claim& claim) const {
  if (other.shape == claim.shape) return 0;
  return api::SaturatingMultiply(other.members, rooms_->MostLost(other.shape, claim.shape));
}

void Fit::Merge(const Claim& claim, Ledger& ledger) const {
  if (claim.members <= 0) return;
  bool known = false;
  int64_t own_loss = 0;
  for (size_t i = 0; i < ledger.claims.size(); ++i) {
    Claim& other = ledger.claims[i];
    if (other.shape == claim.shape) {
      other.members = api::SaturatingAdd(other.members, claim.members);
      other.spare = std::min(other.spare, claim.spare);
      ledger.touched[i] = true;
      known = true;
      continue;
    }
    const int64_t loss = LossBy(claim, other);
    ledger.losses[i] = api::SaturatingAdd(ledger.losses[i], loss);
    if (loss > 0) ledger.touched[i] = true;
    own_loss = api::SaturatingAdd(own_loss, LossBy(other, claim));
  }
  if (known) return;
  ledger.claims.push_back(claim);
  ledger.losses.push_back(own_loss);
  ledger.touched.push_back(true);
}

Fit::Ledger Fit::With(const std::vector<Claim>& claims) const {
  Ledger ledger = ledger_;
  for (const Claim& claim : claims) Merge(claim, ledger);
  return ledger;
}

bool Fit::Allows(const std::vector<Claim>& claims) const {
  const Ledger ledger = With(claims);
  // The group's own members first: they are the likeliest to find no room.
  for (size_t i = ledger.claims.size(); i-- > 0;) {
    if (ledger.touched[i] && WillBePlaced(i, ledger) != FitVerdict::kProven) return false;
  }
  return true;
}

FitVerdict Fit::Judge(const std::vector<Claim>& claims) const {
  const Ledger ledger = With(claims);
  FitVerdict verdict = FitVerdict::kProven;
  for (size_t i = ledger.claims.size(); i-- > 0;) {
    if (ledger.touched[i]) verdict = std::max(verdict, WillBePlaced(i, ledger));
  }
  return verdict;
}

FitVerdict Fit::WillBePlaced(size_t index, const Ledger& ledger) const {
  const Claim& claim = ledger.claims[index];
  const int64_t total = rooms_->Of(claim.shape).total;
  const int64_t needed = claim.members - claim.spare;
  if (needed <= 0) return FitVerdict::kProven;
  if (needed > total) return FitVerdict::kNeedsExactPacking;
  if (api::SaturatingAdd(needed, ledger.losses[index]) <= total) return FitVerdict::kProven;
  if (work_->left <= 0) return FitVerdict::kNotProven;
  const std::vector<Claim> others = OthersOf(claim, ledger.claims);
  if (FineBoundHolds(claim, others)) return FitVerdict::kProven;
  return bounds_ == Bounds::kAll ? SharpVerdict(claim, others) : FitVerdict::kNotProven;
}

// Those that may use a node which the claim's pods may use.
std::vector<Claim> Fit::OthersOf(const Claim& claim, const std::vector<Claim>& all) const {
  std::vector<Claim> others;
  for (const Claim& other : all) {
    if (LossBy(other, claim) > 0) others.push_back(other);
  }
  return others;
}

bool Fit::FineBoundHolds(const Claim& claim, const std::vector<Claim>& others) const {
  const ShapeRoom& room = rooms_->Of(claim.shape);
  work_->left -= static_cast<int64_t>(rooms_->board().buckets().size() * rooms_->board().width() * (others.size() + 1));
  // A loss is a whole number, so what lies below the next one does not count; the margin covers rounding.
  const double lost = std::floor(FineBound(*rooms_, room, others).Loss() + 1e-6);
  return static_cast<double>(claim.members - claim.spare) + lost <= static_cast<double>(room.total);
}

FitVerdict Fit::SharpVerdict(const Claim& claim, const std::vector<Claim>& others) const {
  const Board& board = rooms_->board();
  const ShapeRoom& room = rooms_->Of(claim.shape);
  LossProblem problem{.request = room.request, .harmless = room.total - (claim.members - claim.spare)};
  for (const Claim& other : others) problem.others.push_back({rooms_->Of(other.shape).request, other.members});
  for (size_t b = 0; b < board.buckets().size(); ++b) {
    if (room.slots[b] <= 0 || board.buckets()[b].count <= 0) continue;
    problem.nodes.push_back({board.buckets()[b].count, room.slots[b], board.Free(b), board.Allocatable(b)});
    for (const Claim& other : others) {
      const ShapeRoom& from = rooms_->Of(other.shape);
      const bool may = from.refusal[board.buckets()[b].facts] == api::NodeRefusal::kNone;
      problem.most.push_back(may ? std::min(other.members, SlotsIn(from.request, board.Allocatable(b))) : 0);
    }
  }
  work_->left -= static_cast<int64_t>(problem.most.size() * board.width());
  Work allowance{std::min(work_->left, kMostSharpWork)};
  const int64_t allowed = allowance.left;
  const LossVerdict verdict = JudgeLoss(problem, allowance);
  work_->left -= allowed - allowance.left;
  if (verdict == LossVerdict::kHarmless) return FitVerdict::kProven;
  return verdict == LossVerdict::kHarmful ? FitVerdict::kNeedsExactPacking : FitVerdict::kNotProven;
}

}  // namespace muster::placement
