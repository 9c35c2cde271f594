"""A whole site comes up on a real API server, and at rest nothing is asked or written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.site import Stack
from tests.cases import Case

if TYPE_CHECKING:
    from tests.cluster.client import Object

SECRETS = ("registry-login", "shop-admin", "shop-mail", "shop-oidc", "shop-payment")
"""What sample.yaml wants to be there."""
KEYS = {"shop-admin": "password", "shop-mail": "url"}


def sample() -> Object:
    """Return the spec of sample.yaml."""
    body: Any = Case("sample").documents()[0].value
    spec: Object = body["spec"]
    return spec


@pytest.fixture
def shop(cluster: Any, namespace: str) -> Any:
    """sample.yaml in the test's namespace, with what it wants to be there."""
    with Stack(cluster, namespace, "shop") as found:
        for name in SECRETS:
            found.give("Secret", name, stringData={KEYS.get(name, "key"): "value"})
        found.apply(sample())
        yield found


def test_sample_converges(shop: Stack) -> None:
    """All of it is there and ready; then nothing is asked, and no resourceVersion changes."""
    shop.converge()
    assert shop.ready() == ("True", "Ready")
    before = shop.versions()
    assert len(before) > 30
    assert shop.requests() == []
    assert shop.requests() == []
    assert shop.versions() == before


def test_restart_writes_nothing(shop: Stack) -> None:
    """A new process looks at everything by dry run, and leaves it as it is."""
    shop.converge()
    before = shop.versions()
    shop.restart()
    sent = shop.requests()
    assert [str(each) for each in sent if each.is_write] == []
    assert shop.versions() == before
    assert shop.requests() == []
