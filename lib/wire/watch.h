// Lists and watches of one resource as requests, and their answers as events. Layer: wire. Pure: no I/O, no state; the
// order in which to ask, and what to do about a failure, is engine::ListWatch.
// Rules: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/result.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::wire {

// What is watched: all objects of a resource, of a namespace if one is given, that match the selectors if any.
struct WatchScope {
  api::Resource resource;
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  // kProtobuf is for pods alone; lists in pages are JSON all the same.
  enum class Encoding { kJson, kProtobuf } encoding = Encoding::kJson;
  // The member (at any depth) that makes objects large, "" for none: it is left out of objects of more than
  // kWholeBytesMax, which get the member json::kTooLarge instead. Parsed values take many times the room of their text.
  std::string_view bulk = {};
};
inline constexpr size_t kWholeBytesMax = 1UL << 20U;
// A longer page of a list is refused (kDecode) and asked for again with fewer objects.
inline constexpr size_t kPageBytesMax = 32UL << 20U;

// How long the server keeps a watch open, and how long it may be silent (bookmarks come about once a minute).
struct WatchLimits {
  std::chrono::seconds length{300};
  Duration silence{90'000};
  // Of a WatchList, before its first event: what is there comes at once, if only the mark that it was all. An API
  // server that has just been restarted may accept one and then say nothing for ever (seen of 1.37.1).
  Duration first_silence{15'000};
};

// A watch that first sends what is there (WatchList), consistently, then a bookmark, then what changes.
Request WatchListRequest(const WatchScope& scope, const WatchLimits& limits);
// A watch of what changed after resource_version.
Request WatchRequest(const WatchScope& scope, const std::string& resource_version, const WatchLimits& limits);
// One page of a consistent list. resourceVersion stays unset: with "0" the server ignores the limit.
Request ListRequest(const WatchScope& scope, int limit, const std::string& continue_token);

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError };
  Type type = Type::kError;
  json::Value object;               // the object; of a bookmark only its metadata; of an error the Status
  bool initial_events_end = false;  // of a bookmark: all that was there has been sent
  Error error;                      // of an error: kGone when the watch must begin anew with a list
};

// Whether some of the object is missing because it is nested too deeply: nothing may be concluded from the rest of it.
bool IsCut(const json::Value& object);
// For both encodings. kDecode when there is no such type of event.
Result<WatchEvent::Type> ParseEventType(const std::string& type);
// Of a bookmark: whether it says that all that was there has been sent.
bool IsInitialEventsEnd(const json::Value& object);

// kDecode when the line is not an event. metadata.managedFields is dropped while parsing.
Result<WatchEvent> ParseWatchEvent(std::string_view line, std::string_view bulk = {});

struct ListPage {
  std::vector<std::string_view> items;  // the texts of objects; they point into the body
  std::string resource_version;
  std::string continue_token;  // empty on the last page
};

// The page of a 200 answer; kDecode otherwise.
Result<ListPage> ParseListPage(std::string_view body);
// One object of a page; kDecode when it is none.
Result<json::Value> ParseListItem(std::string_view item, std::string_view bulk = {});

// Name, uid and version of an object, without decoding the rest of it.
struct Identity {
  api::Key key;
  std::string uid;
  std::string resource_version;
};
Identity IdentityOf(const json::Value& object);

}  // namespace muster::wire
