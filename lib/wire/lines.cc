#include "lib/wire/lines.h"

namespace muster::wire {
namespace {

bool Emit(std::string_view line, const LineSink& sink) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line.empty() || sink(line);
}

}  // namespace

Result<bool> LineSplitter::Feed(std::string_view bytes, const LineSink& sink) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (partial_.size() + piece.size() > line_bytes_max_) {
      return MakeError(Code::kDecode,
                       "the server sent a line of more than " + std::to_string(line_bytes_max_) + " bytes in a stream");
    }
    if (end == std::string_view::npos) {
      partial_ += piece;
      return true;
    }
    bytes.remove_prefix(end + 1);
    if (partial_.empty()) {
      if (!Emit(piece, sink)) return false;
      continue;
    }
    partial_ += piece;
    const bool more = Emit(partial_, sink);
    partial_.clear();
    if (partial_.capacity() > (1UL << 20U)) partial_.shrink_to_fit();
    if (!more) return false;
  }
  return true;
}

Result<bool> LineSplitter::Finish(const LineSink& sink) {
  const std::string last = std::move(partial_);
  partial_.clear();
  return Emit(last, sink);
}

}  // namespace muster::wire
