#include "tests/scenario/plugin/support/memory_cluster.h"

#include <chrono>
#include <condition_variable>
#include <utility>

#include "lib/base/strings.h"
#include "lib/json/text.h"

namespace muster::testing {
namespace {

std::string PluralOf(const std::string& kind) {
  std::string plural;
  for (const char c : kind) plural += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (plural.ends_with("s")) return plural + "es";
  return plural.ends_with("y") ? plural.substr(0, plural.size() - 1) + "ies" : plural + "s";
}

std::string PrefixOf(const std::string& api_version) {
  return (api_version.find('/') == std::string::npos ? "/api/" : "/apis/") + api_version;
}

wire::Response StatusResponse(int code, const std::string& reason, const std::string& message) {
  wire::Response response;
  response.status = code;
  response.body = json::Write(json::Object{{"kind", "Status"},
                                           {"apiVersion", "v1"},
                                           {"status", "Failure"},
                                           {"message", message},
                                           {"reason", reason},
                                           {"code", code}});
  return response;
}

wire::Response Answer(const json::Value& document) { return {200, json::Write(document), {}, std::nullopt}; }

std::string QueryValue(const wire::Request& request, const std::string& name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return value;
  }
  return "";
}

bool Selected(const json::Value& object, const std::string& selector) {
  for (const std::string& part : Split(selector, ',')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string::npos && object["metadata"]["labels"].Has(part)) continue;
    if (equals == std::string::npos) return false;
    if (object["metadata"]["labels"][part.substr(0, equals)].Text() != part.substr(equals + 1)) return false;
  }
  return true;
}

void Merge(json::Value& target, const json::Value& patch) {
  for (const auto& [key, value] : patch.Members()) {
    if (value.IsNull()) {
      target.Erase(key);
    } else if (value.IsObject()) {
      Merge(target.Mutable(key), value);
    } else {
      target.Set(key, value);
    }
  }
}

}  // namespace

void MemoryCluster::Add(json::Value object) {
  const std::lock_guard lock(mutex_);
  json::Value& meta = object.Mutable("metadata");
  if (!meta.Has("uid")) meta.Set("uid", "uid-" + meta["name"].Text());
  if (!meta.Has("resourceVersion")) meta.Set("resourceVersion", std::to_string(objects_.size() + 1));
  objects_.push_back(object);
  Record({}, std::move(object));
}

void MemoryCluster::Refuse(const std::string& path_prefix, int status, const std::string& reason,
                           const std::string& message) {
  refusals_.push_back({path_prefix, StatusResponse(status, reason, message)});
}

void MemoryCluster::Break(Error error) {
  const std::lock_guard lock(mutex_);
  broken_ = std::move(error);
  changed_.notify_all();
}

void MemoryCluster::Mend() {
  const std::lock_guard lock(mutex_);
  broken_.reset();
}

void MemoryCluster::Record(json::Value before, json::Value after) {
  events_.push_back({std::move(before), std::move(after)});
  changed_.notify_all();
}

void MemoryCluster::MergeInto(const std::string& kind, const std::string& name, const json::Value& patch) {
  const std::lock_guard lock(mutex_);
  for (json::Value& object : objects_) {
    if (object["kind"].Text() != kind || object["metadata"]["name"].Text() != name) continue;
    json::Value before = object;
    Merge(object, patch);
    object.Mutable("metadata").Set("resourceVersion", std::to_string(1001 + events_.size()));
    Record(std::move(before), object);
  }
}

void MemoryCluster::Delete(const std::string& kind, const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (auto at = objects_.begin(); at != objects_.end(); ++at) {
    if ((*at)["kind"].Text() != kind || (*at)["metadata"]["name"].Text() != name) continue;
    at->Mutable("metadata").Set("resourceVersion", std::to_string(1001 + events_.size()));
    json::Value gone = std::move(*at);
    objects_.erase(at);
    return Record(std::move(gone), {});
  }
}

std::vector<std::string> MemoryCluster::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

const json::Value* MemoryCluster::Find(const std::string& kind, const std::string& name) const {
  for (const json::Value& object : objects_) {
    if (object["kind"].Text() == kind && object["metadata"]["name"].Text() == name) return &object;
  }
  return nullptr;
}

MemoryCluster::Address MemoryCluster::ParsePath(std::string path) {
  Address address;
  const std::vector<std::string> parts = Split(path.substr(1), '/');
  size_t at = parts[0] == "api" ? 2 : 3;
  for (size_t i = 0; i < std::min(at, parts.size()); ++i) address.prefix += "/" + parts[i];
  if (at + 2 < parts.size() && parts[at] == "namespaces") {
    address.ns = parts[at + 1];
    at += 2;
  }
  if (at < parts.size()) address.plural = parts[at];
  if (at + 1 < parts.size()) address.name = parts[at + 1];
  return address;
}

bool MemoryCluster::IsAt(const json::Value& object, const Address& address) {
  return PrefixOf(object["apiVersion"].Text()) == address.prefix && PluralOf(object["kind"].Text()) == address.plural &&
         (address.ns.empty() || object["metadata"]["namespace"].Text() == address.ns) &&
         (address.name.empty() || object["metadata"]["name"].Text() == address.name);
}

wire::Response MemoryCluster::List(const wire::Request& request, const Address& address) const {
  json::Array items;
  for (const json::Value& object : objects_) {
    if (IsAt(object, address) && Selected(object, QueryValue(request, "labelSelector"))) items.push_back(object);
  }
  return Answer(json::Object{{"metadata", json::Object{{"resourceVersion", "100"}}}, {"items", std::move(items)}});
}

wire::Response MemoryCluster::Patch(const wire::Request& request, json::Value& object) {
  json::Value patched = object;
  Merge(patched, *json::Parse(request.body));
  if (QueryValue(request, "dryRun").empty()) Record(std::exchange(object, patched), patched);
  return Answer(patched);
}

Result<wire::Response> MemoryCluster::Send(const wire::Request& request) {
  const std::lock_guard lock(mutex_);
  if (broken_) return *broken_;
  if (request.deadline && *request.deadline <= std::chrono::steady_clock::now()) {
    return MakeError(Code::kTimeout, "it was not sent: its deadline has passed");
  }
  if (request.method != wire::Method::kGet) {
    const std::string dry_run = QueryValue(request, "dryRun");
    writes_.push_back("PATCH " + request.path + (dry_run.empty() ? "" : " dryRun=" + dry_run) + " " + request.body);
  }
  for (const Refusal& refusal : refusals_) {
    if (request.path.starts_with(refusal.prefix)) return refusal.response;
  }
  if (request.path == "/version") return Answer(json::Object{{"gitVersion", "v1.37.1"}});
  const bool ours = request.path.starts_with("/apis/muster.dev");
  if (ours && !crds_) return wire::Response{404, "404 page not found\n", {}, std::nullopt};
  const Address address = ParsePath(request.path);
  if (address.name.empty()) return List(request, address);
  for (json::Value& object : objects_) {
    if (!IsAt(object, address)) continue;
    return request.method == wire::Method::kPatch ? Patch(request, object) : Answer(object);
  }
  return StatusResponse(404, "NotFound", address.plural + " \"" + address.name + "\" not found");
}

std::optional<std::string> MemoryCluster::LineOf(const Event& event, const wire::Request& request,
                                                 const Address& address) {
  const auto is_in = [&](const json::Value& object) {
    if (!object.IsObject() || !IsAt(object, address)) return false;
    const std::string field = QueryValue(request, "fieldSelector");
    const bool named = field.empty() || field == "metadata.name=" + object["metadata"]["name"].Text();
    return named && Selected(object, QueryValue(request, "labelSelector"));
  };
  const bool before = is_in(event.before), after = is_in(event.after);
  if (!before && !after) return std::nullopt;
  return json::Write(json::Object{{"type", !before ? "ADDED" : (after ? "MODIFIED" : "DELETED")},
                                  {"object", event.after.IsObject() ? event.after : event.before}});
}

Result<wire::Response> MemoryCluster::Stream(const wire::Request& request, const wire::LineSink& on_line,
                                             std::stop_token stop) {
  const Address address = ParsePath(request.path);
  std::unique_lock lock(mutex_);
  if (broken_) return *broken_;
  for (const Refusal& refusal : refusals_) {
    if (request.path.starts_with(refusal.prefix)) return refusal.response;
  }
  // Version 1000 + n is that behind the first n changes.
  int64_t version = 0;
  const bool resumes = ParseInteger(QueryValue(request, "resourceVersion"), version) && version >= 1000;
  size_t told = resumes ? static_cast<size_t>(version - 1000) : events_.size();
  std::vector<std::string> lines;
  if (QueryValue(request, "sendInitialEvents") == "true") {
    for (const json::Value& object : objects_) {
      if (auto line = LineOf({{}, object}, request, address)) lines.push_back(std::move(*line));
    }
    const json::Value end = json::Object{{"k8s.io/initial-events-end", "true"}};
    lines.push_back(json::Write(
        json::Object{{"type", "BOOKMARK"},
                     {"object", json::Object{{"metadata", json::Object{{"resourceVersion", std::to_string(1000 + told)},
                                                                       {"annotations", end}}}}}}));
  }
  for (;;) {
    for (; told < events_.size(); ++told) {
      if (auto line = LineOf(events_[told], request, address)) lines.push_back(std::move(*line));
    }
    lock.unlock();
    for (const std::string& line : std::exchange(lines, {})) {
      if (!on_line(line)) return wire::Response{200, "", {}, std::nullopt};
    }
    lock.lock();
    changed_.wait(lock, stop, [&] { return broken_ || told < events_.size(); });
    if (stop.stop_requested()) return MakeError(Code::kCancelled, "stopped");
    if (broken_) return *broken_;
  }
}

}  // namespace muster::testing
