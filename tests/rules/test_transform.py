"""What is set on every object alike: the table `built/transform.yaml`, and each row through kustomize as well."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine import field_tables, schema
from django_operator.engine.accumulator import Accumulator, load_resource
from django_operator.engine.build import build
from django_operator.engine.errors import RenderError
from django_operator.engine.files import MemoryFiles
from django_operator.engine.resources import ResId, ResourceSet
from django_operator.engine.transform import set_image, split_image
from django_operator.engine.yamlio import parse
from tests.built import check, rows
from tests.oracle import krusty, same_objects


@pytest.mark.parametrize("row", rows("transform"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


@pytest.mark.parametrize("row", [row for row in rows("transform") if not {"error", "differs"} & row.values[0].keys()])
def test_as_kustomize(row: dict[str, Any]) -> None:
    """Rows that do not say otherwise build as kustomize builds them."""
    assert same_objects(build(MemoryFiles(row["files"])), krusty().build(row["files"])) == []


IMAGES = {
    "nginx": ("nginx", "", ""),
    "nginx:1": ("nginx", "1", ""),
    "reg:5000/a/nginx": ("reg:5000/a/nginx", "", ""),
    "reg:5000/a/nginx:1.2@sha256:ab": ("reg:5000/a/nginx", "1.2", "sha256:ab"),
    "nginx@sha256:ab": ("nginx", "", "sha256:ab"),
    "": ("", "", ""),
}


@pytest.mark.parametrize("image", IMAGES)
def test_split_image(image: str) -> None:
    """The port of a registry is part of the name."""
    assert split_image(image) == IMAGES[image]


def test_images_that_are_not_there() -> None:
    """An entry tells whether it fits any image; kustomize passes over one that fits none, `strict` does not."""
    acc = Accumulator(MemoryFiles({}), ResourceSet(), field_tables.builtin(), schema.builtin())
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{image: 'reg/nginx:1'}, {image: 7}]}}"
    acc.resources.add(load_resource(parse(pod, "p.yaml")[0])[0])
    there, gone = parse("{name: reg/nginx, newTag: '2'}\n---\n{name: reg/ngnx, newTag: '2'}", "k.yaml")
    assert [set_image(acc, there, strict=True), set_image(acc, there), set_image(acc, gone)] == [True, True, False]
    with pytest.raises(RenderError) as caught:
        set_image(acc, gone, strict=True)
    assert str(caught.value) == "k.yaml:3 name: no container has the image reg/ngnx\n  hint: did you mean reg/nginx?"


def test_tables_remember_no_more_than_they_know() -> None:
    """Kinds that somebody made up leave nothing behind in the tables of the process."""
    specs = field_tables.builtin()
    known, deployment = ResId("", "v1x", "Made", "", "x"), ResId("apps", "v1", "Deployment", "", "x")
    specs.fitting("labels", known), specs.referring(known)
    size = len(specs._fitting), len(specs._referring)
    for number in range(9):
        other = ResId(f"g{number}.example.org", f"v{number}x", f"Made{number}", "", "x")
        assert specs.fitting("labels", other) == specs.fitting("labels", known)
        assert specs.referring(other) == specs.referring(known)
    assert (len(specs._fitting), len(specs._referring)) == size
    assert specs.fitting("labels", deployment) != specs.fitting("labels", known)
    assert specs.having(images=())._referring is not specs._referring
