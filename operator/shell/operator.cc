#include "operator/shell/operator.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>

#include "lib/base/log.h"
#include "lib/base/strings.h"
#include "lib/client/kubeconfig.h"
#include "lib/client/transport.h"
#include "lib/runtime/elector.h"
#include "operator/shell/admission_policies.h"
#include "operator/shell/endpoints.h"
#include "operator/shell/group_controller.h"
#include "operator/shell/heap.h"
#include "operator/shell/wiring.h"
#include "operator/shell/workload_controller.h"

namespace muster::shell {
namespace {

constexpr const char* kLeaseName = "muster-operator";
constexpr Duration kSlowSync = std::chrono::seconds(30);  // a caches' fill longer than this is worth a log line
constexpr Duration kPolicyReportInterval = std::chrono::hours(1);
constexpr Duration kReviewPatience = std::chrono::seconds(2);
constexpr int kReviewsPerSecond = 20;
constexpr Duration kStopPatience = std::chrono::milliseconds(3500);

std::string MakeIdentity(const OperatorFlags& flags) {
  if (!flags.leader_elect_identity.empty()) return flags.leader_elect_identity;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device random;
  const uint64_t seed = (static_cast<uint64_t>(random()) << 32U) | random();
  return std::string(host.data()) + "_" + SafeName(seed, 8);
}

// What to do when the lease cannot be had: without it the operator runs and does nothing.
std::string LeaseAdvice(const Error& refusal, const std::string& ns) {
  if (refusal.code == Code::kNotFound) {
    return "namespace " + ns + " does not exist: create it (kubectl create namespace " + ns +
           "), or name one that exists with --leader-elect-namespace";
  }
  return "the operator may not use Leases in namespace " + ns +
         ": give it its rights (kubectl apply --server-side -f config/rbac/)";
}

// A write is over before anyone else may lead: it begins while the lease is renewed and takes no longer than what then
// is left of it.
client::ApiOptions ApiOptionsFor(std::stop_token stop) {
  const engine::LeaderElection::Options terms;
  return {.write_deadline = terms.lease_duration - terms.renew_deadline, .stop = std::move(stop)};
}

core::Policy PolicyOf(const OperatorFlags& flags) { return {.reservation_timeout = flags.reservation_timeout}; }

}  // namespace

// Members are made in this order and destroyed in the reverse: what is used stands above who uses it.
struct Operator::Parts {
  Parts(const OperatorFlags& given, const std::string& version, std::unique_ptr<client::HttpTransport> for_all,
        std::unique_ptr<client::HttpTransport> for_lease, std::unique_ptr<client::HttpTransport> for_reviews,
        std::unique_ptr<Metrics> measured)
      : flags(given),
        identity(MakeIdentity(given)),
        metrics(std::move(measured)),
        transport(std::move(for_all)),
        lease_transport(std::move(for_lease)),
        review_transport(std::move(for_reviews)),
        api(*transport, ApiOptionsFor(hurry.get_token())),
        reviews(*review_transport, {.write_deadline = kReviewPatience, .retry_after_tries = 0, .connection_tries = 1}),
        metrics_access(reviews, clock),
        policies(*transport, {.allow_missing = given.allow_missing_admission_policies}),
        events(api, clock, identity),
        executor(api, events, [this] { return MayWrite(); }),
        caches(*transport, clock),
        planner(clock, {.book = {.policy = {.guard_after = given.guard_after, .guard_time = given.guard_time},
                                 .node_pool_label = given.node_pool_label},
                        .wake = [this](const api::Key& key) { groups.Add(key); },
                        .on_planned = [this](Duration took) { metrics->ObservePlanning(took); }}),
        workload_gate(clock, {}, [this](const api::Key& key) { workloads.Add(key); }),
        group_gate(clock, {}, [this](const api::Key& key) { groups.Add(key); }),
        workload_reconciler({clock, caches, executor, workload_gate, *metrics, workload_pace, {}}),
        group_reconciler({clock, caches, planner, executor, group_gate, *metrics, group_pace, PolicyOf(given),
                          given.node_pool_label}),
        workloads(clock,
                  {.name = "workload",
                   .workers = static_cast<int>(given.workers),
                   .observer = &metrics->Controller("workload", static_cast<int>(given.workers))},
                  [this](const api::Key& key) { return workload_reconciler.Reconcile(key); }),
        groups(clock,
               {.name = "podgroup",
                .workers = static_cast<int>(given.workers),
                .observer = &metrics->Controller("podgroup", static_cast<int>(given.workers))},
               [this](const api::Key& key) { return group_reconciler.Reconcile(key); }),
        elector(*lease_transport, clock, {.lease = {given.leader_elect_namespace, kLeaseName}, .identity = identity},
                {.on_started = [this] { Lead(); },
                 .on_stopped = [this] { Follow(); },
                 .on_new_leader =
                     [this](const std::string& who) {
                       LogInfo(who == identity ? "Leading" : "Another operator leads", {{"leader", who}});
                     },
                 .advice =
                     [ns = given.leader_elect_namespace](const Error& refusal) { return LeaseAdvice(refusal, ns); }}) {
    Connect({caches, planner, workloads, groups, workload_gate, group_gate, workload_pace, group_pace});
    metrics->BeforeText([this] { Census(); });
    LogInfo("Muster operator", {{"version", version}, {"identity", identity}});
  }

  // The starter thread: acts when the API server is one to run on and the caches are filled, and looks at the policies
  // from then on.
  void Run(const std::stop_token& stop, const std::function<void(const Error&)>& on_refused) {
    if (const Status checked = policies.CheckBeforeActing(stop); !checked.has_value()) {
      if (checked.error().code != Code::kCancelled) on_refused(checked.error());
      return;
    }
    if (!FillCaches(stop)) return;
    if (flags.leader_elect) {
      elector.Start();
    } else {
      Lead();
    }
    do {
      policies.Report();
    } while (runtime::SleepFor(kPolicyReportInterval, stop));
  }

  // False when stopped meanwhile.
  bool FillCaches(const std::stop_token& stop) {
    const Instant began = clock.Now();
    bool told = false;
    while (!caches.Synced() && !stop.stop_requested()) {
      runtime::SleepFor(std::chrono::milliseconds(10), stop);
      if (told || clock.Now() < began + kSlowSync) continue;
      told = true;
      LogWarning("Still waiting for the first list", {{"resources", Join(caches.Missing(), ",")}});
    }
    if (stop.stop_requested()) return false;
    LogInfo("Caches are filled", {{"milliseconds", std::to_string((clock.Now() - began).count())}});
    return true;
  }

  bool MayWrite() const { return flags.leader_elect ? elector.IsLeader() : leading.load(); }

  void Lead() {
    std::vector<api::Key> known;
    caches.groups.ForEach([&](const auto& group) { known.push_back(group->meta.key()); });
    planner.Start(known);
    leading = true;
    metrics->SetLeader(true);
    workloads.Start();
    groups.Start();
    // What the caches have heard of before is added here, what they hear of later by their handlers.
    caches.groups.ForEach([&](const auto& group) { groups.Add(group->meta.key()); });
    caches.workloads.ForEach([&](const auto& workload) { workloads.Add(workload->meta.key()); });
  }

  void Follow() {
    leading = false;
    metrics->SetLeader(false);
    workloads.Stop();
    groups.Stop();
    planner.Stop();
    workload_reconciler.Forget();
    group_reconciler.Forget();
  }

  void Census() {
    GroupCensus census;
    caches.groups.ForEach([&](const auto& group) { census.Count(*group); });
    metrics->SetGroups(census);
    const int workers = static_cast<int>(flags.workers);
    metrics->Controller("workload", workers).SetUnfinished(workloads.Unfinished(), workloads.LongestRunning());
    metrics->Controller("podgroup", workers).SetUnfinished(groups.Unfinished(), groups.LongestRunning());
    for (const auto& [resource, count] : caches.Sizes()) metrics->SetCachedObjects(resource, count);
  }

  const OperatorFlags flags;
  const std::string identity;
  const runtime::Clock& clock = runtime::RealClock();
  std::atomic<bool> leading = false;
  std::stop_source hurry;  // ends waiting between tries when stopping takes too long
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<client::HttpTransport> transport;
  std::unique_ptr<client::HttpTransport> lease_transport;
  std::unique_ptr<client::HttpTransport> review_transport;
  client::Api api;
  client::Api reviews;
  MetricsAccess metrics_access;
  PolicyWatch policies;
  EventSink events;
  Executor executor;
  Caches caches;
  Pace workload_pace{core::kShortestOfWorkload};
  Pace group_pace{core::kShortestOfGroup};
  Planner planner;
  runtime::SharedWriteGate workload_gate;
  runtime::SharedWriteGate group_gate;
  WorkloadController workload_reconciler;
  GroupController group_reconciler;
  runtime::Controller workloads;
  runtime::Controller groups;
  runtime::Elector elector;
  HealthChecks health;
  HealthChecks ready;
  std::unique_ptr<HttpServer> health_server;
  std::unique_ptr<HttpServer> metrics_server;
  std::jthread starter;
  HeapTrimmer trimmer;
};

Operator::Operator(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Operator::~Operator() = default;

Result<std::unique_ptr<Operator>> Operator::Create(const OperatorFlags& flags, const std::string& version) {
  TRY(const client::Connection connection,
      client::LoadConnection({.kubeconfig = flags.kubeconfig, .context = flags.context}, client::ReadEnvironment()));
  auto metrics = std::make_unique<Metrics>(MetricsOptions{.version = version, .lease_name = kLeaseName});
  client::TransportOptions options{.user_agent = client::UserAgent("muster-operator", version),
                                   .qps = flags.kube_api_qps,
                                   .burst = static_cast<int>(flags.kube_api_burst)};
  options.observer = [observer = metrics.get()](const client::Observation& seen) { observer->ObserveRequest(seen); };
  TRY(auto transport, client::HttpTransport::Create(connection, options));
  // The lease has connections and a rate of its own: a burst of writes must not cost us the leadership.
  options.qps = 0;
  options.connections_max = 2;
  TRY(auto lease_transport, client::HttpTransport::Create(connection, options));
  // Whoever reaches /metrics can have tokens reviewed: that must neither take the rate of what we are here for, nor
  // keep a scraper waiting longer than it will.
  options.qps = kReviewsPerSecond;
  options.burst = kReviewsPerSecond;
  options.connections_max = 1;
  options.request_timeout = kReviewPatience;
  TRY(auto review_transport, client::HttpTransport::Create(connection, options));
  return std::unique_ptr<Operator>(
      new Operator(std::make_unique<Parts>(flags, version, std::move(transport), std::move(lease_transport),
                                           std::move(review_transport), std::move(metrics))));
}

Status Operator::Start(std::function<void(const Error&)> on_refused) {
  Parts& p = *parts_;
  p.health.Add("ping", [] { return Ok(); });
  p.ready.Add("caches", [&p]() -> Status {
    if (p.caches.Synced()) return Ok();
    return MakeError(Code::kUnavailable, "not listed yet: " + Join(p.caches.Missing(), ", "));
  });
  p.ready.Add("lease", [&p]() -> Status {
    const std::optional<Error> trouble = p.elector.Trouble();
    if (!trouble) return Ok();
    const std::string advice = LeaseAdvice(*trouble, p.flags.leader_elect_namespace);
    return MakeError(trouble->code, trouble->message + "; " + advice);
  });
  TRY(p.health_server,
      HttpServer::Start(p.flags.health_address,
                        {{"/healthz", p.health.Handler("healthz")}, {"/readyz", p.ready.Handler("readyz")}},
                        {.flag = "--health-address"}));
  Authorize may_read;
  if (p.flags.metrics_authorization) {
    p.metrics_access.Start();
    may_read = [&p](const HttpRequest& request) { return p.metrics_access.Judge(request.bearer, request.peer); };
  }
  TRY(p.metrics_server,
      HttpServer::Start(p.flags.metrics_address,
                        {{"/metrics", MetricsHandler([&p] { return p.metrics->Text(); }, std::move(may_read))}},
                        {.flag = "--metrics-address"}));
  p.caches.Start();
  p.starter =
      std::jthread([&p, refused = std::move(on_refused)](const std::stop_token& stop) { p.Run(stop, refused); });
  return Ok();
}

void Operator::Stop() {
  Parts& p = *parts_;
  // A write in hand is finished; one that hangs is given up, so that we are gone within five seconds.
  std::jthread patience([&p](const std::stop_token& done) {
    if (!runtime::SleepFor(kStopPatience, done)) return;
    p.hurry.request_stop();
    p.transport->Stop();
    p.lease_transport->Stop();
    p.review_transport->Stop();
  });
  p.starter.request_stop();
  if (p.starter.joinable()) p.starter.join();
  if (p.flags.leader_elect) {
    p.elector.Stop();
  } else if (p.leading) {
    p.Follow();
  }
  p.events.Stop();
  p.caches.Stop();
  if (p.health_server) p.health_server->Stop();
  if (p.metrics_server) p.metrics_server->Stop();
  p.metrics_access.Stop();
}

}  // namespace muster::shell
