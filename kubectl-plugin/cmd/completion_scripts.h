// The scripts of `completion`: what kubectl runs, and what a shell reads. Layer: plugin cmd.
// Each asks `kubectl-workload __complete WORDS...` (completion.h) and does what its last line says.
#pragma once

#include <optional>
#include <string_view>

namespace muster::plugin {

std::string_view KubectlCompletionScript();
// nullopt for a shell that we do not know.
std::optional<std::string_view> ShellCompletionScript(std::string_view shell);
inline constexpr std::string_view kCompletionShells[] = {"bash", "fish", "zsh"};

}  // namespace muster::plugin
