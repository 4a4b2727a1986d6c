// SimulatedResource: one resource of an API server with its history, as lists and watches see it. Test support. Pure
// and single-threaded: a test creates, changes and deletes objects, asks what a request would answer, and forgets
// history. What it models: versions shared by all objects, consistent lists in pages with tokens that expire,
// WatchList, watches from a version, bookmarks, 410 for a version that is forgotten, silence for one not reached.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::testing {

class SimulatedResource {
 public:
  explicit SimulatedResource(int64_t version = 100) : version_(version), forgotten_(version) {}

  void Put(const api::Key& key, int value);  // creates (with a new uid) or changes
  void Delete(const api::Key& key);
  // Older versions than now can no longer be watched or listed.
  void Forget();
  // As if restored from a backup: versions start again from `version`, objects stay.
  void Restore(int64_t version);

  // A page of a list. Any other request than a list: the lines of a watch so far; `position` is where they ended.
  wire::Response List(const wire::Request& request) const;
  struct Watched {
    wire::Response answer;           // status 200 with lines, or a refusal
    std::vector<std::string> lines;  // a version that is not reached yet: none, and none later
    int64_t position = 0;
  };
  Watched Watch(const wire::Request& request) const;
  // What happened after position, which moves on.
  std::vector<std::string> More(int64_t& position) const;

  std::string version() const { return std::to_string(version_); }
  // Key's text to "uid@resourceVersion=value", to be compared with what a store holds.
  std::map<std::string, std::string> Content() const;

 private:
  struct Event {
    int64_t version;
    std::string line;
  };
  void Record(const std::string& type, const json::Value& object);

  int64_t version_;
  int64_t forgotten_;  // watches from before this version get 410
  int64_t uids_ = 0;
  std::map<api::Key, json::Value> objects_;
  std::vector<Event> history_;
};

std::string ContentOf(const json::Value& object);

}  // namespace muster::testing
