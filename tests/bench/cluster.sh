#!/usr/bin/env bash
# One measurement on a fresh cluster: installs Muster, adds nodes, and runs muster-bench there. Called by run.sh as
#   tests/cluster/with.sh -- cluster.sh NODES PART [FLAG VALUE]...
# The CRDs are applied in reference runs too, so that both kinds of run find the same control plane. The operator gets the
# rights of its ServiceAccount; with `--as job` none is started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=$PWD/build/bin run=$MUSTER_TEST_CLUSTER_DIR
nodes=$1 part=$2
shift 2

kubectl apply --server-side -f config/install.yaml >/dev/null
# Nothing but the operator that muster-bench starts may run pods here.
kubectl -n muster-system delete deployments --all >/dev/null
kubectl wait --for=condition=Established crd/workloads.muster.dev crd/podgroups.muster.dev --timeout=30s >/dev/null
# The garbage collector and the quota controller look for new kinds every 30 s only. Until then the owners of what Muster
# makes are strangers to the collector, and each of them costs it a retry from a queue of ten a second. Clusters where
# Muster has been installed for a minute are what is measured.
tests/cluster/component.sh restart kube-controller-manager >&2
tests/cluster/nodes.sh add --prefix bench --count "$nodes" --capacity cpu=8,memory=32Gi >/dev/null

operator_kubeconfig() {
  local kubeconfig=$run/operator.kubeconfig
  cp "$run/kubeconfig" "$kubeconfig"
  {
    kubectl --kubeconfig="$kubeconfig" config set-credentials muster-operator \
      --token="$(kubectl -n muster-system create token muster-operator --duration=2h)"
    kubectl --kubeconfig="$kubeconfig" config set-context operator --user=muster-operator \
      --cluster="$(kubectl config view -o jsonpath='{.clusters[0].name}')"
    kubectl --kubeconfig="$kubeconfig" config use-context operator
  } >/dev/null
  printf '%s' "$kubeconfig"
}

options=(--cluster-dir "$run" --plugin "$bin/kubectl-workload" --kubectl "$(command -v kubectl)")
if [[ " $* " != *" --as job "* ]]; then
  # The cluster reserves ten ports and uses six.
  port=$(kubectl config view -o jsonpath='{.clusters[0].cluster.server}')
  port=$((${port##*:} + 8))
  options+=(--operator "$bin/muster-operator" --operator-kubeconfig "$(operator_kubeconfig)"
    --operator-log "$run/log/operator.log" --operator-port "$port")
  if [ "$part" = memory ]; then options+=(--standby-port $((port - 2))); fi
fi
exec "$bin/muster-bench" "$part" "${options[@]}" "$@"
