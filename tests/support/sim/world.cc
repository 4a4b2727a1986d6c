#include "tests/support/sim/world.h"

#include "lib/base/check.h"
#include "lib/base/strings.h"

namespace muster::sim {

World::World(Options options)
    : options_(options),
      events_(options.seed),
      api_(events_),
      invariants_(api_, events_,
                  options.restart_after + (options.faults.late_events > 0 ? 2 * options.faults.late_by : Duration(0)) +
                      (options.faults.broken_watches > 0 ? 4 * options.faults.late_by : Duration(0)) +
                      (options.faults.lost_answers > 0 ? std::chrono::seconds(20) : Duration(0))),
      controllers_(api_, events_),
      nodes_(api_, events_) {
  api_.Watch([this](const Change& change) {
    if (operator_ != nullptr && !operator_->dead()) operator_->OnChange(change);
  });
  StartOperator();
}

void World::StartOperator() {
  operator_ = std::make_shared<OperatorLoop>(
      OperatorLoop::Parts{.api = api_,
                          .events = events_,
                          .faults = faults_on_ ? options_.faults : Faults{},
                          .on_write =
                              [this](const std::string&) {
                                if (++writes_ != options_.crash_at_write) return true;
                                trace_.emplace_back("---- crash ----");
                                ReplaceOperator(options_.restart_after);
                                return false;
                              },
                          .trace =
                              [this](const std::string& line) {
                                trace_.push_back(FormatMicroTime(events_.now()).substr(11, 12) + " " + line);
                              }});
  operator_->Start();
  if (options_.restart_every_seconds > 0 && faults_on_) {
    const Duration life = std::chrono::seconds(options_.restart_every_seconds) * events_.Between(50, 150) / 100;
    events_.After(life, [this, now = operator_.get()] {
      if (operator_.get() == now && faults_on_) ReplaceOperator(Duration(0));
    });
  }
}

void World::StopFaults() {
  faults_on_ = false;
  if (operator_ != nullptr) operator_->StopFaults();
}

void World::RestartOperator() { ReplaceOperator(Duration(0)); }

void World::ReplaceOperator(Duration after) {
  // Not at once: it may be in the middle of a call.
  events_.After(Duration(0), [this, now = operator_] {
    if (operator_ == now) operator_ = nullptr;
  });
  events_.After(after + Duration(1), [this] {
    if (operator_ == nullptr) StartOperator();
  });
}

void World::Apply(const json::Value& object) {
  const api::Key key = KeyOf(object);
  if (api_.Find(api::kWorkloads, key) == nullptr) {
    CHECK(api_.Create(api::kWorkloads, object).has_value());
  } else {
    EditSpec(key.name, [&](json::Value& spec) { spec = object["spec"]; });
  }
}

void World::EditSpec(const std::string& workload, const std::function<void(json::Value& spec)>& edit) {
  api_.Edit(api::kWorkloads, {"ml", workload}, [&](json::Value& object) { edit(object.Mutable("spec")); });
}

void World::Delete(const api::Resource& resource, const std::string& name) {
  (void)api_.Delete(resource, {"ml", name});
}

void World::AddPriorityClass(const std::string& name, int64_t value) {
  (void)api_.Create(api::kPriorityClasses, json::Object{{"metadata", json::Object{{"name", name}}}, {"value", value}});
}

std::string World::Problems() const { return Join(invariants_.broken(), "\n"); }

std::string World::Trace() const { return Join(trace_, "\n"); }

}  // namespace muster::sim
