// The scripts of `completion`: what kubectl runs, and what a shell reads. Layer: plugin cmd.
// Each asks `kubectl-workload __complete WORDS...` (completion.h) and does what its last line says; those that a shell
// reads ask with __complete-quoting, and quote the answers. All of them hand over words as the program would get them,
// without the quotes of the command line.
#pragma once

#include <optional>
#include <string_view>

namespace muster::plugin {

std::string_view KubectlCompletionScript();
// nullopt for a shell that we do not know.
std::optional<std::string_view> ShellCompletionScript(std::string_view shell);
inline constexpr std::string_view kCompletionShells[] = {"bash", "fish", "zsh"};

}  // namespace muster::plugin
