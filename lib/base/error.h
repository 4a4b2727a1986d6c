// What can go wrong, as a value. Layer: base. Codes mirror the API server's `reason`s, so that one function
// (ReactionTo) decides everywhere whether to retry, back off, give up or relist.
// Error is a plain value: copyable, no allocation besides its message, safe to share between threads.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace muster {

enum class Code {
  kNotFound,
  kAlreadyExists,
  kConflict,  // stale resourceVersion or uid: our cache is behind
  kGone,      // resourceVersion too old (410), as HTTP status or inside an ERROR event
  kInvalid,   // the object is wrong (400, 422): repeating the same request cannot help
  kForbidden,
  kUnauthorized,
  kThrottled,    // 429, usually with retry_after
  kTimeout,      // no answer in time; a write may or may not have happened
  kUnavailable,  // connection refused or lost, 5xx: a write may or may not have happened
  kDecode,       // bytes we could not understand
  kCancelled,    // we are stopping
  kInternal,     // a defect of ours, or of the server
};

// What a caller does about an error.
enum class Reaction { kRetrySoon, kBackOff, kGiveUp, kRelist };

struct Error {
  Code code = Code::kInternal;
  std::string message;  // for a person: what is wrong, where, what to do
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;

  // The same error with "<context>: " in front of its message.
  Error In(std::string_view context) const;
  bool operator==(const Error&) const = default;
};

std::string_view CodeName(Code code);
Reaction ReactionTo(Code code);

}  // namespace muster
