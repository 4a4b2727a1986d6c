# shellcheck shell=bash
# Pictures of the demo's screens: a command typed into a real terminal, what it shows there made into docs/images/NAME.svg,
# or compared with it. Sourced by demo.sh; needs its $run and $pictures, and steps.sh.

# The screen without what differs from run to run: how long ago things were.
timeless() { sed -E 's/\b[0-9]+[smhd]([0-9]+[smhd])?\b/0s/g; s/ +/ /g'; }

# Types "$*" into a terminal of its own and prints the screen, colours and all, once the command has ended.
screen_of() { # COMMAND...
  local tmux=(tmux -S "$run/tmux.socket") ended=$run/screen.ended i
  rm -f "$ended"
  env -u NO_COLOR LC_ALL=C.UTF-8 "${tmux[@]}" -u -f /dev/null new-session -d -s screen -x 100 -y 30 \
    "clear; printf '\$ %s\n' '$*'; $*; echo ended >'$ended'; sleep 60"
  for ((i = 0; i < 200; i++)); do
    [ ! -s "$ended" ] || break
    sleep 0.1
  done
  "${tmux[@]}" capture-pane -e -p -t screen
  "${tmux[@]}" kill-server
  [ -s "$ended" ] || fail "$* has not ended within 20 s"
}

picture() { # NAME COMMAND...
  # shellcheck disable=SC2154 # set by demo.sh
  local mode=$pictures file=docs/images/$1.svg taken=$run/$1.svg
  shift
  [ -n "$mode" ] || return 0
  screen_of "$@" | tests/demo/screenshot.py "$*" >"$taken"
  if [ "$mode" = --write-pictures ]; then
    mkdir -p docs/images
    cp "$taken" "$file"
    return
  fi
  diff -u <(tests/demo/screenshot.py --text "$file" | timeless) <(tests/demo/screenshot.py --text "$taken" | timeless) ||
    fail "$file does not show what '$*' prints: take it anew with tests/demo/demo.sh --write-pictures"
  printf '    %s shows the same\n' "$file"
}
