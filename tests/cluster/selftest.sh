#!/usr/bin/env bash
# Shows that the test cluster keeps its promises: clusters side by side, hollow nodes, pods that do what their annotations
# say, faults, and above all that no process is left, however things end. Takes about half a minute.
# Usage: selftest.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset MUSTER_KUBECONFIG KUBECONFIG

mkdir -p "$repo_root/build/clusters"
work=$(mktemp -d "$repo_root/build/clusters/selftest.XXXXXX")
failures=0

# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local run
  for run in "$work"/*/; do "$cluster_src/down.sh" --run-dir "$run" --sweep >/dev/null || true; done
  if [ "$failures" = 0 ]; then rm -rf "$work"; else warn "the logs are in $work"; fi
}
trap clean_up EXIT
trap 'exit 143' INT TERM

check() { # DESCRIPTION COMMAND...
  local description=$1
  shift
  if "$@"; then
    say "ok   $description"
  else
    failures=$((failures + 1))
    say "FAIL $description"
  fi
}

eventually() { # SECONDS COMMAND...: polls
  local limit=$1 start
  start=$(now_ms)
  shift
  until "$@" >/dev/null 2>&1; do
    (($(now_ms) - start < limit * 1000)) || return 1
    sleep 0.1
  done
}

is() { [ "$1" = "$2" ] || { warn "is '$1', should be '$2'" && return 1; }; }
refused() { ! "$@" >/dev/null 2>&1; }

# No process has that run directory in its environment: neither what up.sh started, nor what a command of with.sh left.
nothing_runs_in() { ! grep -qszE "^MUSTER_(CLUSTER_PROCESS_OF|TEST_CLUSTER_DIR)=$1" /proc/[0-9]*/environ; }

a=$work/a b=$work/b
ka() { cluster_kubectl "$a" "$@"; }

side_by_side() {
  "$cluster_src/up.sh" --run-dir "$a" --audit >/dev/null &
  local first=$!
  "$cluster_src/up.sh" --run-dir "$b" >/dev/null
  wait $first
  check "two clusters start at once" test -e "$a/ready" -a -e "$b/ready"
  check "up.sh again finds it up" grep -q 'up already' <("$cluster_src/up.sh" --run-dir "$a")
  local port
  port=$(sed -n 's#.*server: https://127.0.0.1:##p' "$b/kubeconfig")
  check "a taken port is refused" refused "$cluster_src/up.sh" --run-dir "$work/c" --port "$port"
  check "and leaves nothing" test ! -e "$work/c/kubeconfig"
  "$cluster_src/down.sh" --run-dir "$b" >/dev/null
  check "one stops, the other stays" test "$(running_components "$b" | wc -l) $(running_components "$a" | wc -l)" = "0 5"
}

nodes() {
  local add=("$cluster_src/nodes.sh" add --kubeconfig "$a/kubeconfig") started
  started=$(now_ms)
  "${add[@]}" --prefix many --count 200 --capacity cpu=2,nvidia.com/gpu=4 --label zone=z1 --taint gpu=yes:NoSchedule
  check "200 nodes come quickly ($(seconds_since "$started") s)" test $(($(now_ms) - started)) -lt 15000
  check "with the shape that was asked for" is "$(ka get node many-199 -o jsonpath='{.status.allocatable.cpu} {.status.allocatable.nvidia\.com/gpu} {.metadata.labels.zone} {.spec.taints[*].key} {.status.conditions[?(@.type=="Ready")].status}')" '2 4 z1 gpu True'
  "$cluster_src/nodes.sh" remove --kubeconfig "$a/kubeconfig" --prefix many
  check "and go" is "$(ka get nodes -o name)" ''
  "${add[@]}" --prefix n --count 2 --label pool=main
  "${add[@]}" --prefix n --label pool=main
  check "adding again goes on counting" is "$(ka get nodes -o name | xargs)" 'node/n-0 node/n-1 node/n-2'
  "${add[@]}" --prefix lost --unmanaged --label pool=lost --taint lost:NoSchedule
}

pod() { # NAME POOL ANNOTATIONS
  printf -- '---\n{apiVersion: v1, kind: Pod, metadata: {name: %s, annotations: {%s}}, spec: {restartPolicy: Never, nodeSelector: {pool: %s}, tolerations: [{operator: Exists}], containers: [{name: c, image: none}]}}\n' "$1" "$3" "$2"
}

pod_is() { # NAME PHASE READY RESTARTS
  is "$(ka get pod "$1" -o jsonpath='{.status.phase} {.status.conditions[?(@.type=="Ready")].status} {.status.containerStatuses[0].restartCount}' 2>&1)" "$2 $3 $4" 2>/dev/null
}

pods() {
  local t=test.muster.dev
  {
    pod plain main ''
    pod finish main "$t/finish-after: 500ms"
    pod fail main "$t/fail-after: 500ms, $t/exit-code: '42'"
    pod restart main "$t/restart-after: 300ms, $t/restarts: '2'"
    pod unready main "$t/unready-after: 500ms"
    pod waits main "$t/ready-after: 1h"
    pod flaps main "$t/ready-after: 300ms, $t/unready-after: 300ms, $t/finish-after: 300ms"
    pod slow main "$t/start-after: 1h"
    pod stays main "$t/stop-after: 1h"
    pod lost lost ''
  } | ka create -f - >/dev/null
  check "a pod runs at once" eventually 10 pod_is plain Running True 0
  check "finish-after" eventually 10 pod_is finish Succeeded False 0
  check "fail-after" eventually 10 pod_is fail Failed False 0
  check "exit-code" is "$(ka get pod fail -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}')" 42
  check "restart-after, restarts" eventually 10 pod_is restart Running True 2
  check "unready-after" eventually 10 pod_is unready Running False 0
  check "ready-after" pod_is waits Running False 0
  check "one after the other" eventually 10 pod_is flaps Succeeded False 0
  check "start-after" is "$(ka get pod slow -o jsonpath='{.status.phase} {.spec.nodeName}' | sed 's/n-.$/n/')" 'Pending n'
  check "an unmanaged node runs nothing" is "$(ka get pod lost -o jsonpath='{.status.phase} {.spec.nodeName}')" 'Pending lost-0'
  ka delete pod plain stays lost --wait=false >/dev/null
  check "a deleted pod goes" eventually 10 refused ka get pod plain
  check "stop-after" ka get pod stays -o name
  check "a lost node's pod stays" ka get pod lost -o name
  check "writes are counted" grep -q '"verb":"create".*"resource":"pods"' "$a/audit.log"
}

faults() {
  local component=("$cluster_src/component.sh")
  "${component[@]}" kill kube-apiserver --run-dir "$a"
  check "the API server is down" refused ka get --raw /readyz
  "${component[@]}" start kube-apiserver --run-dir "$a"
  check "and up again" is "$(ka get --raw /readyz)" ok
  # A watch opened while the API server started may be silent for minutes.
  "${component[@]}" restart kube-scheduler --run-dir "$a"
  "${component[@]}" pause kube-scheduler --run-dir "$a"
  pod late main '' | ka create -f - >/dev/null
  sleep 1
  check "a paused scheduler places nothing" is "$(ka get pod late -o jsonpath='{.spec.nodeName}')" ''
  "${component[@]}" resume kube-scheduler --run-dir "$a"
  check "a resumed one does" eventually 20 pod_is late Running True 0
}

interruptions() {
  local pid
  # A shell's background command does not hear Ctrl-C; env undoes that.
  env --default-signal=INT "$cluster_src/up.sh" --run-dir "$work/int" >/dev/null 2>&1 &
  pid=$!
  eventually 20 test -s "$work/int/pid/kube-apiserver" && kill -INT $pid
  wait $pid || true
  check "nothing runs after Ctrl-C in the middle of up.sh" eventually 10 nothing_runs_in "$work/int"

  "$cluster_src/up.sh" --run-dir "$work/nine" >/dev/null 2>&1 &
  pid=$!
  eventually 20 test -s "$work/nine/pid/kube-apiserver" && kill -KILL $pid
  wait $pid 2>/dev/null || true
  check "nor after kill -9" eventually 10 nothing_runs_in "$work/nine"

  check "with.sh passes the exit status on" is "$("$cluster_src/with.sh" --name selftest-with bash -c 'kubectl get --raw /readyz >/dev/null && exit 7' >/dev/null 2>&1 || printf '%s' $?)" 7
  # shellcheck disable=SC2016 # expanded by the inner shell
  "$cluster_src/with.sh" --name selftest-killed bash -c 'echo "$MUSTER_TEST_CLUSTER_DIR" >"$0"; setsid --fork sleep 1000; sleep 1000' "$work/killed" >/dev/null 2>&1 &
  pid=$!
  eventually 40 test -s "$work/killed" && kill -KILL $pid
  wait $pid 2>/dev/null || true
  local killed
  killed=$(cat "$work/killed")
  check "nor after kill -9 of with.sh, what it ran included" eventually 10 nothing_runs_in "$killed"
  rm -rf "$killed" "$repo_root/build/clusters"/selftest-with.*
}


started=$(now_ms)
side_by_side
nodes
pods
faults
"$cluster_src/down.sh" --run-dir "$a" >/dev/null
check "nothing runs after down.sh" eventually 10 nothing_runs_in "$work/"
interruptions
check "nothing runs in the end" eventually 10 nothing_runs_in "$work/"
say "$failures failure(s), $(seconds_since "$started") s"
[ "$failures" = 0 ]
