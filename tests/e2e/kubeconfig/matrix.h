// kubectl and kubectl-workload with the same kubeconfig, flags and environment on one real server: they must answer the
// same, or both must fail, ours with one line and in time. Kubeconfigs, certificates and commands are made in a folder
// of their own.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/support/cluster.h"
#include "tests/e2e/support/eventually.h"

namespace muster::e2e {

using namespace std::chrono_literals;

inline constexpr const char* kSpace = "matrix";  // where two workloads are

struct Row {
  std::string what;
  std::string kubeconfig = {};            // text of the file that KUBECONFIG names; empty: only what follows
  std::vector<std::string> flags = {};    // before "get"
  Environment environment = {};           // KUBECONFIG too, to have a list
  std::string refusal = {};               // what our line must hold; empty: both must answer
  std::vector<std::string> wrapper = {};  // a program that runs the rest of its arguments
};

// Where we mean to do something else.
struct Difference {
  Row row;              // its refusal is not looked at
  std::string kubectl;  // what kubectl's output must hold; kAnswers: the workloads
  std::string ours;     // what ours must hold
};
inline constexpr const char* kAnswers = "workload.muster.dev/one\nworkload.muster.dev/two\n";

class Matrix : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  void SetUp() override;

  // Runs both and compares; failures name the row.
  void Compare(const Row& row);
  void Compare(const std::vector<Row>& rows) {
    for (const Row& row : rows) Compare(row);
  }
  void Compare(const Difference& difference);
  // One of the two alone.
  static CommandResult Kubectl(const Row& row);
  static CommandResult Ours(const Row& row);

  static Cluster& cluster() { return Cluster::Get(); }
  static const std::string& dir();
  // Writes dir()/name and gives its path.
  static std::string File(const std::string& name, const std::string& text);
  // A shell script; relative names of its own folder are reached by `cd`.
  static std::string Script(const std::string& name, const std::string& text);
  // One context `x` of namespace kSpace; cluster and user are the inside of YAML flow mappings.
  static std::string Config(const std::string& cluster, const std::string& user);
  // The real server with its CA; `host` instead of 127.0.0.1.
  static std::string Server(const std::string& host = "127.0.0.1");
  static std::string Authority();  // certificate-authority-data
  static std::string Trusted() { return Server() + ", " + Authority(); }
  static int Port();
  // A token of the service account that may read workloads.
  static const std::string& Token();
  // dir()/<name>.{crt,key}: a certificate of the cluster's CA for that user; days -1: it has expired.
  static void Issue(const std::string& name, int days);
  static void Sign(const std::string& name, int days);  // the same for the key that is there
  static std::string Pki(const std::string& file);      // of the cluster: "ca.crt", "apiserver.key"
  static std::string Inline(const std::string& file);   // base64 of dir()/file

 private:
  static CommandResult Run(const std::vector<std::string>& program, const Row& row);
};

}  // namespace muster::e2e
