"""Small resources and objects for the tests of apply/."""

from __future__ import annotations

from typing import Any

from django_operator.apply.bind import Bound, bind
from django_operator.apply.facts import Facts
from django_operator.apply.objects import Live, live
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import Site, read

Object = dict[str, Any]

UID = "0000-site"
NAMESPACE = "web"


def resource(**spec: Any) -> Object:
    """Return a Django resource."""
    return {
        "apiVersion": "django-operator.io/v1alpha1",
        "kind": "Django",
        "metadata": {"name": "shop", "namespace": NAMESPACE, "uid": UID, "generation": 1},
        "spec": {"image": "example.com/shop:1", "project": "shop", **spec},
    }


def site(**spec: Any) -> Site:
    """Return the site of a resource."""
    return read(resource(**spec))


def objects(of: Site) -> list[Object]:
    """Return what a site renders to."""
    return render(of, library()).objects


def bound(of: Site, facts: Facts | None = None) -> dict[str, Bound]:
    """Return a site's objects as they are applied, by `Kind/name`."""
    return {str(each.key): each for each in bind(objects(of), of, facts or Facts(UID))}


def living(body: Object, *, uid: str = "1", version: int = 1, generation: int = 1, **status: Any) -> Live:
    """Return an object as it would live, with a status."""
    meta = {**body["metadata"], "uid": uid, "resourceVersion": str(version), "generation": generation}
    return live({**body, "metadata": meta, "status": status} if status else {**body, "metadata": meta})


def plain(kind: str, name: str = "shop-x", api: str = "apps/v1", **more: Any) -> Object:
    """Return an object of a kind with the labels of the stack."""
    labels = {"app.kubernetes.io/instance": "shop", "app.kubernetes.io/managed-by": "django-operator"}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
        **more,
    }
