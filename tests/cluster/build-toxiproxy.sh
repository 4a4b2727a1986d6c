#!/usr/bin/env bash
# Puts toxiproxy, which tests put between the operator and the API server to disturb what they say to each other, into
# build/cluster-bin. A module of its own (toxiproxy/go.mod): half a minute, cached like the control plane (build.sh).
#
# Usage: build-toxiproxy.sh [--print-cache]      (--print-cache: only where the built program is kept)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=../../cmake/go.sh
source "$repo_root/cmake/go.sh"

module=$cluster_src/toxiproxy
package=github.com/Shopify/toxiproxy/v2/cmd/server
key=$({ cat "$module/go.mod" "$module/go.sum" && uname -m; } | sha256sum | cut -c1-16)
cached=$muster_cache/toxiproxy-$key

if [ "${1:-}" = --print-cache ]; then printf '%s\n' "$cached" && exit; fi

build() {
  find_go || die "no Go >= $go_needed (nor >= 1.21, which could fetch it) was found; install it: make deps"
  local work
  work=$(mktemp -d "$muster_cache/building.XXXXXX")
  # shellcheck disable=SC2064 # this directory, whatever the variable holds later
  trap "rm -rf '$work'" EXIT
  say "Building toxiproxy with $("$go" version | cut -d' ' -f3)"
  (cd "$module" && GOWORK=off CGO_ENABLED=0 GOFLAGS=-mod=readonly \
    nice "$go" build -trimpath -ldflags '-s -w' -o "$work/toxiproxy" "$package") ||
    die "toxiproxy could not be built; is the module proxy reachable (go env GOPROXY)?"
  mkdir -p "$cached"
  mv "$work/toxiproxy" "$cached/toxiproxy"
}

mkdir -p "$cluster_bin" "$muster_cache"
exec {lock}>"$muster_cache/toxiproxy.lock"
flock "$lock"
[ -x "$cached/toxiproxy" ] || build
ln -sfn "$cached/toxiproxy" "$cluster_bin/toxiproxy"
