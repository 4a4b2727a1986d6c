#!/usr/bin/env bash
# Stops, starts or freezes one program of a running test cluster, for tests of faults.
#
# Usage: component.sh stop|kill|start|restart|pause|resume NAME [--run-dir DIR]      component.sh status [--run-dir DIR]
#
#   NAME     etcd, kube-apiserver, kube-controller-manager, kube-scheduler or kwok
#   stop     SIGTERM, and wait until it has ended         kill     SIGKILL, and wait
#   start    as up.sh started it, and wait until it is ready; no effect when it runs
#   pause    SIGSTOP: it holds its connections and says nothing          resume   SIGCONT
#   DIR      what up.sh was given (default: $MUSTER_TEST_CLUSTER_DIR, else build/cluster)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$cluster_src/components.sh"

verb='' name='' run=${MUSTER_TEST_CLUSTER_DIR:-$default_run_dir}
while [ $# -gt 0 ]; do
  case $1 in
    --run-dir) run=$(option_value "$@") && shift 2 ;;
    -h | --help) usage && exit ;;
    -*) die "unknown option '$1'; see component.sh --help" ;;
    *) if [ -z "$verb" ]; then verb=$1; elif [ -z "$name" ]; then name=$1; else die "what is '$1'? see component.sh --help"; fi && shift ;;
  esac
done
[ -n "$verb" ] || { usage && exit 2; }
[ -r "$run/cluster.env" ] || die "no cluster runs in $run; start one: make cluster-up, or up.sh --run-dir $run"
run=$(cd "$run" && pwd)
# shellcheck disable=SC1091 # written by up.sh
source "$run/cluster.env"

signal() { # SIGNAL
  running_pid "$run" "$name" || die "$name does not run in $run; start it: component.sh start $name --run-dir $run"
  kill -s "$1" "$pid"
}

stop() {
  running_pid "$run" "$name" || return 0
  local i start
  start=$(process_start "$pid")
  kill -TERM "$pid"
  kill -CONT "$pid"
  for ((i = 0; i < 300; i++)); do
    same_process "$pid" "$start" || return 0
    sleep 0.05
  done
  die "$name (process $pid) has not ended 15 s after SIGTERM; component.sh kill ends it"
}

start() {
  if running_pid "$run" "$name"; then return; fi
  export MUSTER_CLUSTER_PROCESS_OF=$run
  say "--- started again at $(date -u +%FT%TZ)" >>"$run/log/$name.log"
  start_component "$run" "$name"
  wait_for_component "$run" "$name"
  # A patch of kwok's that was under way when the API server went is not tried again, and its pod would be stuck for ever.
  if [ "$name" = kube-apiserver ] && running_pid "$run" kwok; then
    name=kwok
    kill_and_wait "$pid" "$(process_start "$pid")"
    start
  fi
}

if [ "$verb" = status ]; then
  for name in "${components[@]}"; do
    if running_pid "$run" "$name"; then say "$name running $pid"; else say "$name stopped"; fi
  done
  exit
fi
[[ " ${components[*]} " == *" $name "* ]] || die "no component is called '$name'; there are: ${components[*]}"
case $verb in
  stop) stop ;;
  start) start ;;
  restart) stop && start ;;
  kill) if running_pid "$run" "$name"; then kill_and_wait "$pid" "$(process_start "$pid")"; fi ;;
  pause) signal STOP ;;
  resume) signal CONT ;;
  *) die "unknown verb '$verb'; see component.sh --help" ;;
esac
