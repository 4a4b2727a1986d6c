#!/usr/bin/env bash
# Prepares the machine, builds and runs tests, and ends with a table: program, seconds, result. The table is also in
# build/test-result, whose first line is the tested commit and `passed` or `failed`.
#
# Usage: test.sh SET      JOBS: how many compilers or tests at a time (default: as many as processors)
#
#   test      everything that proves behaviour, once: style; unit, transport and scenario tests and the fuzz targets'
#             corpora with ASan and UBSan; the simulated histories of scenario_chaos, the contract and all end-to-end
#             tests with the release build
#   test-all  the same, with more cases, and the search for improbable faults: every history of chaos with ASan, the threaded parts
#             and the programs with TSan, the programs with ASan, libFuzzer, 1,000 judged groups with new seeds, long outages
#   asan      unit, transport, scenario and fuzz tests, and end-to-end tests of the programs, with ASan and UBSan
#   tsan      the same with TSan
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/steps.sh
jobs=${JOBS:-$(nproc)}
result=build/test-result rows=build/test-rows
fuzz_seconds=${SECONDS_EACH:-60}
not_e2e='^(unit|transport|scenario|fuzz)$'
# What end-to-end tests run with a sanitizer: whole lives of groups, many at once, killed operators, cut networks, screens.
sanitized_e2e='^e2e_(start|change|crowd|hands|faults|network|surface|terminal)$'
# The programs whose tests use threads.
threaded='^(unit_runtime|unit_client|unit_operator_shell|transport)$'
# Halting at the first finding is what makes a sanitizer's finding a failed test.
export ASAN_OPTIONS=halt_on_error=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

tested() { # the commit, and whether the work tree differs from it
  local commit
  commit=$(git rev-parse HEAD 2>/dev/null || printf 'unknown')
  [ -z "$(git status --porcelain 2>/dev/null)" ] || commit+=" with uncommitted changes:"
  printf '%s' "$commit"
}

row() { printf '%s\t%s\t%s\n' "$@" >>"$rows"; } # PROGRAM SECONDS RESULT

prepare() { # OPTIONS AND TARGETS of prepare.sh
  local began=$EPOCHSECONDS preset=${*: -1}
  preset=${preset%%:*}
  if cmake/prepare.sh "$@"; then
    row "preparation: preset $preset" $((EPOCHSECONDS - began)) passed
  else
    row "preparation: preset $preset" $((EPOCHSECONDS - began)) failed
    return 1
  fi
}

run() { # NAME DIRECTORY CTEST_OPTIONS...
  local name=$1 directory=$2 junit=$PWD/build/junit.xml
  shift 2
  step "$name"
  rm -f "$junit"
  ctest --test-dir "$directory" --output-on-failure --no-tests=error --parallel "$jobs" --output-junit "$junit" "$@" || true
  cmake/junit-rows.py "$junit" "$name" >>"$rows"
  step_done
}

finish() {
  local status=$? passed failed
  trap - EXIT
  passed=$(grep -c $'\tpassed$' "$rows" || true)
  failed=$(grep -vc $'\tpassed$' "$rows" || true)
  [ "$failed" = 0 ] && [ "$status" = 0 ] || status=1
  {
    printf '%s %s\n' "$(tested)" "$([ $status = 0 ] && printf passed || printf failed)"
    awk -F '\t' '{ printf "%-72s %6s s  %s\n", $1, $2, $3 }' "$rows"
    printf '%-72s %6s s\n' total $((EPOCHSECONDS - MUSTER_STARTED))
  } >"$result"
  printf '\n'
  cat "$result"
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  exit "$status"
}

mkdir -p build
rm -f "$result"
: >"$rows"
trap finish EXIT

release_tests=release:muster-operator,kubectl-workload,scenario_chaos,test_programs_style,test_programs_contract,test_programs_e2e,benchmarks
sanitized_tests=test_programs_unit,test_programs_transport,test_programs_scenario,fuzzers

test_once() {
  prepare --parts "build cluster network alerts" "$release_tests"
  prepare --no-cluster --parts build "asan:${sanitized_tests//test_programs_scenario/scenario_operator,scenario_plugin}"
  run "style" build/release -L '^style$'
  run "unit, transport, scenario and fuzz tests with ASan and UBSan" build/asan -L "$not_e2e" -E '^scenario_chaos$'
  run "chaos, contract and end-to-end tests" build/release -L '^(scenario|contract|e2e)$' -E '^scenario_(operator|plugin)$'
}

# What is on its way when a program is ended is cpprestsdk's to free, which it does not always: leaks are looked for in
# the tests without a cluster, the transport's among them.
sanitized() { # PRESET SANITIZERS
  prepare --parts "build cluster network alerts" "$release_tests"
  prepare --no-cluster --parts build "$1:muster-operator,kubectl-workload,$sanitized_tests"
  run "tests with $2" "build/$1" -L "$not_e2e"
  MUSTER_PROGRAMS=$PWD/build/$1/bin ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 run \
    "end-to-end tests of the programs with $2" build/release -R "$sanitized_e2e"
}

fuzz() {
  local name began
  prepare --no-cluster --parts "build fuzz" fuzz:fuzzers
  for name in tests/fuzz/corpus/*/; do
    name=$(basename "$name") began=$EPOCHSECONDS
    if SECONDS_EACH=$fuzz_seconds JOBS=$jobs tests/fuzz/run.sh "$name"; then
      row "libFuzzer: $name" $((EPOCHSECONDS - began)) passed
    else
      row "libFuzzer: $name" $((EPOCHSECONDS - began)) failed
    fi
  done
}

case ${1:-} in
  test) test_once ;;
  test-all)
    export MUSTER_THOROUGH=1
    test_once
    run "long outages" build/release -L '^e2e_long$'
    sanitized asan "ASan and UBSan"
    prepare --no-cluster --parts build "tsan:muster-operator,kubectl-workload,test_programs_unit,test_programs_transport"
    run "threaded parts with TSan" build/tsan -R "$threaded"
    MUSTER_PROGRAMS=$PWD/build/tsan/bin run "end-to-end tests of the programs with TSan" build/release -R "$sanitized_e2e"
    fuzz
    ;;
  asan) sanitized asan "ASan and UBSan" ;;
  tsan) sanitized tsan TSan ;;
  *)
    trap - EXIT
    printf "test.sh: unknown set of tests '%s'; there are test, test-all, asan and tsan\n" "${1:-}" >&2
    exit 2
    ;;
esac
