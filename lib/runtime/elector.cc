#include "lib/runtime/elector.h"

#include <utility>
#include <variant>

#include "lib/base/log.h"
#include "lib/runtime/random.h"
#include "lib/runtime/watch_loop.h"
#include "lib/wire/status.h"

namespace muster::runtime {

Elector::Elector(wire::Transport& transport, const Clock& clock, engine::LeaderElection::Options options,
                 Callbacks callbacks)
    : transport_(transport), clock_(clock), options_(std::move(options)), callbacks_(std::move(callbacks)) {}

void Elector::Start() {
  if (thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Elector::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Elector::Run(const std::stop_token& stop) {
  engine::LeaderElection election(options_);
  Random random;
  while (!stop.stop_requested()) {
    const engine::LeaderElection::Step step = election.Next(clock_.Now(), clock_.Wall());
    Follow(election);  // the deadline may have passed meanwhile
    if (const auto* wait = std::get_if<engine::LeaderElection::Wait>(&step)) {
      SleepFor(wait->duration, stop);
      continue;
    }
    const auto answer = transport_.Send(std::get<engine::LeaderElection::Ask>(step).request);
    Report(election.OnAnswer(answer, clock_.Now(), random.Next()));
    Follow(election);
  }
  Release(election);
}

// An outage is one line a minute, not one every two seconds.
void Elector::Report(const std::optional<Error>& failure) {
  constexpr Duration kReportAgain = std::chrono::minutes(1);
  const bool stays = failure && (failure->code == Code::kNotFound || failure->code == Code::kForbidden ||
                                 failure->code == Code::kUnauthorized);
  {
    const std::lock_guard lock(mutex_);
    trouble_ = stays ? failure : std::nullopt;
  }
  const bool known = failure && known_failure_ == failure->code && clock_.Now() < reported_ + kReportAgain;
  known_failure_ = failure ? std::optional(failure->code) : std::nullopt;
  if (!failure || known) return;
  reported_ = clock_.Now();
  LogFields fields{
      {"lease", options_.lease.Text()}, {"code", std::string(CodeName(failure->code))}, {"error", failure->message}};
  if (stays && callbacks_.advice) fields.emplace_back("advice", callbacks_.advice(*failure));
  LogWarning("Lease could not be read or renewed, trying again", fields);
}

std::optional<Error> Elector::Trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Elector::End() {
  leader_until_ms_.store(INT64_MIN, std::memory_order_release);
  if (started_term_ == 0) return;
  started_term_ = 0;
  LogInfo("Leadership ended", {{"lease", options_.lease.Text()}, {"identity", options_.identity}});
  if (callbacks_.on_stopped) callbacks_.on_stopped();
}

void Elector::Follow(const engine::LeaderElection& election) {
  const bool leads = election.IsLeader(clock_.Now());
  // Two terms have a time between them in which another may have led: the first must be seen to end.
  if (!leads || election.term() != started_term_) End();
  if (leads) {
    leader_until_ms_.store(election.leader_until()->time_since_epoch().count(), std::memory_order_release);
    if (started_term_ == 0) {
      started_term_ = election.term();
      LogInfo("Leadership begins", {{"lease", options_.lease.Text()}, {"identity", options_.identity}});
      if (callbacks_.on_started) callbacks_.on_started();
    }
  }
  if (const std::string leader = election.holder(); leader != known_leader_) {
    known_leader_ = leader;
    if (callbacks_.on_new_leader && !leader.empty()) callbacks_.on_new_leader(leader);
  }
}

void Elector::Release(engine::LeaderElection& election) {
  End();  // nothing of ours acts any more when the lease is given up
  const std::optional<wire::Request> request = election.Release(clock_.Now(), clock_.Wall());
  if (!request) return;
  const Result<wire::Response> answer = transport_.Send(*request);
  const LogFields fields{{"lease", options_.lease.Text()}};
  if (answer.has_value() && wire::IsSuccess(*answer)) return LogInfo("Lease released", fields);
  LogWarning("Lease could not be released, a standby takes over when it expires", fields);
}

}  // namespace muster::runtime
