#include "lib/wire/watch.h"

#include <utility>

#include "lib/json/text.h"
#include "lib/wire/protobuf_watch.h"
#include "lib/wire/requests.h"
#include "lib/wire/status.h"

namespace muster::wire {
namespace {

constexpr std::string_view kManagedFields = "managedFields";
constexpr std::string_view kInitialEventsEnd = "k8s.io/initial-events-end";

Request BuildWatch(const WatchScope& scope, const WatchLimits& limits) {
  Request request = BuildList(scope.resource, scope.ns,
                              {.label_selector = scope.label_selector, .field_selector = scope.field_selector});
  request.query.emplace_back("watch", "true");
  request.query.emplace_back("allowWatchBookmarks", "true");
  request.query.emplace_back("timeoutSeconds", std::to_string(limits.length.count()));
  request.timeout = limits.silence;
  if (scope.encoding == WatchScope::Encoding::kProtobuf) {
    request.accept = kProtobufWatch;
    request.framing = Framing::kLengthPrefixed;
  }
  return request;
}

}  // namespace

Request WatchListRequest(const WatchScope& scope, const WatchLimits& limits) {
  Request request = BuildWatch(scope, limits);
  request.query.emplace_back("sendInitialEvents", "true");
  request.query.emplace_back("resourceVersionMatch", "NotOlderThan");  // without it the server answers 422
  request.first_timeout = limits.first_silence;
  return request;
}

Request WatchRequest(const WatchScope& scope, const std::string& resource_version, const WatchLimits& limits) {
  Request request = BuildWatch(scope, limits);
  request.query.emplace_back("resourceVersion", resource_version);
  return request;
}

Request ListRequest(const WatchScope& scope, int limit, const std::string& continue_token) {
  Request request = BuildList(scope.resource, scope.ns,
                              {.label_selector = scope.label_selector,
                               .field_selector = scope.field_selector,
                               .limit = limit,
                               .continue_token = continue_token});
  request.answer_bytes_max = kPageBytesMax;
  return request;
}

Result<WatchEvent::Type> ParseEventType(const std::string& type) {
  if (type == "ADDED") return WatchEvent::Type::kAdded;
  if (type == "MODIFIED") return WatchEvent::Type::kModified;
  if (type == "DELETED") return WatchEvent::Type::kDeleted;
  if (type == "BOOKMARK") return WatchEvent::Type::kBookmark;
  if (type == "ERROR") return WatchEvent::Type::kError;
  return MakeError(Code::kDecode, "no watch event: its type is \"" + type + "\"");
}

bool IsCut(const json::Value& object) { return object.Has(json::kTooDeep); }

bool IsInitialEventsEnd(const json::Value& object) {
  return object["metadata"]["annotations"][kInitialEventsEnd].Text() == "true";
}

Result<WatchEvent> ParseWatchEvent(std::string_view line, std::string_view bulk) {
  const bool whole = bulk.empty() || line.size() <= kWholeBytesMax;
  TRY(json::Value parsed,
      json::Parse(line, {.object_depth = 2, .skip_key = kManagedFields, .skip_key_too = whole ? "" : bulk}));
  TRY(const WatchEvent::Type type, ParseEventType(parsed["type"].Text()));
  WatchEvent event{.type = type, .object = std::move(parsed.Mutable("object"))};
  if (!whole) event.object.Set(json::kTooLarge, static_cast<int64_t>(line.size()));
  if (type == WatchEvent::Type::kError) {
    event.error = RefusalError(DecodeStatus(event.object));
    return event;
  }
  const json::Value& meta = event.object["metadata"];
  if (meta["resourceVersion"].Text().empty()) {
    return MakeError(Code::kDecode, "no watch event: its object has no metadata.resourceVersion");
  }
  event.initial_events_end = type == WatchEvent::Type::kBookmark && IsInitialEventsEnd(event.object);
  return event;
}

Result<ListPage> ParseListPage(std::string_view body) {
  json::ListText text = json::SplitList(body);
  TRY(const json::Value list, json::Parse(text.rest, {.skip_key = kManagedFields}));
  const json::Value& meta = list["metadata"];
  if (meta["resourceVersion"].Text().empty()) {
    return MakeError(Code::kDecode, "no list: it has no metadata.resourceVersion");
  }
  if (!list["items"].Items().empty()) return MakeError(Code::kDecode, "no list: it has items that are no objects");
  return ListPage{.items = std::move(text.items),
                  .resource_version = meta["resourceVersion"].Text(),
                  .continue_token = meta["continue"].Text()};
}

Result<json::Value> ParseListItem(std::string_view item, std::string_view bulk) {
  const bool whole = bulk.empty() || item.size() <= kWholeBytesMax;
  TRY(json::Value object,
      json::Parse(item, {.object_depth = 1, .skip_key = kManagedFields, .skip_key_too = whole ? "" : bulk}));
  if (!whole) object.Set(json::kTooLarge, static_cast<int64_t>(item.size()));
  return object;
}

Identity IdentityOf(const json::Value& object) {
  const json::Value& meta = object["metadata"];
  return {{meta["namespace"].Text(), meta["name"].Text()}, meta["uid"].Text(), meta["resourceVersion"].Text()};
}

}  // namespace muster::wire
