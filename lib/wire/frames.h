// Frames out of bytes that arrive in arbitrary pieces: each is four bytes of length, big-endian, and so many bytes, as
// the API server streams protobuf (apimachinery's framer.NewLengthDelimitedFrameWriter). Layer: wire. Pure; one
// splitter per stream, one thread.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/wire/http.h"

namespace muster::wire {

class FrameSplitter {
 public:
  explicit FrameSplitter(size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

  // Calls sink for each frame completed by `bytes`. False when the sink wants no more; kDecode when a frame is too long
  // (what is not framed at all looks like that). Feed nothing after either.
  Result<bool> Feed(std::string_view bytes, const LineSink& sink);

 private:
  size_t frame_bytes_max_;
  std::string partial_;
};

}  // namespace muster::wire
