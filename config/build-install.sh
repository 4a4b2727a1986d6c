#!/usr/bin/env bash
# Puts the CRDs, the rights, the policies and the operator into one file, config/install.yaml, for a single
#   kubectl apply --server-side -f config/install.yaml
# The release is that of project(muster VERSION ...) in CMakeLists.txt: it is written into the label of the CRDs and the
# tag of the operator's image first.
# Usage: config/build-install.sh              writes the files
#        config/build-install.sh --check      exits 1 when one is not what would be written
#        config/build-install.sh --image REF  prints install.yaml with the operator's image REF; for
#                                             kubectl apply --server-side -f -
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

die() {
  echo "build-install.sh: $*" >&2
  exit "${code:-2}"
}

version="v$(sed -n 's/^project(muster VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)"
if [ "$version" = v ]; then
  code=1 die "CMakeLists.txt: no line project(muster VERSION ...): it names the release"
fi
default_image=muster-operator:$version

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

check() {
  local part crd
  for part in "${parts[@]}"; do
    cmp --silent <(with_version "$part") "$part" ||
      code=1 die "$part is not of release $version of CMakeLists.txt: run config/build-install.sh"
  done
  for crd in crds/*.yaml; do
    grep -q "^    app.kubernetes.io/version: $version\$" "$crd" ||
      code=1 die "$crd has no label app.kubernetes.io/version: $version"
  done
  cmp --silent <(build) config/install.yaml ||
    code=1 die "config/install.yaml is not up to date: run config/build-install.sh"
}

write() {
  local part text
  for part in "${parts[@]}"; do
    text=$(with_version "$part")
    printf '%s\n' "$text" >"$part"
  done
  build >config/install.yaml
}

with_image() { # REF
  [[ $1 =~ ^[a-z0-9]([a-zA-Z0-9._/-]|:[a-zA-Z0-9_])*(@sha256:[0-9a-f]{64})?$ ]] ||
    die "--image '$1' is no image reference: write it as registry.example/muster-operator:v0.1.0"
  local manifests
  manifests=$(build)
  [ "$(grep -c "image: $default_image\$" <<<"$manifests")" = 1 ] ||
    code=1 die "config/manager/deployment.yaml must have one line 'image: $default_image'"
  printf '%s\n' "${manifests/image: $default_image$'\n'/image: $1$'\n'}"
}

case "$#:${1:-}" in
  0:) write ;;
  1:--check) check ;;
  2:--image) with_image "$2" ;;
  *) die "there are --check and --image REF; got: $*" ;;
esac
