// A picture that is redrawn in place: the bytes that turn what a terminal shows into the next frame. Layer: plugin
// core. Pure. It is drawn on the terminal's alternate screen, so that neither redrawing nor a resize leaves anything in
// the scrollback; the last frame is printed on the usual screen when it ends. Only lines that differ are written, in
// one synchronized update, so nothing flickers.
#pragma once

#include <string>
#include <vector>

namespace muster::plugin {

class LivePicture {
 public:
  // Before the first frame: enters the alternate screen, hides the cursor and keeps long lines from wrapping.
  static std::string Begin();
  // After the last: all that back, and the last frame below what was there before.
  std::string End() const;
  // `frame`: lines with their ends, at most as many as the terminal has rows. Empty when nothing changed.
  std::string Next(const std::string& frame);
  // The terminal was resized, so what it shows is unknown: the next frame is drawn whole.
  void Forget() { forgotten_ = true; }

 private:
  std::vector<std::string> shown_;
  bool drawn_ = false;
  bool forgotten_ = false;
};

}  // namespace muster::plugin
