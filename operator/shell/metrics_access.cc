#include "operator/shell/metrics_access.h"

#include <algorithm>
#include <utility>

#include "lib/base/log.h"
#include "operator/shell/bearer_token.h"

namespace muster::shell {
namespace {

constexpr api::Resource kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
constexpr api::Resource kAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
                                       false};
constexpr Duration kFresh = std::chrono::minutes(1);
constexpr Duration kRefresh = std::chrono::seconds(30);  // a good token that is used is asked about again after this
constexpr Duration kUsable = std::chrono::minutes(10);
constexpr Duration kFailureKept = std::chrono::seconds(1);
constexpr Duration kBetweenUnknown = std::chrono::milliseconds(200);
constexpr Duration kBetweenLogs = std::chrono::minutes(1);
constexpr size_t kMostKnown = 64;
constexpr std::ptrdiff_t kMostUnknown = 16;
constexpr std::ptrdiff_t kMostOfOnePeer = 4;

json::Value Review(const api::Resource& resource, json::Object spec) {
  return json::Object{{"apiVersion", resource.ApiVersion()}, {"kind", resource.kind}, {"spec", std::move(spec)}};
}

}  // namespace

Result<Access> MetricsAccess::Ask(const std::string& bearer) {
  TRY(const client::Written token,
      api_.Create(kTokenReviews, "", Review(kTokenReviews, json::Object{{"token", bearer}})));
  if (!token.object["status"]["authenticated"].Bool()) return Access::kUnauthenticated;
  const json::Value& user = token.object["status"]["user"];
  json::Object spec{{"user", user["username"]},
                    {"nonResourceAttributes", json::Object{{"path", "/metrics"}, {"verb", "get"}}}};
  for (const char* field : {"uid", "groups", "extra"}) {
    if (!user[field].IsNull()) spec.Set(field, user[field]);
  }
  TRY(const client::Written access, api_.Create(kAccessReviews, "", Review(kAccessReviews, std::move(spec))));
  return access.object["status"]["allowed"].Bool() ? Access::kAllowed : Access::kForbidden;
}

// Made-up tokens must not push good ones out.
void MetricsAccess::Keep(const std::string& bearer, const Entry& entry) {
  const Instant now = std::max(entry.asked, entry.failed);
  known_.erase(bearer);
  std::erase_if(known_, [&](const auto& other) {
    const Duration kept = other.second.access == Access::kAllowed ? kUsable : kFresh;
    return std::max(other.second.asked + kept, other.second.failed + kFailureKept) < now;
  });
  if (known_.size() >= kMostKnown) {
    const auto worth = [](const auto& one) {
      return std::pair(one.second.access == Access::kAllowed, one.second.asked);
    };
    const auto least = std::min_element(known_.begin(), known_.end(),
                                        [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
    if (worth(*least) > std::pair(entry.access == Access::kAllowed, entry.asked)) return;
    known_.erase(least);
  }
  known_[bearer] = entry;
}

std::optional<Access> MetricsAccess::Judge(const std::string& bearer, const std::string& peer) {
  if (!IsPlausibleToken(bearer, clock_.Wall())) return Access::kUnauthenticated;
  const Instant now = clock_.Now();
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(bearer);
  const Entry known = at == known_.end() ? Entry() : at->second;
  const bool was_good = known.access == Access::kAllowed;
  const bool failed_now = at != known_.end() && known.failed >= known.asked && now < known.failed + kFailureKept;
  if (known.access != Access::kUnknown && now < known.asked + kFresh) {
    if (was_good && now >= known.asked + kRefresh && !failed_now) Enqueue({bearer, peer, true});
    return known.access;
  }
  if (failed_now) return was_good && now < known.asked + kUsable ? Access::kAllowed : Access::kUnknown;
  if (!Enqueue({bearer, peer, was_good})) return Access::kBusy;
  return std::nullopt;
}

// True when the token waits for its turn, or is being asked about.
bool MetricsAccess::Enqueue(Question question) {
  const bool there = question.bearer == asking_ || std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& q) {
                       return q.bearer == question.bearer;
                     });
  if (there) return true;
  if (!question.trusted && !MakeRoomFor(question.peer)) return false;
  waiting_.push_back(std::move(question));
  changed_.notify_one();
  return true;
}

// Whether an unknown token of that address may wait. When all places are taken, it gets one of the address that has
// most, if that has more.
bool MetricsAccess::MakeRoomFor(const std::string& peer) {
  std::map<std::string, std::ptrdiff_t> per_peer;
  std::ptrdiff_t all = 0;
  for (const Question& question : waiting_) {
    if (question.trusted) continue;
    ++per_peer[question.peer];
    ++all;
  }
  const std::ptrdiff_t own = per_peer[peer];
  if (own >= kMostOfOnePeer) return false;
  if (all < kMostUnknown) return true;
  const auto most = std::max_element(per_peer.begin(), per_peer.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most->second <= own + 1) return false;
  const auto last = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                 [&](const Question& q) { return !q.trusted && q.peer == most->first; });
  waiting_.erase(std::next(last).base());
  return true;
}

// The oldest question of the address that was served longest ago, or never.
std::list<MetricsAccess::Question>::iterator MetricsAccess::NextUnknown() {
  const auto last_served = [this](const Question& question) {
    const auto at = served_.find(question.peer);
    return at == served_.end() ? Instant::min() : at->second;
  };
  auto next = waiting_.end();
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    if (!at->trusted && (next == waiting_.end() || last_served(*at) < last_served(*next))) next = at;
  }
  return next;
}

void MetricsAccess::Serve(const std::string& peer, Instant now) {
  served_[peer] = now;
  if (served_.size() <= kMostKnown) return;
  served_.erase(std::min_element(served_.begin(), served_.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; }));
}

std::optional<Duration> MetricsAccess::AskNext() {
  Question question;
  {
    const Instant now = clock_.Now();
    const std::lock_guard lock(mutex_);
    auto next = std::find_if(waiting_.begin(), waiting_.end(), [](const Question& q) { return q.trusted; });
    if (next == waiting_.end()) {
      next = NextUnknown();
      if (next == waiting_.end()) return std::nullopt;
      if (next_unknown_ && now < *next_unknown_) return *next_unknown_ - now;
      next_unknown_ = now + kBetweenUnknown;
      Serve(next->peer, now);
    }
    question = std::move(*next);
    waiting_.erase(next);
    asking_ = question.bearer;
  }
  const Result<Access> answer = Ask(question.bearer);
  const Instant now = clock_.Now();
  const std::lock_guard lock(mutex_);
  asking_.clear();
  if (answer.has_value()) {
    Keep(question.bearer, {.access = *answer, .asked = now});
    return std::nullopt;
  }
  LogFailure(answer.error(), now);
  const auto at = known_.find(question.bearer);
  Entry entry = at == known_.end() ? Entry() : at->second;
  entry.failed = now;
  if (entry.access == Access::kUnknown) entry.asked = now;
  Keep(question.bearer, entry);
  return std::nullopt;
}

void MetricsAccess::LogFailure(const Error& error, Instant now) {
  if (failure_logged_ && now < *failure_logged_ + kBetweenLogs) return;
  failure_logged_ = now;
  LogWarning("Cannot ask who may read /metrics", {{"error", error.message}});
}

size_t MetricsAccess::Waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void MetricsAccess::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void MetricsAccess::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void MetricsAccess::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::optional<Duration> pause = AskNext();
    std::unique_lock lock(mutex_);
    if (pause) {
      // A token that is known to be good need not wait for it.
      changed_.wait_for(lock, stop, *pause, [this] {
        return std::any_of(waiting_.begin(), waiting_.end(), [](const Question& q) { return q.trusted; });
      });
    } else {
      changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
    }
  }
}

}  // namespace muster::shell
