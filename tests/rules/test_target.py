"""Which objects a selector means: names and patterns, labels and annotations; what selects nothing is an error."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.accumulator import load_resource
from django_operator.engine.errors import RenderError
from django_operator.engine.paths import put
from django_operator.engine.resources import ResourceSet
from django_operator.engine.schema import builtin
from django_operator.engine.target import describe, near_objects, parse_selector, read_target, select
from django_operator.engine.yamlio import Document, parse

OBJECTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {app: web, tier: front}, annotations: {note: x}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-worker, namespace: other, labels: {app: worker}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: beat, namespace: default, labels: {app: null}}
---
apiVersion: v1
kind: Service
metadata: {name: app, labels: null}
---
apiVersion: example.org/v1beta1
kind: Deployment
metadata: {name: foreign.app}
---
apiVersion: v1
kind: Namespace
metadata: {name: default}
"""
APP, WORKER, BEAT, SERVICE, FOREIGN, NAMESPACE = (
    "Deployment/app",
    "Deployment/other/app-worker",
    "StatefulSet/default/beat",
    "Service/app",
    "Deployment/foreign.app",
    "Namespace/default",
)


def objects() -> ResourceSet:
    """Return the objects of the table."""
    found = ResourceSet()
    for document in parse(OBJECTS, "r.yaml"):
        for resource in load_resource(document):
            found.add(resource)
    return found


def test_scope_of_a_kind_of_ones_own() -> None:
    """An object of a cluster-scoped kind that the build's schema alone knows is in no namespace."""
    crd = {
        "kind": "CustomResourceDefinition",
        "spec": {"group": "example.org", "scope": "Cluster", "names": {"kind": "Box"}, "versions": [{"name": "v1"}]},
    }
    held, target = ResourceSet(), cause("{namespace: default}")
    held.add(load_resource(parse("{apiVersion: example.org/v1, kind: Box, metadata: {name: b}}", "b.yaml")[0])[0])
    assert [len(select(held, target, known)) for known in (None, builtin().with_crds([crd]))] == [1, 0]


def cause(text: str = "x") -> Document:
    """Return a document to blame a change on."""
    return parse(text, "cause")[0]


SELECTS: dict[str, list[str]] = {
    "{kind: Deployment}": [APP, WORKER, FOREIGN],
    "{kind: deployment}": [],
    "{kind: Deploy}": [],
    "{kind: 'Deploy.*'}": [APP, WORKER, FOREIGN],
    "{kind: Deployment|StatefulSet}": [APP, WORKER, BEAT, FOREIGN],
    "{kind: ^Deployment$}": [APP, WORKER, FOREIGN],
    "{kind: Deployment, name: app}": [APP],
    "{name: app}": [APP, SERVICE],
    "{name: app.*}": [APP, WORKER, SERVICE],
    "{name: .*app}": [APP, SERVICE, FOREIGN],
    "{name: foreign.app}": [FOREIGN],
    "{name: foreign-app}": [],
    "{group: apps}": [APP, WORKER, BEAT],
    "{group: example.org}": [FOREIGN],
    "{version: v1}": [APP, WORKER, BEAT, SERVICE, NAMESPACE],
    "{version: 'v1.*'}": [APP, WORKER, BEAT, SERVICE, FOREIGN, NAMESPACE],
    "{group: apps, version: v1, kind: Deployment, name: app, namespace: default}": [APP],
    "{namespace: default}": [APP, BEAT, SERVICE, FOREIGN],
    "{namespace: other}": [WORKER],
    "{namespace: 'o.*'}": [WORKER],
    "{namespace: none}": [],
    "{kind: Deployment, name: '', namespace: null}": [APP, WORKER, FOREIGN],
    "{labelSelector: app=web}": [APP],
    "{labelSelector: app==web}": [APP],
    "{labelSelector: ' app = web , tier = front '}": [APP],
    "{labelSelector: 'app=web,tier=back'}": [],
    "{labelSelector: app!=web}": [WORKER, BEAT, SERVICE, FOREIGN, NAMESPACE],
    "{labelSelector: 'app in (web, worker)'}": [APP, WORKER],
    "{labelSelector: 'app in (web,worker),tier notin (back)'}": [APP, WORKER],
    "{labelSelector: 'app notin (web)'}": [WORKER, BEAT, SERVICE, FOREIGN, NAMESPACE],
    "{labelSelector: app}": [APP, WORKER, BEAT],
    "{labelSelector: '!app'}": [SERVICE, FOREIGN, NAMESPACE],
    "{labelSelector: '! app, kind'}": [],
    "{labelSelector: 'app='}": [],
    "{annotationSelector: note=x}": [APP],
    "{annotationSelector: '!note'}": [WORKER, BEAT, SERVICE, FOREIGN, NAMESPACE],
    "{kind: Service, labelSelector: '!app', annotationSelector: '!note'}": [SERVICE],
}  # fmt: skip


@pytest.mark.parametrize("target", SELECTS)
def test_select(target: str) -> None:
    """Patterns are anchored at both ends, requirements are those of kubectl, an absent key fits every refusal."""
    found = select(objects(), cause(target))
    assert [str(resource.id) for resource in found] == SELECTS[target]


def test_select_after_a_change_of_name() -> None:
    """Objects are known by their present and by their first name, not by those between, in their order."""
    held = objects()
    for name in ("between", "now"):
        app = next(iter(held))
        held.replace(app, app.with_body(put(app.body, ("metadata", "name"), name)), cause())
    assert [len(select(held, cause(f"{{kind: Deployment, name: {name}}}"))) for name in ("app", "between", "now")] == [
        1,
        0,
        1,
    ]
    service = held.named("app")[1]
    held.replace(service, service.with_body(put(service.body, ("metadata", "name"), "now")), cause())
    assert [str(each.id) for each in select(held, cause("{name: now}"))] == ["Deployment/now", "Service/now"]
    target = read_target(cause("{kind: Deployment, name: between}"))
    assert [target.fits(each) or target.fits_any(each) for each in held][:2] == [True, False]


REFUSED: dict[str, str] = {
    "{}": "the target is empty and would fit every object\n  hint: name at least a kind",
    "{kind: '', name: null}": "the target is empty",
    "{kind: '('}": "cause:1 kind: '(' is no regular expression: missing )",
    "{name: '*'}": "cause:1 name: '*' is no regular expression: nothing to repeat before *",
    "{name: '(', kind: '['}": "'[' is no regular expression: missing ]\ncause:1 name: '('",
    "{labelSelector: 'a b'}": "cause:1 labelSelector: 'a b' is no selector\n  hint: write `key=value`",
    "{labelSelector: ','}": "'' is no selector",
    "{labelSelector: 'a,'}": "'' is no selector",
    "{labelSelector: '!'}": "'!' is no selector",
    "{labelSelector: 'a in (b'}": "'a in (b' is no selector",
    "{labelSelector: 'a in b'}": "is no selector",
    "{labelSelector: 'a in (b) c'}": "is no selector",
    "{labelSelector: 'a in (b, (c))'}": "is no selector",
    "{labelSelector: 'é=b'}": "is no selector",
    "{annotationSelector: '=b'}": "cause:1 annotationSelector: '=b' is no selector",
}


@pytest.mark.parametrize("target", REFUSED)
def test_refused(target: str) -> None:
    """An error names the field and says what it should be."""
    with pytest.raises(RenderError) as caught:
        select(objects(), cause(target))
    assert REFUSED[target] in str(caught.value)


HUGE = {
    "commas": "a," * 50_000 + "a",
    "values": f"a in ({'b,' * 50_000}b)",
    "parentheses": "(" * 50_000,
    "spaces": "a" + " " * 50_000 + "b",
    "an open list": "a in (" + "b," * 50_000,
}


@pytest.mark.parametrize("rule", HUGE)
def test_huge_selectors(rule: str) -> None:
    """A selector of a hundred thousand characters takes as long as reading it; this would not end otherwise."""
    try:
        parse_selector(HUGE[rule])
    except ValueError:
        assert rule not in ("commas", "values")


DESCRIBED = {
    "{kind: Deployment, name: app}": "Deployment/app",
    "{kind: Deployment}": "Deployment",
    "{kind: Deployment, labelSelector: a=b, group: apps}": "Deployment with labelSelector a=b, group apps",
    "{namespace: x}": "namespace x",
    "{kind: null, name: ''}": "object",
}


@pytest.mark.parametrize("target", DESCRIBED)
def test_describe(target: str) -> None:
    """A target as a person would say it."""
    assert describe(cause(target)) == DESCRIBED[target]


NEAR: list[tuple[str, str, Any]] = [
    ("Deployment", "ap", "did you mean Deployment/app"),
    ("StatefulSet", "x", "did you mean StatefulSet/beat?"),
    ("Gone", "x", "there is Deployment/app, "),
]


@pytest.mark.parametrize(("kind", "name", "want"), NEAR)
def test_near_objects(kind: str, name: str, want: str) -> None:
    """Objects of the same kind are nearest; none of it, then any."""
    assert near_objects(kind, name, objects()).startswith(want)
