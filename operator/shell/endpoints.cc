#include "operator/shell/endpoints.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "lib/base/strings.h"

namespace muster::shell {
namespace {

bool HasQueryKey(const std::string& query, std::string_view key) {
  const std::vector<std::string> parts = Split(query, '&');
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return part == key || (part.starts_with(key) && part.substr(key.size()).starts_with('='));
  });
}

}  // namespace

struct HealthChecks::Checks {
  std::mutex mutex;
  std::vector<std::pair<std::string, Check>> list;
};

HealthChecks::HealthChecks() : checks_(std::make_shared<Checks>()) {}

void HealthChecks::Add(std::string name, Check check) {
  const std::lock_guard lock(checks_->mutex);
  for (auto& [known, old_check] : checks_->list) {
    if (known != name) continue;
    old_check = std::move(check);
    return;
  }
  checks_->list.emplace_back(std::move(name), std::move(check));
}

HttpAnswer HealthChecks::Answer(const std::string& endpoint, const HttpRequest& request) const {
  std::vector<std::pair<std::string, Check>> list;
  {
    const std::lock_guard lock(checks_->mutex);
    list = checks_->list;
  }
  std::string lines;
  bool all_pass = true;
  for (const auto& [name, check] : list) {
    const Status status = check();
    all_pass = all_pass && status.has_value();
    lines += status.has_value() ? "[+]" + name + " ok\n" : "[-]" + name + " failed: " + status.error().message + "\n";
  }
  if (!all_pass) return PlainAnswer(500, lines + endpoint + " check failed");
  if (HasQueryKey(request.query, "verbose")) return PlainAnswer(200, lines + endpoint + " check passed");
  return {.status = 200, .body = "ok"};
}

HttpHandler HealthChecks::Handler(std::string endpoint) const {
  return [checks = *this, endpoint = std::move(endpoint)](const HttpRequest& request) {
    return checks.Answer(endpoint, request);
  };
}

HttpHandler MetricsHandler(std::function<std::string()> text, Authorize authorize) {
  return [text = std::move(text),
          authorize = std::move(authorize)](const HttpRequest& request) -> std::optional<HttpAnswer> {
    std::optional<Access> access = Access::kAllowed;
    if (authorize) access = request.bearer.empty() ? Access::kUnauthenticated : authorize(request);
    if (!access) return std::nullopt;
    switch (*access) {
      case Access::kUnauthenticated:
        return PlainAnswer(401,
                           "a valid bearer token is needed, of an account bound to ClusterRole muster-metrics-reader");
      case Access::kForbidden:
        return PlainAnswer(403,
                           "not permitted to read /metrics: bind the account to ClusterRole muster-metrics-reader");
      case Access::kUnknown:
        return PlainAnswer(503, "cannot ask the API server who may read /metrics; the operator's log says why");
      case Access::kBusy:
        return PlainAnswer(503, "too many unknown tokens are being checked: try again");
      case Access::kAllowed:
        break;
    }
    return HttpAnswer{.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .body = text()};
  };
}

}  // namespace muster::shell
