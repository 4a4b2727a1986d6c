#!/usr/bin/env bash
# Tears a test cluster down when the one it is for has gone. Started by up.sh, detached, before anything else: a process
# killed with -9 cannot clean up after itself, and neither can a test runner that kills whole process trees.
#
# Usage: watchdog.sh RUN_DIR UP_PID UP_START PARENT_PID PARENT_START     (PARENT_* empty: the cluster outlives up.sh)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
run=$1 up_pid=$2 up_start=$3 parent=$4 parent_start=$5

while same_process "$up_pid" "$up_start" && [ ! -e "$run/ready" ]; do sleep 0.2; done
if [ -e "$run/ready" ]; then
  [ -n "$parent" ] || exit 0
  while same_process "$parent" "$parent_start"; do sleep 0.3; done
fi
say "$(date -u +%FT%TZ) the process this cluster is for has gone: tearing it down"
exec "$cluster_src/down.sh" --run-dir "$run" --sweep
