#include "lib/client/api.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>

namespace muster::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Duration kFirstDelay{100};
constexpr Duration kDelayMax{5000};
constexpr Duration kRetryAfterMax{30000};
constexpr int kPageLimit = 500;

// Half to one and a half of it, so that many callers do not come back at once.
Duration Jittered(Duration delay) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return Duration(std::uniform_int_distribution<Duration::rep>(delay.count() / 2, delay.count() * 3 / 2)(random));
}

// False when stop was requested meanwhile.
bool Sleep(Duration time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

// What one try came to, as far as trying again goes.
struct Verdict {
  bool again = false;
  bool asked_to_wait = false;  // by Retry-After
  Duration delay{0};
};

bool IsTransient(int status) { return status == 500 || status == 502 || status == 503 || status == 504; }

class RetryPolicy {
 public:
  RetryPolicy(const ApiOptions& options, bool is_read) : options_(options), is_read_(is_read) {}

  Verdict Judge(const Result<wire::Response>& answer) {
    if (!answer) return JudgeError(answer.error());
    const int status = answer->status;
    const bool throttled = status == 429;
    if (answer->retry_after && (throttled || status >= 500)) {
      if (++waits_ > options_.retry_after_tries) return {};
      return {true, true, std::min(*answer->retry_after, kRetryAfterMax)};
    }
    if (throttled) return BackOff(options_.retry_after_tries);
    if (is_read_ && IsTransient(status) && !IsTyping(*answer)) return BackOff(options_.retry_after_tries);
    if (!is_read_ && (status == 502 || status == 503)) return BackOff(options_.connection_tries);
    return {};
  }

 private:
  // A timeout is not repeated: the caller has waited as long as was agreed.
  Verdict JudgeError(const Error& error) {
    if (error.code != Code::kUnavailable) return {};
    return BackOff(is_read_ ? options_.retry_after_tries : options_.connection_tries);
  }

  Verdict BackOff(int tries_max) {
    if (++tries_ >= tries_max) return {};
    const Duration delay = std::min(kDelayMax, kFirstDelay * (1 << std::min(tries_ - 1, 10)));
    return {true, false, Jittered(delay)};
  }

  static bool IsTyping(const wire::Response& answer) { return wire::DecodeRefusal(answer).code == Code::kInvalid; }

  const ApiOptions& options_;
  const bool is_read_;
  int tries_ = 0;
  int waits_ = 0;
};

// A write that neither we nor the server carry on with after the deadline: it would be the act of one who may no longer
// lead. The server's own bound is in whole seconds (request filter WithRequestDeadline).
wire::Request Bounded(wire::Request request, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - Clock::now());
  request.deadline = deadline;
  request.query.emplace_back("timeout", std::to_string(std::max<int64_t>(1, left.count())) + "s");
  return request;
}

Result<Written> DecodeWritten(Result<wire::Response> answer, wire::UidTested tested = wire::UidTested::kNo) {
  if (!answer) return answer.error();
  TRY(json::Value object, wire::DecodeObject(*answer, tested));
  return Written{std::move(object), std::move(answer->warnings)};
}

}  // namespace

Api::Api(wire::Transport& transport, ApiOptions options) : transport_(transport), options_(std::move(options)) {}

Result<wire::Response> Api::Exchange(const wire::Request& request) {
  const bool is_read = request.method == wire::Method::kGet;
  const Clock::time_point deadline = Clock::now() + (is_read ? options_.read_deadline : options_.write_deadline);
  RetryPolicy policy(options_, is_read);
  for (;;) {
    Result<wire::Response> answer = transport_.Send(is_read ? request : Bounded(request, deadline));
    const Verdict verdict = policy.Judge(answer);
    if (!verdict.again || Clock::now() + verdict.delay > deadline) return answer;
    if (!Sleep(verdict.delay, options_.stop)) return MakeError(Code::kCancelled, "stopping");
  }
}

Result<json::Value> Api::Get(const api::Resource& resource, const api::Key& key, std::string_view subresource) {
  TRY(const wire::Response answer, Exchange(wire::BuildGet(resource, key, subresource)));
  return wire::DecodeObject(answer);
}

Result<json::Value> Api::List(const api::Resource& resource, std::string_view ns, const wire::ListOptions& options) {
  TRY(const wire::Response answer, Exchange(wire::BuildList(resource, ns, options)));
  return wire::DecodeObject(answer);
}

Status Api::ForEachPage(const api::Resource& resource, std::string_view ns, wire::ListOptions options,
                        const std::function<Status(const json::Value& page)>& on_page) {
  if (options.limit == 0) options.limit = kPageLimit;
  for (;;) {
    TRY(const json::Value page, List(resource, ns, options));
    TRY_VOID(on_page(page));
    options.continue_token = page["metadata"]["continue"].Text();
    if (options.continue_token.empty()) return Ok();
    options.resource_version.clear();
    options.version_match = wire::VersionMatch::kUnset;
  }
}

Result<Written> Api::Create(const api::Resource& resource, std::string_view ns, const json::Value& object,
                            const wire::WriteOptions& options) {
  return DecodeWritten(Exchange(wire::BuildCreate(resource, ns, object, options)));
}

Status Api::Delete(const api::Resource& resource, const api::Key& key, const wire::DeleteOptions& options) {
  TRY(const wire::Response answer, Exchange(wire::BuildDelete(resource, key, options)));
  if (wire::IsSuccess(answer)) return Ok();
  return wire::RefusalError(wire::DecodeRefusal(answer));
}

Result<Written> Api::JsonPatch(const api::Resource& resource, const api::Key& key, std::string_view uid,
                               const json::Array& operations, const wire::WriteOptions& options) {
  return DecodeWritten(Exchange(wire::BuildJsonPatch(resource, key, uid, operations, options)), wire::UidTested::kYes);
}

Result<Written> Api::MergePatch(const api::Resource& resource, const api::Key& key, const json::Value& patch,
                                const wire::WriteOptions& options) {
  return DecodeWritten(Exchange(wire::BuildMergePatch(resource, key, patch, options)));
}

Result<Written> Api::PatchStatus(const api::Resource& resource, const api::Key& key, std::string_view resource_version,
                                 const json::Value& status) {
  return DecodeWritten(Exchange(wire::BuildStatusPatch(resource, key, resource_version, status)));
}

Result<Written> Api::Put(const api::Resource& resource, const api::Key& key, const json::Value& object,
                         const wire::WriteOptions& options) {
  return DecodeWritten(Exchange(wire::BuildPut(resource, key, object, options)));
}

}  // namespace muster::client
