#!/usr/bin/env bash
# Formatting and static analysis; every finding is an error. Needs build/debug/compile_commands.json (preset debug, which
# compiles file by file).
# Usage: lint.sh [FILE...]     some files alone           lint.sh --fix     put all C++ into the house's format
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-$(nproc)}
status=0

# Files git knows or would take, so that what is about to be committed is looked at too.
files_like() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done; }

if [ "${1:-}" = --fix ]; then
  files_like '*.h' '*.cc' | xargs -r clang-format-14 -i
  exit
fi
if [ $# -gt 0 ]; then all=("$@"); else mapfile -t all < <(files_like '*.h' '*.cc' '*.sh' '*.yaml' '*.yml' .ci/run); fi
pick() { printf '%s\n' "${all[@]}" | grep -E "$1" || true; }

check() { # NAME COMMAND...: the files come from stdin
  local name=$1 files
  shift
  mapfile -t files
  [ ${#files[@]} -gt 0 ] || return 0
  printf -- '--- %s: %d files\n' "$name" ${#files[@]}
  printf '%s\0' "${files[@]}" | xargs -0 "$@" || {
    status=1
    printf 'lint.sh: %s found something, see above\n' "$name" >&2
  }
}

check clang-format clang-format-14 --dry-run -Werror < <(pick '\.(h|cc)$')
check shellcheck shellcheck < <(pick '(\.sh|\.ci/run)$')
check yamllint yamllint --strict < <(pick '\.ya?ml$')
if [ ! -e build/debug/compile_commands.json ]; then
  printf 'lint.sh: build/debug/compile_commands.json is missing; clang-tidy needs it: make lint\n' >&2
  exit 1
fi
# One file at a time per processor: run-clang-tidy is not in every package of clang-tidy.
check clang-tidy -n 1 -P "$jobs" clang-tidy-14 --quiet -p build/debug --extra-arg=-Wno-unknown-warning-option \
  < <(pick '\.cc$')
exit $status
