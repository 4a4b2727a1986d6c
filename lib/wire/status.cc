#include "lib/wire/status.h"

#include <algorithm>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::wire {
namespace {

constexpr size_t kTextBytesMax = 500;
constexpr size_t kMessageBytesMax = 32768;  // a pod template inside it may be long, and what is wrong stands behind it
constexpr size_t kCauseBytesMax = 200;
constexpr int64_t kRetrySecondsMax = 3600;
constexpr size_t kCausesShown = 5;
constexpr size_t kCausesKept = 64;
constexpr std::string_view kQuotaMark = "exceeded quota: ";
constexpr std::string_view kTerminatingMark = "because it is being terminated";
constexpr std::string_view kTerminatingReason = "NamespaceTerminating";

// The reasons of metav1.StatusReason that say more than the HTTP status.
std::optional<Code> CodeOfReason(std::string_view reason) {
  if (reason == "AlreadyExists") return Code::kAlreadyExists;
  if (reason == "Conflict") return Code::kConflict;
  if (reason == "NotFound") return Code::kNotFound;
  if (reason == "Expired" || reason == "Gone") return Code::kGone;
  if (reason == "Invalid" || reason == "BadRequest" || reason == "RequestEntityTooLarge") return Code::kInvalid;
  if (reason == "Forbidden") return Code::kForbidden;
  if (reason == "Unauthorized") return Code::kUnauthorized;
  if (reason == "TooManyRequests") return Code::kThrottled;
  if (reason == "Timeout" || reason == "ServerTimeout") return Code::kTimeout;
  if (reason == "ServiceUnavailable") return Code::kUnavailable;
  return std::nullopt;
}

Code CodeOfHttp(int http_status) {
  switch (http_status) {
    case 401:
      return Code::kUnauthorized;
    case 403:
      return Code::kForbidden;
    case 404:
      return Code::kNotFound;
    case 408:
    case 504:
      return Code::kTimeout;
    case 409:
      return Code::kConflict;
    case 410:
      return Code::kGone;
    case 429:
      return Code::kThrottled;
    default:
      break;
  }
  if (http_status >= 500) return Code::kUnavailable;
  if (http_status >= 400) return Code::kInvalid;
  return Code::kInternal;  // a redirect, or something that is no answer to what we asked
}

bool BeginsWithTypingError(std::string_view message) {
  return message.starts_with("failed to create typed patch object") ||
         message.starts_with("failed to convert new object");
}

// An admission webhook that does not answer, with failurePolicy Fail: the write is not let in, as by a policy, and it
// is somebody else's to mend.
bool IsForWantOfAWebhook(const ServerRefusal& refusal) {
  return refusal.http_status >= 500 && refusal.message.find("failed calling webhook") != std::string::npos;
}

// "failed to create typed..." is a 500 without a reason that is the user's error all the same. A failed test of a JSON
// patch is told by these words alone (Kubernetes 1.37, tried); a webhook may answer 422 as well.
Code Classify(const ServerRefusal& refusal, UidTested tested) {
  if (BeginsWithTypingError(refusal.message)) return Code::kInvalid;
  if (IsForWantOfAWebhook(refusal)) return Code::kForbidden;
  const Code code = CodeOfReason(refusal.reason).value_or(CodeOfHttp(refusal.http_status));
  const bool may_be_a_test = tested == UidTested::kYes && refusal.http_status == 422 && refusal.causes.empty();
  if (may_be_a_test && refusal.message.starts_with("the server rejected our request")) return Code::kConflict;
  return code;
}

// Without line ends and other control characters.
std::string PlainText(std::string_view body) {
  std::string text;
  for (const char c : body.substr(0, kMessageBytesMax)) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (!blank) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

void Fill(ServerRefusal& refusal, const json::Value& status) {
  refusal.reason = status["reason"].Text();
  refusal.message = Shorten(status["message"].Text(), kMessageBytesMax);
  const json::Value& details = status["details"];
  for (const json::Value& cause : details["causes"].Items()) {
    if (refusal.causes.size() == kCausesKept) break;
    refusal.causes.push_back(
        {cause["field"].Text(), cause["reason"].Text(), Shorten(cause["message"].Text(), kMessageBytesMax)});
  }
  const int64_t retry_seconds = details["retryAfterSeconds"].Integer();
  if (!refusal.retry_after && retry_seconds > 0) {
    refusal.retry_after = std::chrono::seconds(std::min(retry_seconds, kRetrySecondsMax));
  }
}

// `Invalid value: {...}: field is immutable` can hold a whole pod template, environment included: of a long value only
// its place is kept.
std::string WithoutLongValue(const std::string& text) {
  constexpr std::string_view kValueMark = " value: ";
  constexpr size_t kValueBytesMax = 80;
  const size_t mark = text.find(kValueMark);
  if (mark == std::string::npos) return text;
  const size_t begin = mark + kValueMark.size();
  const char open = begin < text.size() ? text[begin] : ' ';
  const std::string_view close = open == '{' ? "}: " : open == '[' ? "]: " : "\": ";
  const size_t end = text.rfind(close);
  if (end == std::string::npos || end < begin || end - begin <= kValueBytesMax) return text;
  return text.substr(0, begin) + "...: " + text.substr(end + close.size());
}

std::string CauseText(const Cause& cause) {
  const std::string text = WithoutLongValue(PlainText(cause.message.empty() ? cause.reason : cause.message));
  return Shorten(cause.field.empty() ? text : PlainText(cause.field) + ": " + text, kCauseBytesMax);
}

std::string CausesText(const std::vector<Cause>& causes) {
  std::vector<std::string> parts;
  for (const Cause& cause : causes) {
    std::string text = CauseText(cause);
    if (std::find(parts.begin(), parts.end(), text) == parts.end()) parts.push_back(std::move(text));
  }
  const size_t hidden = parts.size() > kCausesShown ? parts.size() - kCausesShown : 0;
  if (hidden > 0) parts.resize(kCausesShown);
  std::string text = Join(parts, "; ");
  if (hidden == 0) return Shorten(text, kTextBytesMax);
  const std::string more = " (and " + std::to_string(hidden) + " more)";
  return Shorten(text, kTextBytesMax - more.size()) + more;
}

bool FieldsAreNamed(const std::vector<Cause>& causes) {
  return std::any_of(causes.begin(), causes.end(), [](const Cause& cause) { return !cause.field.empty(); });
}

}  // namespace

bool IsSuccess(const Response& response) { return response.status >= 200 && response.status < 300; }

ServerRefusal DecodeStatus(const json::Value& status, UidTested tested) {
  ServerRefusal refusal;
  refusal.http_status = static_cast<int>(status["code"].Integer(500));
  Fill(refusal, status);
  refusal.code = Classify(refusal, tested);
  return refusal;
}

ServerRefusal DecodeRefusal(const Response& response, UidTested tested) {
  ServerRefusal refusal;
  refusal.http_status = response.status;
  refusal.retry_after = response.retry_after;
  const Result<json::Value> body = json::Parse(response.body, {.max_bytes = 4UL << 20U});
  if (body && (*body)["kind"].Text() == "Status") {
    Fill(refusal, *body);
  } else {
    // A proxy's page, or a filter's plain text, in whatever encoding.
    refusal.message = PlainText(response.body);
    std::replace_if(
        refusal.message.begin(), refusal.message.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7f; },
        '?');
  }
  refusal.code = Classify(refusal, tested);
  return refusal;
}

std::string RefusalText(const ServerRefusal& refusal) {
  if (FieldsAreNamed(refusal.causes)) return CausesText(refusal.causes);
  std::string text = WithoutLongValue(PlainText(refusal.message));
  if (text.empty()) text = PlainText(refusal.reason);
  if (text.empty()) text = "the server answered " + std::to_string(refusal.http_status) + " and no reason";
  // A quota's name and numbers stand behind a long object name: keep what tells.
  const size_t quota = text.find(kQuotaMark);
  if (text.size() > kTextBytesMax && quota != std::string::npos) text = text.substr(quota);
  return Shorten(text, kTextBytesMax);
}

Error RefusalError(const ServerRefusal& refusal) {
  std::string text = RefusalText(refusal);
  if (IsNamespaceTerminating(refusal) && text.find(kTerminatingMark) == std::string::npos) {
    text =
        Shorten(text, kTextBytesMax - 80) + " (the namespace takes nothing new " + std::string(kTerminatingMark) + ")";
  }
  return Error{refusal.code, std::move(text), refusal.retry_after};
}

Result<json::Value> DecodeObject(const Response& response, UidTested tested) {
  if (!IsSuccess(response)) return RefusalError(DecodeRefusal(response, tested));
  Result<json::Value> object = json::Parse(response.body, {.max_bytes = 256UL << 20U, .skip_key = "managedFields"});
  if (object) return object;
  return MakeError(Code::kDecode, "the server answered " + std::to_string(response.status) +
                                      " with what is not JSON (\"" + Shorten(PlainText(response.body), 80) +
                                      "\"); is this address a Kubernetes API server?");
}

bool IsQuotaExceeded(const ServerRefusal& refusal) {
  return refusal.code == Code::kForbidden && refusal.message.find(kQuotaMark) != std::string::npos;
}

bool IsQuotaExceeded(const Error& error) {
  return error.code == Code::kForbidden && error.message.find(kQuotaMark) != std::string::npos;
}

bool IsNamespaceTerminating(const ServerRefusal& refusal) {
  if (refusal.code != Code::kForbidden) return false;
  return refusal.message.find(kTerminatingMark) != std::string::npos ||
         std::any_of(refusal.causes.begin(), refusal.causes.end(),
                     [](const Cause& cause) { return cause.reason == kTerminatingReason; });
}

bool IsNamespaceTerminating(const Error& error) {
  return error.code == Code::kForbidden && error.message.find(kTerminatingMark) != std::string::npos;
}

}  // namespace muster::wire
