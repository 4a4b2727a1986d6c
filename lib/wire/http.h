// The seam between what we ask the API server and how it is sent. Layer: wire. No I/O here.
// lib/client implements Transport over cpprestsdk; tests implement it in memory. Everything above speaks only this.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/time.h"

namespace muster::wire {

enum class Method { kGet, kPost, kPut, kPatch, kDelete };

// How the events of a streamed answer are told apart: JSON's are lines, protobuf's are frames (frames.h).
enum class Framing { kLines, kLengthPrefixed };

struct Request {
  Method method = Method::kGet;
  std::string path;                                        // as Resource::Path gives it, not yet percent-encoded
  std::vector<std::pair<std::string, std::string>> query;  // raw; the transport encodes
  std::string body;
  std::string content_type;           // empty without a body
  Duration timeout{0};                // whole answer for Send, silence for Stream; 0: the transport's default
  std::string accept;                 // empty: JSON
  Framing framing = Framing::kLines;  // Stream: what is handed on
  Duration first_timeout{0};          // Stream: silence before the first bytes of the answer's body; 0: as timeout
  size_t answer_bytes_max = 0;        // Send: a longer answer is an error (kDecode); 0: the transport's default
  // Send: nothing is sent, and no answer awaited, after this time, whatever it had to wait for before.
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

struct Response {
  int status = 0;  // HTTP status; Send returns every status the server gave, 4xx and 5xx too
  std::string body;
  std::vector<std::string> warnings;    // text of the Warning headers
  std::optional<Duration> retry_after;  // Retry-After, when given
};

// Called with each line (without its end) or frame (without its length) of a streamed answer; false stops the stream.
using LineSink = std::function<bool(std::string_view line)>;

class Transport {
 public:
  virtual ~Transport() = default;

  // One request, one answer; blocks. Errors: kTimeout, kUnavailable (connection), kUnauthorized (no usable
  // credentials), kCancelled (stopping). A write may have happened even when an error is returned, and may have been
  // sent twice (facts: cpprestsdk resends when a reused connection closes): every write of ours can be repeated.
  virtual Result<Response> Send(const Request& request) = 0;

  // A streamed GET (watch). Blocks until the server ends it (Ok), on_line returns false (Ok), stop is requested
  // (kCancelled), or it breaks (kUnavailable; kTimeout after `request.timeout` of silence, `first_timeout` at the
  // beginning). A status other than 200 is returned as the Response with its body (at most 1 MiB), and on_line is not
  // called.
  virtual Result<Response> Stream(const Request& request, const LineSink& on_line, std::stop_token stop) = 0;
};

}  // namespace muster::wire
