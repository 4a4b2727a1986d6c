#!/usr/bin/env bash
# Configures the presets that are not configured yet. After that, the build itself notices when CMake must run again.
# Usage: configure.sh PRESET...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build
for preset in "$@"; do
  [ -e "build/$preset/build.ninja" ] && [ "build/$preset/build.ninja" -nt CMakePresets.json ] && continue
  log=build/configure-$preset.log
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    printf 'configure.sh: the preset %s could not be configured; what is missing may come with: make deps\n' "$preset" >&2
    exit 1
  fi
done
