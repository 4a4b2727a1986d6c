#include "lib/runtime/controller.h"

#include <utility>

#include "lib/base/log.h"

namespace muster::runtime {

std::string_view ResultLabel(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kDone:
      return "success";
    case Outcome::Kind::kRequeueAfter:
      return "requeue_after";
    case Outcome::Kind::kFailed:
      return "error";
  }
  return "error";
}

Controller::Controller(const Clock& clock, Options options, Reconcile reconcile)
    : clock_(clock),
      options_(std::move(options)),
      reconcile_(std::move(reconcile)),
      queue_({.observer = options_.observer}) {}

void Controller::Add(const api::Key& key) { AddAfter(key, Duration(0)); }

void Controller::AddAfter(const api::Key& key, Duration delay) {
  const std::lock_guard lock(mutex_);
  if (!started_) return;
  const std::optional<Instant> first = queue_.FirstDelayed();
  const size_t ready = queue_.depth();
  queue_.AddAfter(key, delay, clock_.Now());
  if (queue_.depth() != ready) WakeForReady();
  if (queue_.FirstDelayed() != first) WakeForDelayed();
}

void Controller::Forget(const api::Key& key) {
  const std::lock_guard lock(mutex_);
  queue_.Forget(key);
}

void Controller::Start() {
  if (!workers_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }
  for (int i = 0; i < options_.workers; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) { Work(stop); });
  }
}

void Controller::Stop() {
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();  // joins
  const std::lock_guard lock(mutex_);
  started_ = false;
  queue_.Clear();
}

// An idle worker rather than the one on watch, who would have to be replaced.
void Controller::WakeForReady() { (idle_ > 0 ? work_ : due_).notify_one(); }
void Controller::WakeForDelayed() { (watched_ ? due_ : work_).notify_one(); }

std::optional<api::Key> Controller::TakeNext(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (std::optional<api::Key> key = queue_.Take(clock_.Now())) {
      ++active_;
      if (options_.observer != nullptr) options_.observer->OnActiveWorkers(active_);
      // Several may have become ready at once; and whoever took this one may have left the watch.
      if (queue_.depth() > 0) WakeForReady();
      if (!watched_ && queue_.FirstDelayed()) WakeForDelayed();
      return key;
    }
    if (!watched_ && queue_.FirstDelayed()) {
      Watch(lock, stop);
    } else {
      ++idle_;
      work_.wait(lock, stop, [this] { return queue_.depth() > 0 || (!watched_ && queue_.FirstDelayed()); });
      --idle_;
    }
  }
  return std::nullopt;
}

void Controller::Watch(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const std::optional<Instant> due = queue_.FirstDelayed();
  watched_ = true;
  due_.wait_for(lock, stop, *due - clock_.Now(), [&] { return queue_.depth() > 0 || queue_.FirstDelayed() != due; });
  watched_ = false;
}

void Controller::Work(const std::stop_token& stop) {
  while (const std::optional<api::Key> key = TakeNext(stop)) {
    const Instant began = clock_.Now();
    const Outcome outcome = reconcile_(*key);
    Finish(*key, outcome, began);
  }
}

void Controller::Finish(const api::Key& key, const Outcome& outcome, Instant began) {
  const Instant now = clock_.Now();
  {
    const std::lock_guard lock(mutex_);
    const std::optional<Instant> first = queue_.FirstDelayed();
    Settle(key, outcome, now);
    queue_.Done(key, now);  // if the key is ready again, this worker is about to take the next one
    if (queue_.FirstDelayed() != first) WakeForDelayed();
    --active_;
    if (options_.observer != nullptr) options_.observer->OnActiveWorkers(active_);
  }
  if (options_.observer != nullptr) options_.observer->OnReconciled(outcome.kind, now - began);
  if (outcome.kind != Outcome::Kind::kFailed || outcome.error.code == Code::kCancelled) return;
  const LogFields fields{{"controller", options_.name},
                         {"key", key.Text()},
                         {"code", std::string(CodeName(outcome.error.code))},
                         {"error", outcome.error.message}};
  // A conflict or a lost race is our cache being behind, which happens all the time.
  if (ReactionTo(outcome.error.code) == Reaction::kRetrySoon) return LogDebug("Reconcile is repeated", fields);
  LogError("Reconcile failed", fields);
}

void Controller::Settle(const api::Key& key, const Outcome& outcome, Instant now) {
  switch (outcome.kind) {
    case Outcome::Kind::kDone:
      return queue_.Forget(key);
    case Outcome::Kind::kRequeueAfter:
      queue_.Forget(key);
      return queue_.AddAfter(key, outcome.after, now);
    case Outcome::Kind::kFailed:
      queue_.AddRateLimited(key, now, outcome.error.retry_after.value_or(Duration(0)));
      if (outcome.after > Duration(0)) queue_.AddAfter(key, outcome.after, now);
      return;
  }
}

size_t Controller::depth() const {
  const std::lock_guard lock(mutex_);
  return queue_.depth();
}

Duration Controller::LongestRunning() const {
  const std::lock_guard lock(mutex_);
  return queue_.LongestRunning(clock_.Now());
}

Duration Controller::Unfinished() const {
  const std::lock_guard lock(mutex_);
  return queue_.Unfinished(clock_.Now());
}

}  // namespace muster::runtime
