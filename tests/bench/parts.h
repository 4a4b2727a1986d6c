// The parts of the benchmark that muster-bench runs, one function each; how each measures stands on top of its .cc.
// Each prints its figures as lines "<prefix>.<figure> <number>" on standard output, which run.sh makes the table of.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/bench/gang_watch.h"
#include "tests/bench/operator_process.h"

namespace muster::bench {

struct Settings {
  std::string prefix = "x";  // of the figures' names
  As as = As::kWorkload;
  int groups = 1;
  int size = 10;
  std::string cpu = "1";
  int seconds = 60;             // steady: how long to look
  int pods = 100000;            // decode, memory
  int kilobytes = 100;          // memory: of each Workload
  int standby_port = 0;         // memory: of a second operator, as op.port
  std::string then;             // start: also "restart", "steady" (comma-separated) in the same cluster
  std::string cluster_dir;      // the run directory of the test cluster
  OperatorProcess::Options op;  // no operator is started when its program is empty
  std::string plugin;           // plugin: the program
  std::string kubectl;          // plugin: the reference
};

void Print(const Settings& settings, const std::string& figure, double value);
double SecondsBetween(Instant from, Instant to);

// What every part on a cluster works with.
struct Bench {
  Settings settings;
  std::unique_ptr<client::HttpTransport> transport;
  std::unique_ptr<client::Api> api;
  std::unique_ptr<GangWatch> watch;
  std::unique_ptr<OperatorProcess> op;  // null: a reference run
};

// Connected by $KUBECONFIG, watching, the operator (if any) started and ready, everything warmed up by one small gang
// of the kind to be measured.
Result<Bench> MakeBench(const Settings& settings);
// How many writes the cluster has seen, by anybody: its resourceVersion, which etcd raises with every write.
Result<double> ClusterWrites(client::Api& api);
// So long is waited for all groups to run.
inline constexpr Duration kRunMax = std::chrono::seconds(600);
// What comes after the last pod runs: status, events.
inline constexpr Duration kSettle = std::chrono::seconds(5);

Status MeasureStart(Bench& bench);               // a, b
Status MeasureRefill(Bench& bench);              // c
Status MeasureRestart(Bench& bench);             // d, on what MeasureStart has left running
Status MeasureSteady(Bench& bench);              // g, the same
Status MeasureDecode(const Settings& settings);  // f
Status MeasurePlugin(Bench& bench);              // h
Status MeasureMemory(Bench& bench);              // m
Status MeasureTurn(Bench& bench);                // t

}  // namespace muster::bench
