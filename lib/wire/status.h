// The server's answer: an object, or a refusal in metav1.Status. Layer: wire. Pure and total: whatever bytes came, a
// value or an Error with a message that a person can read (fields first, at most 500 bytes).
//
//   TRY(const json::Value pod, DecodeObject(response));
//   const ServerRefusal refusal = DecodeRefusal(response);   // when it matters why: refusal.causes,
//   IsQuotaExceeded(refusal)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::wire {

// One of details.causes: which field, which rule, what is wrong with it.
struct Cause {
  std::string field;
  std::string reason;
  std::string message;
  bool operator==(const Cause&) const = default;
};

struct ServerRefusal {
  Code code = Code::kInternal;
  int http_status = 0;
  std::string reason;   // metav1.StatusReason, "" when the server gave none
  std::string message;  // the server's own, at most 32 KiB of it
  std::vector<Cause> causes;
  std::optional<Duration> retry_after;
};

// Whether the refused request tested the uid (BuildJsonPatch): a failed test, a 422, is then a conflict.
enum class UidTested { kNo, kYes };

// True for 200 to 299.
bool IsSuccess(const Response& response);
// What a response that is no success means. Total: a body that is no Status gives a code by HTTP status alone.
ServerRefusal DecodeRefusal(const Response& response, UidTested tested = UidTested::kNo);
// The same from a metav1.Status in hand, e.g. the object of a watch's ERROR event.
ServerRefusal DecodeStatus(const json::Value& status, UidTested tested = UidTested::kNo);
// One readable line: "<field>: <message>; ..." of the first causes, else the message, cut to 500 bytes.
std::string RefusalText(const ServerRefusal& refusal);
Error RefusalError(const ServerRefusal& refusal);
// The object (without managedFields), the refusal as an Error, or kDecode when a success carries no JSON.
Result<json::Value> DecodeObject(const Response& response, UidTested tested = UidTested::kNo);

// 403s that are not about rights. The Error forms hold for errors made by RefusalError, also behind Error::In.
bool IsQuotaExceeded(const ServerRefusal& refusal);
bool IsQuotaExceeded(const Error& error);
bool IsNamespaceTerminating(const ServerRefusal& refusal);
bool IsNamespaceTerminating(const Error& error);

}  // namespace muster::wire
