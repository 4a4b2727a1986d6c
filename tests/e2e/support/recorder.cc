#include "tests/e2e/support/recorder.h"

#include <set>

namespace muster::e2e {

Recorder::Recorder(wire::Transport& transport, const std::string& ns)
    : pods(transport, {.resource = api::kPods, .ns = ns, .label_selector = {}, .field_selector = {}}, api::DecodePod),
      groups(transport, {.resource = api::kPodGroups, .ns = ns, .label_selector = {}, .field_selector = {}},
             api::DecodePodGroup),
      nodes(transport, {.resource = api::kNodes, .ns = {}, .label_selector = {}, .field_selector = {}},
            api::DecodeNode),
      ns_(ns) {}

void Recorder::Stop() {
  pods.Stop();
  groups.Stop();
  nodes.Stop();
}

std::string Recorder::StateOf(const std::string& group) const {
  const auto found = Group(group);
  return found && found->status.state ? std::string(api::StateName(*found->status.state)) : std::string();
}

std::string Recorder::StateProblem(const std::string& group, const std::string& wanted) const {
  const std::string state = StateOf(group);
  if (state == wanted) return {};
  std::string problem = "group " + group + " is '" + state + "', not '" + wanted + "'";
  const auto found = Group(group);
  if (found && found->status.explanation) problem += "; it says: " + found->status.explanation->summary;
  for (const api::Condition& condition : found ? found->status.conditions : api::Conditions()) {
    problem += "; " + condition.type + (condition.status == api::Truth::kTrue ? "=True " : "=False ") +
               condition.reason + ": " + condition.message;
  }
  return problem;
}

std::vector<api::Pod> Recorder::MembersOf(const std::string& group) const {
  std::vector<api::Pod> members;
  for (api::Pod& pod : pods.Live()) {
    if (pod.group == group && !pod.IsFinished()) members.push_back(std::move(pod));
  }
  return members;
}

int64_t Recorder::RunningOf(const std::string& group) const {
  int64_t running = 0;
  for (const api::Pod& pod : MembersOf(group)) running += pod.phase == api::PodPhase::kRunning ? 1 : 0;
  return running;
}

int64_t Recorder::PodsEverOf(const std::string& group) const {
  const auto ever = PodsEver();
  const auto found = ever.find(group);
  return found == ever.end() ? 0 : static_cast<int64_t>(found->second.size());
}

std::map<std::string, std::set<std::string>> Recorder::PodsEver() const {
  std::map<std::string, std::set<std::string>> ever;
  for (const auto& event : pods.Events()) ever[event.value.group].insert(event.value.meta.uid);
  return ever;
}

std::optional<Instant> Recorder::FirstTrue(const std::string& group, std::string_view condition) const {
  const auto event = groups.First([&](const auto& at) {
    return at.value.meta.name == group && api::IsTrue(at.value.status.conditions, condition);
  });
  return event ? std::optional(event->seen) : std::nullopt;
}

}  // namespace muster::e2e
