// A picture that is redrawn in place: the bytes that turn what a terminal shows into the next frame. Layer: plugin
// core. Pure. Only lines that differ are written, so nothing flickers; the picture stays in the scrollback when it
// ends.
#pragma once

#include <string>
#include <vector>

namespace muster::plugin {

class LivePicture {
 public:
  // Before the first frame and after the last: hides the cursor and keeps long lines from wrapping, and back.
  static std::string Begin();
  static std::string End();
  // `frame`: lines with their ends, at most as many as the terminal has rows less one. Empty when nothing changed.
  std::string Next(const std::string& frame);
  // The terminal was resized, so where our lines are now is unknown: the next frame begins on a clear screen.
  void Forget() { forgotten_ = true; }

 private:
  std::vector<std::string> shown_;
  bool drawn_ = false;
  bool forgotten_ = false;
};

}  // namespace muster::plugin
