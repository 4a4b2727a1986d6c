#include "kubectl-plugin/cmd/status_watch.h"

#include <algorithm>
#include <map>
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
  return "workloads.muster.dev \"" + names.front() + "\" was deleted";
}

int WatchOnTerminal(Session& session, StatusFeed& feed, const std::vector<std::string>& names) {
  Events& events = *session.world().events;
  const runtime::Clock& clock = *session.world().clock;
  LivePicture picture;
  events.TakeKeyboard();
  session.Out(LivePicture::Begin());
  int code = kExitInterrupted;
  for (Event event = Event::kWake; event != Event::kInterrupt;) {
    if (event == Event::kResize) {
      session.world().terminal = events.Resized(session.world().terminal);
      picture.Forget();
    }
    const std::vector<WorkloadView> views = ViewsOf(feed.Reading(), session.Now());
    if (views.empty() && names.size() == 1) {
      code = kExitError;
      break;
    }
    Paper paper = session.paper();
    paper.rows = std::max<size_t>(1, session.world().terminal.rows);
    const std::string bytes = picture.Next(Print(PictureOf(views, feed.Trouble(), paper, session.Now()), paper));
    if (!bytes.empty()) session.Out(bytes);
    event = WaitForFrame(events, clock, clock.Now());
  }
  session.Out(picture.End());
  events.GiveBackKeyboard();
  return code == kExitError ? session.Fail(DeletedText(names)) : code;
}

int WatchAsLines(Session& session, StatusFeed& feed, const std::vector<std::string>& names) {
  std::vector<WorkloadView> views = ViewsOf(feed.Reading(), session.Now());
  session.Out(RenderStatuses(views, session.paper(), session.Now()));
  std::map<api::Key, std::string> said;
  for (const WorkloadView& workload : views) {
    for (const GroupView& group : workload.groups) said[group.key] = GroupChange(group);
  }
  std::string trouble;
  while (session.world().events->Wait(std::chrono::minutes(1)) != Event::kInterrupt) {
    if (const std::string now = feed.Trouble(); now != trouble) {
      (void)session.Fail(now.empty() ? "up to date again" : "not up to date: " + now);
      trouble = now;
    }
    views = ViewsOf(feed.Reading(), session.Now());
    if (views.empty() && names.size() == 1) return session.Fail(DeletedText(names));
    for (const WorkloadView& workload : views) {
      for (const GroupView& group : workload.groups) {
        std::string line = GroupChange(group);
        if (said[group.key] == line) continue;
        session.Out(FormatTime(session.Now()) + "  " + line + "\n");
        said[group.key] = std::move(line);
      }
    }
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
