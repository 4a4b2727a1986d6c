#include "tests/support/sim/controllers.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "lib/api/workload.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::sim {
namespace {

bool IsSynced(const api::Resource& resource) {
  return resource == api::kJobs || resource == api::kDeployments || resource == api::kReplicaSets ||
         resource == api::kStatefulSets;
}

bool IsFinished(const json::Value& pod) {
  const std::string& phase = pod["status"]["phase"].Text();
  return phase == "Succeeded" || phase == "Failed";
}
bool IsDeleting(const json::Value& object) { return object["metadata"].Has("deletionTimestamp"); }
bool IsActive(const json::Value& pod) { return !IsFinished(pod) && !IsDeleting(pod); }

std::vector<Document> ActiveOf(const std::vector<Document>& pods) {
  std::vector<Document> active;
  for (const Document& pod : pods) {
    if (IsActive(*pod)) active.push_back(pod);
  }
  return active;
}

void SetCondition(json::Value& object, const std::string& type, bool value, const std::string& reason,
                  const std::string& message, Instant now) {
  api::Conditions conditions = api::DecodeConditions(object["status"]["conditions"]);
  api::SetCondition(
      conditions,
      {.type = type, .status = value ? api::Truth::kTrue : api::Truth::kFalse, .reason = reason, .message = message},
      now);
  object.Mutable("status").Set("conditions", api::EncodeConditions(conditions));
}

bool HasCondition(const json::Value& object, std::string_view type) {
  return api::IsTrue(api::DecodeConditions(object["status"]["conditions"]), type);
}

std::string TemplateHash(const json::Value& owner) {
  return SafeName(StableHash(json::WriteCanonical(owner["spec"]["template"])), 8);
}

}  // namespace

Controllers::Controllers(ApiServer& api, Events& events) : api_(api), events_(events) {
  api_.Watch([this](const Change& change) { OnChange(change); });
}

void Controllers::OnChange(const Change& change) {
  Collect(change);
  if (IsSynced(change.resource)) Add({change.resource, change.key});
  if (change.resource == api::kPods) OnPod(change);
  if (change.resource != api::kReplicaSets) return;
  const json::Value& set = change.after != nullptr ? *change.after : *change.before;
  for (const json::Value& owner : set["metadata"]["ownerReferences"].Items()) {
    if (owner["kind"].Text() == "Deployment") Add({api::kDeployments, {change.key.ns, owner["name"].Text()}});
  }
}

void Controllers::OnPod(const Change& change) {
  const json::Value& pod = change.after != nullptr ? *change.after : *change.before;
  for (const json::Value& owner : pod["metadata"]["ownerReferences"].Items()) {
    if (!owner["controller"].Bool()) continue;
    for (const api::RoleKind kind : api::kRoleKinds) {
      if (owner["kind"].Text() == api::KindName(kind)) {
        Add({api::ResourceOf(kind), {change.key.ns, owner["name"].Text()}});
      }
    }
    if (owner["kind"].Text() != "Job" || change.after != nullptr) continue;
    JobBook& book = jobs_[owner["uid"].Text()];
    const std::string& uid = UidOf(pod);
    if (!book.removed_by_us.contains(uid) && !book.counted.contains(uid)) ++book.lost;
  }
}

// Objects whose owner is gone go too, a moment later.
void Controllers::Collect(const Change& change) {
  if (change.before == nullptr) {
    alive_.insert(UidOf(*change.after));
    const std::string owner = OwnerUidOf(*change.after);
    if (owner.empty() || alive_.contains(owner)) return;
    events_.After(events_.Within(20, 200),
                  [this, change] { (void)api_.Delete(change.resource, change.key, UidOf(*change.after)); });
  } else if (change.after == nullptr) {
    const std::string gone = UidOf(*change.before);
    alive_.erase(gone);
    for (const api::Resource& resource : {api::kPodGroups, api::kControllerRevisions, api::kJobs, api::kDeployments,
                                          api::kReplicaSets, api::kStatefulSets, api::kPods}) {
      events_.After(events_.Within(20, 200), [this, gone, resource] {
        for (const Document& object : api_.OwnedBy(resource, gone)) {
          (void)api_.Delete(resource, KeyOf(*object), UidOf(*object));
        }
      });
    }
  }
}

void Controllers::Add(const Id& id) {
  State& state = states_[id];
  if (state.busy) {
    state.again = true;
    return;
  }
  if (state.queued) return;
  state.queued = true;
  const Duration late = events_.Chance(5) ? events_.Within(200, 1000) : events_.Within(3, 40);
  events_.After(late, [this, id] { Sync(id); });
}

void Controllers::Sync(const Id& id) {
  State& state = states_[id];
  state.queued = false;
  const Document object = api_.Find(id.resource, id.key);
  if (object == nullptr || IsDeleting(*object)) return;
  Work work = id.resource == api::kJobs           ? SyncJob(*object)
              : id.resource == api::kReplicaSets  ? SyncReplicaSet(*object)
              : id.resource == api::kStatefulSets ? SyncStatefulSet(*object)
                                                  : SyncDeployment(*object);
  const int64_t generation = (*object)["metadata"]["generation"].Integer();
  const bool job = id.resource == api::kJobs;
  work.finish = [finish = std::move(work.finish), generation, job](json::Value& changed) {
    if (!job) changed.Mutable("status").Set("observedGeneration", generation);
    if (finish) finish(changed);
  };
  CarryOut(id, UidOf(*object), std::move(work));
}

void Controllers::CarryOut(const Id& id, const std::string& uid, Work work) {
  states_[id].busy = true;
  Duration last(0);
  const int64_t slowest = events_.Chance(5) ? 1400 : 60;
  for (json::Value& pod : work.create) {
    const Duration late = events_.Within(1, slowest);
    last = std::max(last, late);
    events_.After(late, [this, id, pod = std::move(pod)]() mutable { CreatePod(id, std::move(pod)); });
  }
  for (const api::Key& key : work.remove) {
    const Duration late = events_.Within(1, slowest);
    last = std::max(last, late);
    events_.After(late, [this, key] { (void)api_.Delete(api::kPods, key); });
  }
  if (work.again) events_.After(*work.again, [this, id] { Add(id); });
  events_.After(last + Duration(1), [this, id, uid, finish = std::move(work.finish)] {
    const Document object = api_.Find(id.resource, id.key);
    if (object != nullptr && UidOf(*object) == uid) api_.Edit(id.resource, id.key, finish);
    State& state = states_[id];
    state.busy = false;
    if (std::exchange(state.again, false)) Add(id);
  });
}

void Controllers::CreatePod(const Id& id, json::Value pod) {
  const std::string owner = OwnerUidOf(pod);
  const std::string why = refuse_pod ? refuse_pod(pod) : std::string();
  if (!why.empty()) return TellFailure(id, owner, why);
  failures_.erase(owner);
  (void)api_.Create(api::kPods, std::move(pod));
}

// Deployments and ReplicaSets have a condition for it, Jobs and StatefulSets an Event alone.
void Controllers::TellFailure(const Id& id, const std::string& uid, const std::string& why) {
  failures_[uid] = why;
  events_.After(std::chrono::seconds(2), [this, id] { Add(id); });
  const api::Key key{id.key.ns, id.key.name + ".failed-create"};
  const std::string now = FormatTime(events_.now());
  if (api_.Find(api::kCoreEvents, key) != nullptr) {
    return api_.Edit(api::kCoreEvents, key, [&](json::Value& event) { event.Set("lastTimestamp", now); });
  }
  (void)api_.Create(
      api::kCoreEvents,
      json::Object{
          {"metadata", json::Object{{"namespace", key.ns}, {"name", key.name}}},
          {"involvedObject", json::Object{{"kind", id.resource.kind}, {"namespace", key.ns}, {"name", id.key.name}}},
          {"reason", "FailedCreate"},
          {"message", why},
          {"lastTimestamp", now}});
}

json::Value Controllers::PodOf(const api::Resource& resource, const json::Value& owner, const std::string& name) const {
  const json::Value& pod_template = owner["spec"]["template"];
  json::Value meta = pod_template["metadata"];
  meta.Set("name", name);
  meta.Set("namespace", KeyOf(owner).ns);
  meta.Set("ownerReferences", json::Array{json::Object{{"apiVersion", resource.ApiVersion()},
                                                       {"kind", resource.kind},
                                                       {"name", KeyOf(owner).name},
                                                       {"uid", UidOf(owner)},
                                                       {"controller", true}}});
  return json::Object{
      {"metadata", std::move(meta)}, {"spec", pod_template["spec"]}, {"status", json::Object{{"phase", "Pending"}}}};
}

std::string Controllers::NewName(const json::Value& owner) {
  return KeyOf(owner).name + "-p" + std::to_string(++pod_names_);
}

// ---- Job

int64_t Controllers::CountPods(const std::vector<Document>& pods, std::string_view phase, JobBook& book) {
  int64_t count = 0;
  for (const Document& pod : pods) {
    const std::string& is = (*pod)["status"]["phase"].Text();
    const bool lost =
        phase == "Failed" && is != "Succeeded" && IsDeleting(*pod) && !book.removed_by_us.contains(UidOf(*pod));
    if ((is == phase || lost) && book.counted.insert(UidOf(*pod)).second) ++count;
  }
  return count;
}

Controllers::Work Controllers::SyncJob(const json::Value& job) {
  Work work;
  if (HasCondition(job, "Complete") || HasCondition(job, "Failed")) return work;
  const json::Value& spec = job["spec"];
  const api::Key key = KeyOf(job);
  JobBook& book = jobs_[UidOf(job)];
  const std::vector<Document> pods = api_.OwnedBy(api::kPods, UidOf(job));
  const std::vector<Document> active = ActiveOf(pods);
  const int64_t succeeded = job["status"]["succeeded"].Integer() + CountPods(pods, "Succeeded", book);
  const int64_t new_failures = CountPods(pods, "Failed", book) + std::exchange(book.lost, 0);
  const int64_t failed = job["status"]["failed"].Integer() + new_failures;
  constexpr Duration kBackOff = std::chrono::seconds(10);
  if (new_failures > 0) book.not_before = events_.now() + kBackOff * (1LL << std::min<int64_t>(failed - 1, 5));
  // With a limit for each index (of which 0 is simulated) a failed pod is never replaced, and fails the Job at its end.
  const bool per_index = spec.Has("backoffLimitPerIndex");
  if (per_index) book.not_before = {};
  book.failing = book.failing || (!per_index && failed > spec["backoffLimit"].Integer(6));
  const bool counted = spec.Has("completions") || !spec.Has("parallelism");
  const int64_t parallelism = spec["parallelism"].Integer(1);
  const int64_t left = counted ? spec["completions"].Integer(1) - succeeded - (per_index ? failed : 0)
                               : (succeeded > 0 ? 0 : parallelism);
  const bool suspended = spec["suspend"].Bool();
  const bool live = std::any_of(pods.begin(), pods.end(), [](const Document& pod) { return !IsFinished(*pod); });
  const bool done = left <= 0 && (counted ? !live : active.empty());
  const int64_t want = book.failing || suspended ? 0
                       : counted                 ? std::min(parallelism, std::max<int64_t>(0, left))
                       : succeeded > 0           ? static_cast<int64_t>(active.size())
                                                 : parallelism;
  const auto have = static_cast<int64_t>(active.size());
  for (int64_t i = want; i < have; ++i) {
    work.remove.push_back(KeyOf(*active[static_cast<size_t>(i)]));
    book.removed_by_us.insert(UidOf(*active[static_cast<size_t>(i)]));
  }
  if (have < want && events_.now() < book.not_before) {
    work.again = book.not_before - events_.now() + Duration(1);
  } else {
    for (int64_t i = have; i < want; ++i) work.create.push_back(PodOf(api::kJobs, job, NewName(job)));
  }
  const bool failing = book.failing || (per_index && failed > 0 && left <= 0);
  const Instant now = events_.now();
  const bool ended = !suspended && (done || (failing && !live));
  work.finish = [=](json::Value& changed) {
    changed.Mutable("status").Set("succeeded", succeeded);
    changed.Mutable("status").Set("failed", failed);
    if (per_index && failed > 0) changed.Mutable("status").Set("failedIndexes", "0-" + std::to_string(failed - 1));
    if (ended && failing) {
      SetCondition(changed, "Failed", true, "BackoffLimitExceeded", "Job has reached the specified backoff limit", now);
    } else if (ended) {
      SetCondition(changed, "Complete", true, "CompletionsReached", "Reached expected number of succeeded pods", now);
    } else if (suspended || HasCondition(changed, "Suspended")) {
      SetCondition(changed, "Suspended", suspended, suspended ? "JobSuspended" : "JobResumed", "", now);
    }
  };
  if (ended && spec.Has("ttlSecondsAfterFinished")) {
    events_.After(std::chrono::seconds(spec["ttlSecondsAfterFinished"].Integer()) + Duration(200),
                  [this, key, uid = UidOf(job)] { (void)api_.Delete(api::kJobs, key, uid); });
  }
  return work;
}

// ---- ReplicaSet, Deployment

Controllers::Work Controllers::SyncReplicaSet(const json::Value& set) {
  Work work;
  const int64_t want = set["spec"]["replicas"].Integer(1);
  const std::vector<Document> active = ActiveOf(api_.OwnedBy(api::kPods, UidOf(set)));
  const auto have = static_cast<int64_t>(active.size());
  for (int64_t i = have; i < want; ++i) work.create.push_back(PodOf(api::kReplicaSets, set, NewName(set)));
  for (int64_t i = want; i < have; ++i) work.remove.push_back(KeyOf(*active[static_cast<size_t>(i)]));
  const auto failure = failures_.find(UidOf(set));
  const std::string why = failure == failures_.end() || want == 0 ? std::string() : failure->second;
  work.finish = [why, now = events_.now()](json::Value& changed) {
    if (why.empty() && !HasCondition(changed, "ReplicaFailure")) return;
    SetCondition(changed, "ReplicaFailure", !why.empty(), "FailedCreate", why, now);
  };
  return work;
}

Controllers::Work Controllers::SyncDeployment(const json::Value& deployment) {
  Work work;
  const api::Key key = KeyOf(deployment);
  const std::string current = key.name + "-" + TemplateHash(deployment);
  std::string failure;
  for (const Document& old : api_.OwnedBy(api::kReplicaSets, UidOf(deployment))) {
    if (KeyOf(*old).name == current) {
      for (const json::Value& condition : (*old)["status"]["conditions"].Items()) {
        if (condition["status"].Text() == "True") failure = condition["message"].Text();
      }
      continue;
    }
    api_.Edit(api::kReplicaSets, KeyOf(*old), [](json::Value& set) { set.Mutable("spec").Set("replicas", 0); });
  }
  const json::Value replicas = deployment["spec"]["replicas"].Integer(1);
  if (api_.Find(api::kReplicaSets, {key.ns, current}) != nullptr) {
    api_.Edit(api::kReplicaSets, {key.ns, current},
              [&](json::Value& set) { set.Mutable("spec").Set("replicas", replicas); });
  } else {
    json::Value set = PodOf(api::kDeployments, deployment, current);
    set.Erase("status");
    set.Set("spec", json::Object{{"replicas", replicas},
                                 {"selector", deployment["spec"]["selector"]},
                                 {"template", deployment["spec"]["template"]}});
    (void)api_.Create(api::kReplicaSets, std::move(set));
  }
  work.finish = [failure, now = events_.now()](json::Value& changed) {
    if (failure.empty() && !HasCondition(changed, "ReplicaFailure")) return;
    SetCondition(changed, "ReplicaFailure", !failure.empty(), "FailedCreate", failure, now);
  };
  return work;
}

// ---- StatefulSet

void Controllers::KeepClaims(const json::Value& set) {
  const json::Value& spec = set["spec"];
  const api::Key key = KeyOf(set);
  const int64_t replicas = spec["replicas"].Integer(1);
  for (const json::Value& claim : spec["volumeClaimTemplates"].Items()) {
    const std::string prefix = claim["metadata"]["name"].Text() + "-" + key.name + "-";
    for (int64_t i = 0; i < replicas; ++i) {
      (void)api_.Create(
          kClaims,
          json::Object{{"metadata", json::Object{{"namespace", key.ns}, {"name", prefix + std::to_string(i)}}}});
    }
    if (spec["persistentVolumeClaimRetentionPolicy"]["whenScaled"].Text() != "Delete") continue;
    for (const Document& found : api_.List(kClaims)) {
      int64_t ordinal = 0;
      const std::string& name = KeyOf(*found).name;
      if (!name.starts_with(prefix) || !ParseInteger(name.substr(prefix.size()), ordinal)) continue;
      if (ordinal >= replicas) (void)api_.Delete(kClaims, KeyOf(*found));
    }
  }
}

Controllers::Work Controllers::SyncStatefulSet(const json::Value& set) {
  Work work;
  KeepClaims(set);
  const api::Key key = KeyOf(set);
  const int64_t want = set["spec"]["replicas"].Integer(1);
  const std::string hash = TemplateHash(set);
  std::set<std::string> taken;
  for (const Document& pod : api_.OwnedBy(api::kPods, UidOf(set))) {
    const std::string name = KeyOf(*pod).name;
    taken.insert(name);
    int64_t ordinal = 0;
    const bool surplus = ParseInteger(name.substr(key.name.size() + 1), ordinal) && ordinal >= want;
    const bool old = LabelOf(*pod, "controller-revision-hash") != hash;
    if (!IsDeleting(*pod) && (surplus || old || IsFinished(*pod))) work.remove.push_back(KeyOf(*pod));
  }
  for (int64_t i = 0; i < want; ++i) {
    const std::string name = key.name + "-" + std::to_string(i);
    if (taken.contains(name)) continue;
    json::Value pod = PodOf(api::kStatefulSets, set, name);
    pod.Mutable("metadata").Mutable("labels").Set("controller-revision-hash", hash);
    work.create.push_back(std::move(pod));
  }
  return work;
}

}  // namespace muster::sim
