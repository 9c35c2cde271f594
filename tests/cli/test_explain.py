"""Who wrote which field: every leaf of every object has a place, and the place is the right one."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.engine.build import build_resources
from django_operator.engine.explain import IDENTITY, Recorder
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import dotted, get
from django_operator.engine.trail import Item, locate
from django_operator.engine.yamlio import parse
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import read
from tests.cases import Case, good

Json = Any


def leaves(value: Json) -> int:
    """Return how many leaves a value has; an empty map or list is one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(leaves, inner)) if inner else 1


@pytest.mark.parametrize("case", good(), ids=lambda case: case.name)
def test_every_leaf(case: Case) -> None:
    """Each leaf of each object of each case is explained once, by a place that was read."""
    recorder = Recorder()
    site = read(case.documents()[0])
    references = {each.value["metadata"]["name"]: each for each in case.documents()[1:]}
    local = [str(case.folder / "overlay")] if (case.folder / "overlay").exists() else []
    for resource in render(site, library(), references=references, local=local, observer=recorder).resources:
        fields = recorder.fields(resource)
        assert len(fields) == leaves(resource.body) == len({each.path for each in fields})
        for each in fields:
            assert get(resource.body, *each.path) == each.value or each.value is None
            assert each.origin.line is not None, each
            assert each.origin.source != IDENTITY.source


BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: a
        image: a
      - name: b
        image: b
        args:
        - one
        - two
"""


def explained(kustomization: str, **files: str) -> dict[str, str]:
    """Return the places of the leaves of the one object of a build, by path."""
    recorder = Recorder()
    content = {"kustomization.yaml": f"resources: [base.yaml]\n{kustomization}", "base.yaml": BASE, **files}
    (resource,) = build_resources(MemoryFiles(content), observer=recorder)
    return {
        ".".join(map(str, each.path)).replace(
            "spec.template.spec.containers", "c"
        ): f"{each.origin.source}:{each.origin.line}"
        for each in recorder.fields(resource)
    }


def test_items_that_move() -> None:
    """An item keeps its writer when others go or come before it."""
    found = explained(
        "patches:\n- path: p\n  target: {kind: Deployment}\n",
        p="- {op: remove, path: /spec/template/spec/containers/0}\n",
    )
    assert found["c.0.image"] == "base.yaml:13"
    assert found["c.0.args.1"] == "base.yaml:16"
    text = "- op: add\n  path: /spec/template/spec/containers/0\n  value:\n    name: z\n    image: z\n"
    found = explained("patches:\n- path: p\n  target: {kind: Deployment}\n", p=text)
    assert (found["c.0.image"], found["c.1.image"], found["c.2.args.0"]) == ("p:5", "base.yaml:11", "base.yaml:15")


def test_the_last_change_counts() -> None:
    """Of two patches the later one; of one that leaves the whole object as it is, nobody is told."""
    found = explained(
        "patches:\n"
        "- target: {kind: Deployment}\n  patch: |-\n    spec:\n      replicas: 2\n"
        "- target: {kind: Deployment}\n  patch: |-\n    spec:\n      replicas: 3\n"
        "- target: {kind: Deployment}\n  patch: |-\n    spec:\n      replicas: 3\n"
        "nameSuffix: -x\n"
    )
    assert found["spec.replicas"] == "kustomization.yaml:10"
    assert found["metadata.name"] == "kustomization.yaml:15"
    assert found["c.0.name"] == "base.yaml:10"


STRATEGIC = """\
patches:
- target: {kind: Deployment}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels: {a: b}
    spec:
      replicas: 1
      template:
        spec:
          containers:
          - name: b
            image: b
            args: [one, two]
          - name: a
            tty: true
"""
JSON = """\
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: test, path: /spec/template/spec/containers/0/name, value: a}
    - {op: replace, path: /spec/replicas, value: 1}
    - op: replace
      path: /spec/template/spec/containers/1
      value:
        name: b
        image: b
        args:
        - one
        - two
    - {op: replace, path: /spec/template/spec/containers/0/image, value: a}
    - {op: replace, path: /spec/template/spec/containers/0/image, value: c}
"""


def test_the_last_to_speak_counts() -> None:
    """A patch that says the value there is has it, like one that says another; an address of it says nothing."""
    found = explained(STRATEGIC)
    assert {path: place.partition(":")[2] for path, place in found.items() if place.startswith("kust")} == {
        "metadata.labels.a": "9",
        "spec.replicas": "11",
        "c.0.tty": "19",
        "c.1.image": "16",
        "c.1.args.0": "17",
        "c.1.args.1": "17",
    }
    found = explained(JSON)
    assert {path: place.partition(":")[2] for path, place in found.items() if place.startswith("kust")} == {
        "spec.replicas": "6",
        "c.0.image": "16",
        "c.1.name": "10",
        "c.1.image": "11",
        "c.1.args.0": "13",
        "c.1.args.1": "14",
    }


def test_only_patches_speak() -> None:
    """Options, tables and configurations that hold the same words do not."""
    found = explained(
        "metadata:\n  name: web\n  labels: {a: b}\nbuildMetadata: [managedByLabel]\n"
        "labels:\n- pairs: {a: b}\nnamePrefix: x-\ncommonAnnotations: {replicas: '1'}\n"
    )
    assert found["metadata.labels.a"] == "kustomization.yaml:7"
    assert found["metadata.labels.app.kubernetes.io/managed-by"] == "kustomization.yaml:5"
    assert found["spec.replicas"] == "base.yaml:6"


@pytest.mark.parametrize(
    ("source", "target", "want"),
    [
        ("name: web, fieldPath: 'spec.template.spec.containers.[name=b].args'", "'{c}[name=a].args'",
         {"c.0.args.0": "base.yaml:15", "c.0.args.1": "base.yaml:16"}),
        ("name: web, fieldPath: spec.template.spec.containers.1.args", "'{c}*.args'",
         {"c.0.args.1": "base.yaml:16", "c.1.args.1": "base.yaml:16"}),
        ("name: web, fieldPath: spec.template.spec.containers.1.args.-", "'{c}0.image'", {"c.0.image": "base.yaml:16"}),
        ("name: web, fieldPath: spec.replicas", "'metadata.annotations.n'", {"metadata.annotations.n": "base.yaml:6"}),
        ("name: web", "'{c}0.image'", {"c.0.image": "base.yaml:4"}),
        ("name: web, fieldPath: spec.replicas, options: {delimiter: x}", "'{c}0.image'", {"c.0.image": "base.yaml:6"}),
        ("name: web, fieldPath: metadata.name, options: {delimiter: e}", "'{c}0.image'",
         {"c.0.image": "kustomization.yaml:5"}),
    ],
)  # fmt: skip
def test_copied_values(source: str, target: str, want: dict[str, str]) -> None:
    """What a replacement copies belongs to who wrote it there; a part of it to the replacement."""
    paths = target.replace("{c}", "spec.template.spec.containers.")
    found = explained(
        f"replacements:\n- source: {{kind: Deployment, {source}}}\n  targets:\n"
        f"  - select: {{kind: Deployment}}\n    fieldPaths: [{paths}]\n    options: {{create: true}}\n"
    )
    assert {path: found[path] for path in want} == want


def test_copied_from_what_it_is_copied_into() -> None:
    """The first target may be the source itself, which is another object then; texts have no source."""
    source = "source: {kind: Deployment, name: web, fieldPath: spec.template.spec.containers.0.image}"
    path = "fieldPaths: [spec.template.spec.containers.1.image]"
    target = f"  - select: {{kind: Deployment}}\n    {path}\n"
    found = explained(f"replacements:\n- {source}\n  targets:\n{target}{target.replace('1.image', '1.name')}")
    assert (found["c.1.image"], found["c.1.name"]) == ("base.yaml:11", "base.yaml:11")
    found = explained(f"replacements:\n- sourceValue: z\n  targets:\n{target}")
    assert found["c.1.image"] == "kustomization.yaml:5"


def test_who_copied() -> None:
    """For an error it is told who copied a value."""
    recorder = Recorder(through=False)
    text = (
        "resources: [b]\nreplacements:\n- source: {kind: Deployment, name: web}\n  targets:\n"
        "  - select: {kind: Deployment}\n    fieldPaths: [spec.template.spec.containers.0.image]\n"
    )
    (resource,) = build_resources(MemoryFiles({"kustomization.yaml": text, "b": BASE}), observer=recorder)
    (image,) = recorder.fields(resource, ("spec", "template", "spec", "containers", 0, "image"))
    assert (image.value, image.origin.line) == ("web", 5)


SITE = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata: {name: shop}
spec:
  image: shop:1
  project: shop
  hosts:
  - a.example.com
  - b.example.com
  ingress:
    path: /shop
    tls: {secretName: tls}
  env:
  - name: A
    valueFrom:
      secretKeyRef:
        name: a
        key: b
  podTemplate:
    annotations:
      one: "1"
      two: "2"
    nodeSelector: {disk: ssd}
  app:
    autoscaling:
      minReplicas: 2
      cpu: 70
      memory: 80
    resources:
      requests:
        cpu: 200m
      limits:
        memory: 1Gi
    podTemplate:
      annotations:
        two: "3"
    probes:
      path: /up
      readiness:
        httpGet:
          path: /ready
          port: http
        timeoutSeconds: 5
    volumes:
    - name: cache
      emptyDir:
        medium: Memory
  release:
    preDeploy:
    - args: [check]
    - args: [migrate]
    - args: [collectstatic]
  overlays:
  - builtin: high-availability
"""


@pytest.fixture(scope="module")
def places() -> dict[str, str]:
    """Return the places of all leaves of SITE, by kind, base name and path."""
    recorder = Recorder()
    (document,) = parse(SITE, "site")
    found = {}
    for resource in render(read(document), library(), observer=recorder).resources:
        for each in recorder.fields(resource):
            found[f"{resource.id.kind}/{resource.original.name.split('-')[0]} {dotted(each.path)}"] = str(each.origin)
    return found


POD = "spec.template.spec"
MIGRATE = f"Job/release {POD}.initContainers[1]"
DJANGO = f"Deployment/app {POD}.containers[0]"


@pytest.mark.parametrize(
    ("field", "want"),
    [
        # inherited by the earlier steps of a release
        (f"{MIGRATE}.command[2]", "site:51 spec.release.preDeploy[1]"),
        (f"{MIGRATE}.env[3].name", "site:4 spec.database"),
        (f"{MIGRATE}.env[9].valueFrom.secretKeyRef.key", "site:18 spec.env[0].valueFrom.secretKeyRef.key"),
        (f"{MIGRATE}.resources.requests.cpu", f"bases/release/job.yaml:54 {POD}.containers[0].resources.requests.cpu"),
        # rules, one a host
        ("Ingress/app spec.rules[0].host", "site:8 spec.hosts[0]"),
        ("Ingress/app spec.rules[1].host", "site:9 spec.hosts[1]"),
        ("Ingress/app spec.rules[0].http.paths[0].path", "site:11 spec.ingress.path"),
        ("Ingress/app spec.rules[1].http.paths[0].path", "site:11 spec.ingress.path"),
        ("Ingress/app spec.rules[0].http.paths[0].pathType", "site:8 spec.hosts[0]"),
        ("Ingress/app spec.rules[1].http.paths[0].pathType", "site:9 spec.hosts[1]"),
        ("Ingress/app spec.tls[0].hosts[1]", "site:9 spec.hosts[1]"),
        # what a built-in overlay says, too
        ("HorizontalPodAutoscaler/app spec.minReplicas", "site:26 spec.app.autoscaling.minReplicas"),
        ("HorizontalPodAutoscaler/app spec.metrics[1].type", "site:28 spec.app.autoscaling.memory"),
        # parts of what is copied as it stands
        (f"{DJANGO}.resources.requests.cpu", "site:31 spec.app.resources.requests.cpu"),
        (f"{DJANGO}.resources.limits.memory", "site:33 spec.app.resources.limits.memory"),
        (f"{DJANGO}.env[9].valueFrom.secretKeyRef.name", "site:17 spec.env[0].valueFrom.secretKeyRef.name"),
        (f"{DJANGO}.readinessProbe.timeoutSeconds", "site:43 spec.app.probes.readiness.timeoutSeconds"),
        (f"{DJANGO}.readinessProbe.httpGet.path", "site:41 spec.app.probes.readiness.httpGet.path"),
        (f"{DJANGO}.livenessProbe.httpGet.path", "site:38 spec.app.probes.path"),
        (f"Deployment/app {POD}.volumes[1].emptyDir.medium", "site:47 spec.app.volumes[0].emptyDir.medium"),
        # two templates of pods in one
        ("Deployment/app spec.template.metadata.annotations.one", "site:21 spec.podTemplate.annotations.one"),
        ("Deployment/app spec.template.metadata.annotations.two", "site:36 spec.app.podTemplate.annotations.two"),
        (f"Deployment/app {POD}.nodeSelector.disk", "site:23 spec.podTemplate.nodeSelector.disk"),
        ("Deployment/worker spec.template.metadata.annotations.two", "site:22 spec.podTemplate.annotations.two"),
    ],
)  # fmt: skip
def test_places_of_a_site(places: dict[str, str], field: str, want: str) -> None:
    """Each value of a resource is found at its very line."""
    assert places[field] == want


def test_objects_nobody_watched() -> None:
    """An object changed after the build is compared with what was built; one never seen names its own file."""
    recorder = Recorder()
    (resource,) = build_resources(MemoryFiles({"kustomization.yaml": "resources: [b]\n", "b": BASE}), observer=recorder)
    changed = resource.with_body({**resource.body, "spec": {**resource.body["spec"], "replicas": 9}})
    places = {each.path: str(each.origin) for each in recorder.fields(changed, ("spec",))}
    assert places["spec", "replicas"] == "django-operator"
    assert places["spec", "template", "spec", "containers", 0, "name"].startswith("b:10 ")
    assert str(Recorder().fields(resource, ("kind",))[0].origin) == "b:2 kind"


@pytest.mark.parametrize(
    ("value", "trail", "want"),
    [
        ({"a": {"b": 1}}, ("a", "b"), ("a", "b")),
        ({"a": {"b": 1}}, ("a", "c"), ("a",)),
        ({"l": [{"k": 1, "x": 2}]}, ("l", Item(3, {"k": 1, "x": 5}, ("k",)), "x"), ("l", 0, "x")),
        ({"l": [{"name": "n"}]}, ("l", Item(3, {"name": "n"}, ())), ("l", 0)),
        ({"l": ["a", "b"]}, ("l", Item(0, "b", ())), ("l", 1)),
        ({"l": []}, ("l", Item(0, "b", ())), ("l",)),
        ({"pairs": {"a": "b"}}, ("metadata", "labels", "a"), ("pairs", "a")),
        ({"literals": ["x=1", "a=2"]}, ("data", "a"), ("literals", 1)),
        ({"files": ["conf/a", "b=c"]}, ("data", "a"), ("files", 0)),
        ({"a": "b"}, ("metadata", "annotations", "a"), ("a",)),
        ("prefix-", ("metadata", "name"), ()),
        ([{"op": "add", "path": "/l/-", "value": {"x": 1}}], ("l", Item(4, {}, ()), "x"), (0, "value", "x")),
        ([{"op": "remove", "path": "/a"}, {"op": "add", "path": "/b", "value": 1}], ("b",), (1, "value")),
        ([{"op": "copy", "from": "/b", "path": "/a~1b"}], ("a/b", "c"), (0,)),
        ([{"op": "test", "path": "/z", "value": 1}], ("a",), ()),
    ],
)  # fmt: skip
def test_locate(value: Json, trail: Json, want: Json) -> None:
    """Where a patch, an entry, or an operation speaks of a field."""
    assert locate(value, trail) == want
