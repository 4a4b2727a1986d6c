#!/usr/bin/env python3
"""Makes config/kubernetes-schema.json, by which `lint` checks pasted specs without a cluster.

It holds what the OpenAPI of Kubernetes says about the specs of Deployment, ReplicaSet, StatefulSet, DaemonSet, Job and
CronJob, and about everything that they refer to: properties, types, required fields, enums; no descriptions. The OpenAPI in
the Go module has no enums (a server's has), so these are read from the Go types. The version is the one that tests/cluster/go.mod pins.

Usage: config/build-openapi.py                 writes the file; needs go, which downloads the modules
       config/build-openapi.py --check         exits 1 when the file is of another version than tests/cluster/go.mod
       config/build-openapi.py --check-server  exits 1 when the server that KUBECONFIG names says something else
"""
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE = ROOT / "config/kubernetes-schema.json"
PINS = ROOT / "tests/cluster/go.mod"
GROUPS = ["apps", "batch"]
ROOTS = ["DeploymentSpec", "ReplicaSetSpec", "StatefulSetSpec", "DaemonSetSpec", "JobSpec", "CronJobSpec",
         "PodTemplateSpec"]
# What is read of a schema, and what is left out. Anything else is an error, so that no rule is lost silently.
KEPT = {"type", "format", "required", "enum"}
LEFT_OUT = {"description", "default", "x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key",
            "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-unions",
            "x-kubernetes-group-version-kind"}
# Definitions that mean more than OpenAPI can say.
SPECIAL = {"Quantity": {"format": "quantity"}, "IntOrString": {"format": "int-or-string"}}
# "Required" in OpenAPI means that Go always writes the field. The server accepts objects without these.
MAY_BE_ABSENT = {"HTTPHeader": {"value"}, "ISCSIVolumeSource": {"lun"}, "PodFailurePolicy": {"rules"},
                 "PreferredSchedulingTerm": {"preference"}, "SleepAction": {"seconds"}, "Sysctl": {"value"},
                 "EvictionResponder": {"priority"}}
# The server sets the status of a claim; what a template holds there is dropped.
OPEN = {"PersistentVolumeClaimStatus", "ManagedFieldsEntry"}
# Go types whose enum marker is missing, and where a server's OpenAPI has no enum therefore.
ALSO_ENUMS = {"LabelSelectorOperator": ("LabelSelectorRequirement", "operator")}
# Go structs that are part of another one.
EMBEDDED = {"EphemeralContainerCommon": "EphemeralContainer"}
GO_TYPES = {"k8s.io/api": ["core/v1", "apps/v1", "batch/v1"], "k8s.io/apimachinery": ["pkg/apis/meta/v1"]}


def pinned_version():
    """"v1.37.1" """
    return re.search(r"^\tk8s\.io/kubernetes (v\S+)$", PINS.read_text(), re.MULTILINE).group(1)


def short(name):
    return name.split("/")[-1].split(".")[-1]


def reduced(schema, refer):
    """`schema` without what `lint` does not read; `refer` is called with the name of each definition in it."""
    out = {}
    for key, value in schema.items():
        if key in LEFT_OUT:
            continue
        if key in KEPT:
            out[key] = value
        elif key == "allOf" and len(value) == 1:
            out.update(reduced(value[0], refer))
        elif key == "$ref":
            refer(value.split("/")[-1])
            out[key] = short(value)
        elif key == "properties":
            out[key] = {name: reduced(member, refer) for name, member in value.items()}
        elif key in ("items", "additionalProperties"):
            out[key] = reduced(value, refer)
        else:
            sys.exit(f"{key} is new in the OpenAPI of Kubernetes: teach {__file__} and the plugin what it means")
    return out


def reachable(schemas):
    """The definitions that ROOTS refer to, by their short names."""
    full = {}
    for name in schemas:
        if name.startswith(("io.k8s.api.", "io.k8s.apimachinery.")):
            full.setdefault(short(name), name)
    out = {}

    def visit(name):
        key = short(name)
        if key in out:
            return
        if key in SPECIAL:
            out[key] = SPECIAL[key]
        elif key in OPEN:
            out[key] = {"type": "object"}
        else:
            out[key] = {}  # a definition may refer to itself
            out[key] = reduced(schemas[name], visit)
            optional = MAY_BE_ABSENT.get(key, set())
            required = [field for field in out[key].pop("required", []) if field not in optional]
            if required:
                out[key]["required"] = required

    for root in ROOTS:
        visit(full[root])
    return out


def module_folder(module, version):
    answer = subprocess.run(["go", "mod", "download", "-json", f"{module}@{version}"], cwd=PINS.parent,
                            stdout=subprocess.PIPE, check=True, text=True,
                            env={**os.environ, "GOFLAGS": "-mod=mod"})
    return pathlib.Path(json.loads(answer.stdout)["Dir"])


def of_modules(version):
    folder = module_folder("k8s.io/kubernetes", version) / "api/openapi-spec/v3"
    schemas = {}
    for group in GROUPS:
        document = json.loads((folder / f"apis__{group}__v1_openapi.json").read_text())
        schemas.update(document["components"]["schemas"])
    return schemas


def of_server():
    schemas = {}
    for group in GROUPS:
        answer = subprocess.run([os.environ.get("KUBECTL", "kubectl"), "get", "--raw", f"/openapi/v3/apis/{group}/v1"],
                                stdout=subprocess.PIPE, check=True, text=True)
        schemas.update(json.loads(answer.stdout)["components"]["schemas"])
    return schemas


def add_enums(definitions, version):
    """Writes `enum` into the properties whose Go type is an enum."""
    texts = []
    for module, folders in GO_TYPES.items():
        root = module_folder(module, version.replace("v1.", "v0.", 1))
        texts += [(root / folder / "types.go").read_text() for folder in folders]
    whole = "\n".join(texts)
    enums = set(re.findall(r"// \+enum\n(?://.*\n)*type (\w+) string\n", whole)) | set(ALSO_ENUMS)
    values = {}
    for name, value in re.findall(r"^\s*\w+\s+(\w+)\s*=\s*\"([^\"]*)\"", whole, re.MULTILINE):
        if name in enums and value:
            values.setdefault(name, []).append(value)
    for struct, body in re.findall(r"^type (\w+) struct \{\n(.*?)^\}", whole, re.MULTILINE | re.DOTALL):
        properties = definitions.get(EMBEDDED.get(struct, struct), {}).get("properties", {})
        for many, go_type, field in re.findall(r"^\s*\w+\s+(\[\])?\*?(\w+)\s+`json:\"(\w+)", body, re.MULTILINE):
            if field in properties and go_type in values:
                place = properties[field]["items"] if many else properties[field]
                place["enum"] = sorted(set(values[go_type]))


def text_of(version, definitions):
    lines = [f'  {json.dumps(name)}: {json.dumps(definitions[name], separators=(",", ":"), sort_keys=True)}'
             for name in sorted(definitions)]
    return f'{{"version": {json.dumps(version)},\n"definitions": {{\n' + ",\n".join(lines) + "\n}}\n"


def of_server_as_ours():
    definitions = reachable(of_server())
    for definition in definitions.values():
        for field in definition.get("properties", {}).values():
            if "" in field.get("enum", []):
                field["enum"].remove("")  # like no value
    ours = json.loads(FILE.read_text())["definitions"]
    for name, field in ALSO_ENUMS.values():
        definitions[name]["properties"][field]["enum"] = ours[name]["properties"][field]["enum"]
    return definitions


def main():
    version = pinned_version()
    remedy = f"run {pathlib.Path(__file__).relative_to(ROOT)}"
    if sys.argv[1:] == ["--check"]:
        found = json.loads(FILE.read_text())["version"]
        if found != version:
            sys.exit(f"{FILE} is of Kubernetes {found}, tests/cluster/go.mod pins {version}: {remedy}")
    elif sys.argv[1:] == ["--check-server"]:
        ours = json.loads(FILE.read_text())["definitions"]
        theirs = of_server_as_ours()
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if differing:
            sys.exit(f"{FILE} is not what the server says about {', '.join(differing)}: {remedy}")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        definitions = reachable(of_modules(version))
        add_enums(definitions, version)
        FILE.write_text(text_of(version, definitions))


main()
