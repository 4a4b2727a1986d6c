# Prints the commands of the ```sh blocks in the section of a page whose heading is `heading`.
/^```/ { fenced = !fenced; shell = fenced && $0 ~ /^```sh *$/; next }
!fenced && /^#+ / { inside = $0 == heading; next }
inside && shell
