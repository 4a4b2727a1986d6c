#!/usr/bin/env python3
"""Makes docs/api.md from the CRDs: every field with type, bounds, default and meaning, every rule with its message.

Usage: config/build-api-docs.py          writes the file
       config/build-api-docs.py --check  exits 1 when the file is not what would be written
Needs python3-yaml.
"""
import json
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRDS = ["crds/muster.dev_workloads.yaml", "crds/muster.dev_podgroups.yaml"]
PAGE = ROOT / "docs/api.md"
# A field with more fields below it than this has a table of its own, down to this depth.
INLINE_MAX, DEPTH_MAX = 8, 3
# What is read of a schema. Anything else is an error, so that no bound is left out of the page silently.
KNOWN = {
    "type", "format", "description", "default", "properties", "required", "items", "additionalProperties", "enum",
    "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "maxProperties",
    "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
}
PREAMBLE = """\
# API reference

Made by `config/build-api-docs.py` from `crds/`; a test fails when it is not what the script makes. Every field that the
CRDs know is here, with the bounds that the API server enforces. What the words mean is in [concepts.md](concepts.md).

`kubectl explain workloads.muster.dev.spec.gang` says what is said here from a cluster. Other projects, and Kubernetes
itself, have kinds of these names: write `workloads.muster.dev` and `podgroups.muster.dev` in full, or the short names.

"Required" means: required where the object that holds the field is given. "Other fields too" means that the API server
keeps what it is given there and checks it when the built-in object is created.
"""


def code(text):
    return f"`{text}`"


def span(low, high, what):
    """'1 to 16 items', 'at most 64 characters', 'at least 0'."""
    if low is None and high is None:
        return []
    if low is None:
        text = f"at most {high}"
    elif high is None:
        text = f"at least {low}"
    else:
        text = f"{low} to {high}"
    return [f"{text} {what}".strip()]


def type_of(schema):
    name = schema.get("type", "any")
    if name == "array":
        return f"list of {type_of(schema['items'])}"
    if name == "object" and "additionalProperties" in schema:
        return f"map of {type_of(schema['additionalProperties'])}"
    return f"{name} ({schema['format']})" if "format" in schema else name


def bounds_of(schema, required):
    parts = ["required"] if required else []
    if "enum" in schema:
        parts.append(", ".join(code(value) for value in schema["enum"]))
    parts += span(schema.get("minimum"), schema.get("maximum"), "")
    parts += span(schema.get("minLength"), schema.get("maxLength"), "characters")
    parts += span(schema.get("minItems"), schema.get("maxItems"), "items")
    parts += span(None, schema.get("maxProperties"), "keys")
    if "pattern" in schema:
        parts.append(code(schema["pattern"]))
    if schema.get("x-kubernetes-list-type") == "map":
        parts.append("one for each " + ", ".join(code(key) for key in schema["x-kubernetes-list-map-keys"]))
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if inner and inner["type"] != "object":
            parts += [f"each {part}" for part in bounds_of(inner, False)]
    if schema.get("x-kubernetes-map-type") == "atomic":
        parts.append("replaced whole")
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        parts.append("other fields too")
    return parts


def default_of(schema):
    return code(json.dumps(schema["default"])) if "default" in schema else ""


def prose(text):
    """`<name>` would be read as a tag."""
    return text.replace("<", "&lt;")


def cell(text):
    return text.replace("|", "\\|")


def fields_of(path, schema):
    """(path, schema, required) of the fields right below; those of a list's items, too."""
    if schema.get("type") == "array":
        path, schema = path + "[]", schema["items"]
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        yield (f"{path}.{name}" if path else name), field, name in required


def count_below(schema):
    return sum(1 + count_below(field) for _, field, _ in fields_of("", schema))


def check_known(path, schema):
    unknown = set(schema) - KNOWN
    if unknown:
        sys.exit(f"build-api-docs.py: {path} has {', '.join(sorted(unknown))}: teach the script to show it")
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if inner:
            check_known(path, inner)


def rules_of(path, schema):
    found = [(path, rule) for rule in schema.get("x-kubernetes-validations", [])]
    if any(set(rule) != {"rule", "message"} for _, rule in found):
        sys.exit(f"build-api-docs.py: a rule at {path} has more, or less, than rule and message: teach the script to show it")
    if "items" in schema:
        found += rules_of(path + "[]", {k: v for k, v in schema["items"].items() if k != "properties"})
    return found


def section(out, path, schema, depth):
    """One table: the fields below path, and below them those that have no table of their own. Then the rules."""
    rows, rules, later = [], rules_of(path, schema), []

    def walk(below):
        for field_path, field, required in fields_of(*below):
            check_known(field_path, field)
            own_table = depth < DEPTH_MAX and count_below(field) > INLINE_MAX
            meaning = prose(field.get("description", ""))
            if own_table:
                anchor = field_path + ("[]" if field["type"] == "array" else "")
                meaning = f"{meaning} Its fields: below, {code(anchor)}.".strip()
                later.append((field_path, field))
            rows.append((code(field_path), type_of(field), "; ".join(bounds_of(field, required)), default_of(field),
                         meaning))
            if not own_table:
                rules.extend(rules_of(field_path, field))
                walk((field_path, field))

    walk((path, schema))
    title = path + ("[]" if schema.get("type") == "array" else "")
    out.append(f"\n{'#' * (depth + 2)} {code(title)}\n")
    out.append("| field | type | bounds | default | meaning |\n| --- | --- | --- | --- | --- |")
    out += ["| " + " | ".join(cell(column) for column in row) + " |" for row in rows]
    write_rules(out, rules)
    for field_path, field in later:
        section(out, field_path, field, depth + 1)


def write_rules(out, rules):
    if not rules:
        return
    out.append("\nRules, and what a breach is answered with:\n")
    for path, rule in rules:
        where = code(path) if path else "the whole object"
        out.append(f"- {where}: {prose(rule['message'])}\n\n      {' '.join(rule['rule'].split())}\n")
    out[-1] = out[-1].rstrip()


def columns(version):
    lines = ["\nWhat `kubectl get` shows:\n", "| column | with | type | value | meaning |", "| --- | --- | --- | --- | --- |"]
    for column in version["additionalPrinterColumns"]:
        shown = "`-o wide`" if column.get("priority", 0) > 0 else "always"
        lines.append(f"| {column['name'].upper()} | {shown} | {column['type']} | {code(cell(column['jsonPath']))} | "
                     f"{cell(column.get('description', ''))} |")
    return lines


def crd_page(crd):
    spec = crd["spec"]
    names, out = spec["names"], []
    for version in spec["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        out.append(f"\n## {names['kind']}\n\n{prose(schema['description'])}\n")
        out.append("| | |\n| --- | --- |")
        out.append(f"| apiVersion | {code(spec['group'] + '/' + version['name'])} |")
        out.append(f"| resource | {code(crd['metadata']['name'])}, {spec['scope'].lower()} |")
        out.append(f"| short names | {', '.join(map(code, names['shortNames']))} |")
        out.append(f"| categories | {', '.join(map(code, names['categories']))} |")
        out.append(f"| subresources | {', '.join(map(code, version['subresources']))} |")
        scale = version["subresources"].get("scale")
        if scale:
            out.append(f"| scale reads and writes | {code(scale['specReplicasPath'])}; replicas that exist: "
                       f"{code(scale['statusReplicasPath'])}; selector of their pods: {code(scale['labelSelectorPath'])} |")
        out += columns(version)
        write_rules(out, rules_of("", schema))
        for name, part in schema["properties"].items():
            if name in ("apiVersion", "kind", "metadata"):  # as of every object
                continue
            check_known(name, part)
            section(out, name, part, 1)
            if "default" in part:
                out.append(f"\nUntil the operator has written `{name}`, the API server serves\n\n"
                           f"    {json.dumps(part['default'])}")
    return out


def page():
    out = [PREAMBLE.rstrip()]
    for file in CRDS:
        out += crd_page(yaml.safe_load((ROOT / file).read_text(encoding="utf-8")))
    return "\n".join(out) + "\n"


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit("docs/api.md is not up to date: run config/build-api-docs.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PAGE.write_text(text, encoding="utf-8")


main()
