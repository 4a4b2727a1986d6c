#!/usr/bin/env bash
# The benchmarks: prints one table, each figure beside a reference run of the same invocation. Nothing fails on time.
#
# Usage: run.sh [--scale PERCENT] [--patience SECONDS] [--best-of N] [--raw FILE] [PART]...
# Without a part: all, about ten minutes.
#
#   a   one group of 500 pods on 100 hollow nodes            | against the same Jobs made plainly: seconds until all
#   b   400 groups of 10 (800m cpu each) on 500, 80 % full   | run, CPU of all processes, writes (part_start.cc)
#   c   160 groups of 10 on 800 slots: the 80 that run are deleted; seconds until the others run (part_refill.cc)
#   d   the operator restarted among b's 4,000 pods: seconds until a new group runs, and until ready (part_restart.cc)
#   e   planning, without a cluster (placement_bench.cc)
#   i   how much of what always fits is proven to fit, without a cluster (fit_bench.cc)
#   f   decoding and keeping 100,000 pods, without a cluster (part_decode.cc)
#   g   what is written among b's 4,000 pods in 60 s in which nothing happens (part_restart.cc)
#   h   the plugin, start to exit, for 1 and for 1,000 groups (part_plugin.cc)
#   m   memory of leader and standby: 1,000 Workloads of 100 KB, 100,000 pods (part_tenants.cc); minutes
#   t   one group while another namespace makes 200 Workloads of 16 Jobs: seconds until admitted, and until it runs
#   r   as b, but one Workload of 400 replicas; not among "all", as m is not
#
#   --scale PERCENT  numbers of groups, pods and nodes in percent of these, for a quick look (default 100)
#   --patience SECONDS  before each run, wait so long for an idle machine: 90 %, over a second (default 0: never)
#   --best-of N      measure a, b and c so often, ours and the reference in turn; the least of each figure counts (default 2)
#   --raw FILE       also keep the figures as lines "name value" (default build/bench/figures)
#
# The figures are as good as the machine is idle: the table's header says how busy it was before each run (load average,
# and the share of its cores in use over one second). Programs come from build/bin and build/cluster-bin (make bench).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
with_cluster=tests/cluster/with.sh

scale=100 patience=0 best_of=2 raw=build/bench/figures parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --scale) scale=$2 && shift 2 ;;
    --patience) patience=$2 && shift 2 ;;
    --best-of) best_of=$2 && shift 2 ;;
    --raw) raw=$2 && shift 2 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit ;;
    [a-imrt]) parts+=("$1") && shift ;;
    *) echo "run.sh: what is '$1'? see run.sh --help" >&2 && exit 2 ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(e i f a b c d g h t)
[[ $patience =~ ^[0-9]+$ ]] || { echo "run.sh: --patience takes seconds" >&2 && exit 2; }
[[ $scale =~ ^[0-9]+$ && $scale -ge 1 && $scale -le 1000 ]] || { echo "run.sh: --scale takes a percentage" >&2 && exit 2; }
[[ $best_of =~ ^[1-9][0-9]?$ ]] || { echo "run.sh: --best-of takes a number of runs, 1 to 99" >&2 && exit 2; }
if [ -n "${MUSTER_KUBECONFIG:-}" ]; then
  echo "run.sh: a benchmark starts a cluster of its own for each run; unset MUSTER_KUBECONFIG" >&2 && exit 2
fi

wants() { [[ " ${parts[*]} " == *" $1 "* ]]; }
scaled() { # N LEAST
  local n=$(($1 * scale / 100))
  printf '%s' $((n > $2 ? n : $2))
}

mkdir -p "$(dirname "$raw")"
: >"$raw"
# Share of the cores in use over one second, in percent.
busy_percent() {
  { grep '^cpu ' /proc/stat && sleep 1 && grep '^cpu ' /proc/stat; } | awk '
    { idle = $5 + $6; all = 0; for (i = 2; i <= 9; ++i) all += $i }
    NR == 2 { printf "%d", 100 - 100 * (idle - idle_before) / (all - all_before) }
    { idle_before = idle; all_before = all }'
}
# Notes how busy the machine is before the run, and says what is going on.
begin() { # NAME WHAT
  local load busy until=$((SECONDS + patience))
  busy=$(busy_percent)
  while ((busy > 10 && SECONDS < until)); do busy=$(busy_percent); done
  read -r load _ </proc/loadavg
  printf '%s.load %s\n%s.busy %s\n' "$1" "$load" "$1" "$busy" >>"$raw"
  printf '%s  %s (load average %s, %s %% busy)\n' "$(date +%T)" "$2" "$load" "$busy" >&2
}
# A run that fails is reported, and the others go on.
failed=0
on_cluster() { # NAME WHAT NODES PART OPTION...
  local name=$1 what=$2 nodes=$3
  shift 3
  begin "$name" "$what"
  "$with_cluster" --name bench -- "$here/cluster.sh" "$nodes" "$@" --prefix "$name" >>"$raw" || {
    echo "run.sh: failed: $what" >&2
    failed=1
  }
}

one_big=(start --groups 1 --size "$(scaled 500 4)" --cpu 1)
many=(start --groups "$(scaled 400 4)" --size 10 --cpu 800m)
big_nodes=$(scaled 100 1) many_nodes=$(scaled 500 5)
refill_nodes=$(scaled 100 5)
refill=(refill --groups $((2 * refill_nodes * 8 / 10)) --size 10 --cpu 1)

if wants e; then
  begin e "planning"
  build/bin/placement-bench >>"$raw"
fi
if wants i; then
  begin i "proofs that groups fit"
  build/bin/fit-bench "$(scaled 100 10)" "$(scaled 10000 1000)" >>"$raw" || {
    echo "run.sh: a proof was false" >&2
    failed=1
  }
fi
if wants f; then
  begin f "decoding $(scaled 100000 1000) pods"
  build/bin/muster-bench decode --pods "$(scaled 100000 1000)" --prefix f >>"$raw"
fi
for ((i = 0; i < best_of; ++i)); do
  if wants a; then
    on_cluster a.job "a: one plain Job" "$big_nodes" "${one_big[@]}" --as job
    on_cluster a.muster "a: one Workload" "$big_nodes" "${one_big[@]}" --as workload
  fi
  if wants b || wants r; then on_cluster b.job "b: many plain Jobs" "$many_nodes" "${many[@]}" --as job; fi
  # The last one goes on with d and g, below.
  if wants b && ((i > 0)); then on_cluster b.muster "b: many Workloads" "$many_nodes" "${many[@]}" --as workload; fi
  if wants c; then
    on_cluster c.job "c: plain Jobs" "$refill_nodes" "${refill[@]}" --as job
    on_cluster c.muster "c: Workloads" "$refill_nodes" "${refill[@]}" --as workload
  fi
done
if wants b || wants d || wants g; then
  then=,
  if wants d; then then+=restart,; fi
  if wants g; then then+=steady,; fi
  on_cluster b.muster "b: many Workloads, then: ${then//,/ }" "$many_nodes" "${many[@]}" --as workload --then "$then"
fi
if wants r; then on_cluster r.muster "r: one Workload of many replicas" "$many_nodes" "${many[@]}" --as replicas; fi
if wants h; then
  on_cluster h "h: the plugin" "$(scaled 130 2)" plugin --groups "$(scaled 1000 10)" --size 1 --cpu 500m --as replicas
fi
if wants m; then
  on_cluster m "m: memory" 1 memory --groups "$(scaled 1000 10)" --kilobytes 100 --pods "$(scaled 100000 100)"
fi
if wants t; then on_cluster t "t: turns of namespaces" 10 turn --groups "$(scaled 200 4)" --size 16; fi

awk -v scale="$scale" -v best_of="$best_of" -v many="$(scaled 1000 10)" -v cores="$(nproc)" \
  -f "$here/table.awk" "$raw"
exit $failed
