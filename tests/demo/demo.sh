#!/usr/bin/env bash
# The main job, shown step by step on a real control plane: a gang that does not fit is held with no pod created, the
# plugin says why, room appears, the whole gang runs; a second one waits its turn. Each command is printed as a user
# would type it. Leaves the cluster and the operator running to play with; exits non-zero if a step did not happen.
# The pictures in docs/images are screens of it, taken in a terminal (tmux).
#
# Usage: demo.sh                     (called by `make demo`, which has built everything)
#        demo.sh --check-pictures    fails when docs/images shows anything else than what is printed now
#        demo.sh --write-pictures    takes them anew
# Within tests/cluster/with.sh it uses that cluster, which ends with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
pictures=${1:-}
[[ $# -le 1 && "$pictures" =~ ^(--check-pictures|--write-pictures)?$ ]] || { sed -n '/^# Usage/,/^set/p' "$0" | grep '^#' && exit 2; }
run=${MUSTER_TEST_CLUSTER_DIR:-$PWD/build/cluster}
export PATH=$PWD/build/bin:$PWD/build/cluster-bin:$PATH
export KUBECONFIG=$run/kubeconfig
source tests/demo/steps.sh
source tests/demo/pictures.sh

title "1. A real control plane"
if [ -z "${MUSTER_TEST_CLUSTER_DIR:-}" ]; then
  tests/cluster/down.sh --run-dir "$run" >/dev/null
  show tests/cluster/up.sh --name muster
fi

title "2. Muster: CRDs, rights, policies, operator"
show kubectl apply --server-side -f config/install.yaml
echo "(The nodes to come are hollow and run no image: here the operator is a process, with the rights of its ServiceAccount.)"
show kubectl -n muster-system scale deploy/muster-operator --replicas=0
show kubectl wait --for=condition=Established crd/workloads.muster.dev crd/podgroups.muster.dev
start_operator

title "3. Five GPU nodes, and a Workload of two roles that needs eight: held, with no pod created"
show tests/cluster/nodes.sh add --prefix gpu-a --count 5 --capacity cpu=32,memory=256Gi,nvidia.com/gpu=4
show kubectl apply -f config/samples/train.yaml
until_true "train-0 waits with a reason" group_waits train-0
show kubectl workload status train || expect_code 2
picture status kubectl workload status train
show kubectl get jobs,statefulsets,pods -l muster.dev/pod-group=train-0
expect_equal "pods of the held group" 0 "$(count_pods train-0)"

title "4. Why is it not running?"
show kubectl workload explain train
grep -q '3 more nodes like gpu-a-0' < <(kubectl workload explain train) || fail "the explanation does not name the missing nodes"
picture explain kubectl workload explain train

title "5. Three more such nodes: the group is admitted, and all its members run"
show tests/cluster/nodes.sh add --prefix gpu-b --count 3 --capacity cpu=32,memory=256Gi,nvidia.com/gpu=4
from=$(now_ms)
show kubectl wait --for=condition=Ready podgroups.muster.dev/train-0 --timeout=30s
took=$(($(now_ms) - from))
echo "    all 9 members were running $took ms after the nodes were there"
[ "$took" -le "$limit_ms" ] || fail "that took longer than $limit_ms ms"
expect_equal "running pods of the group" 9 "$(count_running train-0)"
show kubectl wait --for=condition=Ready workloads.muster.dev/train --timeout=10s
show kubectl workload status train

title "6. A second Workload waits its turn"
show kubectl apply -f tests/demo/second.yaml
until_true "second-0 waits with a reason" group_waits second-0
show kubectl workload status second || expect_code 2
show kubectl workload explain second
expect_equal "pods of the waiting group" 0 "$(count_pods second-0)"

title "7. The first is deleted, and the second is let in"
echo "(The garbage collector learns of new CRDs every 30 s, and these are new; later this takes less than a second.)"
show kubectl delete workloads.muster.dev/train
show kubectl wait --for=condition=Ready podgroups.muster.dev/second-0 --timeout=90s
expect_equal "running pods of the second group" 6 "$(count_running second-0)"
until_true "no pod of the deleted one is left" pods_are_gone train-0
show kubectl wait --for=condition=Ready workloads.muster.dev/second --timeout=10s
show kubectl workload status
show kubectl workload get
[ -z "${MUSTER_TEST_CLUSTER_DIR:-}" ] || exit 0

cat <<END

All of it happened. The cluster and the operator are still there to play with:
  export PATH=\$PWD/build/bin:\$PWD/build/cluster-bin:\$PATH KUBECONFIG=\$PWD/build/cluster/kubeconfig
  kubectl workload status -w           watch
  make nodes-add POOL=gpu-c COUNT=2 CAPACITY=cpu=32,memory=256Gi,nvidia.com/gpu=4
  less build/cluster/log/operator.log  what the operator did
Stop everything with:
  make cluster-down
END
