#!/usr/bin/env bash
# Puts the CRDs, the rights and the operator into one file, config/install.yaml, for a single
#   kubectl apply --server-side -f config/install.yaml
# The release is that of project(muster VERSION ...) in CMakeLists.txt: it is written into the label of the CRDs and the
# tag of the operator's image first.
# Usage: config/build-install.sh          writes the files
#        config/build-install.sh --check  exits 1 when one is not what would be written
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

version="v$(sed -n 's/^project(muster VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)"
if [ "$version" = v ]; then
  echo "CMakeLists.txt: no line project(muster VERSION ...): it names the release" >&2
  exit 1
fi

# A file with the release put where it belongs.
with_version() {
  sed -e "s|^    app.kubernetes.io/version: v.*|    app.kubernetes.io/version: $version|" \
    -e "s|^\( *image: muster-operator\):v.*|\1:$version|" "$1"
}

build() {
  echo "# Made by config/build-install.sh from crds/ and config/; change those."
  local part
  for part in "${parts[@]}"; do
    echo "---"
    with_version "$part"
  done
}

if [ "${1:-}" = --check ]; then
  for part in "${parts[@]}"; do
    if ! cmp --silent <(with_version "$part") "$part"; then
      echo "$part is not of release $version of CMakeLists.txt: run config/build-install.sh" >&2
      exit 1
    fi
  done
  for crd in crds/*.yaml; do
    if ! grep -q "^    app.kubernetes.io/version: $version\$" "$crd"; then
      echo "$crd has no label app.kubernetes.io/version: $version" >&2
      exit 1
    fi
  done
  if ! cmp --silent <(build) config/install.yaml; then
    echo "config/install.yaml is not up to date: run config/build-install.sh" >&2
    exit 1
  fi
  exit 0
fi
for part in "${parts[@]}"; do
  text=$(with_version "$part")
  printf '%s\n' "$text" >"$part"
done
build >config/install.yaml
