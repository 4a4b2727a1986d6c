#!/usr/bin/env bash
# Builds what the tests need, runs them, and ends with ctest's summary. Called by the Makefile, which has seen to the
# packages and the test cluster's programs.
#
# Usage: test.sh [all|asan|tsan]      JOBS: how many compilers or tests at a time (default: as many as processors)
#
#   all   the unit, scenario, transport and fuzz tests with ASan and UBSan (of scenario_chaos an eighth; `asan` runs all),
#         those of threads with TSan, libFuzzer briefly, then every test of the release build
#   asan  the unit, scenario, transport and fuzz tests, and end-to-end tests of operator and plugin, with ASan and UBSan
#   tsan  the same with TSan
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${JOBS:-$(nproc)}
started=$SECONDS
failed=()
asan_more=

# Long enough to see that each works; `make fuzz` looks for more.
fuzz_seconds=5

# The programs whose tests use threads.
threaded=(unit_runtime unit_client unit_operator_shell transport)

step() { printf '\n=== %s (%d:%02d)\n' "$*" $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

build() { # PRESET [TARGET]...: all of it, or these targets
  local preset=$1 targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  step "building ${*:-all} with the preset $preset"
  cmake/configure.sh "$preset"
  cmake --build --preset "$preset" --parallel "$jobs" "${targets[@]}"
}

run() { # NAME DIRECTORY CTEST_OPTIONS...
  local name=$1 directory=$2
  shift 2
  step "$name"
  # Halting at the first finding is what makes a sanitizer's finding a failed test.
  ASAN_OPTIONS=halt_on_error=1:detect_stack_use_after_return=1$asan_more UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    ctest --test-dir "$directory" --output-on-failure --no-tests=error --parallel "$jobs" "$@" || failed+=("$name")
}

# The programs with a sanitizer on a real control plane: whole lives of groups, many at once, killed operators, cut
# networks, every screen.
sanitized() { # PRESET SANITIZERS
  build "$1"
  run "tests with $2" "build/$1" -L '^(unit|scenario|transport|fuzz)$'
  build release
  # What is on its way when a program is ended is cpprestsdk's to free, which it does not always: leaks are looked for in
  # the tests before, the transport's among them.
  asan_more=:detect_leaks=0
  MUSTER_PROGRAMS=$PWD/build/$1/bin run "end-to-end tests of the programs with $2" build/release \
    -R '^e2e_(start|change|crowd|hands|faults|network|surface|terminal)$'
}

case ${1:-all} in
  asan) sanitized asan "ASan and UBSan" ;;
  tsan) sanitized tsan TSan ;;
  all)
    build release
    build asan
    run "unit, scenario, transport and fuzz tests with ASan and UBSan" build/asan -L '^(unit|scenario|transport|fuzz)$' \
      -E '^scenario_chaos$'
    # Crashed after every write, stories take ten times as long with a sanitizer: every eighth is enough each time.
    # Another one each day; the name says which, to run it again.
    shard=${MUSTER_CHAOS_SHARD:-$((10#$(date +%j) % 8))}
    GTEST_TOTAL_SHARDS=8 GTEST_SHARD_INDEX=$shard run \
      "an eighth of the stories of chaos with ASan and UBSan (MUSTER_CHAOS_SHARD=$shard)" build/asan -R '^scenario_chaos$'
    build tsan "${threaded[@]}"
    run "tests of what has threads with TSan" build/tsan -R "^($(IFS='|' && echo "${threaded[*]}"))$"
    step "every target of libFuzzer for ${fuzz_seconds} s"
    JOBS=$jobs SECONDS_EACH=$fuzz_seconds tests/fuzz/run.sh || failed+=("libFuzzer")
    run "all tests of the release build" build/release
    ;;
  *)
    printf "test.sh: unknown set of tests '%s'; there are all, asan and tsan\n" "$1" >&2
    exit 2
    ;;
esac

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nFAILED: %s\n' "${failed[@]}" >&2
  exit 1
fi
