#include "lib/placement/preempt.h"

#include <algorithm>

#include "lib/base/strings.h"
#include "lib/placement/blockers.h"
#include "lib/placement/trial.h"

namespace muster::placement {
namespace {

std::vector<api::PodShapePtr> ShapesInvolved(const Shortage& shortage, const Fit& fit) {
  std::vector<api::PodShapePtr> shapes;
  for (const Claim& claim : fit.claims()) shapes.push_back(fit.rooms().Of(claim.shape).shape);
  for (const WaitingRole& role : shortage.roles) shapes.push_back(fit.rooms().Of(role.shape).shape);
  return shapes;
}

// What pods below this priority hold of the resource on the nodes that a role may use.
int64_t HeldBelow(const Picture& picture, int64_t priority, const api::PodShape& shape, std::string_view resource) {
  int64_t held = 0;
  picture.ForEachNode([&](const NodeRoom& room) {
    if (api::WhyNot(shape, *room.node) != api::NodeRefusal::kNone) return;
    held = api::SaturatingAdd(held, room.UsedBelow(priority, resource));
  });
  return held;
}

// A pod whose template names its node is not scheduled, so it preempts nothing.
bool IsScheduled(const Shortage& shortage, const Fit& fit) {
  return std::all_of(shortage.roles.begin(), shortage.roles.end(),
                     [&](const WaitingRole& role) { return fit.rooms().Of(role.shape).shape->node_name.empty(); });
}

}  // namespace

void AdmitByPreemption(const Shortage& shortage, Fit& fit, std::vector<api::Change>& changes) {
  if (shortage.picture == nullptr || !shortage.preempts_below || !IsScheduled(shortage, fit)) return;
  const int64_t below = *shortage.preempts_below;
  std::vector<std::string> held;
  for (const WaitingRole& role : shortage.roles) {
    if (!role.IsShort() && shortage.resource) continue;
    const ShapeRoom& room = fit.rooms().Of(role.shape);
    const size_t resource = shortage.resource.value_or(MainResource(room, fit.rooms().board()));
    const std::string& name = fit.rooms().board().resources()[resource];
    const int64_t amount = HeldBelow(*shortage.picture, below, *room.shape, name);
    if (amount <= 0) continue;
    held.push_back(api::FormatNamedAmount(name, amount) + " on the nodes that " + role.members->role + " may use");
  }
  if (held.empty()) return;
  Trial trial(Board(*shortage.picture, ShapesInvolved(shortage, fit), below), fit, shortage.roles);
  if (!trial.LetsIn()) return;
  changes.push_back({std::string(change::kAdmitAlways),
                     "gang.admission: Always, with which kube-scheduler preempts pods of lower priority (they hold " +
                         Join(held, " and ") + ")"});
}

}  // namespace muster::placement
