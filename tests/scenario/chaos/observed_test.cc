// Laws of both reconciles on random input: whatever is observed, they give a plan and no crash; the same input gives
// the same bytes; the record comes before what it allows; and nothing is done to what was not observed as ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lib/api/names.h"
#include "lib/json/text.h"
#include "operator/core/render.h"
#include "tests/scenario/chaos/random_observed.h"
#include "tests/support/seed.h"

namespace muster::sim {
namespace {

constexpr uint64_t kCases = 5000;

// Everything a plan says.
std::string Bytes(const core::Plan& plan) {
  std::string bytes = core::Describe(plan);
  for (const core::Step& step : plan.steps) {
    if (const auto* create = std::get_if<core::Create>(&step.action)) bytes += json::Write(create->object) + "\n";
    if (const auto* patch = std::get_if<core::Patch>(&step.action)) {
      bytes += patch->uid + json::Write(json::Value(patch->operations)) + "\n";
    }
    if (const auto* write = std::get_if<core::WriteStatus>(&step.action)) {
      bytes += write->uid + write->resource_version + json::Write(write->status) + "\n";
    }
  }
  if (plan.guard) bytes += "guard " + plan.guard->key.Text() + plan.guard->resource_version + "\n";
  if (plan.wake_up) bytes += "wake " + FormatMicroTime(*plan.wake_up) + "\n";
  return bytes;
}

bool Replays() { return std::getenv("MUSTER_SEED") != nullptr; }

// Calls f(case) for random cases until one fails.
void ForEachCase(const std::function<void(RandomObserved&)>& f) {
  const uint64_t first = testing::TestSeed();
  for (uint64_t seed = first; seed < first + (Replays() ? 1 : kCases) && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::ReplayHint(seed));
    RandomObserved random(seed);
    f(random);
  }
}

// What a patch or a POST makes of a child's size; nullopt when it says nothing of it.
std::optional<core::Hold> HoldIn(const core::Step& step) {
  if (const auto* create = std::get_if<core::Create>(&step.action)) {
    if (create->mode != core::Mode::kReal) return std::nullopt;
    const json::Value& spec = create->object["spec"];
    const bool held = create->resource == api::kJobs ? spec["suspend"].Bool() : spec["replicas"].Integer(1) == 0;
    return held ? core::Hold::kHeld : core::Hold::kReleased;
  }
  const auto* patch = std::get_if<core::Patch>(&step.action);
  if (patch == nullptr || patch->mode != core::Mode::kReal) return std::nullopt;
  for (const json::Value& operation : patch->operations) {
    const std::string& path = operation["path"].Text();
    if (path == "/spec/suspend") return operation["value"].Bool() ? core::Hold::kHeld : core::Hold::kReleased;
    if (path == "/spec/replicas") {
      return operation["value"].Integer(1) == 0 ? core::Hold::kHeld : core::Hold::kReleased;
    }
  }
  return std::nullopt;
}

std::string UidOf(const core::Step& step) {
  if (const auto* patch = std::get_if<core::Patch>(&step.action)) return patch->uid;
  if (const auto* remove = std::get_if<core::Delete>(&step.action)) return remove->uid;
  if (const auto* write = std::get_if<core::WriteStatus>(&step.action)) return write->uid;
  return {};
}

// Every write is on something that was observed, and everything made is owned by `owner`.
void CheckWhose(const core::Plan& plan, const std::set<std::string>& uids, const std::string& owner) {
  for (const core::Step& step : plan.steps) {
    if (std::holds_alternative<core::EmitEvent>(step.action)) continue;
    if (const auto* create = std::get_if<core::Create>(&step.action)) {
      if (create->mode == core::Mode::kDryRun) continue;
      EXPECT_EQ(create->object["metadata"]["ownerReferences"].At(0)["uid"].Text(), owner) << core::Describe(step);
      EXPECT_EQ(create->object["metadata"]["namespace"].Text(), "ml") << core::Describe(step);
      continue;
    }
    EXPECT_TRUE(uids.contains(UidOf(step))) << core::Describe(step) << " on " << UidOf(step);
  }
}

void CheckConditions(const json::Value& status) {
  const api::Conditions conditions = api::DecodeConditions(status["conditions"]);
  std::set<std::string> types;
  for (const api::Condition& condition : conditions) {
    EXPECT_TRUE(types.insert(condition.type).second) << condition.type << " twice";
    EXPECT_NE(condition.reason, "") << condition.type;
    EXPECT_LE(condition.message.size(), 1024U * 4) << condition.type;
  }
}

TEST(LawsOfGroups, AnyInputGivesOnePlanAndTheRecordComesFirst) {
  int64_t releases = 0;
  int64_t holds = 0;
  ForEachCase([&](RandomObserved& random) {
    const core::ObservedGroup observed = random.Group();
    const core::GroupStep step = core::ReconcileGroup(observed, random.now(), {});
    ASSERT_EQ(Bytes(core::ReconcileGroup(observed, random.now(), {}).plan), Bytes(step.plan));
    std::set<std::string> uids = {observed.group->meta.uid};
    for (const auto& child : observed.children) uids.insert(child->meta.uid);
    CheckWhose(step.plan, uids, observed.group->meta.uid);
    bool admitted = api::IsTrue(observed.group->status.conditions, api::condition::kAdmitted);
    int writes = 0;
    for (const core::Step& each : step.plan.steps) {
      if (const auto* write = std::get_if<core::WriteStatus>(&each.action)) {
        ++writes;
        EXPECT_EQ(write->resource_version, observed.group->meta.resource_version);
        CheckConditions(write->status);
        admitted = api::IsTrue(api::DecodeConditions(write->status["conditions"]), api::condition::kAdmitted);
      }
      const auto hold = HoldIn(each);
      if (hold == core::Hold::kReleased) {
        ++releases;
        EXPECT_TRUE(admitted) << "released before the record:\n" << core::Describe(step.plan);
      }
      // A role of no members is held and released alike.
      const auto* patch = std::get_if<core::Patch>(&each.action);
      if (hold != core::Hold::kHeld || patch == nullptr || patch->operations.size() > 2 || admitted) continue;
      ++holds;
    }
    EXPECT_LE(writes, 1);
  });
  if (Replays()) return;
  EXPECT_GT(releases, 0);
  EXPECT_GT(holds, 0);
}

// Of a group that is told to stop the record says so before the first child is held.
TEST(LawsOfGroups, NoChildOfAnAdmittedGroupIsHeldBeforeTheRecordIsTakenBack) {
  int64_t holds = 0;
  ForEachCase([&](RandomObserved& random) {
    const core::ObservedGroup observed = random.Group();
    const auto& conditions = observed.group->status.conditions;
    // What has finished is never admitted at the same time.
    if (api::IsTrue(conditions, api::condition::kSucceeded) || api::IsTrue(conditions, api::condition::kFailed)) return;
    const core::Plan plan = core::ReconcileGroup(observed, random.now(), {}).plan;
    bool admitted = api::IsTrue(observed.group->status.conditions, api::condition::kAdmitted);
    for (const core::Step& step : plan.steps) {
      if (const auto* write = std::get_if<core::WriteStatus>(&step.action)) {
        admitted = api::IsTrue(api::DecodeConditions(write->status["conditions"]), api::condition::kAdmitted);
      }
      const auto* patch = std::get_if<core::Patch>(&step.action);
      if (patch == nullptr || HoldIn(step) != core::Hold::kHeld) continue;
      const auto is_none = [&](const core::RevisionRole& role) {
        return role.shape.members <= 0 && patch->key.name == api::ChildName(observed.group->meta.name, role.role.name);
      };
      const bool of_none = observed.revision != nullptr &&
                           std::any_of(observed.revision->roles.begin(), observed.revision->roles.end(), is_none);
      if (of_none) continue;  // its size is right at none
      ++holds;
      EXPECT_FALSE(admitted) << core::Describe(plan);
    }
  });
  if (!Replays()) {
    EXPECT_GT(holds, 0);
  }
}

// The only status write of a plan that does nothing else; nullptr when there is none, or more is done.
const core::WriteStatus* OnlyStatusOf(const core::Plan& plan) {
  const core::WriteStatus* only = nullptr;
  for (const core::Step& step : plan.steps) {
    if (std::holds_alternative<core::EmitEvent>(step.action)) continue;
    only = std::get_if<core::WriteStatus>(&step.action);
    if (only == nullptr) return nullptr;
  }
  return only;
}

std::shared_ptr<const api::PodGroup> With(const api::PodGroup& group, const json::Value& status) {
  const json::Value object =
      json::Object{{"metadata", json::Object{{"name", group.meta.name}, {"uid", group.meta.uid}}}, {"status", status}};
  auto after = std::make_shared<api::PodGroup>(group);
  const auto decoded = api::DecodePodGroup(object);
  EXPECT_TRUE(decoded.has_value());
  if (decoded.has_value()) after->status = decoded->status;
  return after;
}

// When all there is to do is to say so, that comes to an end: a stop, why it takes long, and no more.
TEST(LawsOfGroups, SayingSoComesToAnEnd) {
  int64_t written = 0;
  ForEachCase([&](RandomObserved& random) {
    core::ObservedGroup observed = random.Group();
    constexpr int kMost = 3;
    for (int round = 0; round <= kMost; ++round) {
      const core::Plan plan = core::ReconcileGroup(observed, random.now(), {}).plan;
      const core::WriteStatus* write = OnlyStatusOf(plan);
      if (write == nullptr) return;
      ++written;
      EXPECT_LT(round, kMost) << json::WritePretty(write->status);
      observed.group = With(*observed.group, write->status);
      observed.last_write = random.now();
      // A grant is for one attempt.
      if (observed.verdict.kind == core::Verdict::Kind::kAdmit) observed.verdict = {};
    }
  });
  if (!Replays()) {
    EXPECT_GT(written, 0);
  }
}

TEST(LawsOfWorkloads, AnyInputGivesOnePlanThatTakesDownOneGroupAtATime) {
  int64_t taken_down = 0;
  ForEachCase([&](RandomObserved& random) {
    const core::ObservedWorkload observed = random.Workload();
    const core::Plan plan = core::ReconcileWorkload(observed, random.now(), {});
    ASSERT_EQ(Bytes(core::ReconcileWorkload(observed, random.now(), {})), Bytes(plan));
    std::set<std::string> uids = {observed.workload->meta.uid};
    std::set<std::string> used = {core::WantRevision(*observed.workload).name};
    for (const auto& group : observed.groups) {
      uids.insert(group->meta.uid);
      used.insert({group->spec.revision, group->status.revision});
    }
    for (const auto& revision : observed.revisions) uids.insert(revision->meta.uid);
    for (const auto& [name, children] : observed.children) {
      for (const auto& child : children) uids.insert(child->meta.uid);
    }
    CheckWhose(plan, uids, observed.workload->meta.uid);
    int64_t down = 0;
    for (const core::Step& step : plan.steps) {
      if (const auto* write = std::get_if<core::WriteStatus>(&step.action)) CheckConditions(write->status);
      if (const auto* remove = std::get_if<core::Delete>(&step.action)) {
        EXPECT_TRUE(remove->resource != api::kControllerRevisions || !used.contains(remove->key.name))
            << core::Describe(step);
      }
      const auto* patch = std::get_if<core::Patch>(&step.action);
      if (patch == nullptr || patch->mode != core::Mode::kReal) continue;
      for (const auto& group : observed.groups) {
        const bool up = api::IsTrue(group->status.conditions, api::condition::kAdmitted) &&
                        api::IsTrue(group->status.conditions, api::condition::kReady) &&
                        group->status.revision == group->spec.revision;
        const bool other = std::any_of(patch->operations.begin(), patch->operations.end(),
                                       [](const json::Value& each) { return each["path"].Text() == "/spec/revision"; });
        if (group->meta.uid == patch->uid && up && other) ++down;
      }
    }
    EXPECT_LE(down, 1) << core::Describe(plan);
    taken_down += down;
  });
  if (!Replays()) {
    EXPECT_GT(taken_down, 0);
  }
}

}  // namespace
}  // namespace muster::sim
