#include "operator/core/strangers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/api/identity.h"
#include "lib/base/strings.h"

namespace muster::core {
namespace {

uint64_t HashOf(const api::Pod& pod) { return StableHash(pod.meta.uid); }

// Somebody with rights on the child has deleted it, or has removed the labels by which it is seen. Until its pods are
// gone, no other child takes its place.
bool LacksChild(const ObservedGroup& observed, const std::string& role) {
  if (observed.revision == nullptr) return false;
  const auto& recorded = observed.group->status.roles;
  const bool has_result = std::any_of(recorded.begin(), recorded.end(),
                                      [&role](const auto& each) { return each.name == role && !each.result.empty(); });
  const auto& roles = observed.revision->roles;
  return !has_result && std::any_of(roles.begin(), roles.end(), [&](const RevisionRole& each) {
    return each.role.name == role && ChildOf(observed.children, each.role) == nullptr;
  });
}

void ChangeAt(Instant at, ObservedGroup& observed) {
  observed.strangers_change_at = std::min(observed.strangers_change_at.value_or(at), at);
}

class Recollection {
 public:
  Recollection(ObservedGroup& observed, MemberMemory& memory, Instant now)
      : observed_(observed), memory_(memory), now_(now) {}

  bool IsFormerMember(const api::Pod& pod) {
    const uint64_t hash = HashOf(pod);
    const bool remembered = std::binary_search(memory_.members.begin(), memory_.members.end(), hash);
    const bool resembles = pod.meta.created <= *memory_.first_visit && api::IsNamedAsPodOf(observed_.group->meta, pod);
    if (!remembered && !resembles) return false;
    Instant since = *memory_.first_visit;
    if (remembered) {
      members_.push_back(hash);
      since = memory_.former.try_emplace(hash, now_).first->second;
      former_.insert(hash);
      if (LacksChild(observed_, pod.role)) return true;
    }
    if (now_ >= since + kFormerMembersWait) return false;
    ChangeAt(since + kFormerMembersWait, observed_);
    return true;
  }

  // What is remembered until the next visit.
  void Keep() {
    for (const auto& pod : observed_.pods) members_.push_back(HashOf(*pod));
    std::sort(members_.begin(), members_.end());
    memory_.members = std::move(members_);
    std::erase_if(memory_.former, [this](const auto& entry) { return !former_.contains(entry.first); });
  }

 private:
  ObservedGroup& observed_;
  MemberMemory& memory_;
  const Instant now_;
  std::vector<uint64_t> members_;
  std::set<uint64_t> former_;
};

std::vector<std::pair<std::string, std::string>> NamesOfStrangers(const ObservedGroup& observed) {
  std::vector<std::pair<std::string, std::string>> names;  // uid, name
  for (const auto& child : observed.stray_children) {
    names.emplace_back(child->meta.uid, std::string(api::KindName(child->kind)) + " " + child->meta.name);
  }
  for (const auto& pod : observed.stray_pods) names.emplace_back(pod->meta.uid, "Pod " + pod->meta.name);
  if (names.size() > kStrangersRemembered) names.resize(kStrangersRemembered);
  return names;
}

}  // namespace

void RecallMembers(ObservedGroup& observed, MemberMemory& memory, Instant now) {
  if (!memory.first_visit) memory.first_visit = now;
  Recollection recollection(observed, memory, now);
  PodList strays;
  PodList former;
  for (auto& pod : observed.stray_pods) {
    (recollection.IsFormerMember(*pod) ? former : strays).push_back(std::move(pod));
  }
  recollection.Keep();
  observed.stray_pods = std::move(strays);
  if (former.empty()) return;
  observed.pods.insert(observed.pods.end(), former.begin(), former.end());
  std::sort(observed.pods.begin(), observed.pods.end(),
            [](const auto& a, const auto& b) { return a->meta.name < b->meta.name; });
}

void ChooseStrangers(ObservedGroup& observed, MemberMemory& memory, Instant now) {
  std::map<std::string, MemberMemory::Strange> present;
  std::string first;
  size_t more = 0;
  const bool may_report =
      !memory.strangers_reported_at || now >= *memory.strangers_reported_at + kStrangersReportedEvery;
  for (const auto& [uid, name] : NamesOfStrangers(observed)) {
    const auto known = memory.strangers.find(uid);
    MemberMemory::Strange strange = known == memory.strangers.end() ? MemberMemory::Strange{now} : known->second;
    if (!strange.reported) {
      Instant due = strange.since + kStrangeFor;
      if (!may_report) due = std::max(due, *memory.strangers_reported_at + kStrangersReportedEvery);
      strange.reported = now >= due;
      if (!strange.reported) {
        ChangeAt(due, observed);
      } else if (first.empty()) {
        first = name;
      } else {
        ++more;
      }
    }
    present.emplace(uid, strange);
  }
  memory.strangers = std::move(present);
  if (first.empty()) return;
  memory.strangers_reported_at = now;
  observed.strangers = more == 0 ? first : first + " and " + std::to_string(more) + " more";
}

}  // namespace muster::core
