#include "kubectl-plugin/core/live.h"

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
  std::string out = "\x1b[?2026h\x1b[H";
  for (size_t i = 0; i < lines.size(); ++i) {
    // Cleared before, not behind: behind a full line the cursor still stands on its last character.
    if (whole || i >= shown_.size() || shown_[i] != lines[i]) out += "\x1b[2K" + lines[i];
    out += "\r\n";
  }
  if (whole || shown_.size() > lines.size()) out += "\x1b[J";
  out += "\x1b[?2026l";
  shown_ = std::move(lines);
  drawn_ = true;
  forgotten_ = false;
  return out;
}

}  // namespace muster::plugin
