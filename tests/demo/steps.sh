# shellcheck shell=bash
# What the demo's steps are made of: showing a command and running it, waiting, expecting. Sourced by demo.sh.

# How long the group may take to run once its nodes are there. On an idle machine it takes less than a second; the limit
# leaves room for a busy one.
# shellcheck disable=SC2034 # used by demo.sh
limit_ms=${DEMO_LIMIT_MS:-3000}

now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }
title() { printf '\n=== %s\n' "$*"; }
fail() {
  printf '\nDEMO FAILED: %s\n' "$*" >&2
  printf 'The operator'"'"'s log is build/cluster/log/operator.log; stop everything with: make cluster-down\n' >&2
  exit 1
}

last_code=0
# Prints a command as a user would type it, then runs it. The exit code is kept for expect_code.
show() {
  printf '\n$ %s\n' "${*//$PWD\//}"
  last_code=0
  "$@" || last_code=$?
  return "$last_code"
}
# After `show command ||`: the command must have ended with this code.
expect_code() { [ "$last_code" = "$1" ] || fail "expected exit code $1, got $last_code"; }
expect_equal() { # WHAT WANTED GOT
  [ "$2" = "$3" ] || fail "$1: expected $2, got $3"
  printf '    %s: %s\n' "$1" "$3"
}

until_true() { # WHAT COMMAND...
  local what=$1 i
  shift
  for ((i = 0; i < 100; i++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "not within 10 s: $what"
}

pods_are_gone() { [ "$(count_pods "$1")" = 0 ]; }
group_waits() { [ -n "$(kubectl get podgroups.muster.dev "$1" -o jsonpath='{.status.explanation.summary}')" ]; }
count_pods() { kubectl get pods -l "muster.dev/pod-group=$1" -o name | wc -l; }
count_running() {
  kubectl get pods -l "muster.dev/pod-group=$1" --field-selector=status.phase=Running -o name | wc -l
}

# The operator runs with the rights of its ServiceAccount, not an admin's. `make cluster-down` finds it by the variable in
# its environment.
start_operator() {
  # shellcheck disable=SC2154 # set by demo.sh
  local kubeconfig=$run/operator.kubeconfig token
  token=$(kubectl -n muster-system create token muster-operator --duration=24h)
  cp "$run/kubeconfig" "$kubeconfig"
  kubectl --kubeconfig="$kubeconfig" config set-credentials muster-operator --token="$token" >/dev/null
  kubectl --kubeconfig="$kubeconfig" config set-context operator --user=muster-operator \
    --cluster="$(kubectl config view -o jsonpath='{.clusters[0].name}')" >/dev/null
  kubectl --kubeconfig="$kubeconfig" config use-context operator >/dev/null
  printf '\n$ muster-operator --kubeconfig=build/cluster/operator.kubeconfig &\n'
  MUSTER_CLUSTER_PROCESS_OF=$run setsid --fork muster-operator --kubeconfig="$kubeconfig" \
    --health-address=127.0.0.1:0 --metrics-address=127.0.0.1:0 </dev/null >>"$run/log/operator.log" 2>&1
  until_true "the operator leads" grep -q '"Leading"' "$run/log/operator.log"
  grep -h '"Leading"\|"Caches' "$run/log/operator.log"
}
