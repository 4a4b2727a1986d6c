#!/usr/bin/env bash
# Adds, removes and loses hollow nodes of a test cluster. One request per node and nothing else: hundreds a second.
#
# Usage: nodes.sh add    [--prefix P] [--count N] [--capacity cpu=8,memory=32Gi,nvidia.com/gpu=4,pods=110]
#                        [--label K=V]... [--taint K[=V]:Effect]... [--annotation K=V]...
#                        [--unmanaged] [--not-ready] [--unschedulable]
#        nodes.sh remove [--prefix P] [NAME...]      all nodes added with that prefix, and the named ones
#        nodes.sh lose NAME...                       as if unreachable: their pods stay as they are, deleted or not
#        nodes.sh recover NAME...
#
#   --kubeconfig FILE  default: $MUSTER_KUBECONFIG, else $KUBECONFIG, else build/cluster/kubeconfig
#   --prefix P         names are P-0, P-1, ...; adding again goes on counting (default: node)
#   --capacity LIST    over the default cpu=8,memory=32Gi,ephemeral-storage=100Gi,pods=110
#   --unmanaged        a Ready node on which nothing ever runs or ends, as if it could not be reached
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || { usage && exit 2; }
verb=$1 && shift
kubeconfig=${MUSTER_KUBECONFIG:-${KUBECONFIG:-$default_run_dir/kubeconfig}}
prefix='' count=1 capacity='' labels=() taints=() annotations=() names=() managed=yes ready=True unschedulable=false
while [ $# -gt 0 ]; do
  case $1 in
    --kubeconfig) kubeconfig=$(option_value "$@") && shift 2 ;;
    --prefix) prefix=$(option_value "$@") && shift 2 ;;
    --count) count=$(option_value "$@") && shift 2 ;;
    --capacity) capacity=$(option_value "$@") && shift 2 ;;
    --label) labels+=("$(option_value "$@")") && shift 2 ;;
    --taint) taints+=("$(option_value "$@")") && shift 2 ;;
    --annotation) annotations+=("$(option_value "$@")") && shift 2 ;;
    --unmanaged) managed=no && shift ;;
    --not-ready) ready=False && shift ;;
    --unschedulable) unschedulable=true && shift ;;
    -h | --help) usage && exit ;;
    -*) die "unknown option '$1'; see nodes.sh --help" ;;
    *) names+=("$1") && shift ;;
  esac
done
[ -x "$cluster_bin/kubectl" ] || die "$cluster_bin/kubectl is missing; build the cluster's programs: tests/cluster/build.sh"
[ -r "$kubeconfig" ] || die "cannot read the kubeconfig $kubeconfig; start a cluster (make cluster-up) or give --kubeconfig"

kubectl() {
  KUBECACHEDIR=$(dirname "$kubeconfig")/kube-cache "$cluster_bin/kubectl" --kubeconfig="$kubeconfig" --request-timeout=60s "$@"
}

quote() { # JSON string of a value without control characters
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

json_map() { # K=V... -> {"K":"V",...}; a later key wins
  local -A map=()
  local -a order=()
  local pair key out=
  for pair in "$@"; do
    [[ $pair == *=* ]] || die "'$pair' should read key=value"
    key=${pair%%=*}
    [ -n "${map[$key]+set}" ] || order+=("$key")
    map[$key]=${pair#*=}
  done
  for key in "${order[@]}"; do out+=,$(quote "$key"):$(quote "${map[$key]}"); done
  printf '{%s}' "${out#,}"
}

json_taints() { # K[=V]:Effect... -> [{...},...]
  local taint key effect value out=
  for taint in "$@"; do
    effect=${taint##*:} key=${taint%:*} value=
    [[ $taint == *:* && $effect =~ ^(NoSchedule|PreferNoSchedule|NoExecute)$ ]] ||
      die "--taint '$taint' should read key=value:NoSchedule (or PreferNoSchedule, NoExecute)"
    [[ $key == *=* ]] && value=${key#*=} && key=${key%%=*}
    out+=",{\"key\":$(quote "$key"),\"value\":$(quote "$value"),\"effect\":\"$effect\"}"
  done
  printf '[%s]' "${out#,}"
}

first_free_index() { # after the highest of that prefix
  kubectl get nodes -l "test.muster.dev/pool=$prefix" -o name |
    sed -n "s#^node/$prefix-\([0-9]*\)\$#\1#p" | sort -n | awk 'END { print (NR ? $1 + 1 : 0) }'
}

# The whole node in one request: the API server takes the status of a node that is created. NAME stands for its name.
node_template() {
  local pairs resources now
  IFS=, read -r -a pairs <<<"cpu=8,memory=32Gi,ephemeral-storage=100Gi,pods=110${capacity:+,$capacity}"
  resources=$(json_map "${pairs[@]}")
  now=$(date -u +%FT%TZ)
  # The controller manager would add the beta.* ones itself, by one more write per node.
  local usual_labels=({,beta.}kubernetes.io/{os=linux,arch=amd64})
  [ $managed = no ] || labels=("test.muster.dev/node=hollow" "${labels[@]}")
  printf '{"apiVersion":"v1","kind":"Node","metadata":{"name":"NAME","labels":%s,"annotations":%s},' \
    "$(json_map kubernetes.io/hostname=NAME "${usual_labels[@]}" "test.muster.dev/pool=$prefix" "${labels[@]}")" \
    "$(json_map "${annotations[@]}")"
  printf '"spec":{"unschedulable":%s,"taints":%s},' "$unschedulable" "$(json_taints "${taints[@]}")"
  printf '"status":{"phase":"Running","allocatable":%s,"capacity":%s,"addresses":[{"type":"Hostname","address":"NAME"}],' \
    "$resources" "$resources"
  printf '"nodeInfo":{"kubeletVersion":"hollow","operatingSystem":"linux","architecture":"amd64","bootID":"","containerRuntimeVersion":"","kernelVersion":"","kubeProxyVersion":"","machineID":"","osImage":"","systemUUID":""},'
  printf '"conditions":[{"type":"Ready","status":"%s","reason":"KubeletReady","message":"hollow node","lastHeartbeatTime":"%s","lastTransitionTime":"%s"}]}}' \
    "$ready" "$now" "$now"
}

add() {
  prefix=${prefix:-node}
  [[ $count =~ ^[0-9]+$ && $count -ge 1 && $count -le 20000 ]] || die "--count '$count': a number from 1 to 20000"
  [[ $prefix =~ ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$ ]] || die "--prefix '$prefix': use lower case letters, digits and '-'"
  [ ${#names[@]} -eq 0 ] || die "'${names[0]}' is not an option; nodes are named after --prefix"
  local template first started
  started=$(now_ms)
  template=$(node_template)
  first=$(first_free_index)
  # kubectl sends one node after the other: four of them together keep the API server busy.
  local part=$(((count + 3) / 4)) from to children=() child
  ((part >= 25)) || part=$count
  for ((from = first; from < first + count; from += part)); do
    to=$((from + part < first + count ? from + part : first + count))
    seq "$from" $((to - 1)) | awk -v template="$template" -v prefix="$prefix" \
      '{ node = template; gsub(/NAME/, prefix "-" $1, node); print node }' |
      kubectl create --validate=ignore -f - >/dev/null &
    children+=($!)
  done
  for child in "${children[@]}"; do wait "$child" || die "not all nodes were created; kubectl says why above"; done
  say "added $count node(s), $prefix-$first to $prefix-$((first + count - 1)), in $(seconds_since "$started") s"
}

remove() {
  [ -n "$prefix" ] || [ ${#names[@]} -gt 0 ] || die "remove what? give --prefix, or names"
  if [ -n "$prefix" ]; then
    # One request for all of them.
    local query="labelSelector=test.muster.dev%2Fpool%3D$prefix"
    kubectl delete --raw "/api/v1/nodes?$query" >/dev/null
    say "removed the nodes named $prefix-*"
  fi
  if [ ${#names[@]} -gt 0 ]; then kubectl delete nodes --wait=false "${names[@]}"; fi
}

[ "$verb" = add ] || [ "$verb" = remove ] || [ ${#names[@]} -gt 0 ] || die "$verb which nodes? give their names"
case $verb in
  add) add ;;
  remove) remove ;;
  lose) kubectl label nodes "${names[@]}" test.muster.dev/node- ;;
  recover) kubectl label nodes --overwrite "${names[@]}" test.muster.dev/node=hollow ;;
  *) die "unknown verb '$verb'; see nodes.sh --help" ;;
esac
