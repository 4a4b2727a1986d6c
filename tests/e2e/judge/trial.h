// The same pods without Muster: made plainly, in some order, for kube-scheduler to place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/api/pod.h"
#include "lib/client/api.h"
#include "tests/e2e/judge/cases.h"
#include "tests/e2e/support/tape.h"

namespace muster::e2e {

enum class Order { kSmallFirst, kLargeFirst, kInTurns, kReversed };
inline constexpr Order kOrders[] = {Order::kLargeFirst, Order::kSmallFirst, Order::kInTurns, Order::kReversed};

class Trial {
 public:
  // Makes the namespace. Both outlive this.
  Trial(client::Api& api, wire::Transport& transport, const std::string& ns);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  // False when the namespace could not be made or watched.
  bool Start() { return made_ && pods_.Start(); }
  // True when kube-scheduler finds a place for every pod that the group cannot do without. Nothing is left behind.
  bool AllArePlaced(const RandomGroup& group, Order order);

 private:
  // Names are never used twice: kube-scheduler's queue knows pods by name.
  std::string PrefixOf(const RandomRole& role) const { return role.name + "-" + std::to_string(trials_) + "-"; }
  void Create(const RandomRole& role, int64_t index);
  // Of the role's pods: how many have a node, how many kube-scheduler has given up for now.
  struct Places {
    int64_t bound = 0;
    int64_t without = 0;
  };
  Places PlacesOf(const RandomRole& role) const;
  std::string Undecided(const RandomGroup& group) const;
  void Clear();

  client::Api& api_;
  const std::string ns_;
  bool made_ = false;
  int64_t trials_ = 0;
  Tape<api::Pod> pods_;
};

}  // namespace muster::e2e
