// An API server in memory: objects with uid, resourceVersion and generation, and the rules by which the real one
// answers what the operator asks of it. Test support; pure and single-threaded. What it does, the contract suite has
// seen the real one do: a repeated create is AlreadyExists, a failing `test` is Conflict, a write that changes nothing
// is none, /status and the rest are written apart, what is immutable is Invalid, a dry-run judges and writes nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/base/error.h"
#include "lib/base/result.h"
#include "lib/json/value.h"
#include "tests/support/sim/events.h"

namespace muster::sim {

inline constexpr api::Resource kClaims{"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"};

using Document = std::shared_ptr<const json::Value>;

struct Change {
  api::Resource resource;
  api::Key key;
  Document before;  // null: created
  Document after;   // null: removed
  int64_t version = 0;
  bool by_operator = false;
};

// A request of the operator that was refused.
struct RefusedRequest {
  std::string what;  // verb and path
  Code code = Code::kInvalid;
};

enum class Try { kReal, kDry };

class ApiServer {
 public:
  explicit ApiServer(Events& events) : events_(events) {}

  // Called at each change, in the order given; must not write.
  void Watch(std::function<void(const Change&)> watcher) { watchers_.push_back(std::move(watcher)); }
  // What is sent in `request` is the operator's; the answer is handed on. Refusals are told apart by `what`.
  Result<json::Value> AsOperator(const std::string& what, const std::function<Result<json::Value>()>& request);
  void WatchRefusals(std::function<void(const RefusedRequest&)> watcher) { on_refused_.push_back(std::move(watcher)); }
  // What an admission plugin or a validation refuses: the error, or nullopt.
  using Judge = std::function<std::optional<Error>(const api::Resource&, const json::Value& object)>;
  void SetJudge(Judge judge) { judge_ = std::move(judge); }

  Document Find(const api::Resource& resource, const api::Key& key) const;
  std::vector<Document> List(const api::Resource& resource) const;
  std::vector<Document> OwnedBy(const api::Resource& resource, const std::string& uid) const;

  // Requests of clients.
  Result<json::Value> Create(const api::Resource& resource, json::Value object, Try mode = Try::kReal);
  Result<json::Value> Patch(const api::Resource& resource, const api::Key& key, const json::Array& operations,
                            std::string_view subresource = {}, Try mode = Try::kReal);
  // An empty uid: whichever object has the name; an empty resource_version: whatever it has become. Pods with a node go
  // when their kubelet says so.
  Status Delete(const api::Resource& resource, const api::Key& key, const std::string& uid = {},
                const std::string& resource_version = {});

  // What built-in controllers and kubelets write: never in conflict, spec and status alike. No-op when it is gone.
  void Edit(const api::Resource& resource, const api::Key& key, const std::function<void(json::Value&)>& edit);
  // The last of it.
  void Remove(const api::Resource& resource, const api::Key& key);

  int64_t version() const { return version_; }

 private:
  struct Id {
    std::string plural;
    api::Key key;
    auto operator<=>(const Id&) const = default;
  };

  Status Judged(const api::Resource& resource, const json::Value* before, const json::Value& after) const;
  void Store(const api::Resource& resource, const api::Key& key, json::Value object);
  void Tell(const Change& change);

  Events& events_;
  std::map<Id, Document> objects_;
  std::vector<std::function<void(const Change&)>> watchers_;
  std::vector<std::function<void(const RefusedRequest&)>> on_refused_;
  bool by_operator_ = false;
  Judge judge_;
  int64_t version_ = 1000;
  int64_t uids_ = 0;
};

// A label of an object, "" without.
const std::string& LabelOf(const json::Value& object, std::string_view name);
api::Key KeyOf(const json::Value& object);
const std::string& UidOf(const json::Value& object);
// The controller's uid, "" without.
std::string OwnerUidOf(const json::Value& object);

}  // namespace muster::sim
