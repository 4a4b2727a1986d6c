#include "tests/support/sim/invariants.h"

#include <algorithm>

#include "lib/api/child.h"
#include "lib/api/node.h"
#include "lib/base/check.h"
#include "operator/core/revision.h"

namespace muster::sim {
namespace {

// After a hold was answered, pods come up for this long, and then have a grace period to end.
constexpr Duration kWindDown = std::chrono::seconds(8);

template <class T>
T Decoded(Result<T> decoded) {
  CHECK(decoded.has_value());
  return std::move(*decoded);
}

bool IsGang(const api::PodGroup& group) { return group.spec.gang.policy == api::GangPolicy::kAllOrNothing; }

bool IsFinished(const api::PodGroup& group) {
  return api::IsTrue(group.status.conditions, api::condition::kSucceeded) ||
         api::IsTrue(group.status.conditions, api::condition::kFailed);
}

std::optional<api::RoleKind> ChildKind(const api::Resource& resource) {
  for (const api::RoleKind kind : api::kRoleKinds) {
    if (api::ResourceOf(kind) == resource) return kind;
  }
  return std::nullopt;
}

}  // namespace

Invariants::Invariants(ApiServer& api, Events& events, Duration patience)
    : api_(api), events_(events), patience_(patience) {
  api_.Watch([this](const Change& change) { OnChange(change); });
  events_.After(std::chrono::seconds(1), [this] { Tick(); });
}

void Invariants::Break(const std::string& what) {
  constexpr size_t kEnough = 20;
  if (broken_.size() < kEnough) broken_.push_back(FormatMicroTime(events_.now()).substr(11, 12) + " " + what);
}

void Invariants::OnChange(const Change& change) {
  if (change.resource == api::kPodGroups) return OnGroup(change);
  if (change.resource == api::kPods) return OnPod(change);
  if (ChildKind(change.resource)) OnChild(change);
}

void Invariants::OnGroup(const Change& change) {
  if (change.after == nullptr) {
    groups_.erase(UidOf(*change.before));
    return;
  }
  const auto group = Decoded(api::DecodePodGroup(*change.after));
  Watched& watched = groups_.try_emplace(group.meta.uid, Watched{.since = events_.now()}).first->second;
  const bool admitted = api::IsTrue(group.status.conditions, api::condition::kAdmitted);
  for (const api::RoleStatus& role : group.status.roles) {
    if (!role.result.empty()) watched.results.insert(role.name);
    if (role.result.empty() && group.status.revision == group.spec.revision && IsFinished(group) == false &&
        watched.results.contains(role.name) && change.before != nullptr &&
        Decoded(api::DecodePodGroup(*change.before)).status.revision == group.status.revision) {
      Break(group.meta.name + ": the recorded result of role " + role.name + " is lost");
    }
    if (role.result.empty()) watched.results.erase(role.name);
  }
  if (admitted == watched.admitted) return;
  watched.admitted = admitted;
  watched.since = events_.now();
  watched.all_bound = false;
  watched.ever = watched.ever || admitted;
  if (admitted) OnAdmitted(group);
}

// I4: it starts with none of its earlier members left. I3: all that is admitted has room, this group too.
void Invariants::OnAdmitted(const api::PodGroup& group) {
  for (const api::Pod& pod : MembersOf(group, {})) {
    if (!pod.IsFinished()) Break(group.meta.name + ": admitted while pod " + pod.meta.name + " is still there");
  }
  if (!IsGang(group) || group.spec.gang.admission == api::GangAdmission::kAlways) return;
  int64_t room = 0;
  for (const Document& document : api_.List(api::kNodes)) {
    const auto node = Decoded(api::DecodeNode(*document));
    if (node.ready) room += node.allocatable.Get(api::kCpu);
  }
  for (const Document& document : api_.List(api::kPods)) {
    const auto pod = Decoded(api::DecodePod(*document));
    const Document node = api_.Find(api::kNodes, {{}, pod.node_name});
    const bool usable = node != nullptr && Decoded(api::DecodeNode(*node)).ready;
    if (pod.TakesRoom() && usable) room -= pod.requests.Get(api::kCpu);
  }
  for (const Document& document : api_.List(api::kPodGroups)) {
    const auto other = Decoded(api::DecodePodGroup(*document));
    if (!api::IsTrue(other.status.conditions, api::condition::kAdmitted) || !IsGang(other)) continue;
    const Document revision = api_.Find(api::kControllerRevisions, {other.meta.ns, other.spec.revision});
    if (revision == nullptr || IsTrue(other.status.conditions, api::condition::kScheduled)) continue;
    std::map<std::string, int64_t> bound;
    for (const api::Pod& pod : MembersOf(other, {})) bound[pod.role] += pod.IsBound() ? 1 : 0;
    for (const core::RevisionRole& role : Decoded(core::DecodeRevision(*revision)).roles) {
      const int64_t unbound = std::max<int64_t>(0, role.shape.gang_size - bound[role.role.name]);
      room -= unbound * role.shape.shape->requests.Get(api::kCpu);
    }
  }
  if (room < 0) Break(group.meta.name + ": admitted though " + std::to_string(-room) + " cpu millis are missing");
}

// I1: nothing is released, in part or in whole, but by the record.
void Invariants::OnChild(const Change& change) {
  if (change.after == nullptr) return;
  const api::RoleKind kind = *ChildKind(change.resource);
  const auto after = Decoded(api::DecodeChild(kind, *change.after));
  if (!after.meta.owner || after.meta.owner->kind != api::kPodGroups.kind) return;
  const bool was_released = change.before != nullptr && !Decoded(api::DecodeChild(kind, *change.before)).Held();
  const Document document = api_.Find(api::kPodGroups, {after.meta.ns, after.meta.owner->name});
  if (document == nullptr || UidOf(*document) != after.meta.owner->uid) return;
  const auto group = Decoded(api::DecodePodGroup(*document));
  const bool admitted = api::IsTrue(group.status.conditions, api::condition::kAdmitted);
  if (!after.Held() && !was_released && !admitted)
    Break(after.meta.name + ": released while its group is not admitted");
  const Watched& watched = groups_[group.meta.uid];
  if (change.before == nullptr && kind == api::RoleKind::kJob && watched.results.contains(after.role) &&
      group.spec.revision == group.status.revision) {
    Break(after.meta.name + ": a Job whose result is recorded is made again");
  }
}

// The uid at the end of the chain of owners; "" when it is broken.
std::string Invariants::GroupUidOf(const json::Value& object) const {
  for (const json::Value& owner : object["metadata"]["ownerReferences"].Items()) {
    if (owner["kind"].Text() == api::kPodGroups.kind) return owner["uid"].Text();
    for (const api::RoleKind kind : api::kRoleKinds) {
      if (owner["kind"].Text() != api::KindName(kind)) continue;
      const Document found = api_.Find(api::ResourceOf(kind), {KeyOf(object).ns, owner["name"].Text()});
      if (found != nullptr && UidOf(*found) == owner["uid"].Text()) return GroupUidOf(*found);
    }
  }
  return {};
}

void Invariants::OnPod(const Change& change) {
  if (change.before != nullptr || change.after == nullptr) return;
  const auto pod = Decoded(api::DecodePod(*change.after));
  if (!pod.IsMember()) return;
  const Document document = api_.Find(api::kPodGroups, {pod.meta.ns, pod.group});
  if (document == nullptr) return;
  const auto group = Decoded(api::DecodePodGroup(*document));
  if (GroupUidOf(*change.after) != group.meta.uid) return;  // of a group of that name that is gone
  const Watched& watched = groups_[group.meta.uid];
  if (watched.admitted || !IsGang(group)) return;
  if (watched.ever && events_.now() < watched.since + kWindDown + patience_) return;
  Break(pod.meta.name + ": created while its group is not admitted");
}

std::vector<api::Pod> Invariants::MembersOf(const api::PodGroup& group, const std::string& role) const {
  std::vector<api::Pod> members;
  for (const Document& document : api_.List(api::kPods)) {
    if (LabelOf(*document, api::kLabelPodGroup) != group.meta.name) continue;
    auto pod = Decoded(api::DecodePod(*document));
    if (pod.meta.ns == group.meta.ns && (role.empty() || pod.role == role)) members.push_back(std::move(pod));
  }
  return members;
}

int64_t Invariants::MembersWanted(const api::PodGroup& group) const {
  const Document revision = api_.Find(api::kControllerRevisions, {group.meta.ns, group.spec.revision});
  if (revision == nullptr) return 0;
  int64_t wanted = 0;
  for (const core::RevisionRole& role : Decoded(core::DecodeRevision(*revision)).roles) wanted += role.shape.gang_size;
  return wanted;
}

void Invariants::Tick() {
  for (const Document& document : api_.List(api::kPodGroups)) CheckGroup(document);
  events_.After(std::chrono::seconds(1), [this] { Tick(); });
}

// I2: an admitted group is all scheduled in time, or held again. I4: a held one has no member left, lost nodes apart.
void Invariants::CheckGroup(const Document& document) {
  const auto group = Decoded(api::DecodePodGroup(*document));
  if (!IsGang(group)) return;
  Watched& watched = groups_[group.meta.uid];
  const Duration age = events_.now() - watched.since;
  int64_t bound = 0;
  for (const api::Pod& pod : MembersOf(group, {})) {
    if (pod.IsBound()) ++bound;
    if (watched.admitted || pod.IsFinished() || age < kWindDown + patience_) continue;
    if (!pod.meta.owner) continue;  // made by hand: only a hand can stop it
    const Document node = api_.Find(api::kNodes, {{}, pod.node_name});
    if (node != nullptr && !Decoded(api::DecodeNode(*node)).ready) continue;
    Break(group.meta.name + ": not admitted, and pod " + pod.meta.name + " is still there");
  }
  watched.all_bound =
      watched.all_bound || bound >= MembersWanted(group) || IsFinished(group) || !watched.results.empty();
  const Duration timeout = std::chrono::seconds(group.spec.gang.schedule_timeout_seconds);
  if (watched.admitted && !watched.all_bound && age > timeout + kWindDown + patience_) {
    Break(group.meta.name + ": partly scheduled for longer than its timeout");
  }
}

}  // namespace muster::sim
