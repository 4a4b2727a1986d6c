// The stream of a watch: bytes in arbitrary pieces to lines to events, and every answer that is a refusal.
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/pod.h"
#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "lib/wire/frames.h"
#include "lib/wire/headers.h"
#include "lib/wire/lines.h"
#include "lib/wire/protobuf_watch.h"
#include "lib/wire/status.h"
#include "lib/wire/watch.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

constexpr size_t kMessageBytesMax = 500;

struct Lines {
  std::vector<std::string> lines;
  bool refused = false;
};

// Pieces are as long as the bytes of `lengths` say, in turn.
Lines Split(std::string_view stream, std::string_view lengths, size_t line_bytes_max) {
  Lines lines;
  wire::LineSplitter splitter(line_bytes_max);
  const wire::LineSink sink = [&](std::string_view line) {
    LAW(!line.empty() && line.size() <= line_bytes_max);
    LAW(line.find('\n') == std::string_view::npos);
    lines.lines.emplace_back(line);
    return true;
  };
  for (size_t i = 0; !stream.empty(); ++i) {
    const size_t wanted = lengths.empty() ? stream.size() : 1 + static_cast<unsigned char>(lengths[i % lengths.size()]);
    const std::string_view piece = stream.substr(0, wanted);
    stream.remove_prefix(piece.size());
    if (!splitter.Feed(piece, sink)) {
      lines.refused = true;
      return lines;
    }
  }
  LAW(splitter.Finish(sink).has_value());
  return lines;
}

void LawsOfError(const Error& error) {
  LAW(error.message.size() <= kMessageBytesMax);
  for (const char c : error.message) LAW(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  LAW(!error.retry_after || *error.retry_after >= Duration(0));
}

void LawsOfEvent(std::string_view line) {
  const Result<wire::WatchEvent> event = wire::ParseWatchEvent(line);
  if (!event) return;
  if (event->type == wire::WatchEvent::Type::kError) return LawsOfError(event->error);
  LAW(!wire::IdentityOf(event->object).resource_version.empty());
  LAW(!event->object["metadata"].Has("managedFields"));
}

// In protobuf: the same bytes as frames, and as one event.
void LawsOfFrames(std::string_view bytes, size_t frame_bytes_max) {
  const auto look = [](std::string_view frame) {
    const Result<wire::WatchEvent> event = wire::ParseProtobufEvent(frame);
    if (!event) return true;
    if (event->type == wire::WatchEvent::Type::kError) LawsOfError(event->error);
    if (event->type != wire::WatchEvent::Type::kError) {
      LAW(!wire::IdentityOf(event->object).resource_version.empty());
      LAW(json::Parse(json::Write(event->object)).has_value());
      (void)api::DecodePod(event->object).has_value();
    }
    return true;
  };
  (void)wire::FrameSplitter(frame_bytes_max).Feed(bytes, look).has_value();
  look(bytes);
}

void LawsOfAnswer(int status, std::string_view body) {
  const wire::Response response{.status = status, .body = std::string(body)};
  const wire::ServerRefusal refusal = wire::DecodeRefusal(response, wire::UidTested::kYes);
  LawsOfError(wire::RefusalError(refusal));
  (void)wire::DecodeObject(response).has_value();
  if (const auto page = wire::ParseListPage(body)) {
    LAW(!page->resource_version.empty());
    for (const std::string_view text : page->items) {
      if (const auto item = wire::ParseListItem(text)) (void)wire::IdentityOf(*item);
    }
  }
  if (const auto wait = wire::ParseRetryAfter(body)) LAW(*wait >= Duration(0) && *wait <= std::chrono::hours(1));
  (void)wire::ParseWarnings(body).size();
}

}  // namespace
}  // namespace muster::fuzz

// Two bytes for the longest line and the HTTP status, piece lengths up to the first line end, then the stream.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster::fuzz;
  Choices choices(data, size);
  const size_t line_bytes_max = size_t{64} << (choices.Byte() % 12U);
  const int status = 200 + 4 * choices.Byte();
  const std::string_view lengths = choices.Until("\n");
  const Lines whole = Split(choices.Rest(), "", line_bytes_max);
  const Lines pieces = Split(choices.Rest(), lengths, line_bytes_max);
  LAW(whole.refused == pieces.refused);
  LAW(whole.lines == pieces.lines);
  for (const std::string& line : whole.lines) LawsOfEvent(line);
  LawsOfAnswer(status, choices.Rest());
  LawsOfFrames(choices.Rest(), line_bytes_max);
  return 0;
}
