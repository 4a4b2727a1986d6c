// kubectl workload wait: blocks until something is true of every workload named, with a progress line on a terminal.
#include <algorithm>
#include <utility>

#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/status_feed.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/safe_text.h"
#include "kubectl-plugin/core/wait_state.h"
#include "lib/client/go_duration.h"

namespace muster::plugin {
namespace {

struct Wish {
  WaitFor wanted = WaitFor::kReady;
  Duration timeout{0};  // 0: for ever
};

Result<Wish> WishOf(const Options& options) {
  Wish wish;
  const std::optional<WaitFor> wanted = WaitForOf(options.wait_for);
  if (!wanted) {
    return MakeError(Code::kInvalid,
                     "--for=" + SafeText(options.wait_for) + ": it is one of ready, admitted, complete, rolled-out");
  }
  wish.wanted = *wanted;
  if (options.timeout.empty()) return wish;
  const std::optional<Duration> timeout = client::ParseTimeout(options.timeout);
  if (!timeout) return MakeError(Code::kInvalid, "--timeout=" + SafeText(options.timeout) + ": not a time; 30s, 5m");
  wish.timeout = *timeout;
  return wish;
}

class Progress {
 public:
  explicit Progress(Session& session) : session_(session) {}
  ~Progress() { Clear(); }
  void Show(const std::string& text) {
    if (!session_.world().terminal.is_terminal || !session_.world().terminal.can_move || text == shown_) return;
    Paper paper = session_.paper();
    session_.Out("\r\x1b[2K" + PrintLine({{text, Tone::kFaint}}, paper));
    shown_ = text;
  }
  // Where there is no progress to be seen: what somebody reading the log must know.
  void Tell(const std::string& text) {
    if (session_.world().terminal.is_terminal) return;
    (void)session_.Fail(text);
  }
  void Clear() {
    if (!shown_.empty()) session_.Out("\r\x1b[2K");
    shown_.clear();
  }

 private:
  Session& session_;
  std::string shown_;
};

// What came of one look at all of them.
struct Look {
  const WorkloadView* pending = nullptr;  // the first that is not done
  const WorkloadView* never = nullptr;
};

Look LookAt(const std::vector<WorkloadView>& views, WaitFor wanted) {
  Look look;
  for (const WorkloadView& view : views) {
    const WaitState state = StateOfWait(view, wanted);
    if (state == WaitState::kNever && look.never == nullptr) look.never = &view;
    if (state == WaitState::kNotYet && look.pending == nullptr) look.pending = &view;
  }
  return look;
}

int Block(Session& session, StatusFeed& feed, const Wish& wish, size_t names) {
  const runtime::Clock& clock = *session.world().clock;
  const Instant began = clock.Now();
  Progress progress(session);
  std::string told;
  for (;;) {
    const std::vector<WorkloadView> views = ViewsOf(feed.Reading(), session.Now());
    if (views.empty() || views.size() < names) {
      progress.Clear();
      session.Fail("a workload that was waited for has been deleted");
      return kExitFailed;
    }
    const Look look = LookAt(views, wish.wanted);
    const Duration waited = clock.Now() - began;
    if (look.never != nullptr) {
      progress.Clear();
      session.Fail("workload " + look.never->key.Text() + " will not be: " + look.never->verdict.Text() +
                   "; see kubectl workload explain " + look.never->key.name + " -n " + look.never->key.ns);
      return kExitFailed;
    }
    if (look.pending == nullptr) {
      progress.Clear();
      for (const WorkloadView& view : views) session.Out(DoneText(view, wish.wanted) + "\n");
      return kExitOk;
    }
    const std::string now = look.pending->key.Text() + " is " + look.pending->verdict.Text();
    const std::string trouble = feed.Trouble();
    const std::string not_up_to_date = trouble.empty() ? "" : "; not up to date: " + trouble;
    if (wish.timeout.count() > 0 && waited >= wish.timeout) {
      progress.Clear();
      session.Fail("timed out after " + FormatAge(wish.timeout) + ": " + now + not_up_to_date);
      return kExitTimeout;
    }
    progress.Show(now + " (" + FormatAge(waited) + ")" + not_up_to_date);
    if (trouble != told) progress.Tell(trouble.empty() ? "up to date again" : "not up to date: " + trouble);
    told = trouble;
    const Duration left = wish.timeout.count() > 0 ? wish.timeout - waited : Duration(std::chrono::seconds(1));
    if (session.world().events->Wait(std::min(left, Duration(std::chrono::seconds(1)))) == Event::kInterrupt) {
      return kExitInterrupted;
    }
  }
}

}  // namespace

int RunWait(Session& session) {
  const Options& options = session.options();
  if (options.names.empty() && options.selector.empty()) {
    return session.Fail("wait for what? give a NAME or -l SELECTOR");
  }
  const Result<Wish> wish = WishOf(options);
  if (!wish.has_value()) return session.Fail(wish.error());
  Result<std::vector<std::string>> names = WorkloadNames(options, "wait");
  if (!names.has_value()) return session.Fail(names.error());
  std::vector<Error> missing;
  Result<StatusReading> reading = ReadStatus(session, *names, missing);
  if (!reading.has_value()) return session.Fail(reading.error());
  for (const Error& error : missing) session.Fail(error);
  if (!missing.empty()) return kExitError;
  if (reading->workloads.empty()) return session.Fail("no workload matches -l " + options.selector);
  const size_t count = names->size();
  StatusFeed feed(session, std::move(*reading), std::move(*names));
  feed.Start();
  return Block(session, feed, *wish, count);
}

}  // namespace muster::plugin
