"""Random patches, images and replacements of given objects.

Shaped so that the documented differences (docs/kustomize.md) do not show: patches add no second item to a list with
items whose order matters, and name no list item without its key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.conformance.objects import IMAGES, WORKLOADS, Json, labels, maybe, values

if TYPE_CHECKING:
    from collections.abc import Callable


def _template(body: Json) -> tuple[str, ...]:
    return ("spec", "jobTemplate", "spec", "template") if body["kind"] == "CronJob" else ("spec", "template")


def _nested(path: tuple[str, ...], value: Json) -> Json:
    for step in reversed(path):
        value = {step: value}
    return value


@st.composite
def strategic(draw: Callable[..., Any], body: Json) -> Json:
    """Return a strategic patch of an object."""
    change: dict[str, Json] = {"metadata": {"annotations": {draw(st.sampled_from(("note", "p"))): draw(values)}}}
    maybe(draw, change["metadata"], labels=labels)
    if body["kind"] in WORKLOADS and draw(st.booleans()):
        template = body
        for step in _template(body):
            template = template[step]
        old = template["spec"]["containers"]
        container: dict[str, Json] = {"name": old[0]["name"]}
        maybe(
            draw,
            container,
            image=st.sampled_from(IMAGES),
            args=st.lists(values, max_size=2),
            resources=st.sampled_from(({"limits": {"memory": None, "cpu": "1"}}, {"requests": {"cpu": 1}}, None)),
            ports=st.just([{"containerPort": 53, "protocol": "UDP", "name": "dns"}]),
            env=st.sampled_from(
                (
                    [{"name": "A", "value": "z"}],
                    *[[{"$patch": "replace"}, {"name": "Z", "value": "z"}]][: "env" in old[0]],
                )
            ),
            **{"$patch": st.just("delete")} if len(old) > 1 else {},
        )
        spec: dict[str, Json] = {"containers": [container]}
        maybe(draw, spec, nodeSelector=st.sampled_from(({"$patch": "replace", "x": "y"}, {"x": None, "y": "z"}, None)))
        change["spec"] = _nested(_template(body)[1:], {"spec": spec})
        if body["kind"] in WORKLOADS[:2]:
            maybe(draw, change["spec"], replicas=st.none() | st.integers(0, 9))
    if body["kind"] == "Gadget" and draw(st.booleans()):
        change["spec"] = {
            "size": draw(st.none() | st.integers(-(2**53), 2**53)),
            "items": draw(st.lists(values, max_size=2)),
        }
    if body["kind"] == "ConfigMap":
        maybe(draw, change, data=st.dictionaries(st.sampled_from(("k", "l.txt")), st.none() | values, max_size=2))
    meta = {key: body["metadata"][key] for key in ("name", "namespace") if key in body["metadata"]}
    whole = {**change, "apiVersion": body["apiVersion"], "kind": body["kind"]}
    whole["metadata"] = {**change["metadata"], **meta}
    if draw(st.integers(0, 15)) == 0:
        return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": meta, "$patch": "delete"}
    return whole


@st.composite
def operations(draw: Callable[..., Any], body: Json) -> list[Json]:
    """Return a JSON patch of an object, at times with a test that fails."""
    found = [{"op": "add", "path": "/metadata/labels", "value": draw(labels)}]
    if "note" in body["metadata"].get("annotations", {}):
        found += draw(
            st.sampled_from(
                (
                    [{"op": "remove", "path": "/metadata/annotations/note"}],
                    [{"op": "replace", "path": "/metadata/annotations/keep", "value": "new"}],
                    [{"op": "copy", "from": "/metadata/annotations/keep", "path": "/metadata/annotations/copy~1of"}],
                    [{"op": "move", "from": "/metadata/annotations/note", "path": "/metadata/annotations/moved"}],
                    [{"op": "test", "path": "/metadata/annotations/note", "value": "a"}],
                )
            )
        )
    if body["kind"] in WORKLOADS:
        first = "/" + "/".join((*_template(body), "spec", "containers", "0"))
        found += draw(
            st.sampled_from(
                (
                    [{"op": "replace", "path": f"{first}/image", "value": "nginx:json"}],
                    [{"op": "add", "path": f"{first[:-1]}-", "value": {"name": "last", "image": "nginx"}}],
                    [
                        {"op": "add", "path": f"{first}/args", "value": ["a"]},
                        {"op": "add", "path": f"{first}/args/0", "value": "b"},
                    ],
                    [],
                )
            )
        )
    return found


@st.composite
def targets(draw: Callable[..., Any], body: Json) -> dict[str, Json]:
    """Return a target that fits an object, or perhaps none."""
    name = body["metadata"]["name"]
    target: dict[str, Json] = {"kind": draw(st.sampled_from((body["kind"], ".*Set|Deploy.*", body["kind"][:-1] + ".")))}
    maybe(
        draw,
        target,
        name=st.sampled_from((name, ".*", "web", "web.*|db", "^w", "b$", name[0] + ".*")),
        namespace=st.sampled_from(("two", "one|two", "default", ".*", "t.*")),
        group=st.sampled_from((body["apiVersion"].rpartition("/")[0], "apps", ".*")),
        version=st.sampled_from(("v1", "v.*", "v2")),
        labelSelector=st.sampled_from(("app", "app=a", "app!=a", "app in (a,b),tier", "!x", "x notin (a)", "app == b")),
        annotationSelector=st.sampled_from(("note", "!note", "note=a", "note in (a, 1)")),
    )
    return target


@st.composite
def patch(draw: Callable[..., Any], objects: list[Json]) -> Json:
    """Return an entry of `patches`."""
    body = draw(st.sampled_from(objects))
    match draw(st.integers(0, 3)):
        case 0:
            whole = draw(strategic(body))
            if "note" in body["metadata"].get("annotations", {}) and draw(st.booleans()):
                whole["metadata"]["annotations"] = {"note": None}  # elsewhere this is row `null-becomes-text`
            return {"patch": json.dumps(whole)}
        case 1:
            simple = {"metadata": {"annotations": {"p": draw(values)}, "name": "any"}, "kind": "Any"}
            return {"target": draw(targets(body)), "patch": json.dumps(simple)}
        case 2:
            # Of any object: what is there in one may be missing in another.
            return {"target": draw(targets(body)), "patch": json.dumps(draw(operations({"kind": "", "metadata": {}})))}
        case _:
            target = {"kind": body["kind"], "name": f"^{body['metadata']['name']}$"}
            return {"target": target, "patch": json.dumps(draw(operations(body)))}


@st.composite
def images(draw: Callable[..., Any]) -> Json:
    """Return an entry of `images`."""
    known = ("nginx", "app", "registry.example.com:5000/team/app", "ngin.", "nginx.*")
    entry: dict[str, Json] = {"name": draw(st.sampled_from(known))}
    maybe(
        draw,
        entry,
        newName=st.sampled_from(("other", "localhost:5000/nginx")),
        newTag=st.sampled_from(("v2", "1")),
        digest=st.just("sha256:" + "cd" * 32),
        tagSuffix=st.just("-x"),
    )
    return entry


@st.composite
def replacement(draw: Callable[..., Any], objects: list[Json]) -> Json:
    """Return an entry of `replacements`."""
    body = draw(st.sampled_from(objects))
    source: dict[str, Json] = {"kind": body["kind"], "name": body["metadata"]["name"]}
    if body["metadata"].get("namespace"):
        source["namespace"] = body["metadata"]["namespace"]
    noted = ["metadata.annotations.note"] if "note" in body["metadata"].get("annotations", {}) else []
    maybe(draw, source, fieldPath=st.sampled_from(("metadata.name", "kind", "apiVersion", *noted)))
    if draw(st.integers(0, 5)) == 0:
        source["options"] = {"delimiter": draw(st.sampled_from(("/", "-"))), "index": 0}
    other = draw(st.sampled_from(objects))
    select: dict[str, Json] = {"kind": other["kind"]}
    maybe(draw, select, name=st.sampled_from((other["metadata"]["name"], "web|db", ".*")), labelSelector=st.just("app"))
    target: dict[str, Json] = {"select": select}
    if other["kind"] in WORKLOADS and draw(st.booleans()):
        start = ".".join((*_template(other), "spec", "containers"))
        paths = (
            f"{start}.[name=main].image",
            f"{start}.*.image",
            f"{start}.0.name",
            f"{start}.[name=side].env.[name=A].value",
        )
        target["fieldPaths"] = [draw(st.sampled_from(paths))]
        maybe(
            draw,
            target,
            options=st.sampled_from(
                ({"delimiter": ":", "index": 1}, {"delimiter": "/", "index": -1}, {"create": True})
            ),
        )
    else:
        target["fieldPaths"] = draw(
            st.sampled_from((["metadata.annotations.from"], ["metadata.annotations.from", "metadata.annotations.x"]))
        )
        target["options"] = {"create": True}
    maybe(draw, target, reject=st.just([{"name": draw(st.sampled_from(objects))["metadata"]["name"]}]))
    chosen = (
        {"source": source}
        if draw(st.integers(0, 3))
        else {"sourceValue": draw(st.sampled_from(("text", "two words", "$(V)")))}
    )  # row `text-becomes-number`
    return {**chosen, "targets": [target]}
