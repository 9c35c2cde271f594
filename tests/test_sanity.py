"""What cannot work between objects, each fault at the line that the user wrote."""

from __future__ import annotations

import time
from typing import Any

import pytest

from django_operator.engine.errors import RenderError
from django_operator.engine.yamlio import parse
from django_operator.stack import reference, sanity
from django_operator.stack.library import library
from django_operator.stack.render import Rendered, render
from django_operator.stack.secrets import required
from django_operator.stack.site import read
from django_operator.stack.spec import Release

HEAD = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata: {name: shop, namespace: web}
spec:
  image: shop
  version: "1"
  project: shop
"""


def build(spec: str) -> Rendered:
    """Render a resource with this spec."""
    text = HEAD + "".join(f"  {line}\n" for line in spec.splitlines())
    return render(read(parse(text, "cr.yaml")[0]), library())


def patched(kind: str, name: str, patch: str) -> str:
    """Return a spec with one patch, in a line of its own."""
    head = f"overlays:\n- patches:\n  - target: {{kind: {kind}, name: {name}}}\n    patch:\n"
    return head + f"      {{kind: {kind}, metadata: {{name: any}}, {patch}}}"


def added(*resources: str) -> str:
    """Return a spec with objects, each in a line of its own."""
    return "overlays:\n- resources:\n" + "\n".join(f"  - {{{each}}}" for each in resources)


PATCH = "spec.overlays[0].patches[0].patch"
RESOURCE = "spec.overlays[0].resources[0]"
HPA = "apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler"
LONG = "a" * 60


def pod(container: str, more: str = "") -> str:
    """Return the part of a patch that is about the pods of a Deployment."""
    return f"spec: {{template: {{spec: {{{more}containers: [{container}]}}}}}}"


def own(container: str, name: str = "mine", labels: str = "a: b") -> str:
    """Return a spec that adds a Deployment."""
    template = f"template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{container}]}}}}"
    spec = f"spec: {{selector: {{matchLabels: {{a: b}}}}, {template}}}"
    return added(f"apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}}}, {spec}")


FAULTS: dict[str, tuple[str, str, str]] = {
    "lower bound over the base's upper one": (
        "app: {autoscaling: {minReplicas: 12}}",
        "spec.app.autoscaling.minReplicas",
        "12 is more than maxReplicas, which is 10",
    ),
    "upper bound under the base's lower one": (
        "workers: {a: {autoscaling: {maxReplicas: 1}}}\noverlays: [{builtin: high-availability}]",
        "spec.workers.a.autoscaling.maxReplicas",
        "2 is more than maxReplicas, which is 1",
    ),
    "bounds of KEDA": (
        "workers: {a: {autoscaling: {queueLength: 5, minReplicas: 11}}}",
        "spec.workers.a.autoscaling.minReplicas",
        "11 is more than maxReplicaCount, which is 10",
    ),
    "bounds by an overlay": (
        "app: {autoscaling: {minReplicas: 3}}\n" + patched("HorizontalPodAutoscaler", "app", "spec: {maxReplicas: 2}"),
        "spec.app.autoscaling.minReplicas",
        "3 is more than maxReplicas, which is 2",
    ),
    "beat scaled": (
        added(
            f"{HPA}, metadata: {{name: a}}, spec: {{maxReplicas: 2, scaleTargetRef: {{kind: StatefulSet, name: beat}}}}"
        ),
        f"{RESOURCE}.spec.scaleTargetRef",
        "there is one beat",
    ),
    "a fixed count scaled": (
        added(
            f"{HPA}, metadata: {{name: a}}, spec: {{maxReplicas: 2, scaleTargetRef: {{kind: Deployment, name: app}}}}"
        ),
        f"{RESOURCE}.spec.scaleTargetRef",
        "an autoscaler owns the count of Deployment/app",
    ),
    "a scaled count fixed": (
        "app: {autoscaling: {}}\noverlays: [{replicas: [{name: app, count: 3}]}]",
        "spec.overlays[0].replicas[0]",
        "an autoscaler owns the count of Deployment/app",
    ),
    "two autoscalers": (
        "app: {autoscaling: {}}\n"
        + added(
            f"{HPA}, metadata: {{name: a}}, spec: {{maxReplicas: 2, scaleTargetRef: {{kind: Deployment, name: app}}}}"
        ),
        f"{RESOURCE}.spec.scaleTargetRef",
        "HorizontalPodAutoscaler/app scales Deployment shop-app already",
    ),
    "two beats": (
        "overlays: [{replicas: [{name: beat, count: 2}]}]",
        "spec.overlays[0].replicas[0]",
        "there is one beat, and never 2",
    ),
    "two databases": (
        patched("StatefulSet", "postgres", "spec: {replicas: 3}"),
        f"{PATCH}.spec.replicas",
        "one postgres",
    ),
    "two at once": (
        "release: {preDeploy: [{args: [migrate]}]}\n" + patched("Job", "release-.*", "spec: {parallelism: 2}"),
        f"{PATCH}.spec.parallelism",
        "runs once, not 2 times",
    ),
    "tried again": (
        "release: {postDeploy: [{args: [warm]}]}\n" + patched("Job", "post-.*", "spec: {backoffLimit: 3}"),
        f"{PATCH}.spec.backoffLimit",
        "an overlay may not set",
    ),
    "a name of another form": (
        added("apiVersion: v1, kind: ConfigMap, metadata: {name: Mine_too}"),
        RESOURCE,
        "cannot be a name",
    ),
    "a Service's name": (
        added("apiVersion: v1, kind: Service, metadata: {name: a.b}"),
        RESOURCE,
        "cannot be a host name",
    ),
    "a long name": (
        added(
            f"apiVersion: batch/v1, kind: Job, metadata: {{name: {LONG}}}, "
            "spec: {template: {spec: {containers: []}}}"
        ),
        RESOURCE,
        "has 65 characters",
    ),
    "a label": (
        added("apiVersion: v1, kind: ConfigMap, metadata: {name: mine, labels: {team: a b}}"),
        f"{RESOURCE}.metadata.labels.team",
        "is no label",
    ),
    "a label of pods": (
        own("{name: a, image: a}", labels="a: b, team: a b"),
        f"{RESOURCE}.spec.template.metadata.labels.team",
        "is no label",
    ),
    "no image": (
        patched("Deployment", "app", pod("{name: side}")),
        f"{PATCH}.spec.template.spec.containers[0]",
        "no image",
    ),
    "two ports of one name": (
        own("{name: a, image: a, ports: [{name: x, containerPort: 1}, {name: x, containerPort: 2}]}"),
        f"{RESOURCE}.spec.template.spec.containers[0].ports[",
        "two ports are called x",
    ),
    "a mount of nothing": (
        patched("Deployment", "app", pod("{name: django, volumeMounts: [{name: no, mountPath: /a}]}")),
        f"{PATCH}.spec.template.spec.containers[0].volumeMounts[0].name",
        "the pod has no volume no",
    ),
    "a mount of nothing beside a patch of something else": (
        "volumeMounts: [{name: no, mountPath: /a}]\n" + patched("Service", "app", "spec: {type: NodePort}"),
        "spec.volumeMounts[0]",
        "the pod has no volume no",
    ),
    "a variable": (
        patched("Deployment", "app", pod("{name: django, env: [{name: A=B, value: c}]}")),
        f"{PATCH}.spec.template.spec.containers[0].env[0].name",
        "not the name of an environment variable",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_fault(case: str) -> None:
    """Each is found, at the place where the user wrote it."""
    spec, field, problem = FAULTS[case]
    with pytest.raises(RenderError) as caught:
        build(spec)
    found = [(fault.at.source, fault.at.field, fault.problem) for fault in caught.value.faults]
    assert any(at.startswith(field) and problem in said for _, at, said in found), found
    assert {source for source, _, _ in found} == {"cr.yaml"}
    assert all(fault.at.line for fault in caught.value.faults)


FINE = (
    "app: {replicas: external}\n"
    + added(f"{HPA}, metadata: {{name: a}}, spec: {{maxReplicas: 2, scaleTargetRef: {{kind: Deployment, name: app}}}}"),
    added(
        f"{HPA}, metadata: {{name: a}}, spec: {{maxReplicas: 2, scaleTargetRef: {{kind: Deployment, name: others}}}}"
    ),
    "app: {autoscaling: {minReplicas: 10}}",
    "release: {preDeploy: [{args: [migrate]}], backoffLimit: 2}\n"
    + patched("Job", "release-.*", "spec: {activeDeadlineSeconds: 60}"),
    "overlays: [{replicas: [{name: beat, count: 0}]}]",
    own("{name: a, image: a, ports: [{name: x, containerPort: 1}, {containerPort: 2}, {containerPort: 3}]}"),
)


@pytest.mark.parametrize("spec", FINE)
def test_fine(spec: str) -> None:
    """What looks like one of these and works is taken."""
    assert build(spec).objects


def test_tries_of_the_bases() -> None:
    """What an overlay may not change is known as bases/ have it."""
    assert reference.default(Release, "backoffLimit") == sanity.BACKOFF


def test_cheap() -> None:
    """The look at a usual stack costs far less than a thousandth of a second."""
    result = build("release: {preDeploy: [{args: [migrate]}]}\napp: {autoscaling: {}}\nhosts: [a.example]")
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        assert list(sanity.check(result.site, result.resources, result.resources[:2])) == []
        best = min(best, time.perf_counter() - start)
    assert best < 0.001


SECRETS: dict[str, tuple[str, set[str]]] = {
    "pull secrets of a pod and an account": (
        added(
            "apiVersion: v1, kind: ServiceAccount, metadata: {name: mine}, imagePullSecrets: [{}, {name: registry}]",
            "apiVersion: batch/v1, kind: Job, metadata: {name: mine}, "
            "spec: {template: {spec: {imagePullSecrets: [{}, {name: other}], containers: [{name: a, image: a}]}}}",
        ),
        {"registry", "other"},
    ),
    "a text in a ConfigMap": (
        added("apiVersion: v1, kind: ConfigMap, metadata: {name: mine}, data: {secretName: none}"),
        set(),
    ),
    "what a Certificate makes": (
        added("apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: mine}, spec: {secretName: made}"),
        set(),
    ),
    "a certificate that is there": ("hosts: [a.example]\ningress: {tls: {secretName: there}}", {"there"}),
    "a projected volume": (
        "volumes: [{name: a, projected: {sources: [{secret: {name: one}}, {secret: {name: two, optional: true}}]}}]",
        {"one"},
    ),
}


@pytest.mark.parametrize("case", SECRETS)
def test_secrets_that_must_exist(case: str) -> None:
    """Those that pods, the way in and ServiceAccounts read."""
    spec, wanted = SECRETS[case]
    result = build(spec)
    assert {each.name for each in required(result.site, result.objects) if not each.made_by} == wanted


def test_a_secret_that_is_brought_is_not_made() -> None:
    """Neither by the operator."""
    result = build(added("apiVersion: v1, kind: Secret, metadata: {name: redis}, stringData: {password: a}"))
    made = {each.name for each in required(result.site, result.objects)}
    assert made == {"shop-django", "shop-postgres"}


def test_a_namespace_that_is_none() -> None:
    """Of the resource by a rule, of the command line when it is read."""
    body: dict[str, Any] = {**parse(HEAD, "cr.yaml")[0].value, "metadata": {"name": "shop"}}
    assert read(body, "web").namespace == "web"
    with pytest.raises(RenderError, match="Web is not the name of a namespace"):
        read(body, "Web")
