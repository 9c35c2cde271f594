"""What overlays of a user may do and what not, beyond the cases `fault-*`: every kind, every way in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.engine.errors import RenderError
from django_operator.engine.explain import Recorder
from django_operator.engine.schema import builtin
from django_operator.engine.yamlio import Document, parse
from django_operator.stack.confine import ALLOWED
from django_operator.stack.library import library
from django_operator.stack.render import Rendered, render
from django_operator.stack.site import read

if TYPE_CHECKING:
    from pathlib import Path

    from django_operator.engine.explain import Field
    from django_operator.engine.resources import Resource

VERSIONS = {
    "": "v1",
    "apps": "apps/v1",
    "autoscaling": "autoscaling/v2",
    "batch": "batch/v1",
    "cert-manager.io": "cert-manager.io/v1",
    "gateway.networking.k8s.io": "gateway.networking.k8s.io/v1",
    "keda.sh": "keda.sh/v1alpha1",
    "monitoring.coreos.com": "monitoring.coreos.com/v1",
    "networking.k8s.io": "networking.k8s.io/v1",
    "policy": "policy/v1",
    "postgresql.cnpg.io": "postgresql.cnpg.io/v1",
}
SPEC: dict[str, Any] = {
    "image": "shop:1",
    "project": "shop",
    "workers": {},
    "redis": {"enabled": False},
    "database": {"enabled": False},
}


def site(*overlays: dict[str, Any], source: str = "cr.yaml") -> Document:
    """Return a small resource in the namespace `web`, as it stands in a file."""
    body = {
        "apiVersion": "django-operator.io/v1alpha1",
        "kind": "Django",
        "metadata": {"name": "shop", "namespace": "web"},
        "spec": {**SPEC, "overlays": list(overlays)},
    }
    return parse(json.dumps(body), source)[0]


def build(document: Document, **more: Any) -> Rendered:
    """Render a resource."""
    return render(read(document), library(), **more)


def problems(document: Document, **more: Any) -> list[str]:
    """Return what is wrong with a resource."""
    with pytest.raises(RenderError) as found:
        build(document, **more)
    return [fault.problem for fault in found.value.faults]


TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": []}}
MINIMAL: dict[str, dict[str, Any]] = {
    "CronJob": {"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}}},
    "Deployment": {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}},
    "HorizontalPodAutoscaler": {"spec": {"maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "mine"}}},
    "Job": {"spec": {"template": {"spec": {"containers": []}}}},
    "StatefulSet": {"spec": {"selector": {"matchLabels": {"a": "b"}}, "serviceName": "a", "template": TEMPLATE}},
}


@pytest.mark.parametrize(("group", "kind"), sorted(ALLOWED))
def test_an_allowed_kind_may_be_added(group: str, kind: str) -> None:
    """Every kind of the list gets the site's name and namespace; those that Kubernetes knows are namespaced."""
    version = VERSIONS[group]
    assert builtin().namespaced(version, kind) is not False
    added = {"apiVersion": version, "kind": kind, "metadata": {"name": "mine"}, **MINIMAL.get(kind, {})}
    objects = build(site({"resources": [added]})).objects
    (body,) = [each for each in objects if each["metadata"]["name"] == "shop-mine"]
    assert (body["kind"], body["metadata"]["namespace"]) == (kind, "web")


KNOWN = sorted(
    (version, kind)
    for version in ("v1", "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1", "storage.k8s.io/v1")
    for kind in ("Namespace", "Node", "Pod", "ResourceQuota", "Role", "RoleBinding", "ClusterRole", "StorageClass")
    if builtin().namespaced(version, kind) is not None
)


@pytest.mark.parametrize(("version", "kind"), [*KNOWN, ("apps/v1", "DaemonSet"), ("example.com/v1", "Deployment")])
def test_any_other_kind_may_not(version: str, kind: str) -> None:
    """Not even one of the same name in another group."""
    added = {"apiVersion": version, "kind": kind, "metadata": {"name": "mine"}}
    assert any(kind in problem for problem in problems(site({"resources": [added]})))


@pytest.mark.parametrize("source", ["bases/app/site.yaml", "overlays/production/shop.yaml", "patches/shop.yaml"])
def test_a_file_in_a_folder_of_a_shipped_name_is_no_shipped_file(source: str) -> None:
    """Repositories call folders so; what stands there is the user's all the same."""
    patch = {"target": {"kind": "Service"}, "patch": [{"op": "replace", "path": "/spec/selector", "value": {"a": "b"}}]}
    assert problems(site({"patches": [patch]}, source=source)) == [
        "an overlay may not change the selector of Service/app"
    ]


def test_a_local_overlay_is_confined(tmp_path: Path) -> None:
    """A folder given with --overlay as well, whatever it is called."""
    folder = tmp_path / "overlays"
    folder.mkdir()
    (folder / "role.yaml").write_text(
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: all}, rules: []}"
    )
    (folder / "kustomization.yaml").write_text("resources: [role.yaml]\nnamespace: other\n")
    found = problems(site(), local=[str(folder)])
    assert "an overlay may not add a Role (rbac.authorization.k8s.io/v1)" in found
    assert any("into ServiceAccount/other/django" in problem for problem in found)


@pytest.mark.parametrize(
    "kustomization",
    [
        "namePrefix: my-",
        "nameSuffix: -my",
        "namespace: other",
        "commonLabels: {app.kubernetes.io/instance: other}",
        "labels: [{pairs: {a: b}, includeSelectors: true}]",
        "patches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /spec/selector}]'}]",
        "patches: [{target: {kind: Service}, patch: '[{op: replace, path: /metadata/name, value: other}]'}]",
        """
        replacements:
        - source: {kind: Service, name: app, fieldPath: metadata.name}
          targets:
          - select: {kind: Deployment}
            fieldPaths: [spec.selector.matchLabels.app]
            options: {create: true}
        """,
        """
        transformers:
        - |-
          {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: a}, prefix: my-,
          fieldSpecs: [{path: metadata/name}]}
        """,
        """
        generators:
        - |-
          {apiVersion: builtin, kind: SecretGenerator, metadata: {name: token}, literals: [a=b],
          type: kubernetes.io/service-account-token}
        """,
        "secretGenerator: [{name: token, type: kubernetes.io/service-account-token}]",
    ],
)
def test_no_field_of_a_kustomization_is_a_way_round(kustomization: str) -> None:
    """What a ConfigMap holds may use every field, and every one is watched."""
    data = {"kustomization.yaml": kustomization}
    held = Document({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}, "data": data}, "mine.yaml")
    found = problems(site({"configMapRef": {"name": "mine"}}), references={"mine": held})
    assert any(problem.startswith("an overlay may not") for problem in found), found


def test_one_fault_stands_for_all_that_one_line_does() -> None:
    """A line that breaks ten objects is one fault; two lines are two."""
    overlays = [{"labels": [{"pairs": {key: "b"}, "includeSelectors": True}]} for key in ("a", "c")]
    assert len(problems(site(*overlays))) == 2


def test_shipped_layers_may_do_what_they_want() -> None:
    """Built-in overlays and patches change what no user may; the user's own patch beside them is watched still."""
    document = site({"builtin": "network-policy"}, {"builtin": "monitoring"})
    kinds = {body["kind"] for body in build(document).objects}
    assert {"NetworkPolicy", "PrometheusRule", "ServiceMonitor"} <= kinds


def test_an_object_of_ones_own_may_be_changed_and_taken_away() -> None:
    """What one overlay brings, and what the site has, a later one may drop."""
    added = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}, "data": {"a": "1"}}
    delete = {"$patch": "delete", "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}
    budget = {"$patch": "delete", "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "app"}}
    objects = build(site({"resources": [added]}, {"patches": [{"patch": delete}, {"patch": budget}]})).objects
    assert {body["kind"] for body in objects} == {"ServiceAccount", "ConfigMap", "Deployment", "Service"}


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ("namePrefix: [{path: metadata/namespace}]", "has left the namespace for shop-"),
        ("nameReference: [{kind: ConfigMap, fieldSpecs: [{path: metadata/namespace}]}]", "has left the namespace for"),
        (
            "namePrefix: [{path: spec/selector/matchLabels/app.kubernetes.io\\/component, kind: Deployment}]",
            "the selector of Deployment/app wants app.kubernetes.io/component: shop-app",
        ),
        ("commonLabels: [{path: metadata/labels, create: true}]", ""),
    ],
)
def test_tables_of_an_overlay_reach_no_identity(configuration: str, problem: str) -> None:
    """`configurations` say which fields hold names, and the outermost layer goes by them: the result is looked at."""
    data = {
        "kustomization.yaml": "configurations: [tables.yaml]\nconfigMapGenerator: [{name: web, literals: [a=b]}]",
        "tables.yaml": configuration,
    }
    held = Document({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}, "data": data}, "mine.yaml")
    document, references = site({"configMapRef": {"name": "mine"}}), {"mine": held}
    if problem:
        assert any(problem in found for found in problems(document, references=references))
    else:
        assert build(document, references=references).objects


def test_ones_own_objects_may_be_renamed_below(tmp_path: Path) -> None:
    """A kustomization inside an overlay may prefix what it brings, and may spell out the resource's own namespace."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kustomization.yaml").write_text(
        "namePrefix: sub-\nresources: [service.yaml]\nconfigMapGenerator: [{name: mine, literals: [a=b]}]\n"
    )
    (tmp_path / "sub" / "service.yaml").write_text(
        "{apiVersion: v1, kind: Service, metadata: {name: external}, spec: {ports: [{port: 80}]}}"
    )
    (tmp_path / "kustomization.yaml").write_text("resources: [sub]\nnamespace: web\n")
    objects = {(body["kind"], body["metadata"]["name"]): body for body in build(site(), local=[str(tmp_path)]).objects}
    assert any(name.startswith("shop-sub-mine-") for _, name in objects)
    assert "selector" not in objects["Service", "shop-sub-external"]["spec"]


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-"}}, "ConfigMap without a name"),
        (
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "beat"}},
            "an overlay may not add a Service called",
        ),
        (
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": "mine"},
                "spec": {"template": {"metadata": {"labels": {"app.kubernetes.io/component": "app"}}, "spec": {}}},
            },
            "pods of Job/mine have the label app.kubernetes.io/component: app",
        ),
    ],
)
def test_what_would_get_into_the_stacks_way(added: dict[str, Any], problem: str) -> None:
    """Objects that cannot be applied again, or whose pods the stack's selectors would take for its own."""
    assert any(found.startswith(problem) for found in problems(site({"resources": [added]})))


def test_all_faults_of_all_overlays_at_once() -> None:
    """A patch that fits nothing hides neither the next one nor what an overlay may not do."""
    patches = [{"patch": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}} for name in ("a", "b")]
    rename = {
        "target": {"kind": "Service"},
        "patch": [{"op": "replace", "path": "/spec/selector", "value": {"a": "b"}}],
    }
    found = problems(site({"patches": [*patches, rename]}, {"replicas": [{"name": "nothing", "count": 1}]}))
    assert len(found) == 4, found


def test_an_object_is_searched_once_for_all_its_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wrote the fields is asked once an object: thousands of unknown fields must not take minutes to be told."""
    asked: list[Resource] = []
    fields = Recorder.fields

    def ask(recorder: Recorder, resource: Resource) -> list[Field]:
        asked.append(resource)
        return fields(recorder, resource)

    monkeypatch.setattr(Recorder, "fields", ask)
    spec = {f"unknown{number}": number for number in range(2_000)}
    patch = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"}, "spec": spec}
    assert len(problems(site({"patches": [{"patch": patch}]}))) == 200
    assert len(asked) == 1
