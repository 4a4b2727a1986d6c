// MemoryCluster: the little of an API server that the plugin's tests need: get, list (namespace, equality label
// selector), merge patch with dry run, refusals. Test support; thread-safe. It is no model of the real server: what the
// plugin relies on is proven there by the e2e tests.
#pragma once

#include <map>
#include <mutex>
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
  // Every request fails so.
  void Break(Error error);
  // muster.dev is not served.
  void WithoutCrds() { crds_ = false; }

  // "PATCH /apis/... {"spec":...}" of every request that was no GET.
  std::vector<std::string> writes() const;
  const json::Value* Find(const std::string& kind, const std::string& name) const;

  Result<wire::Response> Send(const wire::Request& request) override;
  // Streams stay silent until they are stopped.
  Result<wire::Response> Stream(const wire::Request& request, const wire::LineSink& on_line,
                                std::stop_token stop) override;

 private:
  struct Address {
    std::string prefix;  // "/apis/muster.dev/v1alpha1", "/api/v1"
    std::string ns;
    std::string plural;
    std::string name;
  };
  struct Refusal {
    std::string prefix;
    wire::Response response;
  };

  static Address ParsePath(std::string path);
  static bool IsAt(const json::Value& object, const Address& address);
  wire::Response List(const wire::Request& request, const Address& address) const;
  wire::Response Patch(const wire::Request& request, json::Value& object) const;

  mutable std::mutex mutex_;
  std::vector<json::Value> objects_;
  std::vector<Refusal> refusals_;
  std::vector<std::string> writes_;
  std::optional<Error> broken_;
  bool crds_ = true;
};

}  // namespace muster::testing
