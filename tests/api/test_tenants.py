"""A namespace's user and the operator's greater rights: kinds by impersonation, and what overlays must not reach.

The user has the cluster's own role `edit` in one namespace, which the shipped roles add Djangos to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.process import installed, is_ready, until, user_of
from tests.api.site import API_VERSION, SMALL, Stack
from tests.cluster.client import ApiError
from tests.cluster.custom_kinds import definition, install
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.process import Process
    from tests.cluster.client import Client, Object
    from tests.cluster.plane import ControlPlane

RBAC = "rbac.authorization.k8s.io"
STORE = ("external-secrets.io/v1", "ClusterSecretStore", "clustersecretstores", "Cluster")


def external(name: str = "mail", store: str = "vault") -> Object:
    """Return an object of a kind that the operator has no rights to."""
    meta = {"name": name}
    return {"apiVersion": STORE[0], "kind": "ExternalSecret", "metadata": meta, "spec": {"store": store}}


def grant(admin: Client, namespace: str, name: str, subject: Object, rules: list[Object]) -> None:
    """Give rights within a namespace."""
    meta = {"namespace": namespace, "name": name}
    admin.apply({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": meta, "rules": rules})
    reference = {"apiGroup": RBAC, "kind": "Role", "name": name}
    binding = {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": meta}
    admin.apply({**binding, "roleRef": reference, "subjects": [subject]})


def account(namespace: str, name: str) -> Object:
    """Return a ServiceAccount as the subject of a binding."""
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def rule(group: str, resource: str, *verbs: str, **more: Any) -> Object:
    """Return a rule."""
    return {"apiGroups": [group], "resources": [resource], "verbs": [*verbs], **more}


def lend(plane: ControlPlane, namespace: str, name: str, *rules: Object) -> None:
    """Make a ServiceAccount with rights, and let the operator of the namespace act as it."""
    admin = plane.client()
    plane.service_account(namespace, name)
    grant(admin, namespace, name, account(namespace, name), [*rules])
    impersonate = rule("", "serviceaccounts", "impersonate", resourceNames=[name])
    grant(admin, namespace, f"as-{name}", account(namespace, "django-operator"), [impersonate])


def test_foreign_kinds(plane: ControlPlane, client: Client, namespace: str, start: Callable[..., Process]) -> None:
    """They arrive with the rights of the named ServiceAccount, are repaired and pruned, also after the fact."""
    install(client, [definition(*STORE)])
    config, options = installed(plane, client, namespace), f"--namespace={namespace}"
    operator = start(config, "one", options)
    can = rule("external-secrets.io", "externalsecrets", "create", "delete", "get", "list", "patch", "watch")
    lend(plane, namespace, "deployer", can)
    site = Stack(plane, namespace)
    path = client.path(STORE[0], "ExternalSecret", namespace, "blog-{}")
    asked = {**SMALL, "overlayServiceAccountName": "deployer"}
    with Workloads(plane.client(agent="workloads"), namespace):
        site.apply({**asked, "overlays": [{"resources": [external("mail"), external("pay")]}]})
        until(lambda: is_ready(site.resource()), told=lambda: str(site.conditions()))
        client.patch(path.format("mail"), {"spec": {"store": "theirs"}}, fieldManager="somebody")
        until(lambda: client.get(path.format("mail"))["spec"]["store"] == "vault")
        client.delete(path.format("mail"))
        until(lambda: client.find(path.format("mail")))
        site.apply({**asked, "overlays": [{"resources": [external("mail")]}]})
        until(lambda: client.find(path.format("pay")) is None)
        assert operator.end() == 0
        site.apply(asked)
        operator = start(config, "two", options)
        until(lambda: client.find(path.format("mail")) is None)
        until(lambda: is_ready(site.resource()), told=lambda: str(site.conditions()))
    written = [each for each in plane.audit.since(0, user=user_of(namespace)) if each.resource == "externalsecrets"]
    assert {each.impersonated for each in written} == {user_of(namespace, "deployer")}
    assert {each.verb for each in written} >= {"patch", "delete", "list", "watch"}
    assert operator.end() == 0


CASES: dict[str, tuple[Object, str]] = {
    "an account without rights": ({"overlays": [{"resources": [external()]}]}, "cannot patch resource"),
    "a kind without namespaces": (
        {"overlays": [{"resources": [{"apiVersion": STORE[0], "kind": STORE[1], "metadata": {"name": "s"}}]}]},
        "is not namespaced",
    ),
    "a kind that is not there": (
        {
            "overlays": [
                {"resources": [{"apiVersion": "none.example/v1", "kind": "Nothing", "metadata": {"name": "n"}}]}
            ]
        },
        "no kind Nothing",
    ),
}


def refused(site: Stack, text: str) -> None:
    """Wait until a resource says that it is not ready, in certain words."""

    def says() -> bool:
        found = site.conditions().get("Ready")
        return bool(found and text in found["message"])

    until(says, told=lambda: str(site.conditions()))


def test_foreign_kinds_refused(
    plane: ControlPlane, client: Client, namespace: str, start: Callable[..., Process]
) -> None:
    """Each is told in the condition, in words that say what to do about it; nothing else changes."""
    install(client, [definition(*STORE)])
    operator = start(installed(plane, client, namespace), "one", f"--namespace={namespace}")
    lend(plane, namespace, "powerless", rule("", "pods", "get"))
    sites = {name: Stack(plane, namespace, f"site-{number}") for number, name in enumerate(CASES)}
    for name, site in sites.items():
        site.apply({**SMALL, "overlayServiceAccountName": "powerless", **CASES[name][0]})
    for name, site in sites.items():
        refused(site, CASES[name][1])
        assert site.ready()[0] == "False"
        assert site.names("Deployment") == []
    assert operator.end() == 0


# --- What a user of the namespace gains: nothing


def overlay(*resources: Object) -> Object:
    """Return what of a spec adds objects."""
    return {"overlays": [{"resources": [*resources]}]}


def other(api_version: str, kind: str, name: str = "x", **rest: Any) -> Object:
    """Return an object."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **rest.pop("meta", {})}, **rest}


ROLE: Object = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
TOKEN = {"annotations": {"kubernetes.io/service-account.name": "django-operator"}}
REACHES: dict[str, Object] = {
    "a Secret into another namespace": overlay(other("v1", "Secret", meta={"namespace": "kube-system"})),
    "a Role": overlay(other(f"{RBAC}/v1", "Role", rules=[])),
    "a RoleBinding": overlay(other(f"{RBAC}/v1", "RoleBinding", roleRef=ROLE, subjects=[])),
    "a ClusterRoleBinding": overlay(other(f"{RBAC}/v1", "ClusterRoleBinding", roleRef=ROLE, subjects=[])),
    "a Namespace": overlay(other("v1", "Namespace")),
    "a PersistentVolume": overlay(other("v1", "PersistentVolume")),
    "a webhook": overlay(other("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration")),
    "a CRD": overlay(other("apiextensions.k8s.io/v1", "CustomResourceDefinition", "x.y")),
    "a Pod": overlay(other("v1", "Pod", spec={"containers": [{"name": "a", "image": "b"}]})),
    "a ServiceAccount's token": overlay(other("v1", "Secret", type="kubernetes.io/service-account-token", meta=TOKEN)),
    "a token by generator": {
        "overlays": [
            {
                "secretGenerator": [
                    {"name": "x", "type": "kubernetes.io/service-account-token", "options": TOKEN, "literals": ["a=b"]}
                ]
            }
        ]
    },
    "another Django": overlay(other(API_VERSION, "Django", spec=SMALL)),
    "the owner of an object": {
        "overlays": [
            {"patches": [{"patch": {"kind": "Deployment", "metadata": {"name": "app", "ownerReferences": []}}}]}
        ]
    },
    "the namespace of an object": {
        "overlays": [
            {"patches": [{"patch": {"kind": "Deployment", "metadata": {"name": "app", "namespace": "kube-system"}}}]}
        ]
    },
}
"""What an overlay asks for; each is refused whole."""
UNWRITABLE: dict[str, Object] = {
    "a ConfigMap of another namespace": {"overlays": [{"configMapRef": {"name": "x", "namespace": "kube-system"}}]},
    "an account of another namespace": {"overlayServiceAccountName": "kube-system:x"},
    "a Secret of another namespace": {"envFrom": [{"secretRef": {"name": "x", "namespace": "kube-system"}}]},
}
"""What the CRD has no words for."""


@pytest.fixture
def user(plane: ControlPlane, client: Client, namespace: str) -> Client:
    """A user with the cluster's role `edit` in the namespace, and with none of her own elsewhere."""
    for body in _aggregated():
        client.apply(body)
    meta = {"namespace": namespace, "name": "alice"}
    client.apply(
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {**ROLE, "name": "edit"},
            "subjects": [{"kind": "User", "apiGroup": RBAC, "name": "alice"}],
        }
    )

    def has(found: Object) -> bool:
        return any("djangos" in each.get("resources", ()) for each in found.get("rules") or ())

    client.wait(f"/apis/{RBAC}/v1/clusterroles/edit", has)
    return plane.client(plane.tokens["alice"], agent="alice")


def _aggregated() -> list[Any]:
    from django_operator.stack.install import manifests  # noqa: PLC0415 - one use

    return [each for each in manifests("image") if each["kind"] == "ClusterRole" and "aggregat" in str(each)]


def test_a_user_gains_nothing(
    plane: ControlPlane, client: Client, namespace: str, user: Client, start: Callable[..., Process]
) -> None:
    """She may have Djangos; what their overlays reach for beyond her namespace or her rights is refused, by name."""
    operator = start(installed(plane, client, namespace), "one", f"--namespace={namespace}")
    sites = {name: f"reach-{number}" for number, name in enumerate(REACHES)}
    for name, called in sites.items():
        user.create(django(namespace, called, REACHES[name]))
    mark = {}
    for name, called in sites.items():
        path = user.path(API_VERSION, "Django", namespace, called)
        found = user.wait(path, lambda body: _ready_of(body) is not None, 60)
        mark[name] = (_ready_of(found)["status"], _ready_of(found)["reason"])
    assert mark == dict.fromkeys(REACHES, ("False", "InvalidSpec"))
    assert client.items(client.path("apps/v1", "Deployment", namespace)) == []
    sent = plane.audit.since(0, user=user_of(namespace))
    assert {each.namespace for each in sent if each.resource} == {namespace}
    for name, spec in UNWRITABLE.items():
        with pytest.raises(ApiError) as refused:
            user.send(
                "POST",
                user.path(API_VERSION, "Django", namespace),
                django(namespace, "no", spec),
                fieldValidation="Strict",
            )
        assert refused.value.code in (400, 422), name
    with pytest.raises(ApiError) as forbidden:
        user.create(django("default", "no", {}))
    assert forbidden.value.code == 403
    assert operator.end() == 0


def django(namespace: str, name: str, spec: Object) -> Object:
    """Return a resource."""
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": API_VERSION, "kind": "Django", "metadata": meta, "spec": {**SMALL, **spec}}


def _ready_of(body: Any) -> Any:
    found = (body or {}).get("status", {}).get("conditions") or ()
    return next((each for each in found if each["type"] == "Ready"), None)
