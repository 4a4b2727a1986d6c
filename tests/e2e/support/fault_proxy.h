// toxiproxy between a program and the API server: what goes through it can be cut, delayed, slowed down, swallowed or
// reset, while everybody else talks to the server undisturbed. TLS goes through untouched.
//
//   FaultProxy proxy(cluster);
//   StartOperator({.server = proxy.server()});
//   proxy.Cut();
//   proxy.Heal();
#pragma once

#include <memory>
#include <string>

#include "lib/json/value.h"
#include "lib/wire/http.h"
#include "tests/e2e/support/cluster.h"
#include "tests/e2e/support/process.h"

namespace muster::e2e {

class FaultProxy {
 public:
  explicit FaultProxy(Cluster& cluster);

  // Why it is not there; "" when it is.
  const std::string& broken() const { return broken_; }
  // For a kubeconfig.
  std::string server() const { return "https://" + listen_; }

  // Connections are closed and new ones refused.
  void Cut() { Update(json::Object{{"enabled", false}}); }
  // Everything arrives so much later, both ways.
  void Delay(Duration by);
  // So many KB a second for each connection, both ways.
  void Slow(int64_t kilobytes_per_second);
  // Accepts connections and data, and neither passes anything on nor answers.
  void HalfOpen();
  // Connections are reset as soon as something is said.
  void Reset();
  // As if nothing had been; connections that lost data stay broken.
  void Heal();

 private:
  void BothWays(const std::string& type, const json::Value& attributes);
  void Update(const json::Value& fields);
  wire::Response Say(const std::string& path, const json::Value& body);

  std::string address_;  // of its own API
  std::string listen_;
  std::string broken_;
  std::unique_ptr<Process> process_;
};

}  // namespace muster::e2e
