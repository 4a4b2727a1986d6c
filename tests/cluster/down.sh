#!/usr/bin/env bash
# Stops a test cluster, waits until every process of it is gone, and drops its data. The logs (and audit.log) stay.
#
# Usage: down.sh [--run-dir DIR] [--sweep] [--purge]
#
#   --run-dir DIR  what up.sh was given (default build/cluster)
#   --sweep        also end what was started with MUSTER_TEST_CLUSTER_DIR=DIR in its environment (see with.sh)
#   --purge        remove DIR and all that is in it
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$cluster_src/ports.sh"

run=$default_run_dir sweep=no purge=no
while [ $# -gt 0 ]; do
  case $1 in
    --run-dir) run=$(option_value "$@") && shift 2 ;;
    --sweep) sweep=yes && shift ;;
    --purge) purge=yes && shift ;;
    -h | --help) usage && exit ;;
    *) die "unknown option '$1'; see down.sh --help" ;;
  esac
done
if [ ! -d "$run" ]; then
  say "no cluster in $run"
  exit
fi
run=$(cd "$run" && pwd)

# This script and those who called it, up to the first process: none of them may be ended here.
own_lineage() {
  local pid=$$ stat
  while [ "$pid" -gt 1 ]; do
    printf ' %s ' "$pid"
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 0
    read -r _ pid _ <<<"${stat##*) }"
  done
}

# Every process with this entry in its environment. It finds also what was started a moment ago and has no pid file yet.
processes_marked() { # NAME=VALUE
  grep -lzxF -e "$1" /proc/[0-9]*/environ 2>/dev/null | sed 's#/proc/\([0-9]*\)/.*#\1#' || true
}

stop_marked() { # NAME=VALUE
  local pid start left round
  for ((round = 0; round < 20; round++)); do
    left=
    for pid in $(processes_marked "$1"); do
      if [[ $lineage != *" $pid "* ]] && start=$(process_start "$pid"); then
        left=yes
        kill_and_wait "$pid" "$start"
      fi
    done
    [ -n "$left" ] || return 0
  done
  die "processes with $1 in their environment keep appearing; who starts them?"
}

exec {lock}>"$run/down.lock"
flock -w 60 "$lock" || die "another down.sh has been busy with $run for 60 s"
was_up=no
[ ! -e "$run/cluster.env" ] || was_up=yes
lineage=$(own_lineage)
for name in up kwok kube-scheduler kube-controller-manager kube-apiserver etcd watchdog; do
  if running_pid "$run" "$name" && [[ $lineage != *" $pid "* ]]; then kill_and_wait "$pid" "$(process_start "$pid")"; fi
done
stop_marked "MUSTER_CLUSTER_PROCESS_OF=$run"
if [ $sweep = yes ]; then stop_marked "MUSTER_TEST_CLUSTER_DIR=$run"; fi
release_ports "$run"
# A link to a user's own kubeconfig (MUSTER_KUBECONFIG) goes too; the file it points to stays.
rm -rf "$run/pid" "$run/pki" "$run/etcd-data" "$run/kube-cache"
rm -f "$run/kubeconfig" "$run/kubeconfig.new" "$run/cluster.env" "$run/ready" "$run/log/wait.log"
if [ $purge = yes ]; then rm -rf "$run"; else rm -f "$run/down.lock"; fi
if [ $was_up = yes ]; then say "the cluster in $run is down"; else say "no cluster in $run"; fi
