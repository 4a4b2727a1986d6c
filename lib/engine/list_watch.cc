#include "lib/engine/list_watch.h"

#include <algorithm>
#include <utility>

#include "lib/wire/protobuf_watch.h"
#include "lib/wire/status.h"

namespace muster::engine {
namespace {

constexpr int kBrokenInitialWatchesMax = 3;
constexpr int kSilentWatchesMax = 2;
constexpr int kRefusedWatchesMax = 5;
constexpr int kQuickRelistsMax = 3;
constexpr int kPageLimitMax = 10'000;
constexpr Duration kRetryAfterMax = std::chrono::minutes(2);  // whatever a server asks for, we look again by then
constexpr size_t kSmallPage = wire::kPageBytesMax / 8;
constexpr Duration kShortWatch = std::chrono::seconds(1);

}  // namespace

ListWatch::ListWatch(Options options)
    : options_(std::move(options)),
      watch_list_(options_.watch_list),
      state_(watch_list_ ? State::kInitialWatch : State::kListing),
      backoff_(options_.backoff),
      page_limit_(options_.page_limit) {}

ListWatch::Step ListWatch::Next(Moment at) {
  if (at.now < not_before_) return Wait{not_before_ - at.now};
  if (state_ == State::kListing) return Fetch{wire::ListRequest(options_.scope, page_limit_, continue_token_)};
  // All informers of all operators would come back at once, were the lengths not random.
  const auto spread = options_.longest_watch - options_.shortest_watch;
  const std::chrono::seconds extra(static_cast<int64_t>(static_cast<double>(spread.count()) * at.random));
  const wire::WatchLimits limits{.length = options_.shortest_watch + extra, .silence = options_.silence};
  stream_began_ = at.now;
  stream_failure_.reset();
  heard_ = false;
  replacing_ = false;
  if (state_ == State::kInitialWatch) return Stream{wire::WatchListRequest(options_.scope, limits)};
  return Stream{wire::WatchRequest(options_.scope, resource_version_, limits)};
}

void ListWatch::Relist() {
  state_ = watch_list_ ? State::kInitialWatch : State::kListing;
  continue_token_.clear();
  replacing_ = false;
  silent_watches_ = 0;
  refused_watches_ = 0;
}

// The server is well again: its next outage is another one, and no reason to stay away for as long as from a long one.
// But where every watch is answered 410, lists alone are no sign of health.
void ListWatch::Listed() {
  state_ = State::kWatching;
  if (gone_watches_ < kQuickRelistsMax) backoff_.Reset();
}

// The one place that decides when to try again after a failure.
void ListWatch::Delay(const Error& error, Moment at) {
  if (error.code == Code::kThrottled && error.retry_after) {
    not_before_ = at.now + std::min<Duration>(*error.retry_after, kRetryAfterMax);
  } else {
    not_before_ = at.now + backoff_.Next(at.now, at.random);
  }
}

std::optional<Error> ListWatch::OnPage(const Result<wire::Response>& answer, Moment at, ListWatchSink& sink) {
  Error error;
  if (!answer.has_value()) {
    error = answer.error();
  } else if (!wire::IsSuccess(*answer)) {
    error = wire::RefusalError(wire::DecodeRefusal(*answer));
  } else if (const Result<wire::ListPage> page = wire::ParseListPage(answer->body); !page.has_value()) {
    error = page.error();
  } else {
    return OnItems(*page, at, sink);
  }
  OnPageFailure(error, at);
  return error;
}

// One object at a time: parsed, all of them would take many times the room of their text. A page that ends in an error
// is asked for again; to hear of its first objects twice does no harm.
std::optional<Error> ListWatch::OnItems(const wire::ListPage& page, Moment at, ListWatchSink& sink) {
  if (!std::exchange(replacing_, true)) sink.BeginReplace();
  size_t bytes = 0;
  for (const std::string_view text : page.items) {
    const Result<json::Value> item = wire::ParseListItem(text, options_.scope.bulk);
    if (!item.has_value()) {
      OnPageFailure(item.error(), at);
      return item.error();
    }
    sink.Upsert(*item);
    bytes += text.size();
  }
  // Pages became small because objects were large: these are not.
  if (bytes < kSmallPage) page_limit_ = std::max(page_limit_, std::min(page_limit_ * 2, options_.page_limit));
  continue_token_ = page.continue_token;
  if (!continue_token_.empty()) return std::nullopt;
  resource_version_ = page.resource_version;
  Listed();
  sink.EndReplace(resource_version_);
  return std::nullopt;
}

void ListWatch::OnPageFailure(const Error& error, Moment at) {
  Delay(error, at);
  if (error.code == Code::kDecode) page_limit_ = std::max(1, page_limit_ / 4);
  if (error.code == Code::kGone) {
    // The list took longer than the server keeps old versions. Fewer, larger pages are quicker.
    page_limit_ = std::min(kPageLimitMax, page_limit_ * 4);
    Relist();
  } else if (error.code == Code::kInvalid && !continue_token_.empty()) {
    Relist();  // a token this server does not know
  }
}

bool ListWatch::OnLine(std::string_view line, ListWatchSink& sink) {
  const Result<wire::WatchEvent> event = options_.scope.encoding == wire::WatchScope::Encoding::kProtobuf
                                             ? wire::ParseProtobufEvent(line)
                                             : wire::ParseWatchEvent(line, options_.scope.bulk);
  if (!event.has_value()) {
    stream_failure_ = event.error();
    return false;
  }
  return OnEvent(*event, sink);
}

bool ListWatch::OnEvent(const wire::WatchEvent& event, ListWatchSink& sink) {
  if (event.type == wire::WatchEvent::Type::kError) {
    stream_failure_ = event.error;
    return false;
  }
  heard_ = true;
  silent_watches_ = 0;
  refused_watches_ = 0;
  if (state_ == State::kWatching) {
    backoff_.Reset();
    gone_watches_ = 0;
  }
  if (state_ == State::kInitialWatch && !std::exchange(replacing_, true)) sink.BeginReplace();
  switch (event.type) {
    case wire::WatchEvent::Type::kAdded:
    case wire::WatchEvent::Type::kModified:
      sink.Upsert(event.object);
      break;
    case wire::WatchEvent::Type::kDeleted:
      sink.Remove(event.object);
      break;
    case wire::WatchEvent::Type::kBookmark:
      OnBookmark(event, sink);
      return true;
    case wire::WatchEvent::Type::kError:
      return false;
  }
  // Initial events come in the order of names: only their end tells a version to go on from.
  if (state_ == State::kWatching) resource_version_ = event.object["metadata"]["resourceVersion"].Text();
  return true;
}

void ListWatch::OnBookmark(const wire::WatchEvent& event, ListWatchSink& sink) {
  const std::string& version = event.object["metadata"]["resourceVersion"].Text();
  if (state_ == State::kWatching) {
    resource_version_ = version;
    sink.Bookmark(version);
  } else if (event.initial_events_end) {
    resource_version_ = version;
    broken_initial_watches_ = 0;
    Listed();
    sink.EndReplace(version);
  }
}

// Why the stream is no more; nullopt when that is in order.
std::optional<Error> ListWatch::EndOfStream(const Result<wire::Response>& answer, Moment at) const {
  if (stream_failure_) return stream_failure_;
  if (!answer.has_value()) return answer.error();
  if (!wire::IsSuccess(*answer)) return wire::RefusalError(wire::DecodeRefusal(*answer));
  if (state_ == State::kInitialWatch) {
    return MakeError(Code::kUnavailable, "the watch ended before all that is there had been sent");
  }
  // A server that ends every watch at once must not be asked in a tight loop.
  if (!heard_ && at.now - stream_began_ < kShortWatch) {
    return MakeError(Code::kUnavailable, "the watch ended at once, without an event");
  }
  return std::nullopt;
}

bool ListWatch::FallsBackToJson(const Error& error, const Result<wire::Response>& answer) {
  constexpr int kNotAcceptable = 406;
  const bool refused = answer.has_value() && answer->status == kNotAcceptable;
  if (options_.scope.encoding == wire::WatchScope::Encoding::kJson) return false;
  if (!refused && error.code != Code::kDecode) return false;
  options_.scope.encoding = wire::WatchScope::Encoding::kJson;
  not_before_ = Instant::min();
  return true;
}

std::optional<Error> ListWatch::OnStreamEnd(const Result<wire::Response>& answer, Moment at) {
  const std::optional<Error> error = EndOfStream(answer, at);
  if (!error) return error;
  if (FallsBackToJson(*error, answer)) return error;
  Delay(*error, at);
  if (state_ == State::kInitialWatch) {
    OnInitialWatchFailure(*error, answer.has_value() ? answer->status : 0);
  } else {
    OnWatchFailure(*error, answer.has_value());
  }
  return error;
}

void ListWatch::OnInitialWatchFailure(const Error& error, int status) {
  if (status == 400 || status == 422) {
    watch_list_ = false;
    not_before_ = Instant::min();
    Relist();
    return;
  }
  // A server that is merely not there will take the same request when it is back.
  const bool broken = heard_ || error.code == Code::kTimeout;
  if (broken && ++broken_initial_watches_ >= kBrokenInitialWatchesMax) {
    broken_initial_watches_ = 0;  // something between us and the server cuts long answers: pages are short
    Relist();
    state_ = State::kListing;
  }
}

void ListWatch::OnWatchFailure(const Error& error, bool answered) {
  if (error.code == Code::kGone) {
    if (++gone_watches_ < kQuickRelistsMax)
      not_before_ = Instant::min();  // an orderly answer of a server that is there
    return Relist();
  }
  if (error.code == Code::kThrottled) return;
  if (error.code == Code::kTimeout && !answered) {
    not_before_ = Instant::min();  // the silence was wait enough
    if (!heard_ && ++silent_watches_ >= kSilentWatchesMax) Relist();
    return;
  }
  // A server that is down or unreachable gives no answer: when it is back, the watch can go on where it was.
  if (answered && ++refused_watches_ >= kRefusedWatchesMax) Relist();
}

}  // namespace muster::engine
