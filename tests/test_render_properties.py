"""Rendering as a whole, over generated resources: it never fails but with a fault, and makes the same of the same.

Valid bodies come from strategies.py. Bodies that are no longer valid are those with something taken out, put in, or
exchanged for a value of another type.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from django_operator.engine.paths import Body, Path, get, put, remove
from django_operator.engine.yamlio import Document, parse
from django_operator.stack.library import library
from django_operator.stack.parse import faults_of
from django_operator.stack.render import render
from django_operator.stack.secrets import required
from django_operator.stack.site import read
from django_operator.stack.stages import STAGES, stage_of
from tests.cases import CASES, faults, good, rendered
from tests.strategies import django_bodies

JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 2**63, 0.5, "", "x", "$(A)", "a\nb", "é" * 70, [], [[]], [None], {}, {"": {}}, {"a": None}]
) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def attempt(body: Any) -> list[Body] | None:
    """Return the objects of a body, None where a fault was raised; any other error is a failure of the test."""
    try:
        document = body if isinstance(body, Document) else Document(body, "cr.yaml")
        return render(read(document), library()).objects
    except RenderError as error:
        found = error.faults
    assert found
    assert all(fault.problem and fault.at.source for fault in found)
    return None


@settings(max_examples=60)
@given(body=django_bodies())
def test_a_valid_resource_is_rendered(body: Body) -> None:
    """It becomes objects that Kubernetes takes, in the order of their stages, each time the same; it stays as it is."""
    before = copy.deepcopy(body)
    result = render(read(body), library())
    assert body == before
    text = dump(result.objects)
    assert dump(render(read(body), library()).objects) == text
    assert [document.value for document in parse(text, "text")] == result.objects
    for item in result.objects:
        assert faults(item) == (), f"{item['kind']}/{item['metadata']['name']}"
    assert [stage_of(item) for item in result.objects] == sorted(map(stage_of, result.objects), key=STAGES.index)
    assert all(need.name for need in required(result.site, result.objects))


@settings(max_examples=60)
@given(body=django_bodies(), data=st.data())
def test_the_way_a_resource_is_written_does_not_matter(body: Body, data: st.DataObject) -> None:
    """Neither the order of its fields nor whether it is read from YAML changes what it becomes."""
    shuffled = _shuffled(body, data)
    (document,) = parse(dump([shuffled]), "cr.yaml")
    assert document.value == body
    first, second = render(read(body), library()).objects, render(read(document), library()).objects
    assert sorted(map(_key, first)) == sorted(map(_key, second))
    by_key = {_key(item): item for item in second}
    assert all(by_key[_key(item)] == item for item in first)


def _key(body: Body) -> tuple[str, str]:
    return body["kind"], body["metadata"]["name"]


def _shuffled(value: Any, data: st.DataObject, depth: int = 0) -> Any:
    """Return a value with the fields of its upper maps in another order."""
    if not isinstance(value, dict) or depth > 2:  # deeper ones are Kubernetes' own
        return value
    keys = data.draw(st.permutations(sorted(value)))
    return {key: _shuffled(value[key], data, depth + 1) for key in keys}


@settings(max_examples=150)
@given(body=django_bodies(), data=st.data())
def test_a_broken_resource_is_a_fault(body: Body, data: st.DataObject) -> None:
    """Whatever stands anywhere in it: it is rendered, or there is a fault with a place; never a traceback."""
    path = data.draw(st.sampled_from(list(_paths(body, ()))))
    broken = remove(body, path) if data.draw(st.booleans()) else put(body, path, data.draw(JUNK))
    assume(broken != body)
    result = attempt(broken)
    if result is None:
        return
    assert faults_of(broken) == []
    for item in result:
        assert isinstance(item["metadata"]["name"], str)


def _paths(value: Any, path: Path) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    here = [path] if path else []
    return here + [each for key, item in inner for each in _paths(item, (*path, key))]


@settings(max_examples=60)
@given(body=JUNK)
@example({})
@example({"apiVersion": "django-operator.io/v1alpha1", "kind": "Django"})
@example({"apiVersion": "django-operator.io/v1alpha1", "kind": "Django", "metadata": None, "spec": []})
def test_junk_is_a_fault(body: Any) -> None:
    """What is no resource at all is told so."""
    assert attempt(Document(body, "cr.yaml")) is None


OVERLAID = [
    case for case in CASES if case.name.startswith(("overlay-", "fault-")) and (case.folder / "cr.yaml").exists()
]


@settings(max_examples=200)
@given(case=st.sampled_from(OVERLAID), data=st.data())
def test_a_broken_overlay_is_a_fault(case: Any, data: st.DataObject) -> None:
    """The same for overlays, whose content is the user's: those of the cases, with something exchanged."""
    try:
        body = case.documents()[0].value
    except RenderError:
        return
    overlays = get(body, "spec", "overlays")
    if not overlays:
        return
    path = ("spec", "overlays", *data.draw(st.sampled_from(_paths(overlays, ()))))
    broken = remove(body, path) if data.draw(st.booleans()) else put(body, path, data.draw(JUNK))
    result = attempt(broken)
    for item in result or ():
        assert item["metadata"]["labels"]["app.kubernetes.io/instance"] == body["metadata"]["name"]
        assert item["metadata"].get("namespace") == body["metadata"].get("namespace")


@settings(max_examples=25)
@given(names=st.lists(st.sampled_from(library().overlays()), unique=True), body=django_bodies())
def test_built_in_overlays_fit_every_resource(names: list[str], body: Body) -> None:
    """Any set of them, on any resource."""
    overlays = [{"builtin": name} for name in names]
    result = attempt(put(body, ("spec", "overlays"), overlays))
    assert result is not None
    for item in result:
        assert faults(item) == (), f"{item['kind']}/{item['metadata']['name']}"


def test_a_site_does_not_depend_on_others() -> None:
    """Two sites of one namespace share no object, whatever they have."""
    first = rendered(next(case for case in good() if case.name == "sample")).objects
    body = rendered(next(case for case in good() if case.name == "sample")).site.document.value
    second = render(read(put(body, ("metadata", "name"), "shop2")), library()).objects
    assert not {_key(item) for item in first} & {_key(item) for item in second}
