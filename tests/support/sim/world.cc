#include "tests/support/sim/world.h"

#include "lib/base/check.h"
#include "lib/base/strings.h"

namespace muster::sim {

World::World(Options options)
    : options_(options),
      events_(options.seed),
      api_(events_),
      laws_(api_, events_, Patience()),
      controllers_(api_, events_),
      nodes_(api_, events_) {
  api_.Watch([this](const Change& change) {
    if (operator_ != nullptr && !operator_->dead()) operator_->OnChange(change);
    for (const auto& one : operators_) one->OnChange(change);
  });
  options_.two_operators ? StartTwo() : StartOperator();
}

// How long the operator may be away or behind.
Duration World::Patience() const {
  const Faults& faults = options_.faults;
  return options_.restart_after + (faults.late_events > 0 ? 2 * faults.late_by : Duration(0)) +
         (faults.broken_watches > 0 ? 4 * faults.late_by : Duration(0)) +
         (faults.lost_answers > 0 ? std::chrono::seconds(20) : Duration(0)) +
         // Of the tries of one life, ever further apart, all may fail, and so may those of some lives in a row.
         (faults.refused_writes > 10 ? Duration(std::chrono::minutes(6)) : Duration(0)) +
         (options_.two_operators ? std::chrono::seconds(20) : Duration(0));
}

std::shared_ptr<OperatorLoop> World::MakeOperator(const std::string& name) {
  OperatorLoop::Parts parts{
      .api = api_, .events = events_, .faults = faults_on_ ? options_.faults : Faults{}, .met = &met_};
  parts.on_write = [this](const std::string&) {
    if (++writes_ != options_.crash_at_write) return true;
    trace_.emplace_back("---- crash ----");
    ReplaceOperator(options_.restart_after);
    return false;
  };
  parts.trace = [this, name](const std::string& line) {
    trace_.push_back(FormatMicroTime(events_.now()).substr(11, 12) + " " + name + line);
  };
  if (!options_.two_operators) return std::make_shared<OperatorLoop>(std::move(parts));
  const size_t index = operators_.size();
  parts.may_write = [this, index] { return candidates_[index]->IsLeader(); };
  parts.on_send = [this, index](const std::string& what) {
    if (++sent_ != options_.late_write) return Fate::kArrives;
    late_ = what;
    trace_.push_back("---- " + what + " is on its way, its sender cut off ----");
    operators_[index]->CutOff(options_.cut_off_for);
    return Fate::kIsLate;
  };
  parts.send_late = [this](const std::function<void()>& request) {
    events_.After(options_.late_by, [this, request] {
      trace_.push_back("---- " + late_ + " arrives ----");
      request();
    });
  };
  return std::make_shared<OperatorLoop>(std::move(parts));
}

void World::StartTwo() {
  for (const char* name : {"a", "b"}) {
    const size_t index = operators_.size();
    operators_.push_back(MakeOperator(std::string(name) + ": "));
    candidates_.push_back(std::make_unique<Candidate>(
        api_, events_, name,
        Candidate::Hooks{.on_started =
                             [this, index] {
                               ++terms_;
                               operators_[index]->Lead();
                             },
                         .on_stopped = [this, index] { operators_[index]->Follow(); },
                         .is_cut_off = [this, index] { return operators_[index]->is_cut_off(); }}));
    operators_.back()->Start();
    candidates_.back()->Start();
  }
}

void World::StartOperator() {
  operator_ = MakeOperator("");
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
  for (const auto& one : operators_) one->StopFaults();
}

void World::RestartOperator() { ReplaceOperator(Duration(0)); }

void World::ReplaceOperator(Duration after) {
  CHECK(!options_.two_operators);
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

std::string World::Problems() const { return Join(laws_.broken(), "\n"); }

std::string World::Unrest(Duration rest) {
  const std::string end = EndState();
  const int64_t writes = writes_;
  std::string unrest;
  const auto note = [&](const std::string& what) {
    if (writes_ != writes) unrest += std::to_string(writes_ - writes) + " writes " + what + "\n";
  };
  if (const std::string left = PlansLeft(); !left.empty()) unrest += "plans left:\n" + left;
  RunFor(rest);
  note("in a steady world");
  if (const std::string now = EndState(); now != end) unrest += "it has become:\n" + now;
  if (options_.two_operators || !unrest.empty()) return unrest;
  RestartOperator();
  RunFor(std::chrono::seconds(30));
  note("of an operator that starts in a steady world");
  return unrest;
}

std::string World::Trace() const { return Join(trace_, "\n"); }

}  // namespace muster::sim
