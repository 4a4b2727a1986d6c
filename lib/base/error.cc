#include "lib/base/error.h"

namespace muster {

Error Error::In(std::string_view context) const {
  Error error = *this;
  error.message = std::string(context) + ": " + message;
  return error;
}

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kNotFound:
      return "NotFound";
    case Code::kAlreadyExists:
      return "AlreadyExists";
    case Code::kConflict:
      return "Conflict";
    case Code::kGone:
      return "Gone";
    case Code::kInvalid:
      return "Invalid";
    case Code::kForbidden:
      return "Forbidden";
    case Code::kUnauthorized:
      return "Unauthorized";
    case Code::kThrottled:
      return "Throttled";
    case Code::kTimeout:
      return "Timeout";
    case Code::kUnavailable:
      return "Unavailable";
    case Code::kDecode:
      return "Decode";
    case Code::kCancelled:
      return "Cancelled";
    case Code::kInternal:
      return "Internal";
  }
  return "Internal";
}

Reaction ReactionTo(Code code) {
  switch (code) {
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kConflict:
      return Reaction::kRetrySoon;
    case Code::kGone:
      return Reaction::kRelist;
    case Code::kInvalid:
    case Code::kCancelled:
      return Reaction::kGiveUp;
    case Code::kForbidden:
    case Code::kUnauthorized:
    case Code::kThrottled:
    case Code::kTimeout:
    case Code::kUnavailable:
    case Code::kDecode:
    case Code::kInternal:
      return Reaction::kBackOff;
  }
  return Reaction::kBackOff;
}

}  // namespace muster
