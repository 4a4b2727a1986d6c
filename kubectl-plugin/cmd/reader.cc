#include "kubectl-plugin/cmd/reader.h"

#include <utility>

#include "lib/base/strings.h"
#include "lib/json/text.h"
#include "lib/wire/status.h"
#include "lib/wire/watch.h"

namespace muster::plugin {
namespace {

constexpr int kPageLimit = 1000;
constexpr json::ParseOptions kOneObject{.object_depth = 1};  // read as far as it can be
constexpr std::string_view kVersionPath = "/version";        // every API server has it

// "workloads.muster.dev", "pods"
std::string FullName(const api::Resource& resource) {
  return std::string(resource.plural) + (resource.group.empty() ? "" : "." + std::string(resource.group));
}

std::string ReasonOr(const wire::ServerRefusal& refusal) {
  return refusal.reason.empty() ? "HTTP " + std::to_string(refusal.http_status) : refusal.reason;
}

bool IsOurs(const api::Resource& resource) { return resource.group == api::kWorkloads.group; }

// A path the server does not serve answers 404 without a Status; an absent object with one.
bool IsUnservedPath(const wire::ServerRefusal& refusal) { return refusal.http_status == 404 && refusal.reason.empty(); }

Error FromServer(const wire::ServerRefusal& refusal) {
  return MakeError(refusal.code, "Error from server (" + ReasonOr(refusal) +
                                     "): " + (refusal.message.empty() ? wire::RefusalText(refusal) : refusal.message));
}

}  // namespace

Error NotFound(const api::Resource& resource, std::string_view name, const std::vector<std::string>& near) {
  std::string text = "Error from server (NotFound): " + FullName(resource) + " \"" + std::string(name) + "\" not found";
  if (!near.empty()) text += "; did you mean " + Join(near, " or ") + "?";
  return MakeError(Code::kNotFound, text);
}

bool IsAnAnswer(const Error& error) { return error.message.starts_with("Error from server"); }

Reader::Reader(wire::Transport& transport, Where where, Duration timeout)
    : transport_(transport),
      where_(std::move(where)),
      timeout_(timeout),
      // A person waits: what cannot be reached is said at once, not tried again. A write has the time of its request.
      api_(transport, {.read_deadline = Duration(0),
                       .write_deadline = timeout > Duration(0) ? timeout : std::chrono::hours(1),
                       .retry_after_tries = 2,
                       .connection_tries = 1}) {}

Error Reader::Explain(const Error& error, const api::Resource& resource) const {
  // The transport has said all of it, and better.
  if (!where_.address.empty() && error.message.find(where_.address) != std::string::npos) {
    return error;
  }
  const std::string server = where_.address + (where_.origin.empty() ? "" : " (" + where_.origin + ")");
  switch (error.code) {
    case Code::kTimeout:
      return MakeError(error.code, "no answer from " + server + " within " + FormatAge(timeout_) +
                                       ": is it reachable? To wait longer: --request-timeout");
    case Code::kUnavailable:
      // What is wrong with a certificate is said with what to do.
      if (error.message.starts_with("cannot trust ")) return MakeError(error.code, error.message);
      return MakeError(error.code, "cannot reach " + server + ": " + error.message +
                                       "; is the server up, and is --kubeconfig or --context right?");
    case Code::kUnauthorized:
      return MakeError(error.code, "rejected by " + server + ": " + error.message +
                                       "; log in again or choose another --context or --user");
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kConflict:
    case Code::kGone:
    case Code::kInvalid:
    case Code::kForbidden:
    case Code::kThrottled:
    case Code::kDecode:
    case Code::kCancelled:
    case Code::kInternal:
      break;
  }
  std::string remedy;
  if (error.code == Code::kDecode) {
    const bool large = error.message.find("larger than") != std::string::npos;
    remedy = large ? "; request less: -n NAMESPACE, -l SELECTOR or a NAME"
                   : "; is this an API server or a proxy in front of it? see --server and --context";
  }
  return MakeError(error.code, std::string(resource.plural) + " of " + server + ": " + error.message + remedy);
}

Result<json::Value> Reader::Ask(const wire::Request& given, const api::Resource& resource, const api::Key& key,
                                ManagedFields fields, json::ParseOptions parsing) {
  wire::Request request = given;
  request.timeout = timeout_;
  Result<wire::Response> response = api_.Exchange(request);
  if (!response.has_value()) return Explain(response.error(), resource);
  if (wire::IsSuccess(*response)) {
    if (fields == ManagedFields::kDrop) parsing.skip_key = "managedFields";
    Result<json::Value> document = json::Parse(response->body, parsing);
    if (!document.has_value()) return Explain(document.error(), resource);
    return document;
  }
  return ExplainRefusal(wire::DecodeRefusal(*response), resource, key);
}

Error Reader::ExplainRefusal(const wire::ServerRefusal& refusal, const api::Resource& resource,
                             const api::Key& key) const {
  if (IsUnservedPath(refusal) && IsOurs(resource)) {
    return MakeError(Code::kGone, "Muster's CRDs are not installed in " + where_.address + " (it does not serve " +
                                      resource.ApiVersion() + " " + std::string(resource.plural) +
                                      "); install them: kubectl apply --server-side -f crds/");
  }
  if (IsUnservedPath(refusal) && resource.plural == kVersionPath) {
    return MakeError(Code::kUnavailable, where_.address + (where_.origin.empty() ? "" : " (" + where_.origin + ")") +
                                             " does not serve /version: is this an API server or a proxy in front of "
                                             "it? see --server and --context");
  }
  if (refusal.code == Code::kNotFound && !key.name.empty()) return NotFound(resource, key.name, {});
  if (refusal.code == Code::kUnauthorized) return Explain(wire::RefusalError(refusal), resource);
  return FromServer(refusal);
}

Result<json::Value> Reader::Get(const api::Resource& resource, const api::Key& key) {
  return Ask(wire::BuildGet(resource, key), resource, key, ManagedFields::kKeep, kOneObject);
}

Result<json::Value> Reader::GetPath(std::string_view path) {
  wire::Request request;
  request.path = path;
  return Ask(request, api::Resource{"", "", path, ""}, {});
}

Status Reader::Walk(const api::Resource& resource, std::string_view ns, std::string_view label_selector,
                    ManagedFields fields, const std::function<void(json::Value&)>& call) {
  wire::ListOptions options{.label_selector = std::string(label_selector), .limit = kPageLimit};
  for (;;) {
    // One that is nested too deeply must not hide the others.
    TRY(json::Value page, Ask(wire::BuildList(resource, ns, options), resource, {}, fields, {.object_depth = 3}));
    for (json::Value& item : page.Mutable("items").MutableItems()) call(item);
    options.continue_token = page["metadata"]["continue"].Text();
    if (options.continue_token.empty()) return Ok();
  }
}

Status Reader::ForEach(const api::Resource& resource, std::string_view ns, std::string_view label_selector,
                       const std::function<void(const json::Value&)>& call) {
  return Walk(resource, ns, label_selector, ManagedFields::kKeep, call);
}

Result<json::Array> Reader::List(const api::Resource& resource, std::string_view ns, std::string_view label_selector) {
  json::Array items;
  TRY_VOID(Walk(resource, ns, label_selector, ManagedFields::kDrop,
                [&items](json::Value& item) { items.push_back(std::move(item)); }));
  return items;
}

Result<json::Value> Reader::MergePatch(const api::Resource& resource, const api::Key& key, const json::Value& patch,
                                       const wire::WriteOptions& options) {
  return Ask(wire::BuildMergePatch(resource, key, patch, options), resource, key, ManagedFields::kKeep, kOneObject);
}

Result<std::vector<wire::Cause>> Reader::TryCreate(const api::Resource& resource, std::string_view ns,
                                                   const json::Value& object) {
  wire::Request request = wire::BuildCreate(resource, ns, object, {.dry_run = wire::DryRun::kAll});
  request.timeout = timeout_;
  const Result<wire::Response> response = api_.Exchange(request);
  if (!response.has_value()) return Explain(response.error(), resource);
  if (wire::IsSuccess(*response)) return std::vector<wire::Cause>();
  const wire::ServerRefusal refusal = wire::DecodeRefusal(*response);
  if (refusal.code == Code::kAlreadyExists) return std::vector<wire::Cause>();
  if (refusal.code != Code::kInvalid) return ExplainRefusal(refusal, resource, {});
  if (refusal.causes.empty()) return std::vector<wire::Cause>{{"", refusal.reason, refusal.message}};
  return refusal.causes;
}

std::future<Result<json::Value>> Reader::StartGet(const api::Resource& resource, const api::Key& key) {
  return std::async(std::launch::async, [this, resource, key] { return Get(resource, key); });
}

std::future<Result<json::Array>> Reader::StartList(const api::Resource& resource, std::string ns,
                                                   std::string selector) {
  return std::async(std::launch::async, [this, resource, ns = std::move(ns), selector = std::move(selector)] {
    return List(resource, ns, selector);
  });
}

}  // namespace muster::plugin
