// MemoryCluster: the little of an API server that the plugin's tests need: get, list (namespace, equality label
// selector), watch, merge patch with dry run, refusals. Test support; thread-safe. It is no model of the real server:
// what the plugin relies on is proven there by the e2e tests.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::testing {

class MemoryCluster final : public wire::Transport {
 public:
  // Objects with apiVersion, kind and metadata, as a manifest has them.
  void Add(json::Value object);
  // A request whose path begins so is refused with this status and reason.
  void Refuse(const std::string& path_prefix, int status, const std::string& reason, const std::string& message);
  // Every request fails so, and every stream ends so.
  void Break(Error error);
  void Mend();
  // As somebody else would; watches tell it.
  void MergeInto(const std::string& kind, const std::string& name, const json::Value& patch);
  void Delete(const std::string& kind, const std::string& name);
  // muster.dev is not served.
  void WithoutCrds() { crds_ = false; }

  // "PATCH /apis/... {"spec":...}" of every request that was no GET.
  std::vector<std::string> writes() const;
  const json::Value* Find(const std::string& kind, const std::string& name) const;

  Result<wire::Response> Send(const wire::Request& request) override;
  // What is there, then each change, until it is stopped. An object that a change takes out of the selection is told as
  // deleted, as the API server does.
  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                std::stop_token stop) override;

 private:
  struct Address {
    std::string prefix;  // "/apis/muster.dev/v1alpha1", "/api/v1"
    std::string ns;
    std::string plural;
    std::string name;
  };
  // One change: the object before (null: created) and after (null: deleted).
  struct Event {
    json::Value before;
    json::Value after;
  };
  struct Refusal {
    std::string prefix;
    wire::Response response;
  };

  static Address ParsePath(std::string path);
  static bool IsAt(const json::Value& object, const Address& address);
  wire::Response List(const wire::Request& request, const Address& address) const;
  wire::Response Patch(const wire::Request& request, json::Value& object);
  void Record(json::Value before, json::Value after);
  static std::optional<std::string> LineOf(const Event& event, const wire::Request& request, const Address& address);

  mutable std::mutex mutex_;
  std::vector<json::Value> objects_;
  std::vector<Refusal> refusals_;
  std::vector<std::string> writes_;
  std::vector<Event> events_;
  std::condition_variable_any changed_;
  std::optional<Error> broken_;
  bool crds_ = true;
};

}  // namespace muster::testing
