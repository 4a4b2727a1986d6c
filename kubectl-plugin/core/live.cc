#include "kubectl-plugin/core/live.h"

#include "lib/base/strings.h"

namespace muster::plugin {

std::string LivePicture::Begin() { return "\x1b[?25l\x1b[?7l"; }

std::string LivePicture::End() { return "\x1b[?7h\x1b[?25h"; }

std::string LivePicture::Next(const std::string& frame) {
  std::vector<std::string> lines = Split(frame, '\n');
  if (lines.back().empty()) lines.pop_back();
  if (drawn_ && !forgotten_ && lines == shown_) return "";
  std::string out;
  if (forgotten_) {
    out += "\x1b[H\x1b[2J";
    shown_.clear();
  } else if (!shown_.empty()) {
    out += "\r\x1b[" + std::to_string(shown_.size()) + "A";
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i < shown_.size() && shown_[i] == lines[i]) {
      out += "\r\n";
    } else {
      // Cleared before, not behind: behind a full line the cursor still stands on its last character.
      out += "\r\x1b[2K" + lines[i] + "\r\n";
    }
  }
  if (shown_.size() > lines.size()) out += "\x1b[J";
  shown_ = std::move(lines);
  drawn_ = true;
  forgotten_ = false;
  return out;
}

}  // namespace muster::plugin
