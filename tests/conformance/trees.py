"""Random kustomization trees: one base or two, an overlay on top, at times components; every field at random.

Patches that fit nothing may, as in kustomize.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.conformance.changes import images, operations, patch, replacement, strategic
from tests.conformance.objects import NAMES, OUTER, WORKLOADS, Json, maybe, plain, resources, values

if TYPE_CHECKING:
    from collections.abc import Callable

LENIENT = {"annotations": {"django-operator.io/optional-patches": "true"}}
"""Metadata of a kustomization: patches that fit nothing are passed over, as kustomize's are."""
COMPONENT = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}


@st.composite
def generated(draw: Callable[..., Any], pool: tuple[str, ...], below: list[Json] | None = None) -> Json:
    """Return an entry of a generator; `below`: one that changes what a base has made by these, or tries to."""
    entry: dict[str, Json] = {"name": draw(st.sampled_from(pool))}
    if below:
        old = draw(st.sampled_from(below))
        entry = {name: old[name] for name in ("name", "namespace") if name in old}
    literals = st.tuples(st.sampled_from(("k", "l")), values).map("=".join)
    maybe(
        draw,
        entry,
        literals=st.lists(literals, min_size=1, max_size=2, unique_by=lambda text: text[0]),
        files=st.sampled_from((["f.txt"], ["key=f.txt", "g.bin"])),
        envs=st.just(["e.env"]),
        **{} if below else {"namespace": st.sampled_from(("two", "default"))},
        options=st.sampled_from(
            ({"disableNameSuffixHash": True}, {"labels": {"g": "1"}, "annotations": {"h": "true"}}, {"immutable": True})
        ),
    )
    if below:
        entry["behavior"] = draw(st.sampled_from(("merge", "replace", "merge")))
    return entry


@st.composite
def fields(draw: Callable[..., Any], objects: list[Json], mark: str, pool: tuple[str, ...]) -> dict[str, Json]:
    """Return the fields of a kustomization over the given objects; `mark` makes its names its own."""
    found: dict[str, Json] = {"metadata": LENIENT}
    scaled = [body["metadata"]["name"] for body in objects if body["kind"] in WORKLOADS[:2]]
    flags = st.sampled_from(({}, {"includeSelectors": True}, {"includeTemplates": True}))
    own = [{"path": "spec/labels", "kind": "Gadget", "create": True}, {"path": "spec/template/metadata/annotations"}]
    body = draw(st.sampled_from(objects))
    exact = {"version": "v1", "kind": body["kind"], "name": body["metadata"]["name"]}
    taken = {body["metadata"]["name"] for body in objects if body["kind"] == "ConfigMap"}
    free = tuple(name for name in pool if name not in taken)
    maybe(
        draw,
        found,
        namePrefix=st.sampled_from((f"{mark}-", "a.", "x")),
        nameSuffix=st.sampled_from((f"-{mark}", "-1")),
        namespace=st.sampled_from(("shop", "one", "default")),
        commonAnnotations=st.dictionaries(st.just("q"), plain, min_size=1),
        commonLabels=st.dictionaries(st.just("common"), st.sampled_from(("a", "1")), min_size=1),
        labels=st.just([{"pairs": {mark: draw(plain)}, **draw(flags), **draw(st.sampled_from(({}, {"fields": own})))}]),
        images=st.lists(images(), min_size=1, max_size=2),
        **{
            "configMapGenerator": st.lists(
                generated(free), min_size=1, max_size=2, unique_by=lambda entry: entry["name"]
            )
        }
        if free
        else {},
        secretGenerator=st.lists(generated(pool), min_size=1, max_size=1),
        generatorOptions=st.sampled_from(
            ({"disableNameSuffixHash": True}, {"labels": {"g": "2"}}, {"immutable": True}, {"annotations": {"h": "1"}})
        ),
        patches=st.lists(patch(objects), min_size=1, max_size=2),
        patchesStrategicMerge=st.just([json.dumps(draw(strategic(body)), indent=1)]),
        patchesJson6902=st.just([{"target": exact, "patch": json.dumps(draw(operations(body)))}]),
        replacements=st.lists(replacement(objects), min_size=1, max_size=2),
        **{"replicas": st.just([{"name": draw(st.sampled_from(scaled)), "count": 7}])} if scaled else {},
        vars=st.just(
            [
                {
                    "name": {"base": "V", "other": "W"}.get(mark, mark),
                    "objref": {**exact, "version": "", "apiVersion": body["apiVersion"]},
                }
            ]
        ),
    )
    if "delete" in json.dumps(found):
        found.pop("vars", None)  # row `vars-look-everywhere`
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
        files.update({f"{folder}f.txt": "text\n", f"{folder}g.bin": "ü\n", f"{folder}e.env": "# c\ne=1\nf= x \n"})

    base = draw(resources(NAMES))
    lower = {"nameSuffix": "-base", **draw(fields(base, "base", NAMES))}
    write("base/", lower, base)
    top: dict[str, Json] = {"metadata": LENIENT, "resources": ["base"]}
    maybe(
        draw,
        top,
        namePrefix=st.just("top-"),
        nameSuffix=st.just("-top"),
        namespace=st.just("final"),
        commonAnnotations=st.dictionaries(st.just("top"), plain, min_size=1),
        labels=st.just([{"pairs": {"top": "1"}, **draw(st.sampled_from(({}, {"includeSelectors": True})))}]),
        sortOptions=st.sampled_from(({"order": "fifo"}, {"order": "legacy"})),
        images=st.lists(images(), min_size=1, max_size=1),
        patches=st.lists(patch(base), min_size=1, max_size=2),
        replacements=st.lists(replacement(base), min_size=1, max_size=1),
        **{
            name: st.lists(generated(NAMES, lower[name]), min_size=1, max_size=1)
            for name in ("configMapGenerator", "secretGenerator")
            if name in lower
        },
        buildMetadata=st.sampled_from((["originAnnotations"], ["transformerAnnotations", "originAnnotations"])),
    )
    if draw(st.booleans()):
        other = draw(resources(NAMES))
        write("other/", {"namePrefix": "other-", **draw(fields(other, "other", NAMES))}, other)
        top["resources"].append("other")
    for name in ("extra", "more")[: draw(st.sampled_from((0, 0, 1, 2)))]:
        pool = OUTER[:2] if name == "extra" else OUTER[2:3]
        more = draw(resources(pool))
        write(f"{name}/", {**COMPONENT, **draw(fields([*more, *base], name, pool))}, more)
        top.setdefault("components", []).append(name)
    write("", top, draw(resources(OUTER[3:])) if draw(st.integers(0, 3)) == 0 else [])
    return files
