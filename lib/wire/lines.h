// Lines out of bytes that arrive in arbitrary pieces. Layer: wire. Pure; one splitter per stream, one thread.
// A line that came whole in one piece is handed on without a copy; no line may be longer than the limit.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/wire/http.h"

namespace muster::wire {

class LineSplitter {
 public:
  explicit LineSplitter(size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Calls sink for each line completed by `bytes`, without its end ("\n" or "\r\n"); empty lines are left out.
  // False when the sink wants no more; kDecode when a line is too long. Feed nothing after either.
  Result<bool> Feed(std::string_view bytes, const LineSink& sink);
  // The last line, when the stream ended without a line end.
  Result<bool> Finish(const LineSink& sink);

 private:
  size_t line_bytes_max_;
  std::string partial_;
};

}  // namespace muster::wire
