#!/usr/bin/env bash
# Runs a command with a test cluster of its own, and tears the cluster down afterwards, whatever happened: also when the
# command fails, on Ctrl-C, and when this script is killed with -9.
#
# Usage: with.sh [--nodes N] [--keep-logs] [any option of up.sh but --run-dir and --parent] [--] COMMAND...
#
# The command gets KUBECONFIG (an admin's), MUSTER_TEST_CLUSTER_DIR (the run directory: log/, audit.log, what component.sh
# needs), and the cluster's kubectl first in PATH. Whatever it leaves running with that environment is ended too.
# With MUSTER_KUBECONFIG set the command runs on that cluster, and nothing is started.
# The exit status is the command's. The logs are kept when it fails, or with --keep-logs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

nodes=0 keep_logs=no up_options=() name=test
while [ $# -gt 0 ]; do
  case $1 in
    --nodes) nodes=$(option_value "$@") && shift 2 ;;
    --keep-logs) keep_logs=yes && shift ;;
    --name) name=$(option_value "$@") && up_options+=("$1" "$2") && shift 2 ;;
    --audit) up_options+=("$1") && shift ;;
    --run-dir | --parent) die "$1 is not for with.sh: it makes a directory of its own and is itself the parent" ;;
    -h | --help) usage && exit ;;
    --) shift && break ;;
    -*) up_options+=("$1" "$(option_value "$@")") && shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || die "run which command? see with.sh --help"

export PATH=$cluster_bin:$PATH
if [ -n "${MUSTER_KUBECONFIG:-}" ]; then
  [ -r "$MUSTER_KUBECONFIG" ] || die "MUSTER_KUBECONFIG names $MUSTER_KUBECONFIG, which cannot be read"
  warn "MUSTER_KUBECONFIG is set: using the cluster of $MUSTER_KUBECONFIG; nothing is started"
  KUBECONFIG=$MUSTER_KUBECONFIG exec "$@"
fi

mkdir -p "$repo_root/build/clusters"
run=$(mktemp -d "$repo_root/build/clusters/$name.XXXXXX")
child=

# shellcheck disable=SC2317 # called by the trap
on_exit() {
  local status=$?
  trap '' INT TERM HUP
  if [ -n "$child" ] && kill -TERM "$child" 2>/dev/null; then
    local i
    for ((i = 0; i < 100; i++)); do
      kill -0 "$child" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$child" 2>/dev/null || true
  fi
  if [ "$status" -eq 0 ] && [ "$keep_logs" = no ]; then
    "$cluster_src/down.sh" --run-dir "$run" --sweep --purge >/dev/null
  else
    "$cluster_src/down.sh" --run-dir "$run" --sweep >/dev/null
    warn "the logs of the cluster are in $run/log"
  fi
  exit "$status"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"$cluster_src/up.sh" --run-dir "$run" --parent $$ "${up_options[@]}" >&2
# A cache of its own: kubectl names its by host and port, and ports come back.
export KUBECONFIG=$run/kubeconfig MUSTER_TEST_CLUSTER_DIR=$run KUBECACHEDIR=$run/kube-cache
if [ "$nodes" != 0 ]; then "$cluster_src/nodes.sh" add --count "$nodes" >&2; fi

# In the background, because a shell that waits for a foreground command does not hear a signal before that has ended.
# The command is told when this script dies; env gives it back the Ctrl-C that a background command does not hear.
setpriv --pdeathsig TERM env --default-signal=INT,QUIT "$@" <&0 &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
