# Takes Markdown apart. Prints lines "KIND<tab>FILE<tab>LINE<tab>TEXT":
#   code     a line of a code block, or what stands between backticks (also over the end of a line)
#   link     where a link leads
#   heading  the anchor of a heading, as GitHub makes it
# and writes each ```yaml block to DIRECTORY/FILE_LINE.yaml, with "/" in FILE as "_".
# Usage: awk -v directory=DIRECTORY -f parts.awk FILE...
function part(kind, text) {
  printf "%s\t%s\t%d\t%s\n", kind, FILENAME, FNR, text
}

function anchor(text) {
  sub(/^#+ +/, "", text)
  text = tolower(text)
  gsub(/[^a-z0-9 _-]/, "", text)
  gsub(/ /, "-", text)
  return text
}

FNR == 1 { fenced = 0; yaml = ""; open = 0; span = "" }

/^```/ {
  if (yaml != "") close(yaml)
  yaml = ""
  fenced = !fenced
  if (fenced && $0 ~ /^```yaml *$/) {
    yaml = FILENAME
    gsub("/", "_", yaml)
    yaml = directory "/" yaml "_" FNR ".yaml"
    printf "" >yaml
  }
  next
}

fenced {
  if (yaml != "") print >yaml
  else part("code", $0)
  next
}

/^ *$/ { open = 0; span = ""; next }
/^    / && !open { part("code", $0); next }
/^#+ / { part("heading", anchor($0)) }

{
  pieces = split($0, piece, "`")
  text = ""
  for (i = 1; i <= pieces; i++) {
    if (i > 1) {
      if (open) { part("code", span); span = "" }
      open = !open
    }
    if (open) span = span (i == 1 ? " " : "") piece[i]
    else text = text piece[i]
  }
  while (match(text, /\]\([^)]*\)/)) {
    part("link", substr(text, RSTART + 2, RLENGTH - 3))
    text = substr(text, RSTART + RLENGTH)
  }
}
