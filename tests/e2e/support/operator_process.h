// One running muster-operator, with the rights of its ServiceAccount and not an admin's.
//
//   OperatorProcess op(cluster, {.identity = "a"});
//   ASSERT_TRUE(op.WaitLeading(10s));
//   op.Signal(SIGKILL);
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "tests/e2e/support/cluster.h"
#include "tests/e2e/support/eventually.h"

namespace muster::e2e {

enum class Elect {
  kYes,
  kNo
};  // kNo: acts at once, so that a killed one can be replaced without waiting for its lease

struct OperatorOptions {
  std::string identity = "one";
  Elect elect = Elect::kYes;
  std::vector<std::string> more = {};  // further flags
  bool open_metrics = true;            // for whoever asks
  std::string server = {};             // of the API server, when not where the tests find it
};

class OperatorProcess {
 public:
  OperatorProcess(Cluster& cluster, const OperatorOptions& options);

  // /readyz answers 200.
  ::testing::AssertionResult WaitReady(Duration longest);
  // The Lease names it; without election: it is ready.
  ::testing::AssertionResult WaitLeading(Duration longest);

  struct Page {
    int status = 0;
    std::string body;
  };
  Page Health(const std::string& path);
  Page Metrics(const std::string& bearer = {});
  // The value of a series, as written: Metric(R"(muster_pod_groups{state="Waiting"})"). nullopt: not there.
  std::optional<double> Metric(const std::string& series);

  int metrics_port() const { return metrics_port_; }

  void Signal(int signal) { process_->Signal(signal); }
  std::optional<int> Wait(Duration longest) { return process_->Wait(longest); }
  bool Running() { return process_->Running(); }
  const std::string& identity() const { return options_.identity; }
  // "JTI=<id>" of its token, as the audit log has it.
  const std::string& credential() const { return credential_; }
  std::string LogTail(size_t lines) const;

 private:
  Page Get(int port, const std::string& path, const std::string& bearer = {});

  Cluster& cluster_;
  const OperatorOptions options_;
  std::string credential_;
  std::string log_path_;
  std::streamoff log_begin_ = 0;  // what stands before it was said by others of that name
  int health_port_ = 0;
  int metrics_port_ = 0;
  std::unique_ptr<Process> process_;
};

// A port on loopback that is free now; one that is taken in the moment until somebody listens fails the test visibly.
int FreePort();

// Who holds the Lease; "" when nobody does.
std::string LeaseHolder(Cluster& cluster);

}  // namespace muster::e2e
