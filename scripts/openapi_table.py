"""Write `django_operator/engine/schema.json` from the OpenAPI files of a Kubernetes release.

Usage: `python scripts/openapi_table.py [--check] [DIR]`. DIR holds `*_openapi.json` (OpenAPI v3); without it the Go
module `k8s.io/kubernetes` of VERSION is downloaded by `go`. `--check` writes nothing and exits 1 for a stale file.
To move to another release: change VERSION and GENERATED, run, read the diff.

The table holds what merging, namespaces, validation and the CRD's embedded types need, and no descriptions.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from django_operator.engine.crd_schema import collections, definitions, kinds_of_type, translate  # noqa: E402

VERSION = "v1.36.3"
GENERATED = "2026-11-23"
TABLE = ROOT / "django_operator" / "engine" / "schema.json"
CORE = "io.k8s.api.core.v1."
API = "io.k8s.api."

# What these fields mean is said in the descriptions only. Groups of fields of which an object may set one
# (k8s.io/kubernetes/pkg/apis/*/validation).
ONE_OF: dict[str, list[list[str]]] = {
    CORE + "Probe": [["exec", "grpc", "httpGet", "tcpSocket"]],
    CORE + "LifecycleHandler": [["exec", "httpGet", "sleep", "tcpSocket"]],
    CORE + "EnvVar": [["value", "valueFrom"]],
    CORE + "EnvVarSource": [["configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"]],
    API + "networking.v1.IngressBackend": [["resource", "service"]],
    API + "policy.v1.PodDisruptionBudgetSpec": [["maxUnavailable", "minAvailable"]],
    API + "admissionregistration.v1.WebhookClientConfig": [["service", "url"]],
}
# Types with so many that those that do not count are named instead.
SOURCES: dict[str, set[str]] = {
    CORE + "Volume": {"name"},
    CORE + "PersistentVolumeSpec": {
        "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy",
        "storageClassName", "volumeAttributesClassName", "volumeMode",
    },
}  # fmt: skip
# A field that is valid only while the field `by` has the value given.
SELECTS: dict[str, dict[str, Any]] = {
    API + "apps.v1.DeploymentStrategy": {"by": "type", "fields": {"rollingUpdate": "RollingUpdate"}},
    API + "apps.v1.StatefulSetUpdateStrategy": {"by": "type", "fields": {"rollingUpdate": "RollingUpdate"}},
    CORE + "SeccompProfile": {"by": "type", "fields": {"localhostProfile": "Localhost"}},
    CORE + "AppArmorProfile": {"by": "type", "fields": {"localhostProfile": "Localhost"}},
}


def _go() -> str:
    """Return the Go toolchain: of PATH, or the wheel's beside this Python (requirements/go.txt)."""
    return shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent)) or "go"


def source_directory() -> Path:
    """Return the folder with the OpenAPI files of VERSION, downloaded when needed."""
    command = [_go(), "mod", "download", "-json", f"k8s.io/kubernetes@{VERSION}"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words
    return Path(json.loads(found.stdout)["Dir"]) / "api" / "openapi-spec" / "v3"


def table(directory: Path) -> dict[str, Any]:
    """Return the table made of every OpenAPI file in a folder."""
    raw: dict[str, Any] = {}
    rest: dict[str, tuple[str, bool]] = {}
    for file in sorted(directory.glob("*_openapi.json")):
        document = json.loads(file.read_text())
        raw.update(definitions(document))
        rest.update(collections(document))
    kinds: dict[str, Any] = {}
    for name in sorted(raw):
        for key in kinds_of_type(raw[name]):
            if key in rest and raw[name].get("properties"):
                plural, namespaced = rest[key]
                kinds[key] = {"type": name, "plural": plural, "namespaced": namespaced}
    types: dict[str, Any] = {}
    todo = [kind["type"] for kind in kinds.values()]
    while todo:
        name = todo.pop()
        if name not in types:
            types[name] = expand(translate(raw[name]), raw, todo) | variants(name, raw[name])
    return {
        "generated": GENERATED,
        "source": f"k8s.io/kubernetes {VERSION}",
        "kinds": dict(sorted(kinds.items())),
        "types": dict(sorted(types.items())),
    }


def variants(name: str, raw: dict[str, Any]) -> dict[str, Any]:
    """Return the marks for "one of these fields" and "this field only with that type"; exits for names gone stale."""
    groups = [sorted(set(raw["properties"]) - SOURCES[name])] if name in SOURCES else ONE_OF.get(name, [])
    chosen = SELECTS.get(name)
    named = {field for group in groups for field in group} | (SOURCES.get(name) or set())
    named |= {chosen["by"], *chosen["fields"]} if chosen else set()
    if stale := named - set(raw["properties"]):
        sys.exit(f"{name} has no {sorted(stale)}: update the tables of this script")
    return ({"one_of": groups} if groups else {}) | ({"selects": chosen} if chosen else {})


def expand(spec: dict[str, Any], raw: dict[str, Any], todo: list[str]) -> dict[str, Any]:
    """Return a spec without `raw` parts; types that are no objects (Quantity, Time, JSON) are put in place."""
    if "raw" in spec:
        schema = spec["raw"]
        spec = translate(schema)
        if "set" in spec and "x-kubernetes-patch-strategy" not in schema:
            spec.pop("merge")  # kubectl replaces such a list; only a CRD says no more than "set"
    if "ref" in spec:
        inner = plain(spec["ref"], raw[spec["ref"]])
        if inner is None:
            todo.append(spec["ref"])
        else:
            spec = inner | {key: value for key, value in spec.items() if key != "ref"}
    for part in ("list", "map"):
        if part in spec:
            spec = spec | {part: expand(spec[part], raw, todo)}
    if "fields" in spec:
        spec = spec | {"fields": {name: expand(field, raw, todo) for name, field in sorted(spec["fields"].items())}}
        if "required" in spec:
            spec["required"] = sorted(spec["required"])
    return spec


def plain(name: str, raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return the spec of a type that is not an object with fields, None for one that is."""
    if name.endswith(".Quantity"):
        return {"type": "string", "format": "quantity"}
    spec = translate(raw)
    return None if "fields" in spec else spec


def main() -> int:
    """Write or check the table; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when the file is stale")
    parser.add_argument("directory", nargs="?", type=Path, help="folder with *_openapi.json")
    options = parser.parse_args()
    found = table(options.directory or source_directory())
    head = ",\n".join(f'"{key}":{json.dumps(found[key])}' for key in ("generated", "source"))
    rows = ",\n".join(
        f'"{part}":{{\n' + ",\n".join(
            f"{json.dumps(name)}:{json.dumps(entry, separators=(',', ':'))}" for name, entry in found[part].items()
        ) + "\n}"
        for part in ("kinds", "types")
    )  # fmt: skip
    text = f"{{{head},\n{rows}}}\n"
    if options.check:
        stale = not TABLE.exists() or TABLE.read_text() != text
        if stale:
            sys.stderr.write(f"{TABLE.relative_to(ROOT)} is stale: run python scripts/openapi_table.py\n")
        return int(stale)
    TABLE.write_text(text)
    print(f"{TABLE.relative_to(ROOT)}: {len(found['kinds'])} kinds, {len(found['types'])} types, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
