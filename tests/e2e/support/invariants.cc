#include "tests/e2e/support/invariants.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace muster::e2e {
namespace {

using PodEvent = Recorded<api::Pod>;
using GroupEvent = Recorded<api::PodGroup>;

bool IsAdmitted(const api::PodGroup& group) { return api::IsTrue(group.status.conditions, api::condition::kAdmitted); }

// The group's state just before `version`; null when there was none.
class GroupHistory {
 public:
  explicit GroupHistory(const Recorder& seen) {
    for (GroupEvent& event : seen.groups.Events()) by_name_[event.value.meta.name].push_back(std::move(event));
  }
  const GroupEvent* Before(const std::string& name, int64_t version) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return nullptr;
    const GroupEvent* last = nullptr;
    for (const GroupEvent& event : found->second) {
      if (event.version > version) break;
      last = &event;
    }
    return last;
  }

 private:
  std::map<std::string, std::vector<GroupEvent>> by_name_;
};

// "" when a member of the group may come up at that moment.
std::string WhyNot(const GroupEvent* group) {
  if (group == nullptr) return "no group was there";
  const api::PodGroupStatus& status = group->value.status;
  if (group->value.spec.gang.policy == api::GangPolicy::kNone || IsAdmitted(group->value)) return {};
  if (status.state == api::GroupState::kStopping) return {};  // a hold that is answered is no fence
  return "its group was " + (status.state ? std::string(api::StateName(*status.state)) : "new") + ", not admitted";
}

}  // namespace

std::vector<std::string> MembersWithoutAdmission(const Recorder& seen) {
  const GroupHistory groups(seen);
  const auto gaps = seen.groups.Gaps();
  const auto is_blind = [&](int64_t version) {
    return std::any_of(gaps.begin(), gaps.end(),
                       [&](const auto& gap) { return gap.first < version && version <= gap.second; });
  };
  std::vector<std::string> broken;
  std::map<std::string, std::pair<bool, bool>> known;  // by uid: bound, running
  for (const PodEvent& event : seen.pods.Events()) {
    const api::Pod& pod = event.value;
    if (!pod.IsMember() || event.gone) continue;
    const auto [at, is_new] = known.try_emplace(pod.meta.uid);
    auto& [bound, running] = at->second;
    const bool now_bound = pod.IsBound() && !bound;
    const bool now_running = pod.phase == api::PodPhase::kRunning && !running;
    bound = pod.IsBound();
    running = pod.phase == api::PodPhase::kRunning;
    if ((!is_new && !now_bound && !now_running) || is_blind(event.version)) continue;
    if (const std::string why = WhyNot(groups.Before(pod.group, event.version)); !why.empty()) {
      broken.push_back("pod " + pod.meta.name +
                       (is_new      ? " was created"
                        : now_bound ? " was bound"
                                    : " ran") +
                       " at version " + std::to_string(event.version) + " while " + why);
    }
  }
  return broken;
}

std::vector<Start> StartsOf(const Recorder& seen, int64_t members) {
  struct Progress {
    std::set<std::string> up;
    std::optional<Instant> began;
    std::set<std::string> done;
  };
  const GroupHistory groups(seen);
  std::map<std::string, Progress> progress;
  std::vector<Start> starts;
  std::map<std::string, size_t> current;  // the start of each group that is under way
  for (const PodEvent& event : seen.pods.Events()) {
    const api::Pod& pod = event.value;
    if (!pod.IsMember()) continue;
    const std::string& name = pod.group;
    Progress& group = progress[name];
    if (pod.phase == api::PodPhase::kSucceeded) group.done.insert(pod.meta.uid);
    const bool counts = group.done.contains(pod.meta.uid) ||
                        (pod.IsBound() && !event.gone && !pod.meta.deleted && pod.phase != api::PodPhase::kFailed);
    if (counts) {
      group.up.insert(pod.meta.uid);
    } else {
      group.up.erase(pod.meta.uid);
    }
    const auto up = static_cast<int64_t>(group.up.size());
    if (up > 0 && !group.began) {
      const GroupEvent* then = groups.Before(name, event.version);
      group.began = event.seen;
      current[name] = starts.size();
      starts.push_back({.group = name, .attempt = then == nullptr ? 0 : then->value.status.attempt});
    }
    if (!group.began) continue;
    Start& start = starts[current[name]];
    if (!start.complete) start.partly = event.seen - *group.began;
    if (up >= members) start.complete = true;
    if (up == 0) group.began.reset();
  }
  return starts;
}

std::vector<std::string> BeyondRoom(const Recorder& seen, int64_t members, int64_t room) {
  struct Change {
    int64_t version;
    std::string group;
    int64_t admitted;  // 1 or 0; -1: a member has finished
    std::string pod;
  };
  std::vector<Change> changes;
  for (const GroupEvent& event : seen.groups.Events()) {
    const bool holds =
        !event.gone && (IsAdmitted(event.value) || event.value.status.state == api::GroupState::kStopping);
    changes.push_back({event.version, event.value.meta.name, holds ? 1 : 0, {}});
  }
  for (const PodEvent& event : seen.pods.Events()) {
    if (event.value.IsMember() && (event.value.IsFinished() || event.gone)) {
      changes.push_back({event.version, event.value.group, -1, event.value.meta.uid});
    }
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.version < b.version; });
  std::map<std::string, std::set<std::string>> finished;
  std::set<std::string> admitted;
  std::vector<std::string> broken;
  for (const Change& change : changes) {
    if (change.admitted < 0) finished[change.group].insert(change.pod);
    if (change.admitted == 0) admitted.erase(change.group);
    if (change.admitted == 1) admitted.insert(change.group);
    int64_t taken = 0;
    for (const std::string& group : admitted) {
      taken += std::max<int64_t>(0, members - static_cast<int64_t>(finished[group].size()));
    }
    if (taken > room) {
      broken.push_back(std::to_string(taken) + " members admitted at version " + std::to_string(change.version) +
                       ", room for " + std::to_string(room));
    }
  }
  return broken;
}

std::vector<std::string> Unschedulable(const Recorder& seen) {
  std::set<std::string> names;
  for (const PodEvent& event : seen.pods.Events()) {
    if (event.value.IsMember() && event.value.unschedulable) names.insert(event.value.meta.name);
  }
  return {names.begin(), names.end()};
}

}  // namespace muster::e2e
