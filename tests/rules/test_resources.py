"""Objects with their history: what tells them apart, how they are found, and the set that a build works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_operator.engine.errors import RenderError
from django_operator.engine.paths import put
from django_operator.engine.resources import ResId, Resource, ResourceSet, id_of, split_api_version
from django_operator.engine.yamlio import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body

CAUSE = Document({}, "cause.yaml")


def pod(name: str, namespace: str = "") -> Resource:
    """Return a Pod."""
    meta = {"name": name, "namespace": namespace} if namespace else {"name": name}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta}
    return Resource(body, Document(body, f"{name}.yaml"), id_of(body))


def pods(*names: str) -> ResourceSet:
    """Return a set of Pods."""
    found = ResourceSet()
    for name in names:
        found.add(pod(name))
    return found


def wanted(name: str, namespace: str = "") -> ResId:
    """Return a Pod's id."""
    return ResId("", "v1", "Pod", namespace, name)


def renamed(resource: Resource, name: str) -> Resource:
    """Return a resource under another name."""
    return resource.with_body(put(resource.body, ("metadata", "name"), name))


def names(found: ResourceSet | list[Resource]) -> str:
    """Return names in order."""
    return " ".join(resource.id.name for resource in found)


IDS: list[tuple[Any, ResId, str]] = [
    ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}, wanted("a"), "Pod/a"),
    (
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "n"}},
        ResId("apps", "v1", "Deployment", "n", "a"),
        "Deployment/n/a",
    ),
    ({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "a-"}}, wanted(""), "Pod"),
    ({}, ResId("", "", "", "", ""), ""),
    ({"apiVersion": 5, "kind": [], "metadata": {"name": {}, "namespace": 1}}, ResId("", "", "", "", ""), ""),
    ({"apiVersion": "v1", "kind": "Pod", "metadata": "a"}, wanted(""), "Pod"),
]


@pytest.mark.parametrize(("body", "want", "text"), IDS)
def test_id(body: Any, want: ResId, text: str) -> None:
    """What has the wrong type tells nothing apart."""
    assert id_of(body) == want
    assert str(want) == text


def test_api_version() -> None:
    """The core group has no name."""
    assert split_api_version("apps/v1") == ("apps", "v1")
    assert split_api_version("v1") == ("", "v1")
    assert [id_of(body).api_version for body, _, _ in IDS[:2]] == ["v1", "apps/v1"]


def test_history() -> None:
    """An object remembers what it was called, once each, and where it was written."""
    first = pod("a")
    assert first.with_body(first.body) is first
    assert first.with_body({**first.body, "spec": {}}).previous == ()
    labelled = first.with_body(put(first.body, ("metadata", "labels"), {}))
    assert (labelled.id, labelled.previous) == (first.id, ())
    third = renamed(renamed(labelled, "b"), "c")
    assert (third.original, third.ids) == (wanted("a"), (wanted("a"), wanted("b"), wanted("c")))
    other = third.with_body({**third.body, "apiVersion": "v2"})
    assert other.id == wanted("c")._replace(version="v2")
    assert third.with_body({**third.body, "kind": "Job"}).id.kind == "Job"
    assert str(other.origin) == "a.yaml"


def test_find() -> None:
    """Objects are found by each id and name they have or had; no namespace is the namespace default."""
    found = pods("a", "b", "c")
    found.add(pod("a", "other"))
    assert names(found.find(wanted("a"))) == names(found.find(wanted("a", "default"))) == "a"
    assert names(found.find(wanted("a", "other"))) == "a"
    assert names(found.named("a")) == "a a"
    assert found.find(wanted("gone")) == found.named("gone") == []
    old = found.find(wanted("a"))[0]
    found.replace(old, renamed(old, "z"), CAUSE)
    assert names(found) == "z b c a"
    assert names(found.find(wanted("a"))) == names(found.find(wanted("z"))) == "z"
    assert names(found.named("a")) == "z a"
    found.replace(found.named("b")[0], None, CAUSE)
    assert found.named("b") == []
    assert names(found) == "z c a"
    found.map(lambda each: renamed(each, f"x-{each.id.name}"), CAUSE)
    assert names(found.named("c")) == names(found.named("x-c")) == "x-c"
    found.sort(lambda each: each.id.name)
    assert names(found) == "x-a x-c x-z"
    assert names(found.named("a")) == "x-a x-z"
    found.add(pod("last"))
    assert names(found.named("last")) == "last"
    assert len(found) == 4


def test_names_may_be_exchanged() -> None:
    """When all change at once, only the outcome must be distinct."""
    found = pods("a", "b")
    found.map(lambda each: renamed(each, {"a": "b", "b": "a"}[each.id.name]), CAUSE)
    assert names(found) == "b a"
    assert names(found.find(wanted("a"))) == "b a"


CLASHES: dict[str, tuple[Callable[[ResourceSet], None], str]] = {
    "added": (lambda found: found.add(pod("a", "default")), "a.yaml: duplicate object Pod/default/a"),
    "replaced": (
        lambda found: found.replace(found.named("b")[0], renamed(found.named("b")[0], "a"), CAUSE),
        "cause.yaml: two objects become Pod/a\n  hint: from b.yaml and from a.yaml",
    ),
    "mapped": (lambda found: found.map(lambda each: renamed(each, "x"), CAUSE), "cause.yaml: two objects become Pod/x"),
    "extended": (lambda found: found.extend([pod("c"), pod("b")]), "duplicate object Pod/b"),
}


@pytest.mark.parametrize("rule", CLASHES)
def test_clash(rule: str) -> None:
    """Two objects of one id are refused, with both places."""
    do, says = CLASHES[rule]
    with pytest.raises(RenderError) as caught:
        do(pods("a", "b"))
    assert says in str(caught.value)


JUNK: dict[str, tuple[Body, str]] = {
    "no kind": ({"apiVersion": "v1", "metadata": {"name": "a"}}, "object without a kind"),
    "no metadata": ({"apiVersion": "v1", "kind": "Pod"}, "Pod without a metadata.name"),
    "a name that is none": ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 1}}, "name must be a string"),
}


@pytest.mark.parametrize("rule", JUNK)
def test_only_objects(rule: str) -> None:
    """Whatever changes an object, it stays one."""
    body, says = JUNK[rule]
    found = pods("a")
    with pytest.raises(RenderError, match=says):
        found.replace(next(iter(found)), next(iter(found)).with_body(body), CAUSE)
    with pytest.raises(RenderError, match=says):
        found.map(lambda each: each.with_body(body), CAUSE)


def test_observer() -> None:
    """Each change is told once, those of children as well, and joining sets is none."""
    seen: list[str] = []
    top = ResourceSet(lambda before, after, _: seen.append(f"{before and before.id}>{after and after.id}"))
    child = top.child()
    child.add(pod("a"))
    child.map(lambda each: each, CAUSE)
    top.extend(child)
    top.replace(next(iter(top)), next(iter(top)), CAUSE)
    top.replace(next(iter(top)), renamed(next(iter(top)), "b"), CAUSE)
    top.add(pod("c"), CAUSE)
    top.replace(next(iter(top)), None, CAUSE)
    assert seen == ["None>Pod/a", "Pod/a>Pod/b", "None>Pod/c", "Pod/b>None"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "rename", "drop", "map", "find"]), st.sampled_from("abcd"), st.sampled_from("abcd")
    ),
    max_size=12,
)


@given(STEPS)
def test_like_a_list(steps: list[tuple[str, str, str]]) -> None:
    """A set does what a list of (present name, all names) would, at any sequence of changes."""
    found, model = ResourceSet(), list[list[str]]()
    for what, one, other in steps:
        if what == "add" and all(each[-1] != one for each in model):
            found.add(pod(one))
            model.append([one])
        at = next((index for index, each in enumerate(model) if each[-1] == one), None)
        if what == "drop" and at is not None:
            found.replace(next(each for each in found if each.id.name == one), None, CAUSE)
            del model[at]
        if what == "rename" and at is not None and all(each[-1] != other for each in model):
            resource = next(each for each in found if each.id.name == one)
            found.replace(resource, renamed(resource, other), CAUSE)
            model[at].append(other)
        if what == "map":
            found.map(lambda each: renamed(each, each.id.name + one), CAUSE)  # noqa: B023 - called at once
            model = [[*each, each[-1] + one] for each in model]
        assert names(found) == " ".join(each[-1] for each in model)
        for name in "abcd":
            want = " ".join(each[-1] for each in model if name in each)
            assert names(found.find(wanted(name))) == names(found.named(name)) == want
