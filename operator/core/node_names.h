// Status and events without names of nodes, for clusters whose tenants must not learn them (--node-pool-label). Layer:
// operator/core. Pure. What the planner says is written so from the start (placement::Picture); this is for what others
// say of pods and children: kube-scheduler, kubelets and controllers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "operator/core/group.h"

namespace muster::core {

// What is written instead of a node's name ("a node of pool gpu"); nullopt: no node has that name.
using NodeText = std::function<std::optional<std::string>(const std::string& name)>;

// The text with each word replaced that is a node's name, or that stands in quotes after "node".
std::string WithoutNodeNames(std::string_view text, const NodeText& instead);

// Takes names of nodes out of whatever is quoted or said of the group's pods and children.
void HideNodeNames(ObservedGroup& observed, const NodeText& instead);

}  // namespace muster::core
