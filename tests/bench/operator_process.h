// The operator as a benchmark starts it: its process, when it is ready, what it says of itself. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/client/transport.h"
#include "tests/bench/processes.h"

namespace muster::bench {

// Requests of the operator to the API server that write, as its metrics count them.
struct OwnWrites {
  double changes = 0;  // POST, PATCH, DELETE: everything but the lease, events included
  double lease = 0;    // PUT, which is used for the lease alone
};
OwnWrites ParseOwnWrites(const std::string& metrics_page);

class OperatorProcess {
 public:
  struct Options {
    std::string program;
    std::string kubeconfig;  // with the rights of its ServiceAccount
    std::string log;
    int port = 0;  // of /metrics; the next one is that of /readyz
  };

  static Result<std::unique_ptr<OperatorProcess>> Start(const Options& options);

  pid_t pid() const { return child_.pid(); }
  bool IsReady();
  // kTimeout when /readyz does not answer 200 within a minute; else the time at which it did.
  Result<Instant> WaitReady();
  Result<OwnWrites> ReadWrites();
  // Asks it to end, and waits.
  void Stop() { child_.Terminate(); }

 private:
  OperatorProcess(Child child, std::unique_ptr<client::HttpTransport> health,
                  std::unique_ptr<client::HttpTransport> metrics)
      : child_(std::move(child)), health_(std::move(health)), metrics_(std::move(metrics)) {}

  Child child_;
  std::unique_ptr<client::HttpTransport> health_;
  std::unique_ptr<client::HttpTransport> metrics_;
};

}  // namespace muster::bench
