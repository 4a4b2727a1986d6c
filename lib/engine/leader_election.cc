#include "lib/engine/leader_election.h"

#include <algorithm>
#include <utility>

#include "lib/base/check.h"
#include "lib/wire/requests.h"
#include "lib/wire/status.h"

namespace muster::engine {
namespace {

constexpr Duration kShortestTimeout{100};
constexpr Duration kReleaseTimeout{1'000};
constexpr int64_t kLongestDurationSeconds = 3600;

std::string Holder(const json::Value& lease) { return lease["spec"]["holderIdentity"].Text(); }

}  // namespace

LeaderElection::LeaderElection(Options options) : options_(std::move(options)) {
  CHECK(options_.lease_duration > options_.renew_deadline);
  CHECK(options_.renew_deadline > options_.retry_period * 6 / 5);
  CHECK(!options_.identity.empty());
}

std::string LeaderElection::holder() const { return Holder(lease_); }

LeaderElection::Step LeaderElection::Next(Instant now, Instant wall) {
  CHECK(asked_ == Asked::kNothing);
  if (leader_until_ && now >= *leader_until_) Resign();
  if (now < not_before_) return Wait{(leader_until_ ? std::min(not_before_, *leader_until_) : not_before_) - now};
  asked_at_ = now;
  wire::Request request;
  if (look_first_) {
    asked_ = Asked::kGet;
    request = wire::BuildGet(api::kLeases, options_.lease);
  } else {
    asked_ = exists_ ? Asked::kUpdate : Asked::kCreate;
    request = Write(wall);
  }
  request.timeout = Timeout(now);
  return Ask{std::move(request)};
}

// A leader's request must not outlast its right to lead: its thread would learn too late.
Duration LeaderElection::Timeout(Instant now) const {
  if (!leader_until_) return options_.request_timeout;
  return std::clamp(*leader_until_ - now, kShortestTimeout, options_.request_timeout);
}

Duration LeaderElection::CandidateWait(double random) const {
  const double factor = 1 + options_.jitter * random;
  return Duration(static_cast<int64_t>(static_cast<double>(options_.retry_period.count()) * factor));
}

wire::Request LeaderElection::Write(Instant wall) {
  json::Value lease = lease_;
  const bool ours = Holder(lease_) == options_.identity;
  json::Value& spec = lease.Mutable("spec");
  const int64_t transitions = spec["leaseTransitions"].Integer();
  spec.Set("leaseTransitions", exists_ && !ours ? transitions + 1 : transitions);
  spec.Set("holderIdentity", options_.identity);
  spec.Set("leaseDurationSeconds", std::chrono::floor<std::chrono::seconds>(options_.lease_duration).count());
  if (!ours) spec.Set("acquireTime", FormatMicroTime(wall));
  spec.Set("renewTime", FormatMicroTime(wall));
  if (exists_) return wire::BuildPut(api::kLeases, options_.lease, lease);
  lease.Set("apiVersion", api::kLeases.ApiVersion());
  lease.Set("kind", api::kLeases.kind);
  lease.Set("metadata", json::Object{{"name", options_.lease.name}, {"namespace", options_.lease.ns}});
  return wire::BuildCreate(api::kLeases, options_.lease.ns, lease);
}

std::optional<Error> LeaderElection::OnAnswer(const Result<wire::Response>& answer, Instant now, double random) {
  if (leader_until_ && now >= *leader_until_) Resign();
  std::optional<Error> failure;
  if (!answer.has_value()) {
    failure = answer.error();
    not_before_ = now + (leader_until_ ? options_.retry_period : CandidateWait(random));
  } else if (wire::IsSuccess(*answer)) {
    failure = OnLease(*answer, now, random);
  } else {
    failure = OnRefusal(*answer, now, random);
  }
  asked_ = Asked::kNothing;
  return failure;
}

std::optional<Error> LeaderElection::OnLease(const wire::Response& response, Instant now, double random) {
  Result<json::Value> lease = wire::DecodeObject(response);
  if (!lease.has_value()) {
    look_first_ = true;
    not_before_ = now + CandidateWait(random);
    return lease.error();
  }
  if (asked_ != Asked::kGet) {
    Lead(std::move(lease).value(), now);
    return std::nullopt;
  }
  Observe(std::move(lease).value(), now);
  if (HeldByAnother(now)) {
    Resign();
    not_before_ = now + CandidateWait(random);
  } else {
    look_first_ = false;
    looked_ = true;
    not_before_ = now;
  }
  return std::nullopt;
}

std::optional<Error> LeaderElection::OnRefusal(const wire::Response& response, Instant now, double random) {
  const wire::ServerRefusal refusal = wire::DecodeRefusal(response);
  const bool leading = leader_until_.has_value();
  if (refusal.http_status == 404 && asked_ != Asked::kCreate) {
    lease_ = json::Value();
    exists_ = false;
    look_first_ = false;
    not_before_ = now;
    return std::nullopt;
  }
  if (refusal.http_status == 409) {
    // Somebody wrote it, or our own write was sent twice: look at once, unless we have just looked.
    look_first_ = true;
    exists_ = true;
    not_before_ = leading && !std::exchange(looked_, false) ? now : now + CandidateWait(random);
    return std::nullopt;
  }
  const Duration wait = leading ? options_.retry_period : CandidateWait(random);
  not_before_ = now + std::max(wait, refusal.retry_after.value_or(wait));
  return wire::RefusalError(refusal);
}

void LeaderElection::Observe(json::Value lease, Instant now) {
  // Only the spec: whoever labels the lease does not renew it.
  if (!(lease["spec"] == lease_["spec"])) observed_ = now;
  lease_ = std::move(lease);
  exists_ = true;
}

void LeaderElection::Lead(json::Value lease, Instant now) {
  Observe(std::move(lease), now);
  look_first_ = false;
  looked_ = false;
  not_before_ = std::max(now, asked_at_ + options_.retry_period);
  const Instant until = asked_at_ + options_.renew_deadline;
  if (now >= until) {  // the answer came too late to rely on: renew at once
    not_before_ = now;
    return;
  }
  if (!leader_until_) ++term_;
  leader_until_ = until;
}

void LeaderElection::Resign() {
  leader_until_.reset();
  look_first_ = true;
}

bool LeaderElection::HeldByAnother(Instant now) const {
  const std::string holder = Holder(lease_);
  if (holder.empty() || holder == options_.identity) return false;
  const int64_t ours = std::chrono::floor<std::chrono::seconds>(options_.lease_duration).count();
  const int64_t seconds = lease_["spec"]["leaseDurationSeconds"].Integer(ours);
  return now < observed_ + std::chrono::seconds(std::clamp<int64_t>(seconds, 1, kLongestDurationSeconds));
}

std::optional<wire::Request> LeaderElection::Release(Instant now, Instant wall) {
  const bool held = IsLeader(now) && Holder(lease_) == options_.identity;
  Resign();
  if (!held) return std::nullopt;
  json::Value lease = lease_;
  json::Value& spec = lease.Mutable("spec");
  spec.Set("holderIdentity", "");
  spec.Set("leaseDurationSeconds", 1);
  spec.Set("acquireTime", FormatMicroTime(wall));
  spec.Set("renewTime", FormatMicroTime(wall));
  wire::Request request = wire::BuildPut(api::kLeases, options_.lease, lease);
  request.timeout = kReleaseTimeout;
  return request;
}

}  // namespace muster::engine
