# The figures of a run ("name value" lines) as one table: figure, Muster's, the reference's, their ratio, the target.
# Called by run.sh with scale, groups, many, best_of and cores set. A figure that was not measured leaves its row out; of
# one that was measured several times the least counts: other work on the machine only ever adds.
function has(name) { return name in value }
function number(x) {
  if (x == "") return "-"
  if (x >= 100) return sprintf("%.0f", x)
  return x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x)
}
function row(part, what, name, reference, of, target,   ours, theirs, ratio) {
  if (!has(name)) return
  ours = value[name]
  theirs = has(reference) ? value[reference] : ""
  ratio = theirs != "" && theirs > 0 ? sprintf("%.2fx", ours / theirs) : ""
  printf "%-2s %-56s %10s %10s %7s  %-14s %s\n", part, what, number(ours), number(theirs), ratio, target, of
}
function start_rows(part, id, reference, unit, target_ratio) {
  row(part, "seconds until all run", id ".seconds", reference ".seconds", unit, target_ratio)
  row(part, "  until half of the groups run", id ".half_seconds", reference ".half_seconds", unit, "")
  row(part, "  from a group's first pod to its last (median)", id ".spread_seconds", reference ".spread_seconds", unit, "")
  row(part, "CPU seconds of all processes", id ".cpu.all", reference ".cpu.all", unit, "")
  row(part, "  kube-apiserver", id ".cpu.kube-apiserver", reference ".cpu.kube-apiserver", unit, "")
  row(part, "  etcd", id ".cpu.etcd", reference ".cpu.etcd", unit, "")
  row(part, "  kube-controller-manager", id ".cpu.kube-controller-manager", reference ".cpu.kube-controller-manager", unit, "")
  row(part, "  kube-scheduler", id ".cpu.kube-scheduler", reference ".cpu.kube-scheduler", unit, "")
  row(part, "  kwok", id ".cpu.kwok", reference ".cpu.kwok", unit, "")
  row(part, "  operator", id ".cpu.operator", "", "", "")
  row(part, "writes of everybody per group", id ".writes_per_group", reference ".writes_per_group", unit, "")
  row(part, "operator: own writes per group, events included", id ".own_writes_per_group", "", "", "<= 8, aim 6")
  row(part, "operator: CPU ms per group", id ".own_cpu_ms_per_group", "", "", "<= 10")
  row(part, "operator: peak RSS MiB", id ".own_peak_mib", "", "", "<= 60")
}
function plugin_rows(id, label) {
  row("h", "kubectl-workload get, " label ": ms", "h.get_ms." id, "h.api_ms." id, "the lists alone", "< 100 + lists")
  row("h", "kubectl-workload status, " label ": ms", "h.status_ms." id, "h.api_ms." id, "the lists alone", "< 100 + lists")
  row("h", "kubectl-workload get, " label ": ms", "h.get_ms." id, "h.kubectl_ms." id, "kubectl get podgroups", "")
}
NF == 2 && $1 ~ /\.load$/ { load = load (load == "" ? "" : ", ") substr($1, 1, length($1) - 5) " " $2; next }
NF == 2 && $1 ~ /\.busy$/ { load = load " (" $2 " % busy)"; next }
NF == 2 { if (!has($1) || $2 + 0 < value[$1]) value[$1] = $2 + 0; next }
/^(fit proof:|nodes  count|equal |mixed |small worlds)/ { proofs[++proven] = $0; next }  # a line of fit-bench
/ ms / { planning[++plans] = $0 }  # a line of placement-bench
END {
  printf "\nMuster's benchmarks on %d cores, scale %d %%; of a, b and c the best of %d. Load average before each run: %s\n\n", cores, scale, best_of, load
  printf "%-2s %-56s %10s %10s %7s  %-14s %s\n", "", "", "Muster", "reference", "ratio", "target", "reference is"
  start_rows("a", "a.muster", "a.job", "a plain Job", "<= 1.05x")
  start_rows("b", "b.muster", "b.job", "plain Jobs", "<= 1.10x")
  start_rows("r", "r.muster", "b.job", "plain Jobs", "")
  row("c", "seconds until the deleted gangs' room is used again", "c.muster.seconds", "c.job.seconds", "plain Jobs", "<= 15")
  row("c", "  until half of the waiting groups run", "c.muster.half_seconds", "c.job.half_seconds", "plain Jobs", "")
  row("d", "operator started: seconds until a new group runs", "b.muster.restart.seconds", "b.muster.restart.plain_seconds", "a plain Job there", "<= 1.2")
  row("d", "  until /readyz", "b.muster.restart.ready_seconds", "", "", "")
  row("d", "  CPU seconds until 5 s later", "b.muster.restart.cpu_seconds", "", "", "")
  row("d", "  RSS MiB then", "b.muster.restart.mib", "", "", "")
  row("d", "operator stopped: seconds until it has ended", "b.muster.restart.stop_seconds", "", "", "<= 5")
  for (i = 1; i <= plans; ++i) {
    at = index(planning[i], "  ")
    ms = planning[i]
    sub(/ ms .*/, "", ms)
    sub(/.* /, "", ms)
    name = substr(planning[i], 1, at - 1)
    sub(/ mixed nodes/, " nodes", name)
    target = name ~ /^1 group/ ? "< 10" : "< 100"
    printf "%-2s %-56s %10s %10s %7s  %-14s %s\n", "e", name, number(ms + 0), "", "", target, "(ms)"
  }
  for (i = 1; i <= proven; ++i) printf "%-2s %s\n", "i", proofs[i]
  row("f", "decoding and keeping the pods: seconds", "f.seconds", "f.parse_seconds", "the parser alone", "< 20")
  row("f", "bytes kept per pod, by malloc", "f.bytes_per_pod", "f.json_bytes_per_pod", "its JSON", "< 1024")
  row("f", "bytes kept per pod, by RSS", "f.resident_per_pod", "f.json_bytes_per_pod", "its JSON", "< 1024")
  row("g", "operator's writes in a steady cluster, but the lease", "b.muster.steady.changes", "b.muster.steady.all", "everybody's", "0")
  row("g", "  the lease", "b.muster.steady.lease", "b.muster.steady.all", "everybody's", "")
  row("g", "  operator's CPU ms", "b.muster.steady.cpu_ms", "", "", "")
  plugin_rows("one", "1 group")
  plugin_rows("many", many " groups")
  row("m", "leader, nothing to do: MiB", "m.empty.leader_mib", "", "", "")
  row("m", "leader, with the Workloads: MiB", "m.workloads.leader_mib", "", "", "<= 128")
  row("m", "  the most it ever held", "m.workloads.leader_peak_mib", "", "", "<= 128")
  row("m", "fresh standby, with the Workloads: MiB", "m.workloads.standby_mib", "", "", "<= 128")
  row("m", "  the most it ever held", "m.workloads.standby_peak_mib", "", "", "<= 128")
  row("m", "leader, the Workloads deleted: MiB", "m.deleted.leader_mib", "m.empty.leader_mib", "before", "")
  row("m", "leader, with the pods: MiB", "m.pods.leader_mib", "", "", "<= 128")
  row("m", "  the most it ever held", "m.pods.leader_peak_mib", "", "", "<= 128")
  row("m", "fresh standby, with the pods: MiB", "m.pods.standby_mib", "", "", "<= 128")
  row("m", "  the most it ever held", "m.pods.standby_peak_mib", "", "", "<= 128")
  row("t", "seconds until admitted, while another namespace floods", "t.behind.admitted_seconds", "t.alone.admitted_seconds", "no flood", "")
  row("t", "seconds until it runs", "t.behind.running_seconds", "t.alone.running_seconds", "no flood", "")
}
