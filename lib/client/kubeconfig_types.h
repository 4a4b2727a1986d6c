// The types of a kubeconfig's fields. Layer: client; internal to kubeconfig_files.cc and its tests. Pure.
#pragma once

#include <string_view>

#include "lib/base/result.h"
#include "lib/json/value.h"

namespace muster::client {

// kInvalid, "clusters[0].cluster.server is 5, not text; put it in quotes", for the first field whose value kubectl
// could not read, also where that field is never used: kubectl refuses the whole file. null is like no value, and
// fields that kubectl does not know are not looked at.
Status CheckKubeconfigTypes(const json::Value& config);

}  // namespace muster::client
