#!/usr/bin/env bash
# Runs what the documentation says, on the API server that KUBECONFIG names; it should be an empty one, of a test.
#   each ```yaml block     is applied, in a namespace of its own, and must be accepted; the objects that its Workloads would
#                          become are then put before the API server too (kubectl workload lint --dry-run=server)
#     # refused: TEXT      as its first line: the block must be refused, with that text
#     # lint: TEXT         as its first line: the block must be accepted, and lint must find that text
#   the Workloads among them must run once an operator does, and those with a lint mark be Stalled with that text
#   each make VERB, each kubectl workload VERB --FLAG, each link must exist
#   README's first Workload is config/samples/train.yaml, which the demo applies; docs/explanations.md reads what the demo's
#   picture docs/images/explain.svg shows (the test "demo" compares that with what is printed)
#   the commands of docs/operations.md, sections Install, Upgrade and Uninstall, which must leave nothing behind
# What is wrong on purpose in tests/docs/wrong must be found, all of it, so that a check that no longer sees is a failure.
# Usage: tests/docs/run.sh        needs build/bin, and nodes for a few pods; KUBECTL chooses the kubectl (default: the one on PATH)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
export PATH=$PWD/build/bin:$PATH
kubectl=${KUBECTL:-kubectl}
pages=(README.md CONTRIBUTING.md docs/*.md kubectl-plugin/README.md)
work=$(mktemp -d)
failures=0 checks=0 namespaces=() numbers='' operator='' image='' port=''

finish() {
  [ -z "$operator" ] || kill "$operator" 2>/dev/null || true
  [ ${#namespaces[@]} -eq 0 ] ||
    "$kubectl" delete namespace "${namespaces[@]}" --ignore-not-found --wait=false >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

fail() { # MESSAGE...
  failures=$((failures + 1))
  echo "FAIL $*" >&2
}

# Tries COMMAND for five seconds until it succeeds.
eventually() { # COMMAND...
  for _ in $(seq 50); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  return 1
}

# The commands of a section of docs/operations.md, as they stand there. On hollow nodes the operator's pods do nothing.
run_section() { # HEADING
  local commands
  commands=$(awk -v heading="## $1" -f tests/docs/commands.awk docs/operations.md)
  checks=$((checks + 1))
  [ -n "$commands" ] || fail "docs/operations.md: section $1 has no commands"
  bash -euo pipefail -c "$commands" >"$work/section" 2>&1 || fail "docs/operations.md, $1: $(cat "$work/section")"
}

# The Deployment's image must be the one that the section names: an upgrade that left the old one would pass for done.
check_image() { # HEADING
  local wanted
  wanted=$(awk -v heading="## $1" -f tests/docs/commands.awk docs/operations.md | sed -n 's/.*--image \([^ ]*\).*/\1/p')
  image=$("$kubectl" -n muster-system get deploy/muster-operator -o jsonpath='{.spec.template.spec.containers[0].image}')
  checks=$((checks + 1))
  [ -n "$wanted" ] && [ "$image" = "$wanted" ] || fail "docs/operations.md, $1: the image is '$image' after it, not '$wanted'"
}

install() {
  run_section Install
  check_image Install
  eventually "$kubectl" get workloads.muster.dev,podgroups.muster.dev -A || fail "the CRDs are not served"
}

# A real operator with the rights of its ServiceAccount.
start_operator() {
  local config=$work/operator.kubeconfig token
  token=$("$kubectl" -n muster-system create token muster-operator)
  cp "$KUBECONFIG" "$config"
  "$kubectl" --kubeconfig="$config" config set-credentials operator --token="$token" >/dev/null
  "$kubectl" --kubeconfig="$config" config set-context --current --user=operator >/dev/null
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  muster-operator --kubeconfig="$config" --health-address=127.0.0.1:0 --metrics-address="127.0.0.1:$port" 2>"$work/operator.log" &
  operator=$!
}

# What /metrics answers to a scraper with TOKEN, or without one.
scrape() { # [TOKEN]
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /metrics HTTP/1.1\r\nHost: operator\r\nConnection: close\r\n%s\r\n' "${1:+Authorization: Bearer $1$'\r\n'}" >&"$connection"
  cat <&"$connection"
  exec {connection}>&-
}

# With the binding of docs/metrics.md, which was applied with the page, the ServiceAccount that it names reads /metrics.
check_scraping() {
  local token
  "$kubectl" create namespace monitoring >/dev/null
  "$kubectl" -n monitoring create serviceaccount prometheus >/dev/null
  token=$("$kubectl" -n monitoring create token prometheus)
  eventually scrape
  checks=$((checks + 3))
  scrape_says ' 401 ' || fail "docs/metrics.md: /metrics lets a scraper in without a token: $(scrape)"
  scrape_says ' 403 ' "$("$kubectl" -n docs-leftovers create token default)" ||
    fail "docs/metrics.md: /metrics lets anybody in who has a token"
  eventually scrape_says '^muster_build_info' "$token" ||
    fail "docs/metrics.md: the ServiceAccount of its binding is not let in: $(scrape "$token")"
}

# No pipe into grep: it leaves at the first match, and a writer that then breaks would count as a failure.
scrape_says() { # PATTERN [TOKEN]
  grep --quiet "$1" < <(scrape "${@:2}")
}

# What runs before must be gone after, and whatever config/install.yaml has made.
check_uninstall() {
  "$kubectl" create namespace docs-leftovers >/dev/null
  # For this one and for README's, which is the same and was applied with the pages.
  tests/cluster/nodes.sh add --prefix docs-gpu --count 16 --capacity nvidia.com/gpu=4 >/dev/null
  start_operator
  "$kubectl" apply -n docs-leftovers -f config/samples/train.yaml >/dev/null
  checks=$((checks + 2))
  if ! "$kubectl" workload wait train -n docs-leftovers --timeout=60s >"$work/wait" 2>&1; then
    fail "config/samples/train.yaml does not run: $(cat "$work/wait")"
    cp "$work/operator.log" "${MUSTER_TEST_CLUSTER_DIR:-.}/log/" 2>/dev/null || true
  fi
  check_workloads
  check_scraping
  local before=$image
  run_section Upgrade
  check_image Upgrade
  checks=$((checks + 1))
  [ "$image" != "$before" ] || fail "docs/operations.md: Install and Upgrade name the same image, $image: nothing was upgraded"
  run_section Uninstall
  eventually no_leftovers || fail "docs/operations.md, Uninstall: left behind: $(leftovers | paste -sd ' ')"
}

# What became of the pages' Workloads.
check_workloads() {
  local namespace file lint n=0
  while IFS=$'\t' read -r namespace file lint; do
    [[ $namespace == docs-pages-* ]] || continue
    n=$((n + 1))
    if [ -n "$lint" ]; then
      eventually says_stalled "$namespace" "$lint" || fail "$file: it must be Stalled with '$lint': $(stalled_in "$namespace")"
    elif ! "$kubectl" wait --for=condition=Ready workloads.muster.dev --all -n "$namespace" --timeout=60s >"$work/wait" 2>&1; then
      fail "$file: it does not run: $(cat "$work/wait") $("$kubectl" workload explain -n "$namespace" 2>&1)"
    fi
  done <"$work/accepted"
  checks=$((checks + n))
  [ "$n" -ge 4 ] || fail "of the pages' Workloads only $n were looked at"
}

stalled_in() { # NAMESPACE
  "$kubectl" get workloads.muster.dev -n "$1" -o jsonpath='{.items[*].status.conditions[?(@.type=="Stalled")].message}'
}
says_stalled() { [[ $(stalled_in "$1") == *"$2"* ]]; } # NAMESPACE TEXT

leftovers() {
  "$kubectl" get statefulsets,jobs,controllerrevisions,pods -n docs-leftovers -o name
  "$kubectl" get -l app.kubernetes.io/name=muster -o name \
    crds,namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings
}

no_leftovers() { [ -z "$(leftovers)" ]; }

take_apart() { # NAME PAGE...
  mkdir -p "$work/$1"
  awk -v directory="$work/$1" -f tests/docs/parts.awk "${@:2}" >"$work/$1/parts"
}

first_line_says() { # WORD FILE: the TEXT of "# WORD: TEXT"
  sed -n "1s/^# $1: //p" "$2"
}

# Prints what is wrong with FILE, if anything.
block_problem() { # FILE NAMESPACE
  local file=$1 namespace=$2 refused lint answer code=0 where=(-n "$2")
  # What says where it belongs goes there.
  ! grep --quiet '^  namespace: ' "$file" || where=()
  refused=$(first_line_says refused "$file")
  lint=$(first_line_says lint "$file")
  answer=$("$kubectl" apply "${where[@]}" -f "$file" 2>&1) || code=$?
  if [ -n "$refused" ]; then
    if [ "$code" = 0 ]; then
      echo "was accepted; it must be refused with: $refused"
    elif ! grep --quiet --fixed-strings -- "$refused" <<<"$answer"; then
      echo "must be refused with '$refused', but: $answer"
    fi
    return
  fi
  if [ "$code" != 0 ] || grep --quiet '^Warning' <<<"$answer"; then
    echo "must be accepted: $answer"
    return
  fi
  grep --quiet '^kind: Workload$' "$file" || return 0
  printf '%s\t%s\t%s\n' "$namespace" "$(basename "$file")" "$lint" >>"$work/accepted"
  code=0
  answer=$("$kubectl" workload lint --dry-run=server -n "$namespace" -f "$file" 2>&1) || code=$?
  if [ -z "$lint" ]; then
    [ "$code" = 0 ] || echo "lint must find nothing: $answer"
  elif [ "$code" = 0 ] || ! grep --quiet --fixed-strings -- "$lint" <<<"$answer"; then
    echo "lint must find '$lint', but: $answer"
  fi
}

# Each check prints a line for each thing that is wrong, and "checked N" at its end.
check_blocks() { # NAME
  local file namespace problem n=0
  for file in "$work/$1"/*.yaml; do
    [ -e "$file" ] || continue
    n=$((n + 1))
    namespace=docs-$1-$n
    "$kubectl" create namespace "$namespace" >/dev/null
    problem=$(block_problem "$file" "$namespace")
    [ -z "$problem" ] || echo "$(basename "$file"): ${problem//$'\n'/ }"
  done
  echo "checked $n"
}

# Lines "PAGE<tab>LINE<tab>WORDS" of what stands behind a command in code; COMMAND is a pattern.
behind() { # NAME COMMAND
  awk -F'\t' -v command="$2 +[a-z]" '
    $1 == "code" {
      code = $4
      sub(/^ +/, "", code)
      sub(/(^| )# .*/, "", code)
      while (match(code, command)) {
        code = substr(code, RSTART + RLENGTH - 1)
        words = code
        sub(/[|;&)"\\].*/, "", words)
        print $2 "\t" $3 "\t" words
      }
    }' "$work/$1/parts"
}

check_make() { # NAME
  local page line words verb n=0
  while IFS=$'\t' read -r page line words; do
    n=$((n + 1))
    verb=${words%%[ .,]*}
    grep --quiet "^$verb:" Makefile || echo "$page:$line: make $verb: there is no such verb"
  done < <(behind "$1" "(^|[;&|(] *|sudo )make")
  echo "checked $n"
}

check_plugin() { # NAME
  local page line words verb word n=0
  while IFS=$'\t' read -r page line words; do
    n=$((n + 1))
    verb=${words%%[ .,]*}
    if ! kubectl-workload help "$verb" >"$work/help" 2>&1; then
      echo "$page:$line: kubectl workload $verb: there is no such verb"
      continue
    fi
    for word in $words; do
      word=${word%%[=/,\]]*}
      [[ $word == -[a-zA-Z] || $word == --[a-z]* ]] || continue
      grep --quiet -E -- "(^| )$word(,| |\$)" "$work/help" || echo "$page:$line: kubectl workload $verb $word: there is no such flag"
    done
  done < <(behind "$1" "(^|[^a-z-])kubectl workload")
  echo "checked $n"
}

check_links() { # NAME
  local page line link target anchor n=0
  while IFS=$'\t' read -r _ page line link; do
    [[ $link != *://* ]] || continue
    n=$((n + 1))
    anchor=
    [[ $link != *'#'* ]] || anchor=${link#*#}
    target=$page
    [ -z "${link%%#*}" ] || target=$(realpath --canonicalize-missing --relative-to=. "$(dirname "$page")/${link%%#*}")
    if [ ! -e "$target" ]; then
      echo "$page:$line: $link: there is no $target"
    elif [ -n "$anchor" ] &&
      ! grep --quiet --line-regexp --fixed-strings "heading"$'\t'"$anchor" < <(awk -f tests/docs/parts.awk "$target" | cut -f 1,4); then
      echo "$page:$line: $link: $target has no heading of that name"
    fi
  done < <(grep '^link' "$work/$1/parts")
  echo "checked $n"
}

run_checks() { # NAME
  local check
  for check in check_blocks check_make check_plugin check_links; do "$check" "$1"; done
}

# The findings in tests/docs/wrong, one for each line of its file "expected", and no other.
check_itself() {
  take_apart wrong tests/docs/wrong/page.md
  run_checks wrong >"$work/found"
  local wanted
  while read -r wanted; do
    checks=$((checks + 1))
    grep --quiet --fixed-strings -- "$wanted" "$work/found" || fail "tests/docs/wrong: not found: $wanted"
  done <tests/docs/wrong/expected
  checks=$((checks + 1))
  [ "$(grep -vc '^checked' "$work/found")" = "$(wc -l <tests/docs/wrong/expected)" ] ||
    fail "tests/docs/wrong: something else was found: $(cat "$work/found")"
}

check_pages() {
  local line
  take_apart pages "${pages[@]}"
  run_checks pages >"$work/found"
  numbers=$(sed -n 's/^checked //p' "$work/found" | paste -sd ' ')
  while read -r line; do
    case $line in
      "checked 0") fail "one of the checks has found nothing to look at: $numbers" ;;
      checked\ *) checks=$((checks + ${line#checked })) ;;
      *) fail "$line" ;;
    esac
  done <"$work/found"
}

# One Workload from the first page to the demo's pictures.
check_first_workload() {
  local line block shown
  checks=$((checks + 2))
  block=$(find "$work/pages" -name 'README.md_*.yaml' -print -quit)
  cmp --silent "$block" config/samples/train.yaml ||
    fail "README.md: its first Workload must be config/samples/train.yaml: $(diff "$block" config/samples/train.yaml)"
  grep --quiet 'kubectl apply -f config/samples/train.yaml' tests/demo/demo.sh || fail "the demo does not apply config/samples/train.yaml"
  shown=$(tests/demo/screenshot.py --text docs/images/explain.svg)
  block=$(sed -n '/^    \$ kubectl workload explain train$/,/^$/p' docs/explanations.md | sed -n 's/^    \([^$].*\)/\1/p')
  [ -n "$block" ] || fail "docs/explanations.md: 'kubectl workload explain train' and its answer are not there"
  while IFS= read -r line; do
    checks=$((checks + 1))
    grep --quiet --line-regexp --fixed-strings -- "$line" <<<"$shown" ||
      fail "docs/explanations.md: '$line' is not in docs/images/explain.svg, a picture of the demo"
  done <<<"$block"
}

install
mapfile -t namespaces < <(for name in wrong pages; do printf "docs-$name-%s\n" {1..60}; done)
namespaces+=(docs-leftovers monitoring)
check_itself
check_pages
check_first_workload
check_uninstall
if [ "$failures" -gt 0 ]; then
  echo "$failures of $checks checks failed" >&2
  exit 1
fi
echo "all $checks checks passed: $numbers manifests, make verbs, plugin verbs and links"
