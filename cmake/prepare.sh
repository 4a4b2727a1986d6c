#!/usr/bin/env bash
# Makes a bare machine ready: installs packages, then builds C++ targets and the test cluster's programs side by side.
# Each step is named when it begins, with the minutes since the start, and says how long it took.
#
# Usage: prepare.sh [--parts "build cluster ..."] [--no-cluster] PRESET:TARGET[,TARGET...]...
#
#   --parts       parts of deps.sh to install first (default: build cluster); with "network", toxiproxy is built too
#   --no-cluster  build no programs of the test cluster
#
# With MUSTER_KUBECONFIG no control plane is built; with KUBEBUILDER_ASSETS only the programs that it lacks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/steps.sh
jobs=${JOBS:-$(nproc)}
parts="build cluster" cluster=yes
while [ $# -gt 0 ]; do
  case $1 in
    --parts) parts=$2 && shift 2 ;;
    --no-cluster) cluster=no && shift ;;
    --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit ;;
    *) break ;;
  esac
done

step "packages"
# shellcheck disable=SC2086 # a list
cmake/deps.sh $parts
step_done

cluster_build=
ticks=0
cluster_log=build/cluster-build.log
mkdir -p build
if [ "$cluster" = yes ]; then
  if tests/cluster/build.sh --check; then
    tests/cluster/build.sh >/dev/null
  else
    say_step "the control plane is built in the background; its progress is in $cluster_log"
    tests/cluster/build.sh >"$cluster_log" 2>&1 &
    cluster_build=$!
    trap 'kill "$cluster_build" 2>/dev/null || true' EXIT
  fi
fi

for group in "$@"; do
  preset=${group%%:*} targets=${group#*:}
  step "compiling ${targets//,/ } (preset $preset)"
  cmake/configure.sh "$preset"
  IFS=, read -r -a names <<<"$targets"
  cmake --build --preset "$preset" --parallel "$jobs" --target "${names[@]}"
  step_done
done

[[ " $parts " != *" network "* ]] || tests/cluster/build-toxiproxy.sh
[ -n "$cluster_build" ] || exit 0
step "the control plane"
while kill -0 "$cluster_build" 2>/dev/null; do
  sleep 1
  ((++ticks % 10)) || tail -n 1 "$cluster_log"
done
wait "$cluster_build" || {
  cat "$cluster_log" >&2
  exit 1
}
trap - EXIT
step_done
