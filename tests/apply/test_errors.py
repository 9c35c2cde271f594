"""What answers of an API server mean: as recorded from kube-apiserver 1.36, and as proxies write them."""

# ruff: noqa: E501 - the server's own lines

from __future__ import annotations

import json

import pytest

from django_operator.apply.errors import ApiError, Unreachable, of_response

TYPED = "failed to create typed patch object (default/a; apps/v1, Kind=Deployment): "


def answer(code: int, status: object, **headers: str) -> ApiError:
    """Return the error of a Status, or of text."""
    if isinstance(status, dict):
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, **status}
    content = status if isinstance(status, str) else json.dumps(status)
    return of_response(code, {key.replace("_", "-"): value for key, value in headers.items()}, content.encode())


NOT_FOUND = {
    "message": 'deployments.apps "zz" not found',
    "reason": "NotFound",
    "details": {"name": "zz", "group": "apps", "kind": "deployments"},
}
NO_KIND = {"message": "the server could not find the requested resource", "reason": "NotFound", "details": {}}
OWNED = {
    "message": 'Apply failed with 1 conflict: conflict with "m": .spec.replicas',
    "reason": "Conflict",
    "details": {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "m"', "field": ".spec.replicas"}]
    },
}
STALE = {
    "message": "the object has been modified; please apply your changes to the latest version",
    "reason": "Conflict",
    "details": {"name": "a", "kind": "deployments"},
}
SELECTOR = {
    "message": 'Deployment.apps "a" is invalid: spec.selector: Invalid value: {}: field is immutable',
    "reason": "Invalid",
    "details": {
        "kind": "Deployment",
        "causes": [
            {
                "reason": "FieldValueInvalid",
                "message": "Invalid value: {}: field is immutable",
                "field": "spec.selector",
            }
        ],
    },
}
STATEFUL = {
    "message": "StatefulSet.apps \"a\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template' are forbidden",
    "reason": "Invalid",
}


@pytest.mark.parametrize(
    ("code", "status", "reason", "is_so", "is_not"),
    [
        (404, NOT_FOUND, "NotFound", "not_found", "no_such_kind transient invalid"),
        (404, NO_KIND, "NoSuchKind", "not_found no_such_kind", "transient"),
        (404, "404 page not found\n", "NoSuchKind", "not_found no_such_kind", "transient"),
        (409, OWNED, "Conflict", "conflict fields_owned", "transient"),
        (409, STALE, "Conflict", "conflict transient", "fields_owned"),
        (422, SELECTOR, "Invalid", "invalid immutable", "transient conflict"),
        (422, STATEFUL, "Invalid", "invalid immutable", "transient"),
        (422, {"message": "replicas: Invalid value: -1", "reason": "Invalid"}, "Invalid", "invalid", "immutable"),
        (
            400,
            {"message": "the namespace does not match", "reason": "BadRequest"},
            "BadRequest",
            "invalid",
            "transient",
        ),
        (403, {"message": "exceeded quota", "reason": "Forbidden"}, "Forbidden", "forbidden", "transient invalid"),
        (410, {"message": "too old resource version", "reason": "Expired"}, "Expired", "gone", "transient"),
        (429, {"message": "slow down", "reason": "TooManyRequests"}, "TooManyRequests", "transient", "invalid"),
        (500, {"message": "etcdserver: leader changed", "reason": ""}, "", "transient", "invalid"),
        (500, {"message": f"{TYPED}.spec.foo: field not declared in schema"}, "Invalid", "invalid", "transient"),
        (503, "<html>upstream connect error</html>", "", "transient", "invalid"),
        (502, "", "", "transient", ""),
        (502, [1], "", "transient", ""),
    ],
)
def test_what_an_answer_is(code: int, status: object, reason: str, is_so: str, is_not: str) -> None:
    """Each property holds or does not."""
    error = answer(code, status)
    assert error.reason == reason
    assert [name for name in is_so.split() if not getattr(error, name)] == []
    assert [name for name in is_not.split() if getattr(error, name)] == []
    assert str(error)


@pytest.mark.parametrize(
    ("message", "causes"),
    [
        (f"{TYPED}.spec.foo: field not declared in schema", [("spec.foo", "field not declared in schema")]),
        (
            f'{TYPED}.spec.template.spec.containers[name="c"].env: duplicate entries for key [name="A"]',
            [('spec.template.spec.containers[name="c"].env', 'duplicate entries for key [name="A"]')],
        ),
        (
            f'{TYPED}errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.ports[containerPort=80,protocol="a: b]"].x: field not declared in schema',
            [
                ("spec.replicas", "expected numeric (int or float), got string"),
                ('spec.ports[containerPort=80,protocol="a: b]"].x', "field not declared in schema"),
            ],
        ),
    ],
)
def test_faults_of_the_object_that_come_as_500(message: str, causes: list[tuple[str, str]]) -> None:
    """They are told field by field, with the code that says whose fault it is."""
    error = answer(500, {"message": message})
    assert error.code == 422
    assert [(each.field, each.message) for each in error.causes] == causes


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({"retry_after": "3"}, {}, 3.0),
        ({}, {"retryAfterSeconds": 7}, 7.0),
        ({"retry_after": "1"}, {"retryAfterSeconds": 7}, 1.0),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, {}, None),
        ({}, {}, None),
    ],
)
def test_retry_after(headers: dict[str, str], details: dict[str, object], seconds: float | None) -> None:
    """The header counts before the body."""
    assert answer(429, {"details": details}, **headers).retry_after == seconds


def test_causes_are_kept() -> None:
    """As the server gives them."""
    (cause,) = answer(422, SELECTOR).causes
    assert str(cause) == "spec.selector: Invalid value: {}: field is immutable"


def test_no_answer_at_all() -> None:
    """Code 0, and worth another try."""
    error = Unreachable("no route to host")
    assert (error.code, error.transient, error.sent) == (0, True, True)
