#!/usr/bin/env bash
# Puts the programs of the test cluster into build/cluster-bin: etcd, kube-apiserver, kube-controller-manager,
# kube-scheduler, kubectl and kwok. They are built from Go modules (versions: go.mod) as one program under six names: about
# seven minutes on two cores, once. The result is cached outside build/, under a key of everything it is made from, so
# neither `rm -rf build` nor a fresh clone builds it again.
#
# Usage: build.sh [--print-cache | --check]
#
#   --print-cache  only print where the cached program is or would be
#   --check        build nothing; the exit status says whether nothing would have to be built
#
# KUBEBUILDER_ASSETS=DIR: programs that are in DIR are taken from there, as other projects' test environments have them;
# only those that it lacks are built.
# MUSTER_KUBECONFIG=FILE: that cluster is used, so only kubectl is needed: the one in PATH, else it is built.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../../cmake/go.sh
source "$repo_root/cmake/go.sh"

# Sets given[PROGRAM]=PATH for those that need no build, and wanted to the others.
declare -A given=()
wanted=()
find_given() {
  local program found
  local -a programs=("${components[@]}" kubectl)
  [ -z "${MUSTER_KUBECONFIG:-}" ] || programs=(kubectl)
  for program in "${programs[@]}"; do
    found=${KUBEBUILDER_ASSETS:-}/$program
    if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$found" ]; then
      given[$program]=$found
    elif [ -n "${MUSTER_KUBECONFIG:-}" ] && found=$(PATH=${PATH//$cluster_bin:/} command -v kubectl); then
      given[$program]=$found
    else
      wanted+=("$program")
    fi
  done
}
# Build tags: each program is a file of its own, so that some can be built without the others.
build_tags() {
  if [ ${#wanted[@]} -gt 5 ]; then printf 'all'; else printf '%s' "${wanted[*]}" | tr ' -' ',_'; fi
}
kubernetes_version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$cluster_src/go.mod")

link_flags() {
  local minor=${kubernetes_version#v1.}
  local package flags='-s -w'
  # Without these the server calls itself v0.0.0, and clients believe it.
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$kubernetes_version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
  done
  printf '%s' "$flags"
}

cache_key() {
  {
    cat "$cluster_src"/*.go "$cluster_src/go.mod" "$cluster_src/go.sum"
    link_flags
    build_tags
    uname -m
  } | sha256sum | cut -c1-16
}

# A line every few seconds: how many packages are compiled, of how many at most (what Go has cached is not compiled again).
show_progress() { # GO_PID STARTED LOG TOTAL
  local tick=0
  while kill -0 "$1" 2>/dev/null; do
    sleep 1
    ((++tick % 5)) || say "  $(printf '%4d' $(($(now_ms) / 1000 - $2 / 1000))) s: $(wc -l <"$3") of at most $4 packages compiled"
  done
}

build() { # INTO
  local started work log total build_pid
  find_go || die "no Go >= $go_needed (nor >= 1.21, which could fetch it) was found; install it: make deps"
  mkdir -p "$muster_cache"
  work=$(mktemp -d "$muster_cache/building.XXXXXX")
  # shellcheck disable=SC2064 # this directory, whatever the variable holds later
  trap "rm -rf '$work'; jobs -p | xargs -r kill 2>/dev/null || true" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  log=$work/build.log
  say "Building ${wanted[*]}, Kubernetes $kubernetes_version, with $("$go" version | cut -d' ' -f3): all six take about 7 minutes on 2 cores, only this time."
  started=$(now_ms)
  cd "$cluster_src"
  export GOWORK=off CGO_ENABLED=0 GOFLAGS=-mod=readonly
  say "  fetching the sources of all modules it is made of"
  "$go" list -tags "$(build_tags)" -deps . >"$work/packages" 2>"$log" ||
    build_failed "$log" "the Go modules could not be fetched; is the module proxy reachable (go env GOPROXY)?"
  total=$(wc -l <"$work/packages")
  nice "$go" build -v -trimpath -tags "$(build_tags)" -ldflags "$(link_flags)" -o "$work/controlplane" . >"$log" 2>&1 &
  build_pid=$!
  show_progress $build_pid "$started" "$log" "$total"
  wait $build_pid || build_failed "$log" "go build failed"
  mkdir -p "$1"
  mv "$work/controlplane" "$1/controlplane"
  rm -rf "$work"
  say "  done after $(seconds_since "$started") s; kept in $1"
}

build_failed() { # LOG MESSAGE
  tail -n 20 "$1" >&2
  die "$2"
}

ensure_built() { # sets $cached
  cached=$muster_cache/cluster-$(cache_key)
  [ -x "$cached/controlplane" ] && return
  mkdir -p "$muster_cache"
  local lock
  exec {lock}>"$muster_cache/build.lock"
  if ! flock -n "$lock"; then
    say "Another build of the control plane is under way; waiting for it."
    flock "$lock"
  fi
  [ -x "$cached/controlplane" ] || build "$cached"
  exec {lock}>&-
}

find_given
case ${1:-} in
  '') ;;
  --print-cache)
    say "$muster_cache/cluster-$(cache_key)"
    exit
    ;;
  --check)
    [ ${#wanted[@]} -eq 0 ] || [ -x "$muster_cache/cluster-$(cache_key)/controlplane" ]
    exit
    ;;
  *) usage && exit 2 ;;
esac

mkdir -p "$cluster_bin"
for program in "${!given[@]}"; do
  ln -sfn "${given[$program]}" "$cluster_bin/$program"
  say "$program: ${given[$program]}"
done
[ ${#wanted[@]} -gt 0 ] || exit 0
cached=
ensure_built
for program in "${wanted[@]}"; do ln -sfn "$cached/controlplane" "$cluster_bin/$program"; done
