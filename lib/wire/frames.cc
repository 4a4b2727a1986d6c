#include "lib/wire/frames.h"

#include <cstdint>

namespace muster::wire {
namespace {

constexpr size_t kLengthBytes = 4;

size_t LengthOf(std::string_view header) {
  uint32_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length = length << 8U | static_cast<unsigned char>(header[i]);
  return length;
}

}  // namespace

Result<bool> FrameSplitter::Feed(std::string_view bytes, const LineSink& sink) {
  // What came whole is handed on without a copy.
  std::string joined;
  if (!partial_.empty()) {
    partial_ += bytes;
    joined.swap(partial_);
    bytes = joined;
  }
  while (bytes.size() >= kLengthBytes) {
    const size_t length = LengthOf(bytes);
    if (length > frame_bytes_max_) {
      return MakeError(Code::kDecode, "the server sent a frame of " + std::to_string(length) +
                                          " bytes in a stream; at most " + std::to_string(frame_bytes_max_) +
                                          " are taken");
    }
    if (bytes.size() - kLengthBytes < length) break;
    if (!sink(bytes.substr(kLengthBytes, length))) return false;
    bytes.remove_prefix(kLengthBytes + length);
  }
  if (!joined.empty() && bytes.size() == joined.size()) {
    partial_.swap(joined);  // a long frame that is still coming is not copied with every piece of it
  } else {
    partial_ = bytes;
  }
  return true;
}

}  // namespace muster::wire
