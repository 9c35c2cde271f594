"""A ServiceAccount that overlays act as, on a real API server: taken away, without rights, and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.process import installed
from tests.api.site import SMALL, Stack, image
from tests.api.test_releases import V2, stuck
from tests.api.test_tenants import RBAC, STORE, external, lend, rule
from tests.cluster.custom_kinds import definition, install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cluster.client import Client, Object
    from tests.cluster.plane import ControlPlane

CAN = rule("external-secrets.io", "externalsecrets", "create", "delete", "get", "list", "patch", "watch")
WITH: Object = {**SMALL, "overlayServiceAccountName": "deployer", "overlays": [{"resources": [external()]}]}


@pytest.fixture
def lent(plane: ControlPlane, client: Client, namespace: str) -> Iterator[Stack]:
    """A site with an object that takes the rights of the ServiceAccount `deployer`; the operator has its own."""
    install(client, [definition(*STORE)])
    config = installed(plane, client, namespace)
    lend(plane, namespace, "deployer", CAN)
    with Stack(plane, namespace, kubeconfig=config) as stack:
        stack.apply(WITH)
        stack.converge()
        assert there(stack)
        assert stack.ready() == ("True", "Ready")
        yield stack


def there(stack: Stack) -> Object | None:
    """Return the object."""
    found: Object | None = stack.client.find(path(stack))
    return found


def path(stack: Stack) -> str:
    """Return the object's path."""
    return stack.client.path(STORE[0], "ExternalSecret", stack.namespace, "blog-mail")


def binding(stack: Stack, name: str) -> str:
    """Return the path of a RoleBinding of `lend`: of the account's rights, or of the operator's to act as it."""
    return f"/apis/{RBAC}/v1/namespaces/{stack.namespace}/rolebindings/{name}"


WAYS = {"its rights": ("deployer", "cannot patch resource"), "the right to act as it": ("as-deployer", "impersonate")}


@pytest.mark.parametrize("way", WAYS)
def test_rights_taken_away(lent: Stack, way: str) -> None:
    """What is there stays; a change is refused as a whole, by name; given back, all is done."""
    name, says = WAYS[way]
    lent.client.delete(binding(lent, name))
    lent.restart()
    # at rest nothing is asked, and nothing is wrong
    app, uid = lent.get("Deployment", "app"), there(lent)["metadata"]["uid"]  # type: ignore[index] # it is there
    lent.change(image=V2, overlays=[{"resources": [external(store="other")]}])
    lent.until(stuck)
    assert lent.ready() == ("False", "Rejected")
    message = lent.conditions()["Ready"]["message"]
    assert "ExternalSecret/blog-mail: " in message
    assert says in message
    assert "deployer" in message
    assert lent.conditions()["OverlaysApplied"]["status"] == "False"
    found = there(lent)
    assert found is not None
    assert (found["metadata"]["uid"], found["spec"]["store"]) == (uid, "vault")
    assert lent.get("Deployment", "app")["metadata"]["generation"] == app["metadata"]["generation"]
    # what is the operator's own is repaired all the same
    lent.delete("Service", "app")
    lent.until(stuck)
    assert lent.find("Service", "app")
    lend(lent.cluster, lent.namespace, "deployer", CAN)  # type: ignore[arg-type] # it is one of ours
    lent.converge()
    found = there(lent)
    assert found is not None
    assert found["spec"]["store"] == "other"
    assert image(lent.get("Deployment", "app")) == V2
    assert lent.ready() == ("True", "Ready")
    assert lent.requests() == []


@pytest.mark.parametrize("way", WAYS)
def test_pruned_without_rights(lent: Stack, way: str) -> None:
    """An object that is part of the stack no longer stays noted until it can be removed."""
    lent.client.delete(binding(lent, WAYS[way][0]))
    lent.change(overlays=None)
    lent.until(stuck)
    assert lent.ready() == ("False", "PruneFailed")
    assert "ExternalSecret/blog-mail" in lent.conditions()["Ready"]["message"]
    lent.restart()
    lent.until(stuck)
    assert lent.ready() == ("False", "PruneFailed")
    assert there(lent)
    lend(lent.cluster, lent.namespace, "deployer", CAN)  # type: ignore[arg-type] # as above
    lent.converge()
    assert there(lent) is None
    assert lent.ready() == ("True", "Ready")


def test_the_account_itself(lent: Stack) -> None:
    """Rights are a name's: while its bindings are there it works without the object, as `kubectl --as` does."""
    lent.client.delete(f"/api/v1/namespaces/{lent.namespace}/serviceaccounts/deployer")
    lent.restart()
    lent.change(overlays=[{"resources": [external(store="other")]}])
    lent.converge()
    found = there(lent)
    assert found is not None
    assert found["spec"]["store"] == "other"
    assert lent.ready() == ("True", "Ready")


def test_the_name_taken_away(lent: Stack) -> None:
    """Its objects are named, and stay: the operator has no rights to them. Named again, the account removes them."""
    lent.change(overlayServiceAccountName=None, overlays=None)
    for _ in range(2):
        lent.until(stuck)
        assert lent.ready() == ("False", "PruneFailed")
        assert "ExternalSecret/blog-mail" in lent.conditions()["Ready"]["message"]
        assert "overlayServiceAccountName" in lent.conditions()["Ready"]["message"]
        assert "Stalled" not in lent.conditions()
        assert lent.conditions()["Available"]["status"] == "True"
        assert there(lent)
        lent.restart()
    lent.change(overlayServiceAccountName="deployer")
    lent.converge()
    assert there(lent) is None
    assert lent.ready() == ("True", "Ready")
    lent.change(overlayServiceAccountName=None)
    lent.converge()
    assert lent.ready() == ("True", "Ready")
    assert not [each for each in lent.resource()["status"]["inventory"] if each["kind"] == "ExternalSecret"]


def test_the_name_taken_away_from_what_stays(lent: Stack) -> None:
    """While overlays still ask for such an object, it is the operator that may not make it."""
    lent.change(overlayServiceAccountName=None)
    lent.until(stuck)
    assert lent.ready()[0] == "False"
    assert "ExternalSecret" in lent.conditions()["Ready"]["message"]
    assert "overlayServiceAccountName" in lent.conditions()["Ready"]["message"]
    assert there(lent)
    lent.change(overlayServiceAccountName="deployer")
    lent.converge()
    assert lent.ready() == ("True", "Ready")
