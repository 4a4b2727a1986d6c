// What the operator answers over HTTP: /healthz, /readyz and /metrics. Layer: operator/shell. Handlers for HttpServer,
// called from its thread; checks may be added from another one.
//
//   HealthChecks ready;
//   ready.Add("caches", [&] { return caches.Filled() ? Ok() : MakeError(Code::kUnavailable, "pods not listed yet"); });
//   HttpRoutes routes = {{"/readyz", ready.Handler("readyz")}};
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "operator/shell/http_server.h"
#include "operator/shell/metrics_access.h"

namespace muster::shell {

// Named checks behind one path, answered as the Kubernetes API server answers /readyz: 200 "ok" when all pass, else 500
// with a line for each check, the failing ones with their reason. "?verbose" lists them when all pass too.
class HealthChecks {
 public:
  using Check = std::function<Status()>;  // quick; its message is shown to whoever asks: no secrets

  HealthChecks();
  // A check of the same name is replaced. Order of the answer is the order of adding.
  void Add(std::string name, Check check);
  HttpAnswer Answer(const std::string& endpoint, const HttpRequest& request) const;
  // A handler that shares the checks with this object, and may outlive it. endpoint: "readyz", for the last line.
  HttpHandler Handler(std::string endpoint) const;

 private:
  struct Checks;
  std::shared_ptr<Checks> checks_;
};

// Whether the owner of the request's bearer token may read the metrics; nullopt while that is not known yet.
using Authorize = std::function<std::optional<Access>(const HttpRequest& request)>;

// Answers with text(), as Prometheus' text format 0.0.4. With authorize: 401 without a valid token, 403 for one without
// the right, 503 when that cannot be found out.
HttpHandler MetricsHandler(std::function<std::string()> text, Authorize authorize = nullptr);

}  // namespace muster::shell
