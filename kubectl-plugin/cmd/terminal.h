// The terminal: what it can do, how large it is, and what the user does to it (resize, Ctrl-C). Layer: plugin cmd.
// Terminal is a value; ReadTerminal asks the process. SignalEvents owns the process's signal handlers while it lives.
#pragma once

#include <termios.h>

#include <optional>
#include <string_view>

#include "kubectl-plugin/core/page.h"
#include "lib/base/time.h"

namespace muster::plugin {

struct Terminal {
  bool is_terminal = false;  // standard output
  size_t width = 80;
  size_t rows = 24;
  bool no_color = false;     // NO_COLOR is set and not empty, or TERM=dumb
  bool force_color = false;  // FORCE_COLOR is set and not empty
  bool can_move = true;      // not TERM=dumb: a live picture can be redrawn in place
  bool utf8 = true;
};

Terminal ReadTerminal();
// `color` is auto, always or never. Width and rows are those of a terminal; elsewhere lines are as long as they want.
Paper PaperFor(const Terminal& terminal, std::string_view color);

enum class Event { kTimeout, kWake, kResize, kInterrupt };

// What a live picture waits for.
class Events {
 public:
  virtual ~Events() = default;
  // Blocks until something happens or `longest` has passed.
  virtual Event Wait(Duration longest) = 0;
  // Makes Wait return kWake; safe from any thread.
  virtual void Wake() = 0;
  // The size of the terminal after a resize.
  virtual Terminal Resized(const Terminal& before) = 0;
  // While a live picture is shown, what is typed must not disturb it: nothing is echoed, q is Ctrl-C, and there is no
  // stopping in the middle of it (Ctrl-Z, Ctrl-\). Given back, the terminal is as it was, without what was typed.
  virtual void TakeKeyboard() {}
  virtual void GiveBackKeyboard() {}
};

class SignalEvents final : public Events {
 public:
  SignalEvents();
  ~SignalEvents() override;
  SignalEvents(const SignalEvents&) = delete;
  SignalEvents& operator=(const SignalEvents&) = delete;

  Event Wait(Duration longest) override;
  void Wake() override;
  Terminal Resized(const Terminal& before) override;
  void TakeKeyboard() override;
  void GiveBackKeyboard() override;

 private:
  void Listen();
  bool QuitWasTyped() const;
  std::optional<termios> keyboard_;  // as it was; while it is taken
  bool listening_ = false;
  int pipe_[2] = {-1, -1};
};

}  // namespace muster::plugin
