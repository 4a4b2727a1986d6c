#include "kubectl-plugin/cmd/feed_trouble.h"

#include <utility>

#include "lib/base/log.h"

namespace muster::plugin {

FeedTrouble::FeedTrouble(Events& events) : events_(events) {
  SetLogSink([this](LogLevel level, std::string_view message, const LogFields& fields) {
    if (level != LogLevel::kWarning && level != LogLevel::kError) return;
    std::string text(message);
    for (const LogField& field : fields) {
      if (field.key == "error") text += ": " + field.value;
    }
    {
      const std::lock_guard lock(mutex_);
      text_ = std::move(text);
    }
    events_.Wake();
  });
}

FeedTrouble::~FeedTrouble() { SetLogSink(nullptr); }

void FeedTrouble::Clear() {
  const std::lock_guard lock(mutex_);
  text_.clear();
}

std::string FeedTrouble::Text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

void TroubleTeller::Tell(Session& session, const std::string& trouble) {
  if (trouble == told_) return;
  if (trouble.empty()) {
    session.Note("connected again; the output is up to date again");
  } else {
    (void)session.Fail("not up to date: " + trouble);
  }
  told_ = trouble;
}

}  // namespace muster::plugin
