#include "kubectl-plugin/cmd/status_watch.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/live.h"
#include "kubectl-plugin/core/status_text.h"

namespace muster::plugin {
namespace {

constexpr Duration kShortestFrame = std::chrono::milliseconds(200);
constexpr Duration kTick = std::chrono::seconds(1);

Page PictureOf(const std::vector<WorkloadView>& views, const std::string& trouble, Paper paper, Instant now) {
  const size_t rows = paper.rows;
  if (!trouble.empty() && paper.rows > 1) --paper.rows;
  Page page;
  if (views.empty()) {
    page.push_back({{"No workloads yet."}});
  } else {
    page = RenderStatuses(views, paper, now);
  }
  if (page.size() > paper.rows) page.resize(paper.rows);  // there is not even room for a header and a group
  if (!trouble.empty() && page.size() < rows) page.push_back({{"Not up to date: " + trouble, Tone::kBad}});
  return page;
}

// Waits for something to show: news are gathered until the shortest time between frames is over.
Event WaitForFrame(Events& events, const runtime::Clock& clock, Instant last_frame) {
  Event event = events.Wait(kTick);
  if (event == Event::kInterrupt) return event;
  for (;;) {
    const Duration left = kShortestFrame - (clock.Now() - last_frame);
    if (left.count() <= 0) return event;
    const Event next = events.Wait(left);
    if (next == Event::kInterrupt) return next;
    if (next == Event::kResize) event = next;
  }
}

std::string DeletedText(const std::vector<std::string>& names) {
  if (names.size() > 1) return "all workloads that were named have been deleted";
  return "workloads.muster.dev \"" + names.front() + "\" was deleted";
}

int WatchOnTerminal(Session& session, StatusFeed& feed, const std::vector<std::string>& names) {
  Events& events = *session.world().events;
  const runtime::Clock& clock = *session.world().clock;
  LivePicture picture;
  events.TakeKeyboard();
  session.OutBytes(LivePicture::Begin());
  int code = kExitInterrupted;
  for (Event event = Event::kWake; event != Event::kInterrupt;) {
    if (event == Event::kResize) {
      session.world().terminal = events.Resized(session.world().terminal);
      picture.Forget();
    }
    const std::vector<WorkloadView> views = ViewsOf(feed.Reading(), session.Now());
    if (views.empty() && !names.empty()) {
      code = kExitError;
      break;
    }
    Paper paper = session.paper();
    paper.rows = std::max<size_t>(1, session.world().terminal.rows);
    const std::string bytes = picture.Next(Print(PictureOf(views, feed.Trouble(), paper, session.Now()), paper));
    if (!bytes.empty()) session.OutBytes(bytes);
    event = WaitForFrame(events, clock, clock.Now());
  }
  session.OutBytes(picture.End());
  events.GiveBackKeyboard();
  return code == kExitError ? session.Fail(DeletedText(names)) : code;
}

// What was said of workloads and groups, line by line where the cursor cannot move.
class Lines {
 public:
  Lines(Session& session, const std::vector<WorkloadView>& shown) : session_(session) {
    for (const WorkloadView& workload : shown) {
      workloads_.insert(workload.key);
      for (const GroupView& group : workload.groups) groups_[group.key] = GroupChange(group);
    }
  }

  void Say(const std::vector<WorkloadView>& views) {
    std::set<api::Key> workloads, groups;
    for (const WorkloadView& workload : views) {
      workloads.insert(workload.key);
      for (const GroupView& group : workload.groups) {
        groups.insert(group.key);
        std::string line = GroupChange(group);
        if (groups_[group.key] == line) continue;
        Print(line);
        groups_[group.key] = std::move(line);
      }
    }
    std::erase_if(groups_, [&](const auto& said) {
      if (groups.contains(said.first)) return false;
      Print(said.first.name + "  Deleted");
      return true;
    });
    for (const api::Key& key : workloads_) {
      if (!workloads.contains(key)) Print("workload " + key.name + "  Deleted");
    }
    workloads_ = std::move(workloads);
  }

 private:
  void Print(const std::string& line) { session_.OutLine(FormatTime(session_.Now()) + "  " + line); }

  Session& session_;
  std::set<api::Key> workloads_;
  std::map<api::Key, std::string> groups_;  // what was last said
};

int WatchAsLines(Session& session, StatusFeed& feed, const std::vector<std::string>& names) {
  std::vector<WorkloadView> views = ViewsOf(feed.Reading(), session.Now());
  session.Out(RenderStatuses(views, session.paper(), session.Now()));
  Lines lines(session, views);
  TroubleTeller teller;
  while (session.world().events->Wait(std::chrono::minutes(1)) != Event::kInterrupt) {
    teller.Tell(session, feed.Trouble());
    views = ViewsOf(feed.Reading(), session.Now());
    lines.Say(views);
    if (views.empty() && !names.empty()) return session.Fail(DeletedText(names));
  }
  return kExitInterrupted;
}

}  // namespace

int WatchStatus(Session& session, StatusReading first, const std::vector<std::string>& names) {
  StatusFeed feed(session, std::move(first), names);
  feed.Start();
  const Terminal& terminal = session.world().terminal;
  return terminal.is_terminal && terminal.can_move ? WatchOnTerminal(session, feed, names)
                                                   : WatchAsLines(session, feed, names);
}

}  // namespace muster::plugin
