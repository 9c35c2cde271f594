"""What counts as a difference between two states of an object."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.apply.compare import AFTER, BEFORE, differences

SPEC: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}


def deployment(spec: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return an object."""
    return {**SPEC, "metadata": {"name": "a", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param({"a": 1}, {"a": 1}, id="same"),
        pytest.param({"a": None}, {}, id="null is nothing"),
        pytest.param({}, {"a": None}, id="nothing is null"),
        pytest.param({"a": {"b": None}}, {}, id="a map of nulls is nothing"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, id="order of keys"),
    ],
)
def test_no_difference(old: Any, new: Any) -> None:
    """What the server takes for the same."""
    assert differences(deployment(old), deployment(new)) == []


@pytest.mark.parametrize(
    "metadata",
    [
        {"resourceVersion": "1"},
        {"generation": 2},
        {"uid": "x"},
        {"creationTimestamp": "now"},
        {"managedFields": [{}]},
        {"selfLink": "/x"},
    ],
    ids=str,
)
def test_what_is_the_servers(metadata: Any) -> None:
    """Metadata that nobody applies, and status, do not count."""
    assert differences(deployment(), {**deployment(**metadata), "status": {"a": 1}}) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param({"a": 1}, {"a": 2}, ["spec.a: 1 -> 2"], id="value"),
        pytest.param({}, {"a": "x"}, ['spec.a: nothing -> "x"'], id="added"),
        pytest.param({"a": {"b": 1}}, {}, ['spec.a: {"b": 1} -> nothing'], id="removed"),
        pytest.param({"a": 1}, {"a": 1.0}, ["spec.a: 1 -> 1.0"], id="type"),
        pytest.param({"a": []}, {}, ["spec.a: [] -> nothing"], id="empty list"),
        pytest.param({}, {"a": {}}, ["spec.a: nothing -> {}"], id="empty map"),
        pytest.param({"a": [1, 2, 3]}, {"a": [1, 3]}, ["spec.a[1]: 2 -> nothing"], id="item out"),
        pytest.param({"a": [1, 3]}, {"a": [1, 2, 3]}, ["spec.a[1]: nothing -> 2"], id="item in"),
        pytest.param(
            {"c": [{"name": "x", "v": 1}, {"name": "y", "v": 1}]},
            {"c": [{"name": "w"}, {"name": "x", "v": 1}, {"name": "y", "v": 2}]},
            ['spec.c[0]: nothing -> {"name": "w"}', "spec.c[1].v: 1 -> 2"],
            id="items by name",
        ),
    ],
)
def test_differences(old: Any, new: Any, found: list[str]) -> None:
    """Each place once, as deep as it is."""
    assert [str(each) for each in differences(deployment(old), deployment(new))] == found


@pytest.mark.parametrize("name", ["labels", "annotations"])
def test_metadata_that_counts(name: str) -> None:
    """Labels, annotations, owners and finalizers are content."""
    (found,) = differences(deployment(**{name: {"a/b": "1", "c": "2"}}), deployment(**{name: {"a/b": "3", "c": "2"}}))
    assert str(found) == f'metadata.{name}["a/b"]: "1" -> "3"'
    assert differences(deployment(finalizers=["a"]), deployment())
    assert differences(deployment(ownerReferences=[{"uid": "1"}]), deployment(ownerReferences=[{"uid": "2"}]))


LAST = "kubectl.kubernetes.io/last-applied-configuration"


def secret(data: Any = None, **more: Any) -> dict[str, Any]:
    """Return a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", **more}, "data": data}


@pytest.mark.parametrize(
    ("old", "new", "path", "values"),
    [
        pytest.param(secret({"p": "s3cret"}), secret({"p": "n3w"}), ("data", "p"), (BEFORE, AFTER), id="changed"),
        pytest.param(secret({"p": "s3cret"}), secret({}), ("data", "p"), (BEFORE, None), id="removed"),
        pytest.param(secret(), secret({"p": "n3w"}), ("data",), (None, {"p": AFTER}), id="all added"),
        pytest.param(
            secret(annotations={LAST: "s3cret"}), secret(annotations={}),
            ("metadata", "annotations", LAST), (BEFORE, None), id="kubectl's copy",
        ),
        pytest.param(
            secret(annotations={LAST: "s3cret", "a": "1"}), secret(),
            ("metadata", "annotations"), ({LAST: BEFORE, "a": "1"}, None), id="kubectl's copy with all annotations",
        ),
    ],
)  # fmt: skip
def test_secrets(old: Any, new: Any, path: tuple[str, ...], values: tuple[Any, Any]) -> None:
    """Where they differ is told, how is not."""
    (found,) = differences(old, new)
    assert found.path == path
    assert (found.old, found.new) == values
    assert "s3cret" not in str(found)
    assert "n3w" not in str(found)


def test_labels_of_a_secret_are_shown() -> None:
    """Only values are secret."""
    (found,) = differences(secret(labels={"a": "1"}), secret(labels={"a": "2"}))
    assert (found.old, found.new) == ("1", "2")
