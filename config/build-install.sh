#!/usr/bin/env bash
# Puts the CRDs, the rights and the operator into one file, config/install.yaml, for a single
#   kubectl apply --server-side -f config/install.yaml
# Usage: config/build-install.sh          writes the file
#        config/build-install.sh --check  exits 1 when the file is not what would be written
set -euo pipefail
cd "$(dirname "$0")/.."

# In the order in which they must exist: the namespace before what is in it, the CRDs before the operator asks for them.
parts=(
  config/manager/namespace.yaml
  crds/muster.dev_podgroups.yaml
  crds/muster.dev_workloads.yaml
  config/rbac/service_account.yaml
  config/rbac/operator.yaml
  config/rbac/leader_election.yaml
  config/rbac/users.yaml
  config/policy/workload-roles.yaml
  config/policy/workload-scale.yaml
  config/policy/operator-writes.yaml
  config/manager/deployment.yaml
)

build() {
  echo "# Made by config/build-install.sh from crds/ and config/; change those."
  local part
  for part in "${parts[@]}"; do
    echo "---"
    cat "$part"
  done
}

if [ "${1:-}" = --check ]; then
  if ! cmp --silent <(build) config/install.yaml; then
    echo "config/install.yaml is not up to date: run config/build-install.sh" >&2
    exit 1
  fi
  exit 0
fi
build >config/install.yaml
