"""The Secrets that are made once: what an API server stores of them, and what a person reads."""

from __future__ import annotations

import base64
import secrets

from django_operator.stack.generated import LETTERS, readable, secret
from django_operator.stack.secrets import generated
from django_operator.stack.site import read
from tests.cases import faults

SITE = read(
    {
        "apiVersion": "django-operator.io/v1alpha1",
        "kind": "Django",
        "metadata": {"name": "shop", "namespace": "web"},
        "spec": {"image": "registry.example.com/shop:1", "project": "shop"},
    }
)


def test_secret() -> None:
    """A valid Secret for each need, its values in `data` alone; no two alike."""
    bodies = [secret(SITE, need, secrets.choice) for need in generated(SITE)]
    assert [(body["metadata"]["name"], *body["data"]) for body in bodies] == [
        ("shop-django", "secret-key"),
        ("shop-redis", "password"),
        ("shop-postgres", "password"),
    ]
    values = [base64.b64decode(value).decode() for body in bodies for value in body["data"].values()]
    assert len(set(values)) == len(values)
    assert all(set(value) <= set(LETTERS) for value in values)
    for body in bodies:
        assert faults(body) == ()
        assert "stringData" not in body
        assert body["metadata"]["namespace"] == "web"
        assert body["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "django-operator"


def test_readable() -> None:
    """The same, with texts; the values come from nowhere but `choose`."""
    body = secret(SITE, generated(SITE)[1], lambda letters: letters[0])
    assert readable(body) == {
        **{field: value for field, value in body.items() if field != "data"},
        "stringData": {"password": "A" * 32},
    }
