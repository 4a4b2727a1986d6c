#include "kubectl-plugin/core/live.h"

#include <algorithm>
#include <utility>

#include "lib/base/strings.h"

namespace muster::plugin {

std::string LivePicture::Begin() { return "\x1b[?1049h\x1b[?25l\x1b[?7l"; }

std::string LivePicture::End() const {
  std::string out = "\x1b[?7h\x1b[?25h\x1b[?1049l";
  for (const std::string& line : shown_) out += line + "\r\n";
  return out;
}

std::string LivePicture::Next(const std::string& frame) {
  std::vector<std::string> lines = Split(frame, '\n');
  if (lines.back().empty()) lines.pop_back();
  if (drawn_ && !forgotten_ && lines == shown_) return "";
  const bool whole = !drawn_ || forgotten_;
  std::string out = whole ? "\x1b[?2026h\x1b[H\x1b[J" : "\x1b[?2026h\x1b[H";
  const size_t rows = whole ? lines.size() : std::max(lines.size(), shown_.size());
  for (size_t i = 0; i < rows; ++i) {
    // No line end behind the last: on the last row it would scroll.
    if (i > 0) out += "\r\n";
    const bool same = !whole && i < lines.size() && i < shown_.size() && shown_[i] == lines[i];
    // Cleared before, not behind: behind a full line the cursor still stands on its last character.
    if (!same) out += i < lines.size() ? "\x1b[2K" + lines[i] : "\x1b[2K";
  }
  out += "\x1b[?2026l";
  shown_ = std::move(lines);
  drawn_ = true;
  forgotten_ = false;
  return out;
}

}  // namespace muster::plugin
