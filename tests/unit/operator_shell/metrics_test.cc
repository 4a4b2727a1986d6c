// std::regex under the address sanitizer makes GCC 12 see uninitialised values where there are none (its PR 105562).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include "operator/shell/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "lib/base/strings.h"
#include "operator/shell/process_metrics.h"

namespace muster::shell {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(MUSTER_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr Instant kCreated{seconds(1'700'000'000)};

api::PodGroup GroupIn(std::optional<api::GroupState> state) {
  api::PodGroup group;
  group.meta.created = kCreated;
  group.status.state = state;
  return group;
}

// It asked that long after it was created.
api::PodGroup Waiting(const std::string& code, Duration asked = seconds(0)) {
  api::PodGroup group = GroupIn(api::GroupState::kWaiting);
  group.status.asked_time = kCreated + asked;
  group.status.explanation = api::Explanation{.blockers = {{.code = code}, {.code = "NoNodes"}}};
  return group;
}

void SetAdmitted(api::PodGroup& group, api::Truth truth, Instant at) {
  api::SetCondition(group.status.conditions, {.type = std::string(api::condition::kAdmitted), .status = truth}, at);
}

TEST(Metrics, ExportsEveryStateAndCodeAsZeroFromTheStart) {
  Metrics metrics({.version = "v1.2.3"});
  const std::string text = metrics.Text();
  for (const api::GroupState state : api::kGroupStates) {
    EXPECT_THAT(text, HasSubstr("muster_pod_groups{state=\"" + std::string(api::StateName(state)) + "\"} 0\n"));
  }
  for (const std::string_view code : BlockerLabels()) {
    EXPECT_THAT(text, HasSubstr("muster_waiting_pod_groups{code=\"" + std::string(code) + "\"} 0\n"));
  }
  EXPECT_THAT(text, HasSubstr("muster_build_info{version=\"v1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("leader_election_master_status{name=\"muster-operator\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("muster_pod_group_admissions_total 0\n"));
  EXPECT_THAT(text, HasSubstr("muster_pod_group_admission_wait_seconds_count 0\n"));
}

TEST(Metrics, CountsGroupsByStateAndWaitingOnesByTheirFirstBlocker) {
  GroupCensus census;
  census.Count(GroupIn(std::nullopt));  // not seen by the operator yet
  census.Count(Waiting("InsufficientCpu"));
  census.Count(Waiting("InsufficientCpu"));
  census.Count(Waiting("train-0 has no room"));
  census.Count(GroupIn(api::GroupState::kRunning));
  Metrics metrics({});
  metrics.SetGroups(census);
  std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("muster_pod_groups{state=\"Waiting\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("muster_pod_groups{state=\"Running\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("muster_waiting_pod_groups{code=\"InsufficientCpu\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("muster_waiting_pod_groups{code=\"Other\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("muster_waiting_pod_groups{code=\"NoNodes\"} 0\n"));
  metrics.SetGroups({});
  text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("muster_pod_groups{state=\"Waiting\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("muster_waiting_pod_groups{code=\"Other\"} 0\n"));
}

TEST(Metrics, ExportsSinceWhenTheOldestGroupWaitsForEachCode) {
  GroupCensus census;
  census.Count(Waiting("InsufficientCpu", seconds(30)));
  census.Count(Waiting("InsufficientCpu", seconds(20)));
  census.Count(Waiting("InsufficientCpu", seconds(40)));
  census.Count(GroupIn(std::nullopt));               // without a status it waits since it was created
  census.Count(GroupIn(api::GroupState::kRunning));  // older, but it does not wait
  Metrics metrics({});
  metrics.SetGroups(census);
  const std::string family = "\nmuster_oldest_waiting_pod_group_timestamp_seconds";
  EXPECT_THAT(metrics.Text(), HasSubstr(family + "{code=\"InsufficientCpu\"} 1700000020\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr(family + "{code=\"Other\"} 1700000000\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr(family + "{code=\"NoNodes\"} 0\n"));
  metrics.SetGroups({});
  EXPECT_THAT(metrics.Text(), HasSubstr(family + "{code=\"InsufficientCpu\"} 0\n"));
}

TEST(Metrics, AGroupThatHasRunWaitsSinceItWasHeldAndOneThatTimedOutSinceItAsked) {
  api::PodGroup group = Waiting("InsufficientCpu", seconds(10));
  EXPECT_EQ(WaitingSince(group), kCreated + seconds(10)) << "no condition yet";
  SetAdmitted(group, api::Truth::kFalse, kCreated + seconds(12));
  EXPECT_EQ(WaitingSince(group), kCreated + seconds(12));
  SetAdmitted(group, api::Truth::kTrue, kCreated + seconds(60));
  SetAdmitted(group, api::Truth::kFalse, kCreated + std::chrono::hours(240));
  EXPECT_EQ(WaitingSince(group), kCreated + std::chrono::hours(240)) << "its roles were changed after ten days";
  group.status.timeouts = 1;
  EXPECT_EQ(WaitingSince(group), kCreated + seconds(10)) << "it was admitted in vain";
}

TEST(Metrics, KnowsEveryBlockerCodeOfTheApi) {
  const std::string header = ReadSource("lib/api/explanation.h");
  const std::regex constant("std::string_view k\\w+ = \"(\\w+)\"");
  for (auto at = std::sregex_iterator(header.begin(), header.end(), constant); at != std::sregex_iterator(); ++at) {
    const std::string code = (*at)[1];
    if (code == api::blocker::kInsufficientPrefix) continue;
    EXPECT_EQ(BlockerLabel(code), code) << "add it to BlockerLabels in operator/shell/group_census.cc";
  }
}

TEST(Metrics, CountsWhatAControllerAndItsQueueDo) {
  Metrics metrics({});
  ControllerMetrics& group = metrics.Controller("podgroup", 16);
  EXPECT_EQ(&group, &metrics.Controller("podgroup", 16));
  group.OnReconciled(runtime::Outcome::Kind::kDone, milliseconds(3));
  group.OnReconciled(runtime::Outcome::Kind::kRequeueAfter, milliseconds(30));
  group.OnReconciled(runtime::Outcome::Kind::kFailed, seconds(70));
  group.OnActiveWorkers(2);
  group.OnAdd();
  group.OnRetry();
  group.OnDepth(7);
  group.OnTaken(milliseconds(20));
  group.OnDone(milliseconds(200));
  group.SetUnfinished(seconds(5), seconds(4));
  const std::string text = metrics.Text();
  const std::string queue = "{controller=\"podgroup\",name=\"podgroup\"";
  for (const std::string& line : {
           std::string("controller_runtime_reconcile_total{controller=\"podgroup\",result=\"success\"} 1"),
           std::string("controller_runtime_reconcile_total{controller=\"podgroup\",result=\"requeue_after\"} 1"),
           std::string("controller_runtime_reconcile_total{controller=\"podgroup\",result=\"requeue\"} 0"),
           std::string("controller_runtime_reconcile_total{controller=\"podgroup\",result=\"error\"} 1"),
           std::string("controller_runtime_reconcile_errors_total{controller=\"podgroup\"} 1"),
           std::string("controller_runtime_reconcile_time_seconds_bucket{controller=\"podgroup\",le=\"0.005\"} 1"),
           std::string("controller_runtime_reconcile_time_seconds_bucket{controller=\"podgroup\",le=\"60\"} 2"),
           std::string("controller_runtime_reconcile_time_seconds_bucket{controller=\"podgroup\",le=\"+Inf\"} 3"),
           std::string("controller_runtime_max_concurrent_reconciles{controller=\"podgroup\"} 16"),
           std::string("controller_runtime_active_workers{controller=\"podgroup\"} 2"),
           "workqueue_depth" + queue + ",priority=\"0\"} 7",
           "workqueue_adds_total" + queue + "} 1",
           "workqueue_retries_total" + queue + "} 1",
           "workqueue_queue_duration_seconds_count" + queue + "} 1",
           "workqueue_work_duration_seconds_sum" + queue + "} 0.2",
           "workqueue_unfinished_work_seconds" + queue + "} 5",
           "workqueue_longest_running_processor_seconds" + queue + "} 4",
       }) {
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  }
}

TEST(Metrics, CountsRequestsByCodeMethodAndHostAndBoundsAllThree) {
  Metrics metrics({});
  const auto request = [&](std::string_view method, std::string_view code, std::string_view host) {
    metrics.ObserveRequest({method, code, host, milliseconds(10), milliseconds(0)});
  };
  request("GET", "200", "a:443");
  request("GET", "200", "a:443");
  request("PATCH", "<error>", "a:443");
  request("BREW", "teapot", "a:443");
  std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("rest_client_requests_total{code=\"200\",host=\"a:443\",method=\"GET\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("rest_client_requests_total{code=\"<error>\",host=\"a:443\",method=\"PATCH\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("rest_client_requests_total{code=\"<error>\",host=\"a:443\",method=\"other\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("rest_client_request_duration_seconds_count{host=\"a:443\",verb=\"GET\"} 2\n"));
  for (int i = 0; i < 10'000; ++i) request("GET", "200", "host-" + std::to_string(i));
  text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("rest_client_requests_total{code=\"other\",host=\"other\",method=\"other\"}"));
  EXPECT_THAT(text, Not(HasSubstr("host-9999")));
}

TEST(Metrics, ObservesGroupsPlanningWritesAndTheCache) {
  Metrics metrics({});
  metrics.ObserveAdmissionWait(seconds(45));
  metrics.ObserveScheduling(milliseconds(700));
  metrics.ObservePlanning(std::chrono::microseconds(300));
  metrics.CountAdmission();
  metrics.CountScheduleTimeout();
  metrics.CountStatusWrite(StatusOwner::kPodGroup);
  metrics.SetCachedObjects("pods", 100'000);
  metrics.SetLeader(true);
  metrics.CountLeaderSlowPath();
  const std::string text = metrics.Text();
  for (const std::string line : {
           "muster_pod_group_admission_wait_seconds_bucket{le=\"30\"} 0",
           "muster_pod_group_admission_wait_seconds_bucket{le=\"60\"} 1",
           "muster_pod_group_scheduling_seconds_sum 0.7",
           "muster_planning_duration_seconds_bucket{le=\"0.0005\"} 1",
           "muster_pod_group_admissions_total 1",
           "muster_schedule_timeouts_total 1",
           "muster_status_writes_total{resource=\"podgroups\"} 1",
           "muster_status_writes_total{resource=\"workloads\"} 0",
           "muster_cached_objects{resource=\"pods\"} 100000",
           "leader_election_master_status{name=\"muster-operator\"} 1",
           "leader_election_slowpath_total{name=\"muster-operator\"} 1",
       }) {
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  }
}

TEST(Metrics, RefreshesBeforeEachText) {
  Metrics metrics({});
  int64_t pods = 0;
  metrics.BeforeText([&] { metrics.SetCachedObjects("pods", ++pods); });
  EXPECT_THAT(metrics.Text(), HasSubstr("muster_cached_objects{resource=\"pods\"} 1\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("muster_cached_objects{resource=\"pods\"} 2\n"));
}

TEST(Metrics, MayBeUsedFromManyThreads) {
  Metrics metrics({});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        metrics.Controller(t % 2 == 0 ? "a" : "b", 1).OnReconciled(runtime::Outcome::Kind::kDone, milliseconds(1));
        metrics.ObserveRequest({"GET", i % 2 == 0 ? "200" : "404", "h", milliseconds(1), milliseconds(0)});
        if (i % 50 == 0) metrics.Text();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("controller_runtime_reconcile_total{controller=\"a\",result=\"success\"} 400\n"));
  EXPECT_THAT(text, HasSubstr("rest_client_requests_total{code=\"404\",host=\"h\",method=\"GET\"} 400\n"));
}

TEST(Metrics, TextNamesOnlyFamiliesThatAreListedWithTypeAndLabels) {
  Metrics metrics({});
  metrics.Controller("podgroup", 1);
  metrics.ObserveRequest({"GET", "200", "h", milliseconds(1), milliseconds(0)});
  metrics.SetCachedObjects("pods", 1);
  std::set<std::string> expected;
  for (const MetricFamily& family : metrics.Families()) {
    expected.insert("# TYPE " + family.name + " " + std::string(TypeName(family.type)));
    EXPECT_EQ(family.name.ends_with("_total"), family.type == MetricType::kCounter) << family.name;
    EXPECT_EQ(family.unit == "seconds", family.name.find("_seconds") != std::string::npos) << family.name;
  }
  std::set<std::string> found;
  for (const std::string& line : Split(metrics.Text(), '\n')) {
    if (line.starts_with("# TYPE ")) found.insert(line);
  }
  EXPECT_EQ(found, expected);
}

TEST(Metrics, DocumentationPageListsExactlyTheFamiliesThereAre) {
  std::string expected;
  for (const MetricFamily& family : Metrics({}).Families()) {
    const std::string labels = family.labels.empty() ? "" : "`" + Join(family.labels, "`, `") + "`";
    expected += "| `" + family.name + "` | " + std::string(TypeName(family.type)) + " | " + labels + " | " +
                family.unit + " | " + std::string(StabilityName(family.stability)) + " | " + family.meaning + " |\n";
  }
  std::string documented;
  for (const std::string& line : Split(ReadSource("docs/metrics.md"), '\n')) {
    if (line.starts_with("| `")) documented += line + "\n";
  }
  EXPECT_EQ(documented, expected) << "docs/metrics.md must list these rows:\n" << expected;
}

TEST(ProcessMetrics, ReadsTheFieldsOfStatBehindAnyProgramName) {
  const std::string stat =
      "4242 (a) b (c) S 1 1 1 0 -1 4194304 100 0 0 0 250 150 0 0 20 0 9 0 1000 268435456 2048 1844 1 1 0 0 0 0 0 0 0";
  const auto sample = ParseProcessStat(stat, {.ticks_per_second = 100, .page_bytes = 4096, .boot_time_seconds = 5000});
  ASSERT_TRUE(sample.has_value());
  EXPECT_DOUBLE_EQ(sample->cpu_seconds, 4);
  EXPECT_DOUBLE_EQ(sample->start_time_seconds, 5010);
  EXPECT_EQ(sample->threads, 9);
  EXPECT_EQ(sample->virtual_bytes, 268435456);
  EXPECT_EQ(sample->resident_bytes, 8388608);
  EXPECT_FALSE(ParseProcessStat("", {}).has_value());
  EXPECT_FALSE(ParseProcessStat("1 (a) S 1 2", {}).has_value());
  EXPECT_EQ(ParseBootTime("cpu 1\nbtime 1795255200\nprocesses 3\n"), 1795255200);
  EXPECT_EQ(ParseBootTime("cpu 1\n"), std::nullopt);
}

TEST(ProcessMetrics, KnowsThisProcess) {
  const auto sample = ReadProcess();
  ASSERT_TRUE(sample.has_value());
  EXPECT_GT(sample->start_time_seconds, 1.6e9);
  EXPECT_GE(sample->threads, 1);
  EXPECT_GT(sample->resident_bytes, 1 << 20);
  EXPECT_GE(sample->virtual_bytes, sample->resident_bytes);
  EXPECT_GE(sample->open_fds, 3);
  EXPECT_THAT(Metrics({}).Text(), HasSubstr("process_resident_memory_bytes "));
}

}  // namespace
}  // namespace muster::shell
