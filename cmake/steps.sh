# shellcheck shell=bash
# Steps of a long command, printed with the time since the start. Sourced. MUSTER_STARTED (seconds since 1970) can hand the
# start down to the scripts that a script calls.

export MUSTER_STARTED=${MUSTER_STARTED:-$EPOCHSECONDS}
step_name='' step_began=0

say_step() { # TEXT: "[ 2:05] text"
  local seconds=$((EPOCHSECONDS - MUSTER_STARTED))
  printf '[%2d:%02d] %s\n' $((seconds / 60)) $((seconds % 60)) "$*"
}

step() { # NAME
  step_name=$* step_began=$EPOCHSECONDS
  say_step "$step_name ..."
}

step_done() { say_step "$step_name: done after $((EPOCHSECONDS - step_began)) s"; }
