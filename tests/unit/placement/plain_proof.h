// What the fit proof says of a world in plain numbers. Test support.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/placement/explain.h"
#include "tests/support/plain_world.h"
#include "tests/unit/placement/builders.h"

namespace muster::placement {

inline std::string PlainText(const testing::PlainAmounts& amounts) {
  return "cpu=" + std::to_string(amounts[1]) + "m,memory=" + std::to_string(amounts[2]) + "Mi";
}

inline Picture PictureOf(const testing::PlainWorld& world) {
  Picture picture;
  for (size_t n = 0; n < world.nodes.size(); ++n) {
    const testing::PlainNode& plain = world.nodes[n];
    const std::string name = "n" + std::to_string(n);
    api::Node node = MakeNode(name, PlainText(plain.size));
    node.allocatable.Set(api::kPodCount, plain.size[0]);
    node.meta.labels["pool"] = std::to_string(plain.pool);
    picture.SetNode(node);
    for (size_t p = 0; p < plain.theirs.size(); ++p) {
      picture.AddPod(MakePod(name + "-" + std::to_string(p), name, PlainText(plain.theirs[p])));
    }
  }
  return picture;
}

inline std::vector<MemberClass> ClassesOf(const testing::PlainWorld& world) {
  std::vector<MemberClass> classes;
  for (const testing::PlainShape& plain : world.shapes) {
    api::PodShape pod = Shape(PlainText(plain.request));
    if (plain.pool) pod.node_selector["pool"] = std::to_string(*plain.pool);
    classes.push_back(Members("r" + std::to_string(classes.size()), plain.members, std::move(pod)));
    classes.back().needed = plain.needed;
  }
  return classes;
}

// What the proof says of a world.
class PlainProof {
 public:
  explicit PlainProof(const testing::PlainWorld& world, Bounds bounds = Bounds::kAll) : classes_(ClassesOf(world)) {
    std::vector<api::PodShapePtr> shapes;
    for (const MemberClass& members : classes_) shapes.push_back(members.shape);
    board_ = std::make_unique<Board>(PictureOf(world), shapes);
    rooms_ = std::make_unique<Rooms>(*board_);
    fit_ = std::make_unique<Fit>(*rooms_, work_, bounds);
  }

  // All shapes as one group, or the first ones as groups in flight and the rest as one that asks.
  FitVerdict Verdict(size_t in_flight = 0) {
    const std::vector<Claim> claims = ClaimsOf(*rooms_, classes_);
    const auto middle = claims.begin() + static_cast<std::ptrdiff_t>(std::min(in_flight, claims.size()));
    const std::vector<Claim> before(claims.begin(), middle);
    const FitVerdict first = fit_->Judge(before);
    fit_->Add(before);
    return std::max(first, fit_->Judge({middle, claims.end()}));
  }
  int64_t WorkUsed() const { return kAllowance - work_.left; }

 private:
  static constexpr int64_t kAllowance = 10'000'000;
  std::vector<MemberClass> classes_;
  std::unique_ptr<Board> board_;
  std::unique_ptr<Rooms> rooms_;
  Work work_{kAllowance};
  std::unique_ptr<Fit> fit_;
};

}  // namespace muster::placement
