// The cluster and the user of a kubeconfig, into a Connection. Layer: client; internal to kubeconfig.cc. Reads no file
// but a CA that a credentials command is to be told.
#pragma once

#include <string>

#include "lib/base/result.h"
#include "lib/client/connection.h"
#include "lib/client/kubeconfig_files.h"

namespace muster::client {

// kInvalid, one line that names field, entry, file and remedy, for what cannot be used.
Status ReadCluster(const ConfigEntry& cluster, const std::string& name, Connection& connection);
Status ReadUser(const ConfigEntry& user, const std::string& name, bool has_own_token, Connection& connection);

// connection.exec.cluster_info, when the user's exec asks for it: after all else of the connection is known.
Status FillClusterInfo(const ConfigEntry& cluster, const ConfigEntry& user, Connection& connection);

}  // namespace muster::client
