// A shell in a real terminal: tmux plays it, with a server of its own, and tells what its screen shows. Ends with the
// object. tmux is a package of every distribution (cmake/deps.sh).
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/support/process.h"

namespace muster::e2e {

// Lines without trailing spaces, without the empty ones at the end.
struct Picture {
  std::vector<std::string> lines;
  std::vector<std::string> unwrapped;  // those that the terminal wrapped are one here
};

class Tmux {
 public:
  Tmux(const Environment& environment, int columns, int rows, const std::string& record);
  ~Tmux();
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  // Keys by tmux's names: "C-c", "Enter", or text.
  void Type(const std::vector<std::string>& keys);
  void Resize(int columns, int rows);
  // As it is now, be it in the middle of a frame: tmux 3.3 does not know synchronized updates (mode 2026), and may have
  // taken in a line's clearing but not its text. Who awaits a picture looks again; what must not be seen at any time is
  // looked for in Bytes().
  Picture Look();
  std::vector<std::string> Screen() { return Look().lines; }
  // A format of tmux: "#{history_size}", "#{cursor_flag}", "#{alternate_on}", "#{wrap_flag}".
  std::string Value(const std::string& format);
  // Every byte that was written to the terminal so far.
  std::string Bytes() const;

 private:
  CommandResult Run(std::vector<std::string> arguments);

  const Environment environment_;
  const std::string socket_;
  const std::string record_;
};

// How many columns a text takes, counting what the plugin prints besides ASCII as one each.
size_t Columns(const std::string& line);

}  // namespace muster::e2e
