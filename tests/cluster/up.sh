#!/usr/bin/env bash
# Starts a real control plane on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok, which
# plays the kubelets of hollow nodes. Several can run side by side. Stop it with down.sh.
#
# Usage: up.sh [--run-dir DIR] [--name NAME] [--port PORT] [--parent PID] [--audit]
#              [--feature-gates LIST] [--runtime-config LIST] [--admission-plugins LIST]
#              [--disabled-admission-plugins LIST]
#
#   --run-dir DIR           where everything of this cluster lives (default build/cluster); DIR/kubeconfig is an admin's
#   --name NAME             its name in the kubeconfig and in messages (default: the name of DIR)
#   --port PORT             the API server's port; it and the nine after it must be free (default: a free block is chosen)
#   --parent PID            tear everything down as soon as that process has gone, however it went
#   --audit                 log every write (not leases) to DIR/audit.log, one JSON object a line
#   --feature-gates LIST    e.g. GenericWorkload=true          --runtime-config LIST   e.g. api/all=true
#   --admission-plugins LIST  besides the API server's defaults (default OwnerReferencesPermissionEnforcement)
#   --disabled-admission-plugins LIST  of the API server's defaults (default TaintNodesByCondition)
#
# With MUSTER_KUBECONFIG set nothing is started: DIR/kubeconfig becomes a link to that file.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$cluster_src/components.sh"
source "$cluster_src/ports.sh"
source "$cluster_src/pki.sh"

run=$default_run_dir name='' port='' parent=''
AUDIT=no FEATURE_GATES=AllAlpha=false RUNTIME_CONFIG=api/ga=true ADMISSION_PLUGINS=OwnerReferencesPermissionEnforcement
DISABLED_ADMISSION_PLUGINS=TaintNodesByCondition
while [ $# -gt 0 ]; do
  case $1 in
    --run-dir) run=$(option_value "$@") && shift 2 ;;
    --name) name=$(option_value "$@") && shift 2 ;;
    --port) port=$(option_value "$@") && shift 2 ;;
    --parent) parent=$(option_value "$@") && shift 2 ;;
    --audit) AUDIT=yes && shift ;;
    --feature-gates) FEATURE_GATES=$(option_value "$@") && shift 2 ;;
    --runtime-config) RUNTIME_CONFIG=$(option_value "$@") && shift 2 ;;
    --disabled-admission-plugins) DISABLED_ADMISSION_PLUGINS=$(option_value "$@") && shift 2 ;;
    --admission-plugins) ADMISSION_PLUGINS=$(option_value "$@") && shift 2 ;;
    -h | --help) usage && exit ;;
    *) die "unknown option '$1'; see up.sh --help" ;;
  esac
done
mkdir -p "$run"
run=$(cd "$run" && pwd)
name=${name:-$(basename "$run" | tr 'A-Z_' 'a-z-')}
cluster_name=$name # on_exit may run inside a function that has a name of its own
[[ $name =~ ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$ ]] || die "--name '$name': use lower case letters, digits, '-' and '.'"
[[ -z $port || ($port =~ ^[0-9]+$ && $port -ge 1024 && $port -le 65526) ]] || die "--port '$port': a number from 1024 to 65526"

use_existing_cluster() {
  [ -r "$MUSTER_KUBECONFIG" ] || die "MUSTER_KUBECONFIG names $MUSTER_KUBECONFIG, which cannot be read"
  [ -z "$(running_components "$run")" ] ||
    die "a test cluster runs in $run; stop it first: tests/cluster/down.sh --run-dir $run"
  ln -sfn "$(realpath "$MUSTER_KUBECONFIG")" "$run/kubeconfig"
  say "MUSTER_KUBECONFIG is set: using the cluster of $MUSTER_KUBECONFIG; nothing is started"
}

# Succeeds when the cluster is up already; what is left of a broken one is cleared away.
already_up() {
  [ -e "$run/cluster.env" ] || [ -d "$run/pid" ] || return 1
  if [ -e "$run/ready" ] && [ "$(running_components "$run" | wc -l)" = ${#components[@]} ] &&
    cluster_kubectl "$run" get --raw /readyz >/dev/null 2>&1; then
    return 0
  fi
  warn "what is in $run is not a complete cluster: clearing it away"
  "$cluster_src/down.sh" --run-dir "$run" >/dev/null
  return 1
}

on_exit() {
  local status=$?
  trap '' INT TERM HUP
  if [ ! -e "$run/ready" ]; then
    "$cluster_src/down.sh" --run-dir "$run" >/dev/null || true
    [ $status -ne 0 ] || status=1
    warn "cluster '$cluster_name' was not started; the logs are in $run/log"
  fi
  exit $status
}

bootstrap() {
  export MUSTER_CLUSTER_PROCESS_OF=$run
  mkdir -p "$run/pid" "$run/log"
  rm -rf "$run/log"/* "$run/etcd-data" "$run/audit.log"
  local parent_start=''
  if [ -n "$parent" ]; then
    parent_start=$(process_start "$parent") || die "--parent $parent: there is no such process"
  fi
  echo "$$ $(process_start $$)" >"$run/pid/up"
  start_detached "$run" watchdog "$cluster_src/watchdog.sh" "$run" "$$" "$(process_start $$)" "$parent" "$parent_start"

  PORT=$(reserve_ports "$run" "$port")
  declare -p PORT AUDIT FEATURE_GATES RUNTIME_CONFIG ADMISSION_PLUGINS DISABLED_ADMISSION_PLUGINS cluster_bin >"$run/cluster.env"
  start_component "$run" etcd
  make_pki "$run"
  write_kubeconfig "$run" "$name" "$PORT"
  wait_for_component "$run" etcd
  start_component "$run" kube-apiserver
  wait_for_component "$run" kube-apiserver
  start_component "$run" kube-controller-manager
  start_component "$run" kube-scheduler
  start_component "$run" kwok
  wait_for "$run" kube-controller-manager 180 cluster_kubectl "$run" get serviceaccount default
  wait_for_component "$run" kube-scheduler
  wait_for_component "$run" kwok
}

if [ -n "${MUSTER_KUBECONFIG:-}" ]; then
  use_existing_cluster
  exit
fi
for program in "${components[@]}" kubectl; do
  [ -x "$cluster_bin/$program" ] || die "$cluster_bin/$program is missing; build the cluster's programs: tests/cluster/build.sh"
done
command -v openssl >/dev/null || die "openssl is missing; install what is needed: make deps"
started=$(now_ms)
if already_up; then
  say "cluster '$name' is up already"
else
  rm -f "$run/ready"
  trap on_exit EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  bootstrap
  touch "$run/ready"
  rm -f "$run/pid/up"
  say "cluster '$name': Kubernetes $("$cluster_bin/kubectl" version --client 2>/dev/null | awk 'NR == 1 { print $3 }') is up after $(seconds_since "$started") s"
fi
say "export KUBECONFIG=$run/kubeconfig"
