#include "tests/scenario/plugin/support/memory_cluster.h"

#include <condition_variable>

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
  json::Value& meta = object.Mutable("metadata");
  if (!meta.Has("uid")) meta.Set("uid", "uid-" + meta["name"].Text());
  if (!meta.Has("resourceVersion")) meta.Set("resourceVersion", std::to_string(objects_.size() + 1));
  objects_.push_back(std::move(object));
}

void MemoryCluster::Refuse(const std::string& path_prefix, int status, const std::string& reason,
                           const std::string& message) {
  refusals_.push_back({path_prefix, StatusResponse(status, reason, message)});
}

void MemoryCluster::Break(Error error) { broken_ = std::move(error); }

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

wire::Response MemoryCluster::Patch(const wire::Request& request, json::Value& object) const {
  json::Value patched = object;
  Merge(patched, *json::Parse(request.body));
  if (QueryValue(request, "dryRun").empty()) object = patched;
  return Answer(patched);
}

Result<wire::Response> MemoryCluster::Send(const wire::Request& request) {
  const std::lock_guard lock(mutex_);
  if (broken_) return *broken_;
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

Result<wire::Response> MemoryCluster::Stream(const wire::Request&, const wire::LineSink&, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
  return MakeError(Code::kCancelled, "stopped");
}

}  // namespace muster::testing
