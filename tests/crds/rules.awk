# Prints "PATH<tab>MESSAGE" for each x-kubernetes-validations rule of a CRD, PATH as the API server names it in an error
# (spec.roles[].job.spec; <nil> for the root). Relies on the block style and two-space indentation of crds/*.yaml.
{
  if ($0 ~ /^[ ]*(#|$)/) next
  match($0, /^[ ]*/)
  depth = RLENGTH
  if (substr($0, depth + 1, 2) == "- ") depth += 2
  line = substr($0, depth + 1)
  while (top > 0 && indent[top] >= depth) top--
  if (match(line, /^[A-Za-z0-9-]+:/)) {
    top++
    indent[top] = depth
    key[top] = substr(line, 1, RLENGTH - 1)
  }
  # A property may be called "message" too; that one has no text behind it.
  if (line ~ /^message: "/ && key[top - 1] == "x-kubernetes-validations") {
    message = line
    sub(/^message: "/, "", message)
    sub(/"$/, "", message)
    print Path() "\t" message
  }
}

function Path(   i, path, schema) {
  for (i = 1; i <= top - 2; i++) {
    if (key[i] == "openAPIV3Schema") { schema = 1; continue }
    if (!schema) continue
    if (key[i] == "properties" && key[i - 1] != "properties") continue
    if (key[i] == "items" && key[i - 1] != "properties") { path = path "[]"; continue }
    path = path (path == "" ? "" : ".") key[i]
  }
  return path == "" ? "<nil>" : path
}
