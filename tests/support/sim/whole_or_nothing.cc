// I1 to I4, and that a finished Job is never made again.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "lib/api/child.h"
#include "lib/api/node.h"
#include "lib/api/pod.h"
#include "lib/api/pod_group.h"
#include "operator/core/revision.h"
#include "tests/support/sim/decoded.h"
#include "tests/support/sim/law.h"

namespace muster::sim {
namespace {

// After a hold was answered, pods come up for this long, and then have a grace period to end.
constexpr Duration kWindDown = std::chrono::seconds(8);

bool IsGang(const api::PodGroup& group) { return group.spec.gang.policy == api::GangPolicy::kAllOrNothing; }

std::optional<api::RoleKind> ChildKind(const api::Resource& resource) {
  for (const api::RoleKind kind : api::kRoleKinds) {
    if (api::ResourceOf(kind) == resource) return kind;
  }
  return std::nullopt;
}

class WholeOrNothingLaw : public Law {
 public:
  using Law::Law;
  void OnChange(const Change& change) override;
  void OnSecond() override;

 private:
  struct Watched {
    bool admitted = false;
    Instant since{};                // of `admitted`
    bool all_bound = false;         // in this attempt
    bool ever = false;              // was admitted at some time
    std::set<std::string> results;  // roles whose result is recorded
  };

  void OnGroup(const Change& change);
  void OnChild(const Change& change);
  void OnPod(const Change& change);
  void OnAdmitted(const api::PodGroup& group);
  void CheckGroup(const Document& document);
  std::vector<api::Pod> MembersOf(const api::PodGroup& group, const std::string& role) const;
  std::string GroupUidOf(const json::Value& object) const;
  int64_t MembersWanted(const api::PodGroup& group) const;

  std::map<std::string, Watched> groups_;  // by uid
};

void WholeOrNothingLaw::OnChange(const Change& change) {
  if (change.resource == api::kPodGroups) return OnGroup(change);
  if (change.resource == api::kPods) return OnPod(change);
  if (ChildKind(change.resource)) OnChild(change);
}

void WholeOrNothingLaw::OnGroup(const Change& change) {
  if (change.after == nullptr) {
    groups_.erase(UidOf(*change.before));
    return;
  }
  const auto group = Decoded(api::DecodePodGroup(*change.after));
  Watched& watched = groups_.try_emplace(group.meta.uid, Watched{.since = p_.events.now()}).first->second;
  const bool admitted = api::IsTrue(group.status.conditions, api::condition::kAdmitted);
  for (const api::RoleStatus& role : group.status.roles) {
    if (!role.result.empty()) watched.results.insert(role.name);
    if (role.result.empty() && group.status.revision == group.spec.revision && IsFinished(group) == false &&
        watched.results.contains(role.name) && change.before != nullptr &&
        Decoded(api::DecodePodGroup(*change.before)).status.revision == group.status.revision) {
      p_.broken(group.meta.name + ": the recorded result of role " + role.name + " is lost");
    }
    if (role.result.empty()) watched.results.erase(role.name);
  }
  if (admitted == watched.admitted) return;
  watched.admitted = admitted;
  watched.since = p_.events.now();
  watched.all_bound = false;
  watched.ever = watched.ever || admitted;
  if (admitted) OnAdmitted(group);
}

// I4: it starts with none of its earlier members left. I3: all that is admitted has room, this group too.
void WholeOrNothingLaw::OnAdmitted(const api::PodGroup& group) {
  for (const api::Pod& pod : MembersOf(group, {})) {
    if (!pod.IsFinished()) p_.broken(group.meta.name + ": admitted while pod " + pod.meta.name + " is still there");
  }
  if (!IsGang(group) || group.spec.gang.admission == api::GangAdmission::kAlways) return;
  int64_t room = 0;
  for (const Document& document : p_.api.List(api::kNodes)) {
    const auto node = Decoded(api::DecodeNode(*document));
    if (node.ready) room += node.allocatable.Get(api::kCpu);
  }
  for (const Document& document : p_.api.List(api::kPods)) {
    const auto pod = Decoded(api::DecodePod(*document));
    const Document node = p_.api.Find(api::kNodes, {{}, pod.node_name});
    const bool usable = node != nullptr && Decoded(api::DecodeNode(*node)).ready;
    if (pod.TakesRoom() && usable) room -= pod.requests.Get(api::kCpu);
  }
  for (const Document& document : p_.api.List(api::kPodGroups)) {
    const auto other = Decoded(api::DecodePodGroup(*document));
    if (!api::IsTrue(other.status.conditions, api::condition::kAdmitted) || !IsGang(other)) continue;
    const Document revision = p_.api.Find(api::kControllerRevisions, {other.meta.ns, other.spec.revision});
    if (revision == nullptr || IsTrue(other.status.conditions, api::condition::kScheduled)) continue;
    std::map<std::string, int64_t> bound;
    for (const api::Pod& pod : MembersOf(other, {})) bound[pod.role] += pod.IsBound() ? 1 : 0;
    for (const core::RevisionRole& role : Decoded(core::DecodeRevision(*revision)).roles) {
      const int64_t unbound = std::max<int64_t>(0, role.shape.gang_size - bound[role.role.name]);
      room -= unbound * role.shape.shape->requests.Get(api::kCpu);
    }
  }
  if (room < 0) p_.broken(group.meta.name + ": admitted though " + std::to_string(-room) + " cpu millis are missing");
}

// I1: nothing is released, in part or in whole, but by the record.
void WholeOrNothingLaw::OnChild(const Change& change) {
  if (change.after == nullptr) return;
  const api::RoleKind kind = *ChildKind(change.resource);
  const auto after = Decoded(api::DecodeChild(kind, *change.after));
  if (!after.meta.owner || after.meta.owner->kind != api::kPodGroups.kind) return;
  const bool was_released = change.before != nullptr && !Decoded(api::DecodeChild(kind, *change.before)).Held();
  const Document document = p_.api.Find(api::kPodGroups, {after.meta.ns, after.meta.owner->name});
  if (document == nullptr || UidOf(*document) != after.meta.owner->uid) return;
  const auto group = Decoded(api::DecodePodGroup(*document));
  const bool admitted = api::IsTrue(group.status.conditions, api::condition::kAdmitted);
  if (!after.Held() && !was_released && !admitted)
    p_.broken(after.meta.name + ": released while its group is not admitted");
  const Watched& watched = groups_[group.meta.uid];
  if (change.before == nullptr && kind == api::RoleKind::kJob && watched.results.contains(after.role) &&
      group.spec.revision == group.status.revision) {
    p_.broken(after.meta.name + ": a Job whose result is recorded is made again");
  }
}

// The uid at the end of the chain of owners; "" when it is broken.
std::string WholeOrNothingLaw::GroupUidOf(const json::Value& object) const {
  for (const json::Value& owner : object["metadata"]["ownerReferences"].Items()) {
    if (owner["kind"].Text() == api::kPodGroups.kind) return owner["uid"].Text();
    for (const api::RoleKind kind : api::kRoleKinds) {
      if (owner["kind"].Text() != api::KindName(kind)) continue;
      const Document found = p_.api.Find(api::ResourceOf(kind), {KeyOf(object).ns, owner["name"].Text()});
      if (found != nullptr && UidOf(*found) == owner["uid"].Text()) return GroupUidOf(*found);
    }
  }
  return {};
}

void WholeOrNothingLaw::OnPod(const Change& change) {
  if (change.before != nullptr || change.after == nullptr) return;
  const auto pod = Decoded(api::DecodePod(*change.after));
  if (!pod.IsMember()) return;
  const Document document = p_.api.Find(api::kPodGroups, {pod.meta.ns, pod.group});
  if (document == nullptr) return;
  const auto group = Decoded(api::DecodePodGroup(*document));
  if (GroupUidOf(*change.after) != group.meta.uid) return;  // of a group of that name that is gone
  const Watched& watched = groups_[group.meta.uid];
  if (watched.admitted || !IsGang(group)) return;
  if (watched.ever && p_.events.now() < watched.since + kWindDown + p_.patience) return;
  p_.broken(pod.meta.name + ": created while its group is not admitted");
}

std::vector<api::Pod> WholeOrNothingLaw::MembersOf(const api::PodGroup& group, const std::string& role) const {
  std::vector<api::Pod> members;
  for (const Document& document : p_.api.List(api::kPods)) {
    if (LabelOf(*document, api::kLabelPodGroup) != group.meta.name) continue;
    auto pod = Decoded(api::DecodePod(*document));
    if (!pod.meta.owner) continue;  // a label alone makes no member
    if (pod.meta.ns == group.meta.ns && (role.empty() || pod.role == role)) members.push_back(std::move(pod));
  }
  return members;
}

int64_t WholeOrNothingLaw::MembersWanted(const api::PodGroup& group) const {
  const Document revision = p_.api.Find(api::kControllerRevisions, {group.meta.ns, group.spec.revision});
  if (revision == nullptr) return 0;
  int64_t wanted = 0;
  for (const core::RevisionRole& role : Decoded(core::DecodeRevision(*revision)).roles) wanted += role.shape.gang_size;
  return wanted;
}

void WholeOrNothingLaw::OnSecond() {
  for (const Document& document : p_.api.List(api::kPodGroups)) CheckGroup(document);
}

// I2: an admitted group is all scheduled in time, or held again. I4: a held one has no member left, lost nodes apart.
void WholeOrNothingLaw::CheckGroup(const Document& document) {
  const auto group = Decoded(api::DecodePodGroup(*document));
  if (!IsGang(group)) return;
  Watched& watched = groups_[group.meta.uid];
  const Duration age = p_.events.now() - watched.since;
  int64_t bound = 0;
  for (const api::Pod& pod : MembersOf(group, {})) {
    if (pod.IsBound()) ++bound;
    if (watched.admitted || pod.IsFinished() || age < kWindDown + p_.patience) continue;
    const Document node = p_.api.Find(api::kNodes, {{}, pod.node_name});
    if (node != nullptr && !Decoded(api::DecodeNode(*node)).ready) continue;
    p_.broken(group.meta.name + ": not admitted, and pod " + pod.meta.name + " is still there");
  }
  watched.all_bound =
      watched.all_bound || bound >= MembersWanted(group) || IsFinished(group) || !watched.results.empty();
  const Duration timeout = std::chrono::seconds(group.spec.gang.schedule_timeout_seconds);
  if (watched.admitted && !watched.all_bound && age > timeout + kWindDown + p_.patience) {
    p_.broken(group.meta.name + ": partly scheduled for longer than its timeout");
  }
}

}  // namespace

std::unique_ptr<Law> WholeOrNothing(const Law::Parts& parts) { return std::make_unique<WholeOrNothingLaw>(parts); }

}  // namespace muster::sim
