# shellcheck shell=bash
# A block of free ports for each cluster, so that clusters never collide. Sourced, never run.
#
# Blocks lie below the kernel's range for outgoing connections, which could otherwise take a port at any moment. A block is
# reserved by a file that names the run directory: between choosing and listening, and while a component is stopped on
# purpose, nothing listens and yet the block is taken. A reservation whose cluster has gone is swept away.

readonly ports_first=20000 ports_last=31990 ports_block=10
reservations=${TMPDIR:-/tmp}/muster-ports-$(id -u)

listening_ports() { # one decimal number per line
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { n = split($2, a, ":"); print a[n] }' | sort -u |
    while read -r hex; do printf '%d\n' "0x$hex"; done
}

reservation_is_stale() { # FILE
  local run
  run=$(cat "$1" 2>/dev/null) || return 0
  [ -d "$run" ] || return 0
  [ -n "$(running_components "$run")" ] && return 1
  # Nothing runs there: either it is just starting, or whoever started it was killed.
  [ -z "$(find "$1" -mmin -2 2>/dev/null)" ]
}

# Reserves a block and prints its first port. With PORT, that block or an error.
reserve_ports() { # RUN_DIR [PORT]
  local run=$1 wanted=${2:-} lock
  mkdir -p "$reservations"
  exec {lock}>"$reservations/lock"
  flock -w 30 "$lock" || die "cannot lock $reservations/lock: another cluster has been choosing its ports for 30 s"
  local taken base port tries
  taken=" $(listening_ports | tr '\n' ' ')"
  local count=$(((ports_last - ports_first) / ports_block))
  for ((tries = 0; tries < count; tries++)); do
    # A random start keeps users and containers that do not see each other's reservations apart.
    base=${wanted:-$((ports_first + (RANDOM % count) * ports_block))}
    local busy=
    for ((port = base; port < base + ports_block; port++)); do
      [[ $taken == *" $port "* ]] && busy=$port && break
    done
    if [ -e "$reservations/$base" ] && [ "$(cat "$reservations/$base")" != "$run" ] &&
      ! reservation_is_stale "$reservations/$base"; then
      busy="$base (reserved by the cluster in $(cat "$reservations/$base"))"
    fi
    if [ -z "$busy" ]; then
      printf '%s\n' "$run" >"$reservations/$base"
      exec {lock}>&-
      printf '%s' "$base"
      return
    fi
    [ -z "$wanted" ] || die "port $busy is taken; leave --port out to let a free block be chosen, or stop what listens there"
  done
  die "no free block of $ports_block ports between $ports_first and $ports_last; stop clusters that are no longer used"
}

release_ports() { # RUN_DIR
  local file
  for file in "$reservations"/[0-9]*; do
    if [ -e "$file" ] && [ "$(cat "$file")" = "$1" ]; then rm -f "$file"; fi
  done
}
