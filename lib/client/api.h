// Typed verbs on the API server: what callers above use. Layer: client. Thread-safe; every call blocks until it is
// answered, given up or stopped. All of it is wire's builders and decoders around Exchange, which repeats requests:
//
// - an answer 429 or 5xx with Retry-After: after that time, at most retry_after_tries times;
// - reads, on a lost connection or 5xx: with jittered backoff until read_deadline has passed;
// - writes, on a lost connection or 502, 503: connection_tries times, all within write_deadline. Every write of ours
//   may be repeated (design.md 3), but a caller must expect the answer of a repetition: kAlreadyExists from Create,
//   kNotFound from Delete, kConflict from PatchStatus may mean that the first try went through.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"
#include "lib/wire/requests.h"
#include "lib/wire/status.h"

namespace muster::client {

struct ApiOptions {
  Duration read_deadline = std::chrono::seconds(30);  // from the first try; no new try begins after it
  // From the first try; nothing is sent after it, and the server is told to give up then too ("timeout").
  Duration write_deadline = std::chrono::seconds(60);
  int retry_after_tries = 10;
  int connection_tries = 3;
  std::stop_token stop = {};  // ends waiting between tries with kCancelled
};

// An object as the server stored it, and what it warned of (e.g. Pod Security, duplicate names).
struct Written {
  json::Value object;
  std::vector<std::string> warnings;
};

class Api {
 public:
  // The transport must outlive this.
  explicit Api(wire::Transport& transport, ApiOptions options = {});

  Result<json::Value> Get(const api::Resource& resource, const api::Key& key, std::string_view subresource = "");
  // One answer: everything, or one page when options.limit is set (metadata.continue is then the next page's token).
  Result<json::Value> List(const api::Resource& resource, std::string_view ns, const wire::ListOptions& options = {});
  // The whole list page by page, so that it never stands in memory whole; `limit` is 500 when unset. `on_page` gets
  // each answer (items, metadata.resourceVersion: the same for all); its error ends the list. kGone when a token
  // expired midway: start again.
  Status ForEachPage(const api::Resource& resource, std::string_view ns, wire::ListOptions options,
                     const std::function<Status(const json::Value& page)>& on_page);

  // Strict field validation. kAlreadyExists: look whose it is.
  Result<Written> Create(const api::Resource& resource, std::string_view ns, const json::Value& object,
                         const wire::WriteOptions& options = {});
  // kNotFound when it is gone, kConflict when it is another (uid) or has changed (resource_version).
  Status Delete(const api::Resource& resource, const api::Key& key, const wire::DeleteOptions& options);
  // Operations behind a test of the uid; kConflict when that or another test fails or a path is not there.
  Result<Written> JsonPatch(const api::Resource& resource, const api::Key& key, std::string_view uid,
                            const json::Array& operations, const wire::WriteOptions& options = {});
  Result<Written> MergePatch(const api::Resource& resource, const api::Key& key, const json::Value& patch,
                             const wire::WriteOptions& options = {});
  // kConflict when the object is no longer at resource_version.
  Result<Written> PatchStatus(const api::Resource& resource, const api::Key& key, std::string_view resource_version,
                              const json::Value& status);
  Result<Written> Put(const api::Resource& resource, const api::Key& key, const json::Value& object,
                      const wire::WriteOptions& options = {});

  // The request as it is, repeated as said above; the last answer whatever its status. For callers who want the
  // refusal's causes (wire::DecodeRefusal) or a path without a resource ("/version").
  Result<wire::Response> Exchange(const wire::Request& request);

 private:
  wire::Transport& transport_;
  ApiOptions options_;
};

}  // namespace muster::client
