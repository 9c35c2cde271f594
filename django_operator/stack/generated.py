"""The Secrets that a stack needs and nobody else makes, with new values. Knows nothing of when they are made.

They are made once and never again: whoever asks keeps what it got.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from django_operator.stack import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body
    from django_operator.stack.secrets import SecretNeed
    from django_operator.stack.site import Site

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
"""Safe in URLs, shells and YAML."""
LENGTHS = {"secret-key": 64, "password": 32}
"""Characters by key: 381 and 190 bits. Django asks for 50 characters at least (check security.W009)."""


def secret(site: Site, need: SecretNeed, choose: Callable[[str], str]) -> Body:
    """Return one Secret, its values in `data`, made of letters that `choose` takes from LETTERS (`secrets.choice`).

    `data`, not `stringData`: the server turns the latter into the former but keeps on saying that its writer owns it,
    so that under server-side apply a key taken out again stays (https://github.com/kubernetes/kubernetes/issues/108008).
    """
    values = {key: "".join(choose(LETTERS) for _ in range(LENGTHS[key])) for key in need.keys}
    labels = {
        "app.kubernetes.io/name": "django",
        names.INSTANCE: site.name,
        names.PART_OF: site.name,
        names.MANAGED_BY: "django-operator",
    }
    namespace = {"namespace": site.namespace} if site.namespace else {}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": need.name, **namespace, "labels": labels},
        "type": "Opaque",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


def readable(body: Body) -> Body:
    """Return a Secret of texts with them in `stringData`, for people; to be created, not applied."""
    texts = {key: base64.b64decode(value).decode() for key, value in body["data"].items()}
    return {**{field: value for field, value in body.items() if field != "data"}, "stringData": texts}
