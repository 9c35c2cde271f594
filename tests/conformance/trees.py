"""Random kustomization trees: one base or two, an overlay on top, at times a component; most fields at random.

Shaped so that kustomize's documented faults (docs/kustomize.md) do not show: patches add no second item to a list with
items whose order matters, name no list item without its key, and fit something.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any

NAMES = ("web", "db", "web-2", "settings")
"""Names of the two bases, which both give theirs a prefix or suffix of their own."""
OUTER = ("front", "cache", "front-2", "options")
"""Names of what is not renamed at times, so that no reference can mean two objects (row `renamed-wins`)."""
KEYS = ("app", "tier", "example.com/part", "x")
VALUES = ("a", "b c", "1", "true", "", "null", "ü", "2026-01-31", "0x1", "y", "- x", "a: b", "# c")
IMAGES = ("nginx", "nginx:1.25", "registry.example.com:5000/team/app:2", "app@sha256:" + "ab" * 32)

names = st.sampled_from(NAMES + OUTER)
values = st.sampled_from(VALUES)
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(("a", "b", "1", "true")), min_size=1, max_size=2)


def _maybe(draw: Callable[..., Any], target: dict[str, Json], **fields: st.SearchStrategy[Json]) -> None:
    for name, strategy in fields.items():
        if draw(st.integers(0, 3)) == 0:
            target[name] = draw(strategy)


@st.composite
def containers(draw: Callable[..., Any]) -> list[Json]:
    """Return one or two containers."""
    found: list[Json] = []
    for name in draw(st.lists(st.sampled_from(("main", "side")), min_size=1, max_size=2, unique=True)):
        container: dict[str, Json] = {"name": name, "image": draw(st.sampled_from(IMAGES))}
        _maybe(
            draw,
            container,
            args=st.lists(values, max_size=2),
            env=st.just([{"name": "A", "value": draw(values)}, {"name": "B", "value": "$(A)"}]),
            envFrom=st.just([{"configMapRef": {"name": draw(names)}}, {"secretRef": {"name": draw(names)}}]),
            ports=st.just([{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]),
            resources=st.just({"limits": {"memory": "64Mi"}}),
        )
        found.append(container)
    return found


@st.composite
def workload(draw: Callable[..., Any], kind: str, name: str) -> Json:
    """Return a Deployment or a StatefulSet."""
    pod: dict[str, Json] = {"containers": draw(containers())}
    _maybe(
        draw,
        pod,
        serviceAccountName=names,
        nodeSelector=labels,
        volumes=st.just([{"name": "v", "configMap": {"name": draw(names)}}]),
    )
    own = draw(labels)
    spec: dict[str, Json] = {
        "selector": {"matchLabels": own},
        "template": {"metadata": {"labels": own}, "spec": pod},
    }
    _maybe(draw, spec, replicas=st.integers(0, 5))
    if kind == "StatefulSet":
        spec["serviceName"] = draw(names)
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


@st.composite
def resource(draw: Callable[..., Any], kind: str, name: str) -> Json:
    """Return an object of a kind."""
    match kind:
        case "Deployment" | "StatefulSet":
            body = draw(workload(kind, name))
        case "Service":
            spec = {"selector": draw(labels), "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]}
            body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        case "ConfigMap":
            data = draw(st.dictionaries(st.sampled_from(("k", "l.txt", "m_n")), values, max_size=3))
            body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": data}
        case "Ingress":
            backend = {"service": {"name": draw(names), "port": {"number": 80}}}
            body = {"apiVersion": "networking.k8s.io/v1", "kind": kind, "metadata": {"name": name}}
            body["spec"] = {"defaultBackend": backend}
        case _:
            spec = {"size": draw(st.integers(0, 9)), "items": [draw(values)], "ref": {"name": draw(names)}}
            body = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    _maybe(draw, body["metadata"], labels=labels, annotations=st.dictionaries(st.just("note"), values, min_size=1))
    if draw(st.integers(0, 5)) == 0:
        body["metadata"]["namespace"] = draw(st.sampled_from(("one", "two")))
    return body


KINDS = ("Deployment", "StatefulSet", "Service", "ConfigMap", "Ingress", "Gadget")


@st.composite
def resources(draw: Callable[..., Any], pool: tuple[str, ...]) -> list[Json]:
    """Return some objects with names of the pool, no two with the same id."""
    ids = draw(
        st.lists(
            st.sampled_from([(kind, name) for kind in KINDS for name in pool]), min_size=1, max_size=5, unique=True
        )
    )
    return [draw(resource(kind, name)) for kind, name in ids]


@st.composite
def patch(draw: Callable[..., Any], objects: list[Json]) -> Json:
    """Return an entry of `patches` that fits at least one of the objects."""
    body = draw(st.sampled_from(objects))
    annotation: dict[str, Json] = {draw(st.sampled_from(("note", "p"))): draw(values)}
    if "note" in body["metadata"].get("annotations", {}) and draw(st.booleans()):
        annotation = {"note": None}
    change: dict[str, Json] = {"metadata": {"annotations": annotation}}
    workloads = body["kind"] in ("Deployment", "StatefulSet")
    if workloads and draw(st.booleans()):
        first = body["spec"]["template"]["spec"]["containers"][0]
        container: dict[str, Json] = {"name": first["name"]}
        _maybe(
            draw,
            container,
            image=st.sampled_from(IMAGES),
            args=st.lists(values, max_size=2),
            resources=st.sampled_from(({"limits": {"memory": None, "cpu": "1"}}, {"requests": {"cpu": 1}}, None)),
            ports=st.just([{"containerPort": 53, "protocol": "UDP", "name": "dns"}]),
            **{"$patch": st.just("delete")} if len(body["spec"]["template"]["spec"]["containers"]) > 1 else {},
        )
        change["spec"] = {"template": {"spec": {"containers": [container]}}}
        _maybe(draw, change["spec"], replicas=st.none() | st.integers(0, 9))
    if body["kind"] == "Gadget" and draw(st.booleans()):
        change["spec"] = {"size": draw(st.none() | st.integers()), "items": draw(st.lists(values, max_size=2))}
    meta = {key: body["metadata"][key] for key in ("name", "namespace") if key in body["metadata"]}
    whole = {**change, "apiVersion": body["apiVersion"], "kind": body["kind"]}
    whole["metadata"] = {**change["metadata"], **meta}
    match draw(st.integers(0, 3)):
        case 0:
            return {"patch": json.dumps(whole)}
        case 1:
            target = {"kind": body["kind"], "name": draw(st.sampled_from((body["metadata"]["name"], ".*")))}
            simple = {"metadata": {"annotations": {"p": draw(values)}, "name": "any"}, "kind": "Any"}
            return {"target": target, "patch": json.dumps(simple)}
        case 2:
            operations = [{"op": "add", "path": "/metadata/annotations", "value": {"json": draw(values)}}]
            return {"target": {"kind": body["kind"]}, "patch": json.dumps(operations)}
        case _:
            return {
                "patch": json.dumps(
                    {**{k: whole[k] for k in ("apiVersion", "kind")}, "metadata": meta, "$patch": "delete"}
                )
            }


@st.composite
def fields(draw: Callable[..., Any], objects: list[Json], prefix: str, pool: tuple[str, ...]) -> dict[str, Json]:
    """Return the fields of a kustomization over the given objects."""
    found: dict[str, Json] = {}
    workloads = [body for body in objects if body["kind"] in ("Deployment", "StatefulSet")]
    generated = draw(st.sampled_from(pool))
    taken = {body["metadata"]["name"] for body in objects if body["kind"] == "ConfigMap"}
    literals = st.lists(values.map(lambda value: f"k={value}"), min_size=1, max_size=1)
    _maybe(
        draw,
        found,
        namePrefix=st.sampled_from((f"{prefix}-", "a.", "x")),
        nameSuffix=st.sampled_from((f"-{prefix}", "-1")),
        namespace=st.sampled_from(("shop", "one")),
        commonAnnotations=st.dictionaries(st.sampled_from(("note", "q")), values, min_size=1),
        labels=st.just(
            [
                {
                    "pairs": {prefix: draw(values)},
                    **draw(st.sampled_from(({}, {"includeSelectors": True}, {"includeTemplates": True}))),
                }
            ]
        ),
        images=st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from(("nginx", "app", "registry.example.com:5000/team/app"))},
                optional={
                    "newName": st.sampled_from(("other", "localhost:5000/nginx")),
                    "newTag": st.sampled_from(("v2", "1")),
                },
            ),
            min_size=1,
            max_size=2,
        ),
        secretGenerator=st.just([{"name": generated, "literals": draw(literals)}]),
        generatorOptions=st.sampled_from(
            ({"disableNameSuffixHash": True}, {"labels": {"g": "1"}}, {"immutable": True})
        ),
        patches=st.lists(patch(objects), min_size=1, max_size=1),
    )
    if generated not in taken:
        _maybe(draw, found, configMapGenerator=st.just([{"name": generated, "literals": draw(literals)}]))
    if workloads:
        chosen = draw(st.sampled_from(workloads))["metadata"]["name"]
        _maybe(draw, found, replicas=st.just([{"name": chosen, "count": draw(st.integers(0, 9))}]))
    source = draw(st.sampled_from(objects))
    select = {"kind": source["kind"], "name": source["metadata"]["name"]}
    target = {"select": {"kind": draw(st.sampled_from(objects))["kind"]}, "fieldPaths": ["metadata.annotations.from"]}
    if "patches" not in found:  # which may have deleted what these name
        entry = {"source": select, "targets": [{**target, "options": {"create": True}}]}
        _maybe(draw, found, replacements=st.just([entry]))
    else:
        found.pop("replicas", None)
    return found


@st.composite
def trees(draw: Callable[..., Any]) -> dict[str, str]:
    """Return the files of a tree, to be built at its root."""
    files: dict[str, str] = {}

    def write(folder: str, kustomization: dict[str, Json], objects: list[Json]) -> None:
        kustomization = dict(kustomization)
        if objects:
            files[f"{folder}objects.json"] = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
            kustomization["resources"] = [*kustomization.get("resources", []), "objects.json"]
        files[f"{folder}kustomization.yaml"] = json.dumps(kustomization)

    base = draw(resources(NAMES))
    write("base/", {"nameSuffix": "-base", **draw(fields(base, "base", NAMES))}, base)
    top: dict[str, Json] = {"resources": ["base"]}
    _maybe(
        draw,
        top,
        namePrefix=st.just("top-"),
        nameSuffix=st.just("-top"),
        namespace=st.just("final"),
        commonAnnotations=st.dictionaries(st.just("top"), values, min_size=1),
        labels=st.just([{"pairs": {"top": "1"}, **draw(st.sampled_from(({}, {"includeSelectors": True})))}]),
        sortOptions=st.sampled_from(({"order": "fifo"}, {"order": "legacy"})),
    )
    if draw(st.booleans()):
        other = draw(resources(NAMES))
        write("other/", {"namePrefix": "other-", **draw(fields(other, "other", NAMES))}, other)
        top["resources"].append("other")
    if draw(st.integers(0, 2)) == 0:
        more = draw(resources(OUTER[:2]))
        kind = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        write("extra/", {**kind, **draw(fields(more, "extra", OUTER[:2]))}, more)
        top["components"] = ["extra"]
    write("", top, draw(resources(OUTER[2:])) if draw(st.integers(0, 3)) == 0 else [])
    return files
