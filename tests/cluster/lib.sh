# shellcheck shell=bash
# What the scripts of the test cluster share: places, messages, process identity, waiting. Sourced, never run.
#
# A cluster is a run directory: kubeconfig, cluster.env (how it was started), log/NAME.log and pid/NAME ("PID START", where
# START is the kernel's start time of that process: a number that was given to another process later is never killed).
# Processes are started detached (`setsid --fork`), so neither a terminal's Ctrl-C nor a killed parent's process tree takes
# one of them away alone; the watchdog and down.sh take them away together.

cluster_src=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo_root=$(cd "$cluster_src/../.." && pwd)
cluster_bin=${MUSTER_CLUSTER_BIN:-$repo_root/build/cluster-bin}
# shellcheck disable=SC2034 # used by those who source this
default_run_dir=$repo_root/build/cluster

# Started and stopped in this order; stopping goes backwards.
components=(etcd kube-apiserver kube-controller-manager kube-scheduler kwok)

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() {
  warn "$@"
  exit 1
}

# Prints the usage text of a script: the comment block on its top.
usage() { awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"; }

# The value of an option that needs one: option_value "$@" inside the argument loop.
option_value() {
  [ $# -ge 2 ] || die "option $1 needs a value; see $(basename "$0") --help"
  printf '%s' "$2"
}

now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }
seconds_since() { # START_MS -> "5.2"
  local ms=$(($(now_ms) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# The kernel's start time of a process (field 22 of its stat, counted after the name, which may hold spaces).
process_start() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  local -a fields
  read -r -a fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] || return 1
  printf '%s' "${fields[19]}"
}

same_process() { # PID START
  local start
  start=$(process_start "$1") && [ "$start" = "$2" ]
}

# Sets $pid to the running process of a pid file; fails when it has gone.
running_pid() { # RUN_DIR NAME
  local start
  pid=
  [ -s "$1/pid/$2" ] || return 1
  read -r pid start <"$1/pid/$2" || return 1
  same_process "$pid" "$start"
}

running_components() { # RUN_DIR -> names, one per line
  local name pid
  for name in "${components[@]}"; do
    if running_pid "$1" "$name"; then say "$name"; fi
  done
}

# Starts a program detached. It writes its own pid file before it becomes the program, so there is no moment at which it
# runs and nobody knows its number.
start_detached() { # RUN_DIR NAME COMMAND...
  local run=$1 name=$2
  shift 2
  rm -f "$run/pid/$name"
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid --fork bash -c '
    pid_file=$1 && shift
    read -r stat </proc/$$/stat && read -r -a fields <<<"${stat##*) }"
    echo "$$ ${fields[19]}" >"$pid_file.new" && mv "$pid_file.new" "$pid_file"
    exec "$@"' start-detached "$run/pid/$name" "$@" </dev/null >>"$run/log/$name.log" 2>&1
}

show_log_tail() { # RUN_DIR NAME
  local log=$1/log/$2.log
  warn "the last lines of $log:"
  tail -n 15 "$log" 2>/dev/null | sed 's/^/    /' >&2 || true
}

# Polls a command until it succeeds. Gives up at the deadline, or at once when the component it waits for has ended.
wait_for() { # RUN_DIR COMPONENT SECONDS COMMAND...
  local run=$1 name=$2 limit=$3 start pid
  start=$(now_ms)
  shift 3
  until "$@" >"$run/log/wait.log" 2>&1; do
    if [ -e "$run/pid/$name" ] && ! running_pid "$run" "$name"; then
      show_log_tail "$run" "$name"
      die "$name of the cluster in $run ended while it was starting; its log says why"
    fi
    if (($(now_ms) - start > limit * 1000)); then
      sed 's/^/    /' "$run/log/wait.log" >&2 || true
      show_log_tail "$run" "$name"
      die "$name of the cluster in $run was not ready after $limit s (waited for: $*)"
    fi
    sleep 0.1
  done
}

kill_and_wait() { # PID START: at once; nothing of a test cluster is worth a slow goodbye
  local i
  for ((i = 0; i < 200; i++)); do
    same_process "$1" "$2" || return 0
    ((i % 50)) || kill -KILL "$1" 2>/dev/null || true
    sleep 0.05
  done
  warn "process $1 does not go away, even killed"
  return 1
}

cluster_kubectl() { # RUN_DIR ARGS...: with a cache of its own, so that clusters on the same port do not share one
  local run=$1
  shift
  KUBECACHEDIR=$run/kube-cache "$cluster_bin/kubectl" --kubeconfig="$run/kubeconfig" --request-timeout=10s "$@"
}
