// kubectl workload wait: blocks until something is true of every workload named, with a progress line on a terminal.
#include <algorithm>
#include <utility>

#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/selection.h"
#include "kubectl-plugin/cmd/status_feed.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/wait_state.h"
#include "lib/client/go_duration.h"

namespace muster::plugin {
namespace {

struct Wish {
  WaitFor wanted = WaitFor::kReady;
  std::string word;     // "ready"
  Duration timeout{0};  // 0: for ever
};

Result<Wish> WishOf(const Options& options) {
  Wish wish;
  const std::optional<WaitFor> wanted = WaitForOf(options.wait_for);
  if (!wanted) {
    return MakeError(Code::kInvalid,
                     "--for=" + options.wait_for + ": use one of ready, admitted, complete, rolled-out");
  }
  wish.wanted = *wanted;
  wish.word = options.wait_for == "rolled-out" ? "rolled out" : options.wait_for;
  if (options.timeout.empty()) return wish;
  const std::optional<Duration> timeout = client::ParseTimeout(options.timeout);
  if (!timeout) return MakeError(Code::kInvalid, "--timeout=" + options.timeout + ": use a time such as 30s or 5m");
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
    session_.OutBytes("\r\x1b[2K" + PrintLine({{text, Tone::kFaint}}, paper));
    shown_ = text;
  }
  void Clear() {
    if (!shown_.empty()) session_.OutBytes("\r\x1b[2K");
    shown_.clear();
  }

 private:
  Session& session_;
  std::string shown_;
};

// What is waited for: the workloads that were there at the beginning.
struct Awaited {
  api::Key key;
  bool came_true = false;  // when last seen
};

// What came of one look at all of them.
struct Look {
  std::optional<WorkloadView> pending;  // the first that is not done
  std::optional<WorkloadView> never;    // the first that cannot be any more
  std::vector<WorkloadView> done;
  std::vector<api::Key> gone;  // not there, and it had not come true
};

Look LookAt(std::vector<WorkloadView> views, WaitFor wanted, std::vector<Awaited>& awaited) {
  Look look;
  for (Awaited& one : awaited) {
    const auto found =
        std::find_if(views.begin(), views.end(), [&one](const WorkloadView& view) { return view.key == one.key; });
    if (found == views.end()) {
      // A finished workload may be cleared away while others are waited for: it has been complete.
      if (!one.came_true || wanted != WaitFor::kComplete) look.gone.push_back(one.key);
      continue;
    }
    const WaitState state = StateOfWait(*found, wanted);
    one.came_true = state == WaitState::kDone;
    if (state == WaitState::kNever && !look.never) look.never = *found;
    if (state == WaitState::kNotYet && !look.pending) look.pending = *found;
    if (state == WaitState::kDone) look.done.push_back(std::move(*found));
  }
  return look;
}

class Waiting {
 public:
  Waiting(Session& session, StatusFeed& feed, const Wish& wish, const OutputFormat& format,
          std::vector<Awaited> awaited)
      : session_(session),
        feed_(feed),
        wish_(wish),
        format_(format),
        awaited_(std::move(awaited)),
        progress_(session) {}

  int Block() {
    const runtime::Clock& clock = *session_.world().clock;
    const Instant began = clock.Now();
    for (;;) {
      const Look look = LookAt(ViewsOf(feed_.Reading(), session_.Now()), wish_.wanted, awaited_);
      const Duration waited = clock.Now() - began;
      if (const std::optional<int> code = End(look, waited)) return *code;
      Report(look, waited);
      const Duration left = wish_.timeout.count() > 0 ? wish_.timeout - waited : Duration(std::chrono::seconds(1));
      if (session_.world().events->Wait(std::min(left, Duration(std::chrono::seconds(1)))) == Event::kInterrupt) {
        return kExitInterrupted;
      }
    }
  }

 private:
  int Fail(Exit code, const std::string& text) {
    progress_.Clear();
    session_.Fail(text);
    return code;
  }

  // The exit code when there is nothing more to wait for.
  std::optional<int> End(const Look& look, Duration waited) {
    for (const api::Key& key : look.gone) {
      if (const std::optional<int> code = Gone(key)) return code;
    }
    if (look.never) {
      return Fail(kExitFailed, "workload " + look.never->key.Text() + " will not be " + wish_.word + ": " +
                                   look.never->verdict.Text() + "; see kubectl workload explain " +
                                   look.never->key.name + " -n " + look.never->key.ns);
    }
    if (!look.pending) {
      progress_.Clear();
      SayDone(look);
      return kExitOk;
    }
    if (wish_.timeout.count() > 0 && waited >= wish_.timeout) {
      return Fail(kExitTimeout, "timed out after " + FormatAge(wish_.timeout) + ": " + StateText(look) + NotUpToDate());
    }
    return std::nullopt;
  }

  void SayDone(const Look& look) {
    if (!format_.is_picture() && !format_.is_name()) return session_.OutBytes(format_.Print(StatusJson(look.done)));
    for (const Awaited& one : awaited_) {
      const std::string name = std::string(PrintedKind(TargetKind::kWorkload)) + "/" + one.key.name;
      session_.OutLine(format_.is_name() ? name : DoneText(one.key, wish_.wanted));
    }
  }

  // Deleted, or no longer chosen by -l: the watch tells both alike.
  std::optional<int> Gone(const api::Key& key) {
    const std::string subject = "workload " + key.Text();
    if (!session_.options().selector.empty()) {
      const Result<json::Value> now = (*session_.reader())->Get(api::kWorkloads, key);
      if (!now.has_value() && now.error().code != Code::kNotFound) return session_.Fail(now.error());
      if (now.has_value()) return Unchosen(key, subject);
    }
    return Fail(kExitFailed, subject + " will not be " + wish_.word +
                                 ": it has been deleted; to list the others: kubectl workload get -n " + key.ns);
  }

  std::optional<int> Unchosen(const api::Key& key, const std::string& subject) {
    std::erase_if(awaited_, [&key](const Awaited& one) { return one.key == key; });
    Fail(kExitError,
         subject + " is no longer waited for: -l " + session_.options().selector + " no longer matches its labels");
    return awaited_.empty() ? std::optional<int>(kExitFailed) : std::nullopt;
  }

  void Report(const Look& look, Duration waited) {
    const std::string trouble = feed_.Trouble();
    progress_.Show(StateText(look) + " (" + FormatAge(waited) + ")" + NotUpToDate());
    if (!session_.world().terminal.is_terminal) teller_.Tell(session_, trouble);
  }

  std::string StateText(const Look& look) const {
    const std::string done = awaited_.size() > 1 ? std::to_string(look.done.size()) + " of " +
                                                       std::to_string(awaited_.size()) + " " + wish_.word + "; "
                                                 : "";
    return done + look.pending->key.Text() + " is " + look.pending->verdict.Text();
  }

  std::string NotUpToDate() const {
    const std::string trouble = feed_.Trouble();
    return trouble.empty() ? "" : "; not up to date: " + trouble;
  }

  Session& session_;
  StatusFeed& feed_;
  const Wish& wish_;
  const OutputFormat& format_;
  std::vector<Awaited> awaited_;
  Progress progress_;
  TroubleTeller teller_;
};

}  // namespace

int RunWait(Session& session) {
  const Options& options = session.options();
  if (options.names.empty() && options.selector.empty()) {
    return session.Fail("wait needs a NAME or -l SELECTOR");
  }
  const Result<OutputFormat> format = OutputFormat::Of(options);
  if (!format.has_value()) return session.Fail(format.error());
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
  std::vector<Awaited> awaited;
  for (const api::Workload& workload : reading->workloads) awaited.push_back({workload.meta.key()});
  StatusFeed feed(session, std::move(*reading), std::move(*names));
  feed.Start();
  return Waiting(session, feed, *wish, *format, std::move(awaited)).Block();
}

}  // namespace muster::plugin
