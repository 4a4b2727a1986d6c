// ListWatch: the state machine that keeps a store equal to the server's state of one resource. Layer: engine. Pure: it
// says which request comes next and takes the answers; time and random numbers are handed in; runtime::WatchLoop sends.
//
//   state          asks                  on success               on failure
//   kInitialWatch  WatchList             kWatching, same stream   refused 400/422: kListing for good;
//                                                                 broken 3 times: kListing this once;
//                                                                 else again after backoff
//   kListing       a page of a list      next page, at last       410 (token expired): from the first page after
//                                        kWatching                backoff; too large an answer: smaller pages;
//                                                                 else the same page again after backoff
//   kWatching      watch after the last  the same at once         410 in either form: relist, at first at once;
//                  version                                        broken: the same after backoff; 2 silent watches or
//                                                                 5 refused ones in a row: relist
//
// A stream in protobuf that is refused (406) or cannot be understood is asked for in JSON from then on.
//
// "Relist" is kInitialWatch, or kListing where WatchList was refused; both read consistently (resourceVersion unset),
// so the store never goes back in time. 429 waits for Retry-After, then goes on as before. Two silent watches mean a
// dead peer, or a version that the server has not reached because it was restored from a backup: it answers such a
// watch with silence.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lib/engine/backoff.h"
#include "lib/wire/http.h"
#include "lib/wire/watch.h"

namespace muster::engine {

// Where the objects go. Between BeginReplace and EndReplace come all objects there are, in no particular order; a
// replacement that failed is followed by another BeginReplace.
class ListWatchSink {
 public:
  virtual ~ListWatchSink() = default;
  virtual void BeginReplace() = 0;
  virtual void Upsert(const json::Value& object) = 0;
  virtual void Remove(const json::Value& object) = 0;
  // Everything up to this version has been told, though no object changed.
  virtual void Bookmark(const std::string& resource_version) = 0;
  virtual void EndReplace(const std::string& resource_version) = 0;
};

// The time (of a clock that never jumps) and a random number in [0, 1).
struct Moment {
  Instant now;
  double random = 0;
};

class ListWatch {
 public:
  struct Options {
    wire::WatchScope scope;
    int page_limit = 500;
    std::chrono::seconds shortest_watch{300};
    std::chrono::seconds longest_watch{600};
    Duration silence{90'000};
    Backoff::Options backoff{};
    bool watch_list = true;  // false: never try sendInitialEvents
  };
  enum class State { kInitialWatch, kListing, kWatching };

  // What the driver does next: wait and ask Next again; Send, then OnPage; Stream into OnLine, then OnStreamEnd.
  struct Wait {
    Duration duration;
  };
  struct Fetch {
    wire::Request request;
  };
  struct Stream {
    wire::Request request;
  };
  using Step = std::variant<Wait, Fetch, Stream>;

  explicit ListWatch(Options options);

  Step Next(Moment at);
  // Each of these returns the failure, if it was one, for the driver to log; the machine has already acted on it.
  std::optional<Error> OnPage(const Result<wire::Response>& answer, Moment at, ListWatchSink& sink);
  std::optional<Error> OnStreamEnd(const Result<wire::Response>& answer, Moment at);
  // One line (or frame) of the stream; false: close the stream (OnStreamEnd then tells why).
  bool OnLine(std::string_view line, ListWatchSink& sink);

  State state() const { return state_; }
  bool watch_list_refused() const { return !watch_list_; }
  const std::string& resource_version() const { return resource_version_; }

 private:
  void Relist();
  void Listed();
  bool OnEvent(const wire::WatchEvent& event, ListWatchSink& sink);
  void OnBookmark(const wire::WatchEvent& event, ListWatchSink& sink);
  std::optional<Error> OnItems(const wire::ListPage& page, Moment at, ListWatchSink& sink);
  void OnPageFailure(const Error& error, Moment at);
  void OnInitialWatchFailure(const Error& error, int status);
  void OnWatchFailure(const Error& error, bool answered);
  void Delay(const Error& error, Moment at);
  bool FallsBackToJson(const Error& error, const Result<wire::Response>& answer);
  std::optional<Error> EndOfStream(const Result<wire::Response>& answer, Moment at) const;

  Options options_;
  bool watch_list_;
  State state_;
  Backoff backoff_;
  Instant not_before_ = Instant::min();

  std::string resource_version_;  // of the last event, bookmark or list; where the next watch begins
  std::string continue_token_;    // kListing: of the next page
  int page_limit_;
  bool replacing_ = false;  // BeginReplace has been called for the list in hand

  Instant stream_began_{};
  bool heard_ = false;                   // this stream delivered a line
  std::optional<Error> stream_failure_;  // what OnLine closed the stream for
  int broken_initial_watches_ = 0;       // in a row
  int silent_watches_ = 0;               // in a row
  int refused_watches_ = 0;              // in a row, by an answer of the server
  int gone_watches_ = 0;                 // answered 410 since one was last heard
};

}  // namespace muster::engine
