"""Settings from arguments and environment."""

from __future__ import annotations

import re
from typing import Any

import pytest

from django_operator.operator.settings import Settings, read


def test_defaults() -> None:
    """Nothing need be given; the Lease is held in the pod's namespace by a name of its own for each process."""
    pod = {"POD_NAME": "op-1", "POD_NAMESPACE": "ops"}
    one, two = read({}, pod), read({}, pod)
    assert (one.namespaces, one.selector, one.workers, one.port) == ((), "", 8, 8080)
    assert (one.lease_namespace, one.lease_name) == ("ops", "django-operator")
    assert one.identity.startswith("op-1_")
    assert one.identity != two.identity
    assert read({}, {}).lease_namespace == ""


def test_the_command_line_goes_before_the_environment() -> None:
    """Each option has a variable."""
    environment = {
        "DJANGO_OPERATOR_NAMESPACE": "a, b,a",
        "DJANGO_OPERATOR_WORKERS": "3",
        "DJANGO_OPERATOR_RESYNC": "30.5",
        "DJANGO_OPERATOR_LEASE_NAMESPACE": "there",
        "DJANGO_OPERATOR_LOG_LEVEL": "",
        "POD_NAMESPACE": "ops",
    }
    found = read({"workers": 4, "namespaces": [], "port": 0}, environment)
    assert (found.namespaces, found.workers, found.resync, found.port) == (("a", "b"), 4, 30.5, 0)
    assert (found.lease_namespace, found.log_level) == ("there", "info")
    assert read({"namespaces": ["c"]}, environment).namespaces == ("c",)


@pytest.mark.parametrize(
    "selector",
    ["a", "!a", "a=b", "a==b", "a!=b", "x.io/a in (b, c)", "a notin (b)", "a=,b", "team=shop,!legacy", "a = b , c"],
)
def test_selectors(selector: str) -> None:
    """What the API takes."""
    assert Settings(selector=selector).selector == selector


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"selector": "a=b=c"}, "--selector: 'a=b=c' is not a label selector"),
        ({"selector": "a in b"}, "--selector: 'a in b' is not a label selector"),
        ({"selector": "a&limit=1"}, "--selector: 'a&limit=1' is not a label selector"),
        ({"namespaces": ("a", "B")}, "--namespace: 'B' is not the name of a namespace"),
        ({"namespaces": ("*",)}, "--namespace: '*' is not the name of a namespace"),
        ({"lease_name": ""}, "--lease-name: '' is not the name of a Lease"),
        ({"lease_namespace": "a/b"}, "--lease-namespace: 'a/b' is not the name of a namespace"),
        ({"workers": 0}, "--workers: 0 is not within 1 to 256"),
        ({"port": 70000}, "--port: 70000 is not within 0 to 65535"),
        ({"resync": float("nan")}, "--resync: nan is not within 10 to 86400"),
        ({"log_level": "loud"}, "--log-level: 'loud' is none of debug, info, warning, error"),
        ({"log_format": "xml"}, "--log-format: 'xml' is none of json, text"),
        ({"workers": -1, "port": -1}, "--workers: -1 is not within 1 to 256\n--port: -1 is not within 0 to 65535"),
    ],
)
def test_faults(given: dict[str, Any], fault: str) -> None:
    """All at once, in the words of the command line."""
    with pytest.raises(ValueError, match=f"^{re.escape(fault)}$"):
        Settings(**given)


def test_numbers_of_the_environment() -> None:
    """A fault names the variable."""
    with pytest.raises(ValueError, match="DJANGO_OPERATOR_WORKERS: 'many' is not a number"):
        read({}, {"DJANGO_OPERATOR_WORKERS": "many"})
