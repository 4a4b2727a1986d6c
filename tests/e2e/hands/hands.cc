#include "tests/e2e/hands/hands.h"

#include <algorithm>

#include "lib/json/text.h"

namespace muster::e2e {

std::string Lacks(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (text.find(part) == std::string::npos)
      return std::string("'").append(part).append("' is not said in: ").append(text);
  }
  return {};
}

std::string Hands::PartlyRunning() {
  for (const api::PodGroup& group : seen().groups.Live()) {
    const auto members = seen().MembersOf(group.meta.name);
    const auto bound = std::count_if(members.begin(), members.end(), [](const api::Pod& pod) { return pod.IsBound(); });
    int64_t desired = 0;
    for (const api::RoleStatus& role : group.status.roles) desired += role.desired;
    const bool admitted = api::IsTrue(group.status.conditions, api::condition::kAdmitted);
    if (std::string problem = Differs("bound members of " + group.meta.name, bound, admitted ? desired : 0);
        !problem.empty()) {
      return problem;
    }
  }
  return {};
}

void Hands::ExpectWholeOrNothing() {
  EXPECT_TRUE(Eventually(15s, [&] { return PartlyRunning(); }));
  if (!cluster().is_ours()) return;
  // The last writes of the start may still come; then there must be a time of silence.
  const AuditLog audit(cluster().run_dir());
  EXPECT_TRUE(Eventually(10s, [&]() -> std::string {
    const int64_t mark = audit.Mark();
    std::vector<AuditedWrite> writes;
    const auto silent = Stays(2s, [&]() -> std::string {
      writes = WritesOf(audit.WritesSince(mark), kOperatorUser);
      return writes.empty() ? "" : writes.front().Text();
    });
    return silent ? "" : "the operator writes in a steady cluster: " + writes.front().Text();
  }));
}

std::string Hands::StalledProblem(const std::string& group, const std::vector<std::string>& parts) {
  if (std::string problem = Missing(group, "Stalled"); !problem.empty()) return problem;
  return Lacks(ConditionOf(Get(api::kPodGroups, group), "Stalled")["message"].Text(), parts);
}

void Hands::ExpectRefused(const json::Value& object, const std::vector<std::string>& parts) {
  const CommandResult done = cluster().Kubectl({"apply", "-n", ns(), "-f", "-"}, json::Write(object));
  EXPECT_NE(done.exit_code, 0) << "it was accepted: " << json::Write(object);
  EXPECT_EQ(Lacks(done.err, parts), "");
}

std::string Hands::EventLacks(const std::vector<std::string>& parts) {
  std::string closest = "there is no event";
  const auto events = json::Parse(Kubectl({"get", "events.events.k8s.io", "-o", "json"}).out);
  if (!events.has_value()) return "events are no JSON";
  for (const json::Value& event : (*events)["items"].Items()) {
    closest = Lacks(event["note"].Text(), parts);
    if (closest.empty()) return {};
  }
  return "of " + std::to_string((*events)["items"].Items().size()) + " events the last: " + closest;
}

void Hands::Do(std::vector<std::string> arguments) {
  const CommandResult done = Kubectl(std::move(arguments));
  EXPECT_EQ(done.exit_code, 0) << done.Text();
}

}  // namespace muster::e2e
