// The API server a contract suite runs on: the real one, and any fake that wants to be believed. Every fact asserted in
// tests/contract must hold on all of them. A suite is a TEST_P over Servers(); a server that is not there skips
// visibly, or fails where CI is set.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "lib/api/meta.h"
#include "lib/json/value.h"
#include "lib/wire/http.h"

namespace muster::contract {

class Server {
 public:
  virtual ~Server() = default;
  // May do everything. Lives as long as the server.
  virtual wire::Transport& Admin() = 0;
  // As whoever that bearer token is of.
  virtual std::unique_ptr<wire::Transport> WithToken(const std::string& token) = 0;
};

struct ServerChoice {
  std::string name;                               // of the parameter, e.g. "RealServer"
  std::function<std::unique_ptr<Server>()> make;  // null when there is none
  std::string missing;                            // what to do to have one
};

inline std::ostream& operator<<(std::ostream& out, const ServerChoice& choice) { return out << choice.name; }

// All there are; a fake adds itself here.
const std::vector<ServerChoice>& Servers();
ServerChoice RealServer();

inline constexpr api::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr api::Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr api::Resource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount"};
inline constexpr api::Resource kQuotas{"", "v1", "resourcequotas", "ResourceQuota"};

// A name that no other test and no earlier run has used.
std::string UniqueName(const std::string& stem);
json::Value MakeConfigMap(const std::string& name, const std::string& value = "1");
// A suspended Job that no controller touches (managedBy), so that its status is the test's alone.
json::Value MakeUnmanagedJob(const std::string& name);

}  // namespace muster::contract
