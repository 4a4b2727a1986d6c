#!/usr/bin/env bash
# Fuzzes every target in turn, or those named, with what was found interesting before (build/fuzz/corpus/NAME) and the
# seeds (tests/fuzz/corpus/NAME). Findings are kept in build/fuzz/findings/NAME and listed with the command that replays
# each; the exit status says whether there are any new ones.
#
# Usage: run.sh [NAME...]      SECONDS_EACH: how long each (default 60)      JOBS: how many compilers at a time
#
# Needs clang and its runtime (cmake/deps.sh fuzz).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${SECONDS_EACH:-60}
jobs=${JOBS:-$(nproc)}
build=build/fuzz

cmake/configure.sh fuzz
cmake --build --preset fuzz --parallel "$jobs"
if [ $# -eq 0 ]; then
  for folder in tests/fuzz/corpus/*/; do set -- "$@" "$(basename "$folder")"; done
fi

export ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
broken=()
for name in "$@"; do
  program=$build/tests/fuzz/fuzz_$name
  if [ ! -x "$program" ]; then
    printf "fuzz: there is no target '%s'; there are: %s\n" "$name" "$(cd tests/fuzz/corpus && printf '%s ' *)" >&2
    exit 2
  fi
  mkdir -p "$build/corpus/$name" "$build/findings/$name"
  log=$build/findings/$name.log
  printf '=== %s: %s seconds, log in %s\n' "$name" "$seconds" "$log"
  # Bombs must end within the time and the memory given.
  if "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -len_control=20 \
    -artifact_prefix="$build/findings/$name/" "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
    grep -E '^Done |DONE' "$log" | tail -n 1 || true
  else
    broken+=("$name")
    grep -E --max-count=3 'CHECK failed|runtime error|ERROR:' "$log" || tail -n 5 "$log"
  fi
done

[ ${#broken[@]} -gt 0 ] || exit 0
printf '\nFOUND something; each replays with:\n' >&2
for name in "${broken[@]}"; do
  sed -n "s|^artifact_prefix=.*Test unit written to |  $build/tests/fuzz/fuzz_$name |p" "$build/findings/$name.log" >&2
done
printf 'Mend it, with the input as a file in tests/fuzz/corpus/NAME and a unit test.\n' >&2
exit 1
