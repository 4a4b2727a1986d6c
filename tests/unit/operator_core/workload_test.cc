// One Workload: its revisions, its groups, how a changed spec reaches them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/json/text.h"
#include "operator/core/workload.h"
#include "tests/unit/operator_core/scene.h"

namespace muster::core {
namespace {

using api::GroupState;
using sim::MakeWorkload;
using ::testing::HasSubstr;
using ::testing::Not;

enum class Is { kNew, kWaiting, kStarting, kRunning, kHeld, kSucceeded, kFailed, kStalled };

json::Value Web(int64_t replicas, int64_t members = 2) {
  return MakeWorkload("web").Replicas(replicas).StatefulSet("s", members).Build();
}

class Fleet {
 public:
  explicit Fleet(const json::Value& workload) { Spec(workload); }

  // The Workload's spec as of now; its status stays.
  Fleet& Spec(const json::Value& workload) {
    const api::WorkloadStatus status = workload_.status;
    workload_ = Decoded(workload);
    workload_.meta.created = At(0);
    workload_.meta.generation = ++generation_;
    workload_.status = status;
    return *this;
  }
  Fleet& Revision(const json::Value& workload, int64_t number = 1) {
    observed_.revisions.push_back(RevisionOf(workload, number));
    return *this;
  }
  Fleet& Group(int64_t index, const json::Value& revision_of, Is is) {
    api::PodGroup group;
    const api::Workload decoded = Decoded(revision_of);
    const std::string revision = RevisionOf(revision_of)->meta.name;
    group.meta = {.ns = "ml", .name = "web-" + std::to_string(index), .uid = "uid-" + std::to_string(index)};
    group.spec = {.index = index, .revision = revision, .gang = decoded.spec.gang};
    group.spec.priority_class_name = decoded.spec.priority_class_name;
    if (is != Is::kNew) {
      static constexpr GroupState kStates[] = {GroupState::kWaiting, GroupState::kWaiting, GroupState::kStarting,
                                               GroupState::kRunning, GroupState::kHeld,    GroupState::kSucceeded,
                                               GroupState::kFailed,  GroupState::kStalled};
      group.status.state = kStates[static_cast<size_t>(is)];
      group.status.revision = revision;
      const auto set = [&](std::string_view type, bool value) {
        api::SetCondition(group.status.conditions,
                          {.type = std::string(type),
                           .status = value ? api::Truth::kTrue : api::Truth::kFalse,
                           .reason = "R",
                           .message = "because"},
                          At(1));
      };
      set(api::condition::kAdmitted, is == Is::kStarting || is == Is::kRunning);
      set(api::condition::kReady, is == Is::kRunning || is == Is::kSucceeded);
      if (is == Is::kSucceeded) set(api::condition::kSucceeded, true);
      if (is == Is::kFailed) set(api::condition::kFailed, true);
      if (is == Is::kFailed || is == Is::kStalled) set(api::condition::kStalled, true);
    }
    observed_.groups.push_back(std::make_shared<const api::PodGroup>(std::move(group)));
    return *this;
  }
  ObservedWorkload& observed() { return observed_; }
  api::Workload& workload() { return workload_; }

  core::Plan Reconcile(Instant now = At(100)) {
    observed_.workload = std::make_shared<const api::Workload>(workload_);
    return ReconcileWorkload(observed_, now, {});
  }
  // Without the Workload's own status.
  std::string Plan(Instant now = At(100)) {
    core::Plan plan = Reconcile(now);
    std::erase_if(plan.steps, [](const Step& step) { return std::holds_alternative<WriteStatus>(step.action); });
    return Describe(plan);
  }
  // Takes the status that would be written, through JSON; "" when there is none.
  std::string Write(Instant now = At(100)) {
    for (const Step& step : Reconcile(now).steps) {
      const auto* write = std::get_if<WriteStatus>(&step.action);
      if (write == nullptr) continue;
      json::Value object = Web(1);
      object.Mutable("metadata").Set("uid", "x");
      object.Set("status", write->status);
      workload_.status = api::DecodeWorkload(object)->status;
      observed_.last_write = now;
      return Text();
    }
    return {};
  }
  std::string Text() const {
    const api::WorkloadStatus& s = workload_.status;
    std::string text = std::string(s.state ? api::StateName(*s.state) : "?") + " " + std::to_string(s.replicas) + "/" +
                       std::to_string(s.admitted) + "/" + std::to_string(s.ready) + "/" + std::to_string(s.updated);
    for (const api::Condition& condition : s.conditions) {
      text += " " + condition.type + (condition.status == api::Truth::kTrue ? "=True(" : "=False(") + condition.reason +
              ")";
    }
    return text;
  }

 private:
  int64_t generation_ = 0;
  api::Workload workload_;
  ObservedWorkload observed_;
};

std::string NameOf(const json::Value& workload) { return RevisionOf(workload)->meta.name; }

TEST(WorkloadPlan, TheRevisionComesBeforeTheGroupsThatNameIt) {
  Fleet fleet(Web(2));
  EXPECT_EQ(fleet.Plan(), "create ControllerRevision ml/" + NameOf(Web(2)) +
                              " (the spec is new)\n"
                              "create PodGroup ml/web-0\n"
                              "create PodGroup ml/web-1\n");
}

TEST(WorkloadPlan, ScaledDownTheHighestGroupsGoScaledUpTheMissingCome) {
  Fleet fleet(Web(3));
  fleet.Revision(Web(3)).Group(0, Web(3), Is::kRunning).Group(3, Web(3), Is::kRunning).Group(4, Web(3), Is::kWaiting);
  EXPECT_EQ(fleet.Plan(),
            "delete PodGroup ml/web-3 (scaled down)\n"
            "delete PodGroup ml/web-4 (scaled down)\n"
            "create PodGroup ml/web-1\n"
            "create PodGroup ml/web-2\n");
}

TEST(WorkloadPlan, SuspensionGangAndPriorityReachTheGroupsAtOnce) {
  Fleet fleet(Web(1));
  fleet.Revision(Web(1)).Group(0, Web(1), Is::kRunning);
  json::Value after = Web(1);
  after.Mutable("spec").Set("suspend", true);
  after.Mutable("spec").Set("gang", json::Object{{"scheduleTimeoutSeconds", 60}});
  EXPECT_THAT(fleet.Spec(after).Plan(), HasSubstr("patch PodGroup ml/web-0 /spec/run=\"Hold\" /spec/gang"));
}

TEST(WorkloadPlan, APriorityThatIsTakenAwayIsRemovedNotEmptied) {
  const json::Value before = MakeWorkload("web").Priority("gold").StatefulSet("s", 2).Build();
  Fleet fleet(Web(1));
  fleet.Revision(Web(1)).Group(0, before, Is::kWaiting);
  const core::Plan plan = fleet.Reconcile();
  const auto* patch = std::get_if<Patch>(&plan.steps.at(0).action);
  ASSERT_NE(patch, nullptr);
  ASSERT_EQ(patch->operations.size(), 2U);
  EXPECT_EQ(patch->operations[1]["op"].Text(), "remove");
  EXPECT_EQ(patch->operations[1]["path"].Text(), "/spec/priorityClassName");
}

TEST(WorkloadPlan, ADeletedWorkloadIsLeftToTheGarbageCollector) {
  Fleet fleet(Web(1));
  fleet.workload().meta.deleted = At(1);
  EXPECT_EQ(fleet.Plan(), "");
}

// ---- A changed spec

TEST(WorkloadChange, OneRunningGroupAfterAnotherAfterADryRun) {
  Fleet fleet(Web(2, 3));
  fleet.Revision(Web(2)).Revision(Web(2, 3), 2);
  fleet.Group(0, Web(2), Is::kRunning).Group(1, Web(2), Is::kRunning);
  EXPECT_EQ(fleet.Plan(),
            "dry-run create StatefulSet ml/web-0-s (before anything is stopped)\n"
            "patch PodGroup ml/web-0 /spec/revision=\"" +
                NameOf(Web(2, 3)) + "\" (to the wanted revision)\n");
}

struct ChangeCase {
  const char* name;
  Is first;   // of the old revision
  Is second;  // of the new one, or of the old one when first_only
  bool second_is_new;
  bool first_changes;
  bool second_changes;
};

class ChangeOrder : public ::testing::TestWithParam<ChangeCase> {};

TEST_P(ChangeOrder, IsByWhoIsUp) {
  Fleet fleet(Web(2, 3));
  fleet.Revision(Web(2)).Revision(Web(2, 3), 2);
  fleet.Group(0, Web(2), GetParam().first);
  fleet.Group(1, GetParam().second_is_new ? Web(2, 3) : Web(2), GetParam().second);
  const std::string plan = fleet.Plan();
  const auto changes = [&](const std::string& group) {
    return plan.find("patch PodGroup ml/" + group + " /spec/revision") != std::string::npos;
  };
  EXPECT_EQ(changes("web-0"), GetParam().first_changes) << plan;
  EXPECT_EQ(changes("web-1"), GetParam().second_changes) << plan;
}

INSTANTIATE_TEST_SUITE_P(
    All, ChangeOrder,
    ::testing::Values(ChangeCase{"WaitingOnesAtOnce", Is::kWaiting, Is::kWaiting, false, true, true},
                      ChangeCase{"AWaitingOneHoldsUpARunningOne", Is::kRunning, Is::kWaiting, false, false, true},
                      ChangeCase{"TheNextWhenTheFirstIsUpAgain", Is::kRunning, Is::kRunning, true, true, false},
                      ChangeCase{"NotBeforeTheFirstIsUpAgain", Is::kRunning, Is::kStarting, true, false, false},
                      ChangeCase{"NotWhileTheChangedOneWaits", Is::kRunning, Is::kWaiting, true, false, false},
                      ChangeCase{"BrokenOnesAllAtOnce", Is::kStarting, Is::kStarting, false, true, true},
                      ChangeCase{"ABrokenOneFirst", Is::kRunning, Is::kStarting, false, false, true},
                      ChangeCase{"FinishedOnesNever", Is::kSucceeded, Is::kFailed, false, false, false},
                      ChangeCase{"FinishedOnesAreNoObstacle", Is::kRunning, Is::kSucceeded, false, true, false}),
    [](const auto& test) { return test.param.name; });

TEST(WorkloadChange, AGroupThatWasJustGivenTheRevisionIsNotUpAnyMore) {
  Fleet fleet(Web(2, 3));
  fleet.Revision(Web(2)).Revision(Web(2, 3), 2).Group(0, Web(2), Is::kRunning).Group(1, Web(2), Is::kRunning);
  api::PodGroup given = *fleet.observed().groups[0];
  given.spec.revision = NameOf(Web(2, 3));
  fleet.observed().groups[0] = std::make_shared<const api::PodGroup>(given);
  EXPECT_EQ(fleet.Plan(), "");
}

TEST(WorkloadChange, NothingIsChangedBeforeTheRevisionIsSeen) {
  Fleet fleet(Web(1, 3));
  fleet.Revision(Web(1)).Group(0, Web(1), Is::kRunning);
  EXPECT_EQ(fleet.Plan(), "create ControllerRevision ml/" + NameOf(Web(1, 3)) + " (the spec is new)\n");
}

// Who resumes a Workload with other roles may have no right to the kinds of the old ones, and meant the new ones.
TEST(WorkloadChange, NothingOfANewSpecStartsAGroupWithItsOldRoles) {
  json::Value before = MakeWorkload("web").Job("s", 2).Build();
  before.Mutable("spec").Set("suspend", true);
  json::Value after = Web(1);
  after.Mutable("spec").Set("gang", json::Object{{"admission", "Always"}});
  Fleet fleet(after);
  fleet.Revision(before).Group(0, before, Is::kHeld);
  api::PodGroup held = *fleet.observed().groups[0];
  held.spec.run = api::Run::kHold;
  fleet.observed().groups[0] = std::make_shared<const api::PodGroup>(held);
  EXPECT_EQ(fleet.Plan(), "create ControllerRevision ml/" + NameOf(after) + " (the spec is new)\n");
  fleet.Revision(after, 2);
  EXPECT_THAT(fleet.Plan(), HasSubstr("patch PodGroup ml/web-0 /spec/revision=\"" + NameOf(after) +
                                      "\" /spec/run=\"Run\" /spec/gang"));
}

TEST(WorkloadChange, SuspensionReachesAGroupOfTheOldRolesAtOnce) {
  json::Value after = Web(2, 3);
  after.Mutable("spec").Set("suspend", true);
  Fleet fleet(after);
  fleet.Revision(Web(2)).Group(0, Web(2), Is::kRunning).Group(1, Web(2), Is::kRunning);
  EXPECT_THAT(fleet.Plan(), HasSubstr("patch PodGroup ml/web-0 /spec/run=\"Hold\"\npatch PodGroup ml/web-1"));
}

TEST(WorkloadChange, ARefusedRevisionLeavesWhatRunsAndIsTold) {
  Fleet fleet(Web(1, 3));
  fleet.Revision(Web(1)).Revision(Web(1, 3), 2).Group(0, Web(1), Is::kRunning);
  fleet.observed().refused_revisions[NameOf(Web(1, 3))] = "role s: spec.serviceName: field is immutable";
  EXPECT_EQ(fleet.Plan(), "");
  EXPECT_EQ(fleet.Write(), "Stalled 1/1/1/0 Ready=False(RevisionRefused) Stalled=True(RevisionRefused)");
  EXPECT_THAT(fleet.workload().status.conditions[0].message,
              HasSubstr("running groups are not changed: role s: spec.serviceName: field is immutable"));
}

TEST(WorkloadChange, AGroupThatStalledUnderTheOldSpecDoesNotStallTheWorkload) {
  Fleet fleet(Web(1, 3));
  fleet.Revision(Web(1)).Revision(Web(1, 3), 2).Group(0, Web(1), Is::kStalled);
  EXPECT_THAT(fleet.Plan(), HasSubstr("patch PodGroup ml/web-0 /spec/revision"));
  EXPECT_EQ(fleet.Write(), "Starting 1/0/0/0 Ready=False(GroupsNotReady) Reconciling=True(GroupsNotReady)");
}

TEST(WorkloadChange, RolesThatCannotBeReadAreToldAndLeaveWhatRuns) {
  json::Value deep = Web(1, 3);
  deep.Set(json::kTooDeep, true);
  Fleet fleet(deep);
  fleet.Revision(Web(2)).Group(0, Web(2), Is::kRunning).Group(1, Web(2), Is::kRunning);
  EXPECT_EQ(fleet.Plan(), "delete PodGroup ml/web-1 (scaled down)\n");
  EXPECT_EQ(fleet.Write(), "Stalled 2/2/2/0 Ready=False(InvalidSpec) Stalled=True(InvalidSpec)");
  EXPECT_THAT(
      fleet.workload().status.conditions[0].message,
      HasSubstr(
          "nested deeper than 100 levels, which is not read: give a flatter spec; running groups are not changed"));
  deep.Mutable("spec").Set("suspend", true);
  EXPECT_THAT(fleet.Spec(deep).Plan(), HasSubstr("patch PodGroup ml/web-0 /spec/run=\"Hold\""));
}

TEST(WorkloadChange, TheNewestUnusedRevisionsAreKept) {
  Fleet fleet(Web(1));
  fleet.Revision(Web(1), 20).Group(0, Web(1, 50), Is::kRunning).Revision(Web(1, 50), 1);
  fleet.observed().refused_revisions[NameOf(Web(1))] = "no";
  for (int64_t number = 2; number <= 13; ++number) fleet.Revision(Web(1, 100 + number), number);
  EXPECT_EQ(fleet.Plan(), "delete ControllerRevision ml/" + NameOf(Web(1, 103)) +
                              " (beyond the history limit)\n"
                              "delete ControllerRevision ml/" +
                              NameOf(Web(1, 102)) + " (beyond the history limit)\n");
}

TEST(WorkloadChange, AForeignGroupIsNotMadeOverAndOver) {
  Fleet fleet(Web(2));
  fleet.Revision(Web(2)).Group(0, Web(2), Is::kRunning);
  fleet.observed().foreign_groups[1] = "PodGroup ml/web-1 exists and is not ours";
  EXPECT_EQ(fleet.Plan(), "");
  EXPECT_EQ(fleet.Write(), "Stalled 1/1/1/1 Ready=False(NameConflict) Stalled=True(NameConflict)");
}

// ---- Status

struct StatusCase {
  const char* name;
  std::vector<Is> groups;
  bool suspended;
  const char* status;
};

class Summed : public ::testing::TestWithParam<StatusCase> {};

TEST_P(Summed, UpFromTheGroups) {
  json::Value workload = Web(static_cast<int64_t>(GetParam().groups.size()));
  if (GetParam().suspended) workload.Mutable("spec").Set("suspend", true);
  Fleet fleet(workload);
  fleet.Revision(workload);
  int64_t index = 0;
  for (const Is is : GetParam().groups) fleet.Group(index++, workload, is);
  EXPECT_EQ(fleet.Write(), GetParam().status);
  EXPECT_EQ(fleet.Write(At(200)), "") << "written once";
}

INSTANTIATE_TEST_SUITE_P(
    All, Summed,
    ::testing::Values(StatusCase{"None", {}, false, "Running 0/0/0/0 Ready=True(AllGroupsReady)"},
                      StatusCase{
                          "AllRun", {Is::kRunning, Is::kRunning}, false, "Running 2/2/2/2 Ready=True(AllGroupsReady)"},
                      StatusCase{"OneStarts",
                                 {Is::kRunning, Is::kStarting},
                                 false,
                                 "Starting 2/2/1/2 Ready=False(GroupsNotReady) Reconciling=True(GroupsNotReady)"},
                      StatusCase{"OneWaits",
                                 {Is::kRunning, Is::kWaiting},
                                 false,
                                 "Waiting 2/1/1/2 Ready=False(GroupsNotReady) Reconciling=True(GroupsNotReady)"},
                      StatusCase{"Suspended", {Is::kHeld}, true, "Held 1/0/0/1 Ready=False(Suspended)"},
                      StatusCase{"Complete",
                                 {Is::kSucceeded, Is::kSucceeded},
                                 false,
                                 "Succeeded 2/0/2/2 Ready=True(Complete) Complete=True(GroupsSucceeded)"},
                      StatusCase{"OneFailed",
                                 {Is::kSucceeded, Is::kFailed},
                                 false,
                                 "Failed 2/0/1/2 Ready=False(R) Stalled=True(R) Failed=True(GroupsFailed)"}),
    [](const auto& test) { return test.param.name; });

TEST(WorkloadStatus, FinishedWithAnOlderSpecItIsCompleteAllTheSame) {
  Fleet fleet(Web(1, 3));
  fleet.Revision(Web(1)).Revision(Web(1, 3), 2).Group(0, Web(1), Is::kSucceeded);
  EXPECT_EQ(fleet.Write(), "Succeeded 1/0/1/0 Ready=True(Complete) Complete=True(GroupsSucceeded)");
}

TEST(WorkloadStatus, IsWrittenAtMostOnceASecondAndNotDuringAStart) {
  Fleet fleet(Web(1));
  fleet.Revision(Web(1)).Group(0, Web(1), Is::kStarting);
  EXPECT_EQ(Describe(fleet.Reconcile(At(1))), "");
  EXPECT_EQ(fleet.Reconcile(At(1)).wake_up, At(3));
  EXPECT_NE(fleet.Write(At(3)), "");
  fleet.observed().groups.clear();
  fleet.Group(0, Web(1), Is::kRunning);
  EXPECT_EQ(Describe(fleet.Reconcile(At(3) + Duration(500))), "");
  EXPECT_EQ(fleet.Reconcile(At(3) + Duration(500)).wake_up, At(4));
  EXPECT_EQ(fleet.Write(At(4)), "Running 1/1/1/1 Ready=True(AllGroupsReady)");
  EXPECT_EQ(fleet.workload().status.observed_generation, 1);
}

TEST(WorkloadStatus, MereProgressIsWrittenMoreRarely) {
  Fleet fleet(Web(3));
  fleet.Revision(Web(3))
      .Group(0, Web(3), Is::kStarting)
      .Group(1, Web(3), Is::kStarting)
      .Group(2, Web(3), Is::kStarting);
  EXPECT_NE(fleet.Write(At(10)), "");
  const auto with = [&](std::vector<Is> groups) {
    fleet.observed().groups.clear();
    for (size_t i = 0; i < groups.size(); ++i) fleet.Group(static_cast<int64_t>(i), Web(3), groups[i]);
  };
  with({Is::kRunning, Is::kStarting, Is::kStarting});
  EXPECT_EQ(fleet.Reconcile(At(11)).wake_up, At(13));
  EXPECT_EQ(Describe(fleet.Reconcile(At(12))), "");
  EXPECT_EQ(Describe(fleet.Reconcile(At(13))), "status Workload ml/web\n");
  with({Is::kRunning, Is::kFailed, Is::kStarting});  // somebody waits for that
  EXPECT_EQ(Describe(fleet.Reconcile(At(11))), "status Workload ml/web\n");
}

TEST(WorkloadStatus, SaysWhichGroupWaitsForWhat) {
  Fleet fleet(Web(2));
  fleet.Revision(Web(2)).Group(0, Web(2), Is::kRunning).Group(1, Web(2), Is::kWaiting);
  fleet.Write();
  EXPECT_EQ(fleet.workload().status.conditions[0].message, "1 group waiting (web-1: because)");
  EXPECT_EQ(fleet.workload().status.selector, "muster.dev/workload=web");
}

}  // namespace
}  // namespace muster::core
