// What verbs ask of the API server: known paths, never discovery. Layer: plugin cmd. Thread-safe; calls block.
// Errors are what the user reads: what, where, what to do. kNotFound is only ever "this object is not there"; a cluster
// without our CRDs is kGone.
#pragma once

#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api/meta.h"
#include "lib/client/api.h"
#include "lib/json/text.h"
#include "lib/wire/status.h"

namespace muster::plugin {

class Reader {
 public:
  struct Where {
    std::string address;  // of the server
    std::string origin;   // what told it: a context of a kubeconfig
  };
  Reader(wire::Transport& transport, Where where, Duration timeout);

  // The object as it is, metadata.managedFields too.
  Result<json::Value> Get(const api::Resource& resource, const api::Key& key);
  // Every object of a list, page by page, so that it never stands in memory whole.
  Status ForEach(const api::Resource& resource, std::string_view ns, std::string_view label_selector,
                 const std::function<void(const json::Value&)>& call);
  // All pages. List drops metadata.managedFields, which are half of a document; ForEach keeps them.
  Result<json::Array> List(const api::Resource& resource, std::string_view ns, std::string_view label_selector = "");
  Result<json::Value> MergePatch(const api::Resource& resource, const api::Key& key, const json::Value& patch,
                                 const wire::WriteOptions& options);
  // What the server has against it, field by field; nothing is created, and an object that exists is no objection. A
  // refusal that names no field is one cause without one.
  Result<std::vector<wire::Cause>> TryCreate(const api::Resource& resource, std::string_view ns,
                                             const json::Value& object);
  // A path without a resource, e.g. "/version".
  Result<json::Value> GetPath(std::string_view path);

  // The same beside whatever else is going on.
  std::future<Result<json::Value>> StartGet(const api::Resource& resource, const api::Key& key);
  std::future<Result<json::Array>> StartList(const api::Resource& resource, std::string ns, std::string selector = "");

  wire::Transport& transport() { return transport_; }

 private:
  enum class ManagedFields { kKeep, kDrop };

  Result<json::Value> Ask(const wire::Request& request, const api::Resource& resource, const api::Key& key,
                          ManagedFields fields = ManagedFields::kKeep, json::ParseOptions parsing = {});
  Status Walk(const api::Resource& resource, std::string_view ns, std::string_view label_selector, ManagedFields fields,
              const std::function<void(json::Value&)>& call);
  Error Explain(const Error& error, const api::Resource& resource) const;
  Error ExplainRefusal(const wire::ServerRefusal& refusal, const api::Resource& resource, const api::Key& key) const;

  wire::Transport& transport_;
  Where where_;
  Duration timeout_;
  client::Api api_;
};

// Whether the server answered at all: refused, or said no. False where it could not be reached or did not let us in.
bool IsAnAnswer(const Error& error);
// `Error from server (NotFound): workloads.muster.dev "x" not found`
Error NotFound(const api::Resource& resource, std::string_view name, const std::vector<std::string>& near);

}  // namespace muster::plugin
