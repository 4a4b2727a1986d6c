#include "operator/core/refused_writes.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace muster::core {
namespace {

std::string StepText(const Step& step) { return Describe(Step{step.action, {}}); }

// "StatefulSet ml/train-0-w cannot be changed"
std::string What(const Step& step) {
  if (const auto* create = std::get_if<Create>(&step.action)) {
    const json::Value& meta = create->object["metadata"];
    return std::string(create->resource.kind) + " " + api::Key{meta["namespace"].Text(), meta["name"].Text()}.Text() +
           (create->mode == Mode::kLook ? " is in the way" : " cannot be created");
  }
  if (const auto* patch = std::get_if<Patch>(&step.action)) {
    return std::string(patch->resource.kind) + " " + patch->key.Text() + " cannot be changed";
  }
  const auto* remove = std::get_if<Delete>(&step.action);
  return remove == nullptr ? "a write"
                           : std::string(remove->resource.kind) + " " + remove->key.Text() + " cannot be deleted";
}

}  // namespace

Duration RetryOfRefused(int tries) {
  constexpr Duration kLongest = std::chrono::minutes(1);
  Duration wait = std::chrono::seconds(5);
  for (int i = 1; i < tries && wait < kLongest; ++i) wait *= 2;
  return std::min(wait, kLongest);
}

bool RefusedWrites::IsRefusal(const Step& step, const Error& error, bool foreign) {
  if (error.code != Code::kForbidden && error.code != Code::kInvalid && !foreign) return false;
  if (const auto* create = std::get_if<Create>(&step.action)) {
    return create->mode == Mode::kReal || (create->mode == Mode::kLook && foreign);
  }
  if (const auto* patch = std::get_if<Patch>(&step.action)) return patch->mode == Mode::kReal;
  return std::holds_alternative<Delete>(step.action);
}

void RefusedWrites::Refuse(const Step& step, const std::string& why, Instant now) {
  RefusedWrite& write = writes_[StepText(step)];
  ++write.tries;
  write.message = What(step) + ": " + why;
  write.retry_at = now + RetryOfRefused(write.tries);
}

void RefusedWrites::Done(const Step& step) {
  if (!writes_.empty()) writes_.erase(StepText(step));
}

void RefusedWrites::Retain(const Plan& plan) {
  if (writes_.empty()) return;
  std::set<std::string> wanted(plan.left_out.begin(), plan.left_out.end());
  for (const Step& step : plan.steps) wanted.insert(StepText(step));
  std::erase_if(writes_, [&](const auto& entry) { return !wanted.contains(entry.first); });
}

const RefusedWrite* RefusedWrites::Find(const Step& step) const {
  if (writes_.empty()) return nullptr;
  const auto found = writes_.find(StepText(step));
  return found == writes_.end() ? nullptr : &found->second;
}

const RefusedWrite* LeaveOutRefused(const RefusedWrites& refused, Instant now, LeaveOut how, Plan& plan) {
  const RefusedWrite* first = nullptr;
  std::optional<Instant> next;
  std::vector<Step> kept;
  for (Step& step : plan.steps) {
    const RefusedWrite* write = refused.Find(step);
    if (first == nullptr) first = write;
    if (write == nullptr || now >= write->retry_at) {
      kept.push_back(std::move(step));
      continue;
    }
    plan.left_out.push_back(StepText(step));
    if (!next || write->retry_at < *next) next = write->retry_at;
  }
  if (next) plan.WakeAt(*next);
  if (next && how == LeaveOut::kAllOrNone) {
    for (const Step& step : kept) plan.left_out.push_back(StepText(step));
    kept.clear();
  }
  plan.steps = std::move(kept);
  return first;
}

}  // namespace muster::core
