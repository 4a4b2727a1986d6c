#include "operator/shell/planner.h"

#include <optional>
#include <utility>

namespace muster::shell {
namespace {

constexpr runtime::Debouncer::Options kDebounce{.quiet = Duration(2), .longest = Duration(20)};

}  // namespace

Planner::Planner(const runtime::Clock& clock, Options options)
    : clock_(clock), options_(std::move(options)), debouncer_(clock, kDebounce), book_(options_.book) {}

void Planner::Start(const std::vector<api::Key>& expected) {
  {
    const std::lock_guard lock(mutex_);
    book_.Start(expected);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Planner::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  const std::lock_guard lock(mutex_);
  book_.Clear();
}

void Planner::ReplaceNode(const api::Node* before, const api::Node* after) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = book_.ReplaceNode(before, after);
  }
  if (changed) debouncer_.Notify();
}

void Planner::ReplacePod(const api::Pod* before, const api::Pod* after) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = book_.ReplacePod(before, after);
  }
  if (changed) debouncer_.Notify();
}

core::Verdict Planner::VerdictOf(const api::Key& group, const std::string& uid) const {
  const std::lock_guard lock(mutex_);
  return book_.VerdictOf(group, uid);
}

void Planner::Publish(const api::Key& group, const std::string& uid, const core::Stance& stance) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    changed = book_.Publish(group, uid, stance);
  }
  if (changed) debouncer_.Notify();
}

void Planner::Remove(const api::Key& group) {
  {
    const std::lock_guard lock(mutex_);
    book_.Remove(group);
  }
  debouncer_.Notify();
}

void Planner::Run(const std::stop_token& stop) {
  std::optional<Duration> at_most = Duration(0);
  while (debouncer_.Wait(stop, at_most)) {
    for (const api::Key& group : Plan()) options_.wake(group);
    const std::lock_guard lock(mutex_);
    at_most = book_.NextTelling(clock_.Now());
  }
}

std::vector<api::Key> Planner::Plan() {
  const std::lock_guard lock(mutex_);
  if (!book_.IsDue()) return {};
  const Instant began = clock_.Now();
  std::vector<api::Key> to_wake = book_.Plan(clock_.Wall(), began);
  if (options_.on_planned) options_.on_planned(clock_.Now() - began);
  return to_wake;
}

}  // namespace muster::shell
