#include "kubectl-plugin/core/queue_place.h"

#include <algorithm>
#include <tuple>

#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

constexpr size_t kNamed = 3;

struct Contender {
  int64_t priority = 0;
  Instant asked{};
  api::Key key;
};

bool Before(const Contender& a, const Contender& b) {
  return std::tuple(-a.priority, a.asked, a.key) < std::tuple(-b.priority, b.asked, b.key);
}

Contender ContenderOf(const api::PodGroup& group, const std::vector<Priority>& classes) {
  return {PriorityOf(group, classes), group.status.asked_time.value_or(group.meta.created), group.meta.key()};
}

bool Contends(const api::PodGroup& group, Instant now) {
  if (group.meta.deleted || group.spec.run == api::Run::kHold) return false;
  if (group.status.state && *group.status.state != api::GroupState::kWaiting) return false;
  return !group.status.next_attempt_time || *group.status.next_attempt_time <= now;
}

}  // namespace

int64_t PriorityOf(const api::PodGroup& group, const std::vector<Priority>& classes) {
  const std::string& name = group.spec.priority_class_name;
  for (const Priority& priority : classes) {
    if (name.empty() ? priority.global_default : priority.name == name) return priority.value;
  }
  return 0;
}

QueuePlace PlaceOf(const api::PodGroup& group, const std::vector<api::PodGroup>& groups,
                   const std::vector<Priority>& classes, QueueScope scope, Instant now) {
  const Contender self = ContenderOf(group, classes);
  QueuePlace place;
  place.scope = scope;
  std::vector<Contender> ahead;
  for (const api::PodGroup& other : groups) {
    const bool is_self = other.meta.key() == group.meta.key();
    if (!is_self && !Contends(other, now)) continue;
    ++place.waiting;
    const Contender contender = ContenderOf(other, classes);
    if (!is_self && Before(contender, self)) ahead.push_back(contender);
  }
  place.ahead = static_cast<int64_t>(ahead.size());
  std::sort(ahead.begin(), ahead.end(), Before);
  for (const Contender& other : ahead) {
    if (place.first.size() == kNamed) break;
    const std::string why = other.priority > self.priority ? "priority " + std::to_string(other.priority)
                                                           : "asked " + FormatAge(now - other.asked) + " ago";
    place.first.push_back(other.key.Text() + " (" + why + ")");
  }
  return place;
}

std::string PlaceText(const QueuePlace& place) {
  if (place.scope == QueueScope::kUnknown) return "unknown (no right to list podgroups.muster.dev)";
  const std::string limits = place.scope == QueueScope::kNamespace ? " in this namespace (no right to see others)" : "";
  if (place.ahead == 0) return "nothing" + limits;
  std::string text = Count(place.ahead, "group") + limits + ": " + Join(place.first, ", ");
  const int64_t more = place.ahead - static_cast<int64_t>(place.first.size());
  if (more > 0) text += " and " + std::to_string(more) + " more";
  return text;
}

}  // namespace muster::plugin
