# shellcheck shell=bash
# Finds the Go that builds the test cluster's programs. Sourced by deps.sh and tests/cluster/build.sh.
#
# Kubernetes asks for a recent Go. Any Go from 1.21 on can fetch the one a go.mod asks for through the module proxy
# (GOTOOLCHAIN=auto); where there is none, deps.sh puts one into the cache.

go_needed=1.26
muster_cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/muster
go_cached=$muster_cache/go/bin/go

version_at_least() { # HAVE WANTED, as in 1.26.8 1.21
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

go_version() { # GO -> 1.26.8; asks that very program, not the one it would fetch
  GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null | sed -n 's/^go\([0-9.]*\).*/\1/p'
}

# Sets $go and exports GOTOOLCHAIN as it must be for it; fails when there is none that will do.
find_go() {
  local candidate have
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go "$go_cached" /usr/lib/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$candidate" ] && have=$(go_version "$candidate") && [ -n "$have" ] || continue
    if version_at_least "$have" "$go_needed"; then
      go=$candidate
      export GOTOOLCHAIN=local
      return
    fi
  done
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$candidate" ] && have=$(go_version "$candidate") && [ -n "$have" ] || continue
    if version_at_least "$have" 1.21; then
      # shellcheck disable=SC2034 # the answer
      go=$candidate
      export GOTOOLCHAIN=auto
      return
    fi
  done
  return 1
}
