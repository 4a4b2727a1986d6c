#include "kubectl-plugin/cmd/completion_scripts.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kKubectl = R"(#!/usr/bin/env sh
# Completion of `kubectl workload`: kubectl (1.26 or newer) runs this file when it is on PATH. To install it:
#   kubectl workload completion > ~/.local/bin/kubectl_complete-workload
#   chmod +x ~/.local/bin/kubectl_complete-workload
exec kubectl-workload __complete "$@"
)";

// bash breaks words at "=", ":" and "@" and replaces what stands behind the last of them: of an answer, that much is
// offered. Of --flag=value the answers are values alone. `read` without -r takes away the backslashes that %q has put
// before the word's special characters, so that a word can be completed further.
constexpr std::string_view kBash =
    R"(# Completion of kubectl-workload in bash: source <(kubectl-workload completion bash)
_kubectl_workload() {
  local line="${COMP_LINE:0:COMP_POINT}" words answer word replaced stem directive=0
  read -a words <<<"$line"
  read replaced <<<"$2"
  [[ $line == *[[:space:]] && $line != *\\[[:space:]] ]] && words+=("")
  word="${words[-1]}"
  [[ $word == -*=* ]] && word="${word#*=}"
  stem="${word%"$replaced"}"
  COMPREPLY=()
  while IFS= read -r answer; do
    if [[ $answer == :* ]]; then
      directive="${answer#:}"
    else
      answer="${answer%%$'\t'*}"
      printf -v answer %q "${answer#"$stem"}"
      COMPREPLY+=("$answer")
    fi
  done < <(kubectl-workload __complete-quoting "${words[@]:1}" 2>/dev/null)
  (( directive & 2 )) && compopt -o nospace
  (( directive & 4 )) || compopt -o default
  return 0
}
complete -F _kubectl_workload kubectl-workload
)";

// compadd quotes what it inserts. (Q) takes the quotes away from what is typed.
constexpr std::string_view kZsh = R"(#compdef kubectl-workload
# Completion of kubectl-workload in zsh: source <(kubectl-workload completion zsh), behind compinit.
_kubectl_workload() {
  local -a answers names extra
  local answer directive=0
  answers=("${(@f)$(kubectl-workload __complete-quoting "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for answer in "${answers[@]}"; do
    if [[ $answer == :* ]]; then
      directive=${answer#:}
    else
      names+=("${answer%%$'\t'*}")
    fi
  done
  [[ ${words[CURRENT]} == -*=* ]] && compset -P '*='
  (( directive & 2 )) && extra=(-S '')
  (( ${#names} )) && compadd "${extra[@]}" -- "${names[@]}"
  (( directive & 4 )) || _files
}
compdef _kubectl_workload kubectl-workload
)";

// What is offered for --flag=value is the value; fish wants the whole word, and quotes it when it inserts it.
constexpr std::string_view kFish =
    R"(# Completion of kubectl-workload in fish: kubectl-workload completion fish | source
function __kubectl_workload_complete
    set -l words (commandline -opc)
    set -l word (string unescape -- (commandline -ct))
    set -l prefix (string match -r -- '^-.*=' "$word")
    set -l directive 0
    for answer in (kubectl-workload __complete-quoting $words[2..-1] "$word" 2>/dev/null)
        if string match -q -- ':*' $answer
            set directive (string sub -s 2 -- $answer)
        else
            printf '%s\n' "$prefix$answer"
        end
    end
    if test (math "floor($directive / 4) % 2") -eq 0
        for path in (__fish_complete_path (string replace -r -- '^-.*=' '' "$word"))
            printf '%s\n' "$prefix$path"
        end
    end
end
complete -c kubectl-workload -f -a '(__kubectl_workload_complete)'
)";

}  // namespace

std::string_view KubectlCompletionScript() { return kKubectl; }

std::optional<std::string_view> ShellCompletionScript(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return std::nullopt;
}

}  // namespace muster::plugin
