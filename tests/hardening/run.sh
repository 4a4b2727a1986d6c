#!/usr/bin/env bash
# Checks that the two programs are hardened as cmake/Toolchain.cmake says: by readelf on what was linked, and, for the options
# that leave no mark in a program, by how each of our files was compiled.
# Usage: tests/hardening/run.sh BUILD_DIR PROGRAM...     BUILD_DIR has compile_commands.json; needs readelf, objdump and jq
set -euo pipefail
build=$1
shift
failures=0

fail() {
  failures=$((failures + 1))
  echo "FAIL $*" >&2
}

has() { # PROGRAM WHAT REGEX: its line is in $facts
  grep -Eq -- "$3" <<<"$facts" || fail "$1: $2 (no line of readelf matches '$3')"
}

for program in "$@"; do
  facts=$(readelf --wide --file-header --program-headers --dynamic --notes "$program")
  has "$program" "is not position independent" '^ *Type: +DYN'
  has "$program" "has no PIE flag" 'FLAGS_1.*\bPIE\b'
  has "$program" "has no read-only relocations" 'GNU_RELRO'
  has "$program" "binds symbols lazily, which leaves its table of functions writable" 'FLAGS_1.*\bNOW\b'
  has "$program" "has an executable stack, or does not say" 'GNU_STACK .* RW +0x'
  if grep -Eq '^ *LOAD .* RWE ' <<<"$facts"; then fail "$program: has memory that is writable and executable"; fi
  if grep -Eq 'R(UN)?PATH' <<<"$facts"; then fail "$program: looks for libraries where it was built"; fi
  # The mark "x86 feature: IBT, SHSTK" needs a C library that was compiled so, which Debian's is not: our code is looked at.
  if [ "$(uname -m)" = x86_64 ]; then
    facts=$(objdump --disassemble=main "$program")
    has "$program" "has no control-flow protection" 'endbr64'
  fi
  facts=$(readelf --wide --dyn-syms "$program")
  has "$program" "has no stack protector" '__stack_chk_fail'
  has "$program" "has no _FORTIFY_SOURCE" '__(memcpy|memmove|snprintf|vsnprintf|read|fdelt|printf|fprintf|vfprintf|poll|memset)_chk'
  has "$program" "has no assertions of the standard library" '__glibcxx_assert_fail'
done

wanted=(-O2 -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
case $(uname -m) in
  x86_64) wanted+=(-fcf-protection) ;;
esac
sources=0
while IFS= read -r command; do
  sources=$((sources + 1))
  for option in "${wanted[@]}"; do
    [[ " $command " == *" $option "* ]] || fail "compiled without $option: ${command##* }"
  done
done < <(jq -r '.[] | select(.file | test("/(lib|operator|kubectl-plugin)/[^ ]*$|/unity_[^ ]*$")) | .command' "$build/compile_commands.json")
[ "$sources" -gt 5 ] || fail "$build/compile_commands.json names $sources sources of the programs; there are more"

[ "$failures" = 0 ] || exit 1
echo "$# programs and $sources compilations are hardened"
