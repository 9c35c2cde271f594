"""What the schema says of kinds, how CRDs and OpenAPI documents add to it, and which faults objects have by it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from django_operator.engine import schema as schema_module
from django_operator.engine.crd_schema import translate
from django_operator.engine.errors import Origin
from django_operator.engine.schema import Node, Schema, builtin
from django_operator.engine.structure import QUANTITY, check
from django_operator.engine.yamlio import parse

HERE = Path(__file__).parent
AT = Origin("deploy.yaml", 3)


def load(name: str) -> Any:
    """Return the value in a YAML file beside this one."""
    return parse((HERE / name).read_text(), name)[0].value


BOX = load("box.yaml")
DOCUMENT = load("openapi.yaml")


def at(kind: str, path: str, schema: Schema | None = None) -> Node:
    """Return the node at a dotted path of a kind; `[]` stands for a list's items."""
    api_version, _, name = kind.rpartition("/")
    node = (schema or builtin()).root(api_version, name)
    for step in filter(None, path.split(".")):
        assert node is not None, path
        node = node.item if step == "[]" else node.field(step)
    assert node is not None, path
    return node


POD = "spec.template.spec"
KEYS = [
    ("apps/v1/Deployment", f"{POD}.containers", ("name",)),
    ("apps/v1/Deployment", f"{POD}.containers.[].ports", ("containerPort", "protocol")),
    ("apps/v1/Deployment", f"{POD}.containers.[].env", ("name",)),
    ("apps/v1/Deployment", f"{POD}.containers.[].envFrom", ()),
    ("apps/v1/Deployment", f"{POD}.containers.[].volumeMounts", ("mountPath",)),
    ("apps/v1/Deployment", f"{POD}.topologySpreadConstraints", ("topologyKey", "whenUnsatisfiable")),
    ("apps/v1/Deployment", f"{POD}.tolerations", ()),
    ("apps/v1/StatefulSet", "spec.volumeClaimTemplates", ()),
    ("v1/Service", "spec.ports", ("port", "protocol")),
    ("v1/Pod", "metadata.ownerReferences", ("uid",)),
    ("v1/Pod", "metadata.finalizers", ()),
    ("v1/Pod", "spec.hostAliases", ("ip",)),
    ("batch/v1/CronJob", "spec.jobTemplate.spec.template.spec.initContainers", ("name",)),
    ("admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration", "webhooks", ("name",)),
]


@pytest.mark.parametrize(("kind", "path", "keys"), KEYS)
def test_list_keys(kind: str, path: str, keys: tuple[str, ...]) -> None:
    """List keys are those of the API server's own OpenAPI."""
    assert at(kind, path).keys == keys


def test_marks() -> None:
    """Strategies, defaults, scopes and plurals are kept."""
    ports = at("v1/Pod", "spec.containers.[].ports")
    assert ports.default_of("protocol") == "TCP"
    assert ports.default_of("containerPort") is None
    assert ports.default_of("nothing") is None
    assert at("v1/Pod", "spec.nodeName").default_of("x") is None
    finalizers = at("v1/Pod", "metadata.finalizers")
    assert (finalizers.merges, finalizers.is_set) == (True, True)
    assert at("policy/v1/PodDisruptionBudget", "spec.selector").replace
    assert at("v1/Pod", "spec.containers.[].resources.limits.cpu").format == "quantity"
    assert at("v1/Service", "spec.ports.[].targetPort").format == "int-or-string"
    assert builtin().namespaced("v1", "Pod") is True
    assert builtin().namespaced("v1", "Namespace") is False
    assert builtin().namespaced("v1", "Nothing") is None
    assert builtin().plural("networking.k8s.io/v1", "Ingress") == "ingresses"
    assert builtin().plural("networking.k8s.io/v1", "NetworkPolicy") == "networkpolicies"
    assert builtin().plural("v1", "Nothing") is None
    assert builtin().root("v1", "Nothing") is None
    assert builtin().root("v1", "PodList") is None
    assert "v1/Pod" in builtin().kinds()
    assert builtin().spec_of("io.k8s.api.core.v1.EnvVar")["required"] == ["name"]
    assert at("v1/Pod", "").field("nothing") is None


def test_nodes_are_made_once() -> None:
    """Walking the same way twice makes nothing new; equal types share a node."""
    assert at("v1/Pod", "spec.containers") is at("v1/Pod", "spec.containers")
    assert at("v1/Pod", "spec.containers.[]") is at("apps/v1/Deployment", f"{POD}.containers.[]")


def test_the_table_names_only_what_it_has() -> None:
    """Each `ref` of schema.json leads to a type in it, each list key to a field of the items."""
    table = json.loads(Path(schema_module.__file__).with_name("schema.json").read_text())
    types = table["types"]

    def walk(spec: dict[str, Any]) -> None:
        for part in (spec.get("list"), spec.get("map"), *spec.get("fields", {}).values()):
            if part:
                walk(part)
        assert "raw" not in spec
        assert spec.get("ref", next(iter(types))) in types
        if "keys" in spec:
            item = types[spec["list"]["ref"]]
            assert set(spec["keys"]) <= set(item["fields"])

    for spec in types.values():
        walk(spec)
    assert {kind["type"] for kind in table["kinds"].values()} <= set(types)


def test_the_table_is_not_stale() -> None:
    """The generator gives schema.json as it is checked in."""
    found = subprocess.run(
        [sys.executable, str(HERE.parent.parent / "scripts" / "openapi_table.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr


def test_crds() -> None:
    """A CRD's kinds have the keys its own schema says; the schema it is added to stays as it was."""
    schema = builtin().with_crds([BOX, {"kind": "CustomResourceDefinition"}, {"kind": "ConfigMap"}])
    kind = "example.org/v1/Box"
    assert at(kind, "spec.map", schema).keys == ("id",)
    assert at(kind, "spec.map", schema).default_of("id") == "x"
    assert (at(kind, "spec.set", schema).is_set, at(kind, "spec.set", schema).merges) == (True, True)
    assert (at(kind, "spec.atomic", schema).keys, at(kind, "spec.atomic", schema).merges) == ((), False)
    assert at(kind, "metadata.finalizers", schema).merges
    assert at(kind, "spec.inner.metadata.finalizers", schema).merges
    assert (schema.plural("example.org/v1", "Box"), schema.namespaced("example.org/v1", "Box")) == ("boxes", False)
    assert schema.root("example.org/v2", "Box") is not None
    assert builtin().root("example.org/v1", "Box") is None
    assert builtin().with_crds([]) is builtin()
    assert at(kind, "spec.map.[].n", schema) is at(kind, "spec.map.[].n", schema)


def test_openapi_documents() -> None:
    """`openapi.path` adds to the built-in kinds and takes nothing away, however little of them it holds."""
    schema = builtin().with_openapi(DOCUMENT)
    widget = "example.org/v1/Widget"
    assert at(widget, "spec.parts", schema).keys == ("name",)
    assert at(widget, "spec.parts.[]", schema).type == "any"
    assert at(widget, "next.next.spec.parts", schema).merges
    assert at(widget, "spec.half", schema).keys == ()
    assert at(widget, "metadata.finalizers", schema).merges
    assert schema.plural("example.org/v1", "Widget") == "widgets"
    assert schema.namespaced("example.org/v1", "Widget") is True
    assert schema.type_of("org.example.Loop").type == "any"
    assert schema.type_of("org.example.Lists").type == "list"
    assert schema.root("v1", "Single") is not None
    assert schema.namespaced("v1", "Single") is None
    deployment = "apps/v1/Deployment"
    assert at(deployment, f"{POD}.containers.[].ports", schema).keys == ("containerPort", "protocol")
    assert at(deployment, f"{POD}.tolerations", schema).keys == ("key",)
    assert at(deployment, "extra", schema).type == "string"
    assert (schema.plural("apps/v1", "Deployment"), schema.namespaced("apps/v1", "Deployment")) == ("deployments", True)
    assert at(deployment, f"{POD}.tolerations").keys == ()
    assert builtin().with_openapi({"components": {"schemas": DOCUMENT["definitions"]}}).root("example.org/v1", "Widget")
    assert builtin().with_openapi({"definitions": []}).root("v1", "Pod")


def test_translation_of_a_bare_schema() -> None:
    """A schema that says nothing holds anything."""
    assert translate({}) == {"type": "any"}
    assert translate({"type": "array"}) == {"list": {"raw": {}}}
    assert translate({"type": "string", "default": "x"}) == {"type": "string", "default": "x"}
    assert translate({"x-kubernetes-patch-strategy": "merge,retainKeys"}) == {
        "type": "any",
        "merge": True,
        "retain": True,
    }
    assert translate({"x-kubernetes-patch-strategy": "replace"}) == {"type": "any", "replace": True}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["rule"]) for row in load("structure.yaml")])
def test_structure(row: dict[str, Any]) -> None:
    """Each row of structure.yaml has exactly its faults, in order, each at its field."""
    api_version, _, kind = row["kind"].rpartition("/")
    spec = {"spec": row["spec"]} if "spec" in row else {}
    body = {"apiVersion": api_version, "kind": kind, **spec, **row.get("more", {})}
    faults = check(body, builtin().with_crds([BOX]), AT)
    found = [f"{one.at.field}: {one.problem}" + (f"|{one.hint}" if one.hint else "") for one in faults]
    assert found == row.get("faults", [])
    assert {(one.at.source, one.at.line) for one in faults} <= {("deploy.yaml", 3)}


def test_faults_name_the_place_the_object_stands_at() -> None:
    """A field of the origin comes before the path inside the object."""
    body = {"apiVersion": "v1", "kind": "Pod", "sepc": {}}
    faults = check(body, builtin(), Origin("Django/shop", None, "spec.overlays[0].resources[1]"))
    assert str(faults[0].at) == "Django/shop spec.overlays[0].resources[1].sepc"
    assert check({}, builtin(), AT) == ()


@pytest.mark.parametrize(
    "text", ["1", "-1", "+1.5", "1.", ".5", "100m", "1k", "1Ki", "2Ei", "1E", "1e3", "1E-3", "5u", "7n"]
)
def test_quantities(text: str) -> None:
    """What Kubernetes reads as a quantity."""
    assert QUANTITY.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["", ".", "m", "1 m", "1K", "1ki", "1mi", "1e", "1Kib", "0x1", "1_000", "--1", "1,5", "\u0661"]
)
def test_no_quantities(text: str) -> None:
    """What it refuses."""
    assert not QUANTITY.fullmatch(text)
