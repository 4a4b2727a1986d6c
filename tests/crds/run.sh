#!/usr/bin/env bash
# Tests crds/ and config/ on the API server that KUBECONFIG names; it should be an empty one, of a test.
#   accepted/*.yaml, config/samples/*.yaml   must be accepted, with strict validation, and so must config/optional/*.yaml
#   refused/*.yaml                           must be refused, with the text of their first line, "# refuse: TEXT"
#   pasted.tsv                               must be refused or accepted as it says, as a built-in object
# Then: config/kubernetes-schema.json is what the server says; every CEL rule refuses at least one case, at its own path; defaults, scale, names, rights, size, install.yaml.
# Usage: tests/crds/run.sh        KUBECTL chooses the kubectl (default: the one on PATH)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
kubectl=${KUBECTL:-kubectl}
namespace=crds-test-$$
size_limit=60000
parallel=4
work=$(mktemp -d)
failures=0 checks=0

finish() {
  "$kubectl" delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

fail() { # MESSAGE...
  failures=$((failures + 1))
  echo "FAIL $*" >&2
}

# CHECK DESCRIPTION ACTUAL WANTED: one comparison.
check() {
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

# Succeeds when TEXT (standard input) contains $1; plain text, no pattern.
contains() { grep --quiet --fixed-strings -- "$1"; }

# Tries COMMAND for five seconds until it succeeds.
eventually() { # COMMAND...
  for _ in $(seq 50); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  return 1
}

# What kubectl answers to creating FILE, into $work/FILE-NAME; its exit status as the last line.
answer_to() { # FILE
  local out=$work/${1//\//_}
  local code=0
  "$kubectl" create --dry-run=server --validate=strict -n "$namespace" -f "$1" >"$out" 2>&1 || code=$?
  echo "exit $code" >>"$out"
}

install_and_wait() {
  local turn
  for turn in first second; do
    checks=$((checks + 1))
    "$kubectl" apply --server-side -f config/install.yaml >"$work/install.$turn" 2>&1 ||
      fail "install.yaml, $turn apply: $(cat "$work/install.$turn")"
  done
  "$kubectl" wait --for=condition=Established --timeout=30s crd/workloads.muster.dev crd/podgroups.muster.dev >/dev/null
  check "install.yaml: warnings" "$(grep -c '^Warning' "$work/install.first" "$work/install.second" | grep -vc ':0$' || true)" 0
  # The operator itself is not under test here: let it not take room from what is.
  "$kubectl" -n muster-system scale deployment/muster-operator --replicas=0 >/dev/null
  "$kubectl" create namespace "$namespace" --dry-run=client -o yaml | "$kubectl" apply --server-side -f - >/dev/null
  # Who may write what is for tests/e2e/rights to see; here an admin writes what the operator alone may.
  "$kubectl" delete validatingadmissionpolicybindings -l app.kubernetes.io/name=muster >/dev/null
  # Established comes a moment before the new kinds are served.
  eventually "$kubectl" get workloads.muster.dev,podgroups.muster.dev -n "$namespace" ||
    fail "the CRDs are not served"
  eventually "$kubectl" create --dry-run=server -n "$namespace" -f tests/crds/accepted/group.yaml ||
    fail "the admission policies still act: $("$kubectl" create --dry-run=server -n "$namespace" -f tests/crds/accepted/group.yaml 2>&1)"
}

run_cases() {
  local file out
  for file in tests/crds/accepted/*.yaml config/samples/*.yaml tests/crds/refused/*.yaml; do
    while [ "$(jobs -rp | wc -l)" -ge "$parallel" ]; do wait -n || true; done
    answer_to "$file" &
  done
  wait
  for file in tests/crds/accepted/*.yaml config/samples/*.yaml; do
    checks=$((checks + 1))
    out=$work/${file//\//_}
    [ "$(tail -n 1 "$out")" = "exit 0" ] || fail "$file must be accepted: $(cat "$out")"
  done
  for file in tests/crds/refused/*.yaml; do check_refused "$file"; done
}

check_refused() { # FILE
  local file=$1 wanted
  local out=$work/${file//\//_}
  checks=$((checks + 1))
  wanted=$(sed -n '1s/^# refuse: //p' "$file")
  if [ -z "$wanted" ]; then
    fail "$file: the first line must be '# refuse: TEXT'"
  elif [ "$(tail -n 1 "$out")" = "exit 0" ]; then
    fail "$file was accepted; it must be refused with: $wanted"
  elif ! contains "$wanted" <"$out"; then
    fail "$file must be refused with '$wanted', but: $(cat "$out")"
  fi
}

# One request each, but one kubectl for all: it goes on after a refusal, and prints the name of what was accepted.
check_pasted() {
  local kind path value finding number=0 verdict wanted
  local selected='{"matchLabels": {"a": "b"}}' pod='{"containers": [{"name": "c", "image": "i"}]}'
  grep -v '^#' tests/crds/pasted.tsv >"$work/pasted"
  while IFS=$'\t' read -r kind path value finding; do
    number=$((number + 1))
    jq --null-input --compact-output --arg kind "$kind" --arg name "row-$number" --argjson selected "$selected" \
      --argjson pod "$pod" --argjson value "$value" '
      {apiVersion: "apps/v1", kind: $kind, metadata: {name: $name},
       spec: {selector: $selected, template: {metadata: {labels: $selected.matchLabels}, spec: $pod}}}
      | if $kind == "Job" then .apiVersion = "batch/v1" | del(.spec.selector) | .spec.template.spec.restartPolicy = "Never"
        else . end
      | .spec.'"$path"' = $value'
  done <"$work/pasted" >"$work/pasted.json"
  "$kubectl" create --dry-run=server --validate=strict -n "$namespace" -f "$work/pasted.json" -o name \
    >"$work/pasted.accepted" 2>"$work/pasted.refused" || true
  number=0
  while IFS=$'\t' read -r kind path value finding; do
    number=$((number + 1))
    verdict=refused wanted=refused
    ! grep --quiet "/row-$number\$" "$work/pasted.accepted" || verdict=accepted
    [ "$finding" != - ] || wanted=accepted
    check "tests/crds/pasted.tsv: $kind $path = $value" "$verdict" "$wanted"
  done <"$work/pasted"
  checks=$((checks + 1))
  KUBECTL=$kubectl config/build-openapi.py --check-server || fail "config/kubernetes-schema.json is stale"
}

# Rules about a change: they need an object that exists.
check_changes() {
  "$kubectl" create -n "$namespace" -f tests/crds/accepted/group.yaml -f config/samples/inference.yaml >/dev/null
  refuses "index must not change" patch podgroups.muster.dev/w-0 --type=merge -p '{"spec":{"index":1}}'
  "$kubectl" scale -n "$namespace" workloads.muster.dev/inference --replicas=7 >/dev/null
  check "kubectl scale" "$(field workloads.muster.dev/inference .spec.replicas)" 7
  refuses "spec.replicas: Invalid value: 1001" scale workloads.muster.dev/inference --replicas=1001
  # A name with room for index 9 and not for index 10: it is the scaling that is refused.
  local long
  long=$(sed '/^---$/q' tests/crds/accepted/longest-names.yaml | "$kubectl" create -n "$namespace" -o name -f -)
  refuses "must have at most 63 characters for every role" scale "$long" --replicas=11
}

# kubectl ARGS must fail, saying TEXT. The answer is kept for check_rules_are_hit.
refuses() { # TEXT ARGS...
  local wanted=$1
  shift
  checks=$((checks + 1))
  if "$kubectl" -n "$namespace" "$@" >"$work/refusal" 2>&1; then
    fail "kubectl $*: accepted; it must be refused with: $wanted"
  elif ! contains "$wanted" <"$work/refusal"; then
    fail "kubectl $*: must be refused with '$wanted', but: $(cat "$work/refusal")"
  fi
  cat "$work/refusal" >>"$work/refusals"
}

field() { # OBJECT PATH
  "$kubectl" get -n "$namespace" "$1" -o jsonpath="{$2}"
}

check_rules_are_hit() {
  # "* spec.roles[3].job: Invalid value: 0: MESSAGE" -> "spec.roles[].job<tab>...MESSAGE"
  cat "$work"/tests_crds_refused_* "$work/refusals" |
    sed -e 's/^The [A-Za-z]* "[^"]*" is invalid: //' -e 's/^\* //' -e 's/\[[0-9]*\]/[]/g' -e 's/: Invalid value: /\t/' >"$work/hits"
  local file path message
  for file in crds/*.yaml; do
    awk -f tests/crds/rules.awk "$file" >"$work/rules"
    check "$file: rules found" "$(wc -l <"$work/rules")" "$(grep -c '^ *\(- \)\?rule:' "$file")"
    while IFS=$'\t' read -r path message; do
      checks=$((checks + 1))
      awk -F'\t' -v path="$path" -v message="$message" \
        '$1 == path && index($2, message) { hit = 1 } END { exit !hit }' "$work/hits" ||
        fail "$file: no case in tests/crds/refused is refused by the rule at $path: $message"
    done <"$work/rules"
  done
}

check_defaults() {
  local object=workloads.muster.dev/inference
  check "default of gang" "$(field $object .spec.gang)" \
    '{"admission":"WhenItFits","backend":"Auto","policy":"AllOrNothing","scheduleTimeoutSeconds":300}'
  check "default of suspend" "$(field $object .spec.suspend)" false
  local condition='{.status.observedGeneration}{range .status.conditions[*]} {.type} {.status} {.reason}{end}'
  for object in workloads.muster.dev/inference podgroups.muster.dev/w-0; do
    check "default status of $object" "$("$kubectl" get -n "$namespace" $object -o jsonpath="$condition")" "-1 Ready Unknown Pending"
  done
  check "default counts" "$(field workloads.muster.dev/inference .status.replicas)" 0
  # The default gives way to the first status that is written.
  "$kubectl" patch -n "$namespace" podgroups.muster.dev/w-0 --subresource=status --type=merge \
    -p '{"status":{"observedGeneration":1,"state":"Waiting","conditions":[]}}' >/dev/null
  check "written status" "$(field podgroups.muster.dev/w-0 .status)" '{"conditions":[],"observedGeneration":1,"state":"Waiting"}'
}

check_names() {
  check "short name mwl" "$("$kubectl" get -n "$namespace" mwl inference -o name)" workload.muster.dev/inference
  check "short name mpg" "$("$kubectl" get -n "$namespace" mpg w-0 -o name)" podgroup.muster.dev/w-0
  check "category muster" "$("$kubectl" get -n "$namespace" muster -o name | sed 's|/.*||' | sort -u | tr '\n' ' ')" \
    "podgroup.muster.dev workload.muster.dev "
  check "columns of workloads" "$("$kubectl" get -n "$namespace" mwl -o wide | awk 'NR == 1 { $1 = $1; print }')" \
    "NAME STATUS GROUPS ADMITTED READY AGE UPDATED REVISION PRIORITY WHY"
  check "columns of podgroups" "$("$kubectl" get -n "$namespace" mpg -o wide | awk 'NR == 1 { $1 = $1; print }')" \
    "NAME STATUS MEMBERS SCHEDULED READY AGE ATTEMPT REVISION WHY"
}

# Each line "VERB RESOURCE[.GROUP][+SUBRESOURCE][/NAME]" of standard input must be answered with ANSWER, true or false.
# One request each, but one kubectl for all.
check_rights() { # USER ANSWER NAMESPACE
  local line answer
  cat >"$work/rights"
  awk -v user="$1" -v namespace="$3" '{
    verb = $1; name = ""; sub_resource = ""; group = ""; resource = $2
    if (split(resource, part, "/") == 2) { resource = part[1]; name = part[2] }
    if (split(resource, part, "+") == 2) { resource = part[1]; sub_resource = part[2] }
    if ((dot = index(resource, ".")) > 0) { group = substr(resource, dot + 1); resource = substr(resource, 1, dot - 1) }
    printf "---\napiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\nspec:\n  user: %s\n", user
    printf "  resourceAttributes: {verb: %s, group: \"%s\", resource: %s, subresource: \"%s\", name: \"%s\", namespace: %s}\n",
      verb, group, resource, sub_resource, name, namespace
  }' "$work/rights" | "$kubectl" create -f - -o 'jsonpath={.status.allowed}{"\n"}' >"$work/answers"
  while IFS=$'\t' read -r line answer; do
    check "may $1 $line in $3" "$answer" "$2"
  done < <(paste "$work/rights" "$work/answers")
}

check_operator_rights() {
  local operator=system:serviceaccount:muster-system:muster-operator
  check_rights $operator true "$namespace" <<'RIGHTS'
list workloads.muster.dev
watch podgroups.muster.dev
create podgroups.muster.dev
patch podgroups.muster.dev
delete podgroups.muster.dev
patch workloads.muster.dev+status
patch podgroups.muster.dev+status
update workloads.muster.dev+finalizers
update podgroups.muster.dev+finalizers
create controllerrevisions.apps
patch deployments.apps
create replicasets.apps
delete statefulsets.apps
create jobs.batch
watch jobs.batch
watch pods
list nodes
list priorityclasses.scheduling.k8s.io
watch resourcequotas
list limitranges
watch events
create events.events.k8s.io
RIGHTS
  check_rights $operator false "$namespace" <<'RIGHTS'
create pods
patch pods
delete pods
create pods+exec
get secrets
list secrets
get configmaps
create serviceaccounts
update resourcequotas
patch limitranges
update workloads.muster.dev
delete workloads.muster.dev
create daemonsets.apps
update deployments.apps
deletecollection jobs.batch
patch nodes
create rolebindings.rbac.authorization.k8s.io
impersonate users
get leases.coordination.k8s.io/muster-operator
RIGHTS
  check_rights $operator true muster-system <<'RIGHTS'
create leases.coordination.k8s.io
get leases.coordination.k8s.io/muster-operator
update leases.coordination.k8s.io/muster-operator
RIGHTS
  check_rights $operator false muster-system <<'RIGHTS'
update leases.coordination.k8s.io/other
delete leases.coordination.k8s.io/muster-operator
list leases.coordination.k8s.io
RIGHTS
  check "wildcards in config/rbac" "$(cat config/rbac/*.yaml | grep -c '\*' || true)" 0
}

# What is not in install.yaml: accepted as it is, and meant for the operator's pods and ports.
check_optional() {
  local file pods ports port made
  local operator=("$kubectl" -n muster-system get deployment/muster-operator)
  pods=$("${operator[@]}" -o 'jsonpath={.spec.selector.matchLabels}')
  ports=$("${operator[@]}" -o 'jsonpath={.spec.template.spec.containers[0].ports[*].name}')
  for file in config/optional/*.yaml; do
    checks=$((checks + 1))
    made=("$kubectl" create --dry-run=server --validate=strict -f "$file" -o)
    "${made[@]}" name >/dev/null || fail "$file must be accepted"
    # For users' namespaces: it is not about the operator's pods.
    if [ "$("${made[@]}" 'jsonpath={.kind}')" = ResourceQuota ]; then continue; fi
    check "pods of $file" "$("${made[@]}" 'jsonpath={.spec.selector.matchLabels}{.spec.podSelector.matchLabels}')" "$pods"
    for port in $("${made[@]}" 'jsonpath={.spec.ingress[*].ports[*].port}'); do
      check "port $port of $file among: $ports" "$(tr ' ' '\n' <<<"$ports" | grep -cx "$port" || true)" 1
    done
  done
}

check_people_rights() {
  local role
  for role in view edit admin; do
    "$kubectl" create rolebinding "test-$role" -n "$namespace" --clusterrole="$role" --user="$role" >/dev/null
  done
  # The built-in roles are aggregated in the background.
  eventually "$kubectl" auth can-i delete podgroups.muster.dev --as=admin -n "$namespace" || true
  printf '%s\n' "get workloads.muster.dev" "watch podgroups.muster.dev" | check_rights view true "$namespace"
  printf '%s\n' "create workloads.muster.dev" "patch workloads.muster.dev+scale" | check_rights view false "$namespace"
  printf '%s\n' "create workloads.muster.dev" "patch workloads.muster.dev+scale" "get podgroups.muster.dev" |
    check_rights edit true "$namespace"
  printf '%s\n' "delete podgroups.muster.dev" "patch podgroups.muster.dev" "update workloads.muster.dev+status" |
    check_rights edit false "$namespace"
  printf '%s\n' "delete podgroups.muster.dev" "patch workloads.muster.dev" | check_rights admin true "$namespace"
}

check_files() {
  checks=$((checks + 2))
  local size
  size=$(cat crds/*.yaml | wc -c)
  [ "$size" -lt "$size_limit" ] || fail "crds/ has $size bytes; it must have less than $size_limit"
  config/build-install.sh --check || fail "config/install.yaml is not up to date"
}

: >"$work/refusals"
check_files
install_and_wait
run_cases
check_pasted
check_changes
check_rules_are_hit
check_defaults
check_names
check_operator_rights
check_optional
check_people_rights
if [ "$failures" -gt 0 ]; then
  echo "$failures of $checks checks failed" >&2
  exit 1
fi
echo "all $checks checks passed"
