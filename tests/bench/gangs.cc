#include "tests/bench/gangs.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace muster::bench {
namespace {

constexpr int kConnections = 8;
constexpr const char* kRole = "member";

json::Value JobSpec(const GangShape& shape, const std::string& gang) {
  const json::Value container =
      json::Object{{"name", "main"},
                   {"image", "none"},
                   {"resources", json::Object{{"requests", json::Object{{"cpu", shape.cpu}, {"memory", "64Mi"}}}}}};
  const json::Value pod_template =
      json::Object{{"metadata", json::Object{{"labels", json::Object{{std::string(kGangLabel), gang}}}}},
                   {"spec", json::Object{{"restartPolicy", "Never"}, {"containers", json::Array{container}}}}};
  return json::Object{{"completionMode", "Indexed"},
                      {"completions", shape.size},
                      {"parallelism", shape.size},
                      {"template", pod_template}};
}

Submission Make(const GangShape& shape, const std::string& name, int replicas) {
  const api::Resource& resource = shape.as == As::kJob ? api::kJobs : api::kWorkloads;
  json::Value spec = JobSpec(shape, name);
  if (shape.as != As::kJob) {
    json::Value role = json::Object{{"name", kRole}, {"job", json::Object{{"spec", std::move(spec)}}}};
    spec = json::Object{{"replicas", replicas}, {"roles", json::Array{std::move(role)}}};
  }
  json::Value object = json::Object{{"apiVersion", resource.ApiVersion()},
                                    {"kind", resource.kind},
                                    {"metadata", json::Object{{"name", name}, {"namespace", shape.ns}}},
                                    {"spec", std::move(spec)}};
  return {resource, {shape.ns, name}, std::move(object)};
}

// Calls `act` for each, several at a time; the first error.
Status ForAll(const std::vector<Submission>& submissions, const std::function<Status(const Submission&)>& act) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failed;
  const auto work = [&] {
    for (size_t i = next++; i < submissions.size(); i = next++) {
      const Status done = act(submissions[i]);
      if (done.has_value()) continue;
      const std::lock_guard lock(mutex);
      if (!failed) failed = done.error().In(submissions[i].key.Text());
      next = submissions.size();
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < kConnections; ++i) workers.emplace_back(work);
  }
  if (failed) return *failed;
  return Ok();
}

}  // namespace

Result<As> ParseAs(std::string_view text) {
  if (text == "job") return As::kJob;
  if (text == "workload") return As::kWorkload;
  if (text == "replicas") return As::kReplicas;
  return MakeError(Code::kInvalid, "--as takes job, workload or replicas");
}

std::vector<Submission> MakeGangs(const GangShape& shape) {
  std::vector<Submission> made;
  if (shape.as == As::kReplicas) {
    made.push_back(Make(shape, shape.prefix, shape.count));
    return made;
  }
  for (const std::string& name : GangNames(shape)) made.push_back(Make(shape, name, 1));
  return made;
}

std::vector<std::string> GangNames(const GangShape& shape) {
  std::vector<std::string> names;
  for (int i = 0; i < shape.count; ++i) names.push_back(shape.prefix + "-" + std::to_string(i));
  return names;
}

Status SubmitAll(client::Api& api, const std::vector<Submission>& submissions) {
  return ForAll(submissions, [&](const Submission& one) -> Status {
    TRY_VOID(api.Create(one.resource, one.key.ns, one.object));
    return Ok();
  });
}

Status DeleteAll(client::Api& api, const std::vector<Submission>& submissions) {
  return ForAll(submissions, [&](const Submission& one) { return api.Delete(one.resource, one.key, {}); });
}

}  // namespace muster::bench
