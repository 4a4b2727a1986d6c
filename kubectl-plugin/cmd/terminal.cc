#include "kubectl-plugin/cmd/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

namespace muster::plugin {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The first of LC_ALL, LC_CTYPE, LANG that says something decides, as in setlocale(3).
bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = Variable(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(), [](char c) { return static_cast<char>(::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

void ReadSize(Terminal& terminal) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
    terminal.rows = size.ws_row;
  }
}

// The handlers' end of the pipe; one SignalEvents at a time.
volatile sig_atomic_t g_pipe = -1;

void OnSignal(int signal) {
  const int saved = errno;
  const char byte = signal == SIGWINCH ? 'r' : 'i';
  if (g_pipe >= 0) [[maybe_unused]]
    const ssize_t written = ::write(g_pipe, &byte, 1);
  errno = saved;
}

}  // namespace

Terminal ReadTerminal() {
  Terminal terminal;
  terminal.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  const bool dumb = Variable("TERM") == "dumb";
  terminal.no_color = !Variable("NO_COLOR").empty() || dumb;
  terminal.force_color = !Variable("FORCE_COLOR").empty();
  terminal.can_move = !dumb;
  terminal.utf8 = LocaleIsUtf8();
  if (terminal.is_terminal) ReadSize(terminal);
  return terminal;
}

Paper PaperFor(const Terminal& terminal, std::string_view color) {
  Paper paper;
  if (terminal.is_terminal) paper.width = terminal.width;
  paper.glyphs = terminal.utf8 ? Glyphs::kUnicode : Glyphs::kAscii;
  const bool wanted =
      color == "always" || (color == "auto" && !terminal.no_color && (terminal.is_terminal || terminal.force_color));
  paper.color = wanted ? Color::kAlways : Color::kNever;
  return paper;
}

SignalEvents::SignalEvents() {
  if (::pipe(pipe_) != 0) return;
  for (const int end : pipe_) {
    ::fcntl(end, F_SETFL, O_NONBLOCK);
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
  }
}

SignalEvents::~SignalEvents() {
  GiveBackKeyboard();
  if (listening_) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) ::signal(signal, SIG_DFL);
  }
  g_pipe = -1;
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

// Only a live picture takes the signals over: everything else ends on Ctrl-C as any program does.
void SignalEvents::Listen() {
  if (listening_) return;
  listening_ = true;
  g_pipe = pipe_[1];
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) ::sigaction(signal, &action, nullptr);
}

Event SignalEvents::Wait(Duration longest) {
  Listen();
  pollfd readable[] = {{pipe_[0], POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  const nfds_t watched = keyboard_ ? 2 : 1;
  if (::poll(readable, watched, static_cast<int>(std::max<int64_t>(0, longest.count()))) <= 0) return Event::kTimeout;
  if (watched == 2 && readable[1].revents != 0 && QuitWasTyped()) return Event::kInterrupt;
  char bytes[64];
  const ssize_t got = ::read(pipe_[0], bytes, sizeof bytes);
  const std::string_view seen(bytes, got > 0 ? static_cast<size_t>(got) : 0);
  if (seen.find('i') != std::string_view::npos) return Event::kInterrupt;
  return seen.find('r') != std::string_view::npos ? Event::kResize : Event::kWake;
}

void SignalEvents::TakeKeyboard() {
  termios before{};
  if (keyboard_ || ::tcgetattr(STDIN_FILENO, &before) != 0) return;  // not a terminal
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
  quiet.c_cc[VMIN] = 0;  // a read takes what is there
  quiet.c_cc[VTIME] = 0;
  quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
  quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
  if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet) == 0) keyboard_ = before;
}

void SignalEvents::GiveBackKeyboard() {
  if (keyboard_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*keyboard_);
  keyboard_.reset();
}

// Takes what was typed.
bool SignalEvents::QuitWasTyped() const {
  char typed[64];
  const ssize_t got = ::read(STDIN_FILENO, typed, sizeof typed);
  return got > 0 && std::string_view(typed, static_cast<size_t>(got)).find('q') != std::string_view::npos;
}

void SignalEvents::Wake() {
  const char byte = 'w';
  [[maybe_unused]] const ssize_t written = ::write(pipe_[1], &byte, 1);
}

Terminal SignalEvents::Resized(const Terminal& before) {
  Terminal now = before;
  ReadSize(now);
  return now;
}

}  // namespace muster::plugin
