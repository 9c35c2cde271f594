"""Differences as text, what to roll back to, one-off Jobs, times: pure functions."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from django_operator.apply.errors import ApiError, Cause
from django_operator.apply.objects import Key
from django_operator.apply.revisions import Revision
from django_operator.cli.arguments import count, duration
from django_operator.cli.live import oneoff, revert, texts
from django_operator.cli.live.session import Refusal, explained

Object = dict[str, Any]


def secret(**data: str) -> Object:
    """Return a Secret as kubectl has written it."""
    notes = {"kubectl.kubernetes.io/last-applied-configuration": str(data)}
    meta = {"name": "a", "namespace": "web", "annotations": notes, "resourceVersion": "1", "uid": "x"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def test_secrets_are_masked() -> None:
    """A change is seen, a value is not, neither where kubectl has copied it; another salt, another mark."""

    def shown(salt: bytes) -> list[str]:
        return [
            each.text for each in texts.unified("web/Secret/a", secret(k="old", s="x"), secret(k="new", s="x"), salt)
        ]

    lines = shown(b"1")
    assert "old" not in "".join(lines)
    assert "new" not in "".join(lines).replace("+++ new/web", "")
    changed = [each for each in lines if each.startswith(("-  k", "+  k"))]
    assert len(changed) == 2
    assert all("*** (" in each for each in changed)
    assert any(each.startswith("   s: ") for each in lines)
    assert shown(b"2") != lines


def test_diffs() -> None:
    """What the server keeps for itself is no difference; what is made is shown whole, what goes by its name."""
    before = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "web", "resourceVersion": "1", "managedFields": [{}], "uid": "x"},
        "data": {"k": "1"},
    }
    after = {**before, "metadata": {**before["metadata"], "resourceVersion": "2"}}  # type: ignore[dict-item] # a map
    assert texts.same(before, after)
    after["data"] = {"k": "2"}
    assert not texts.same(before, after)
    assert [each.text for each in texts.unified("web/ConfigMap/a", before, after, b"")] == [
        "--- live/web/ConfigMap/a",
        "+++ new/web/ConfigMap/a",
        "@@ -4,4 +4,4 @@",
        "   name: a",
        "   namespace: web",
        " data:",
        '-  k: "1"',
        '+  k: "2"',
    ]
    made = [each.text for each in texts.unified("web/ConfigMap/a", None, after, b"")]
    assert made[:2] == ["--- /dev/null", "+++ new/web/ConfigMap/a"]
    assert all(each.startswith("+") for each in made[3:])
    assert len(made) == 10
    gone = [each.text for each in texts.unified("web/ConfigMap/a", before, None, b"")]
    assert gone == ["--- live/web/ConfigMap/a", "+++ /dev/null", "-removed"]


def revision(number: int, outcome: str, image: str, version: str) -> Revision:
    """Return a kept revision."""
    key = Key("apps", "ControllerRevision", "web", f"shop-{number}")
    return Revision(key, number, "", outcome, version, image, "1")


KEPT = [
    revision(5, "Pending", "shop:4", "4"),
    revision(4, "RolledBack", "shop:3", "3"),
    revision(3, "Serving", "shop:2", "2"),
    revision(2, "Replaced", "shop:2", "2"),
    revision(1, "Replaced", "shop:1", "1"),
]


@pytest.mark.parametrize(
    ("spec", "to", "number"),
    [
        ({"image": "shop:4"}, None, 3),
        ({"image": "shop:2"}, None, 1),
        ({"image": "shop:2"}, 4, 4),
        ({"image": "shop", "version": "2"}, None, 3),
    ],
)
def test_choice(spec: Object, to: int | None, number: int) -> None:
    """The newest that served with another image or version; any, when it is named."""
    assert revert.choose(KEPT, spec, to).number == number


@pytest.mark.parametrize(
    ("kept", "spec", "to", "problem"),
    [
        ([], {"image": "a:1"}, None, "no revision is kept yet"),
        (KEPT, {"image": "shop:2"}, 9, "there is no revision 9"),
        (KEPT, {"image": "shop:2"}, 3, "revision 3 has the image and the version that the resource has now"),
        (KEPT[2:4], {"image": "shop:2"}, None, "no revision with another image or version has served"),
    ],
)
def test_no_choice(kept: list[Revision], spec: Object, to: int | None, problem: str) -> None:
    """Refused, with what there is instead."""
    with pytest.raises(Refusal) as caught:
        revert.choose(kept, spec, to)
    assert caught.value.problem == problem
    assert caught.value.hint


@pytest.mark.parametrize(
    ("spec", "each", "changes"),
    [
        ({"image": "shop:2"}, revision(1, "Replaced", "shop:1", "1"), [("add", "/spec/image", "shop:1")]),
        (
            {"image": "shop", "version": "2"},
            revision(1, "Replaced", "shop", "1"),
            [("add", "/spec/image", "shop"), ("add", "/spec/version", "1")],
        ),
        (
            {"image": "shop", "version": "2"},
            revision(1, "Replaced", "shop:1", "1"),
            [("add", "/spec/image", "shop:1"), ("remove", "/spec/version", None)],
        ),
        (
            {"image": "r:5000/shop:2"},
            revision(1, "Replaced", "r:5000/shop", "latest"),
            [("add", "/spec/image", "r:5000/shop")],
        ),
    ],
)
def test_the_way_back(spec: Object, each: Revision, changes: list[tuple[str, str, str | None]]) -> None:
    """Image and version as they were, the version only where the image does not say it; nobody was faster."""
    body = {"metadata": {"resourceVersion": "7"}, "spec": spec}
    first, *made = revert.operations(body, each)
    assert first == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
    assert [(one["op"], one["path"], one.get("value")) for one in made] == changes


def test_a_one_off_job() -> None:
    """The web pods' image, env, mounts and security; nothing that serves, keeps apart, or selects."""
    container = {
        "name": "django",
        "image": "shop:1",
        "command": ["gunicorn"],
        "args": ["-b"],
        "env": [{"name": "A", "value": "b"}],
        "envFrom": [{"configMapRef": {"name": "c"}}],
        "volumeMounts": [{"name": "tmp", "mountPath": "/data"}],
        "securityContext": {"allowPrivilegeEscalation": False},
        "ports": [{"containerPort": 8000}],
        "readinessProbe": {},
        "lifecycle": {},
    }
    spec = {
        "serviceAccountName": "shop-django",
        "containers": [container, {"name": "proxy", "image": "p"}],
        "initContainers": [{"name": "tunnel", "image": "t", "restartPolicy": "Always"}],
        "topologySpreadConstraints": [{}],
        "affinity": {"podAntiAffinity": {}, "nodeAffinity": {"x": 1}},
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        "restartPolicy": "Always",
    }
    labels = {
        "app.kubernetes.io/instance": "shop",
        "app.kubernetes.io/component": "app",
        "app.kubernetes.io/name": "django",
        "django-operator.io/colour": "blue",
    }
    app = {"spec": {"template": {"metadata": {"labels": labels, "annotations": {"a": "b"}}, "spec": spec}}}
    site = {"metadata": {"name": "shop", "namespace": "web", "uid": "u"}, "spec": {"manage": ["./m"]}}
    job = oneoff.job(site, app, [*oneoff.manage(site), "check"], "shop-manage-1")
    made = job["spec"]["template"]
    kept = {key: container[key] for key in ("name", "image", "env", "envFrom", "volumeMounts", "securityContext")}
    assert made["spec"]["containers"] == [{**kept, "command": ["./m", "check"]}]
    assert made["spec"].keys() == {
        *("serviceAccountName", "containers", "initContainers", "affinity", "volumes", "restartPolicy")
    }
    assert (made["spec"]["affinity"], made["spec"]["restartPolicy"]) == ({"nodeAffinity": {"x": 1}}, "Never")
    assert made["metadata"]["labels"] == job["metadata"]["labels"]
    assert made["metadata"]["labels"] == {
        "app.kubernetes.io/instance": "shop",
        "app.kubernetes.io/component": "manage",
        "app.kubernetes.io/name": "django",
        "app.kubernetes.io/managed-by": "django-operator-cli",
    }
    assert oneoff.manage({"spec": {}}) == ["python", "manage.py"]
    assert oneoff.main_container(job) == "django"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2", 2), ("0.5s", 0.5)])
def test_times(text: str, seconds: float) -> None:
    """As kubectl takes them."""
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "m", "10x", "-1s", "1m1h", "1 m"])
def test_no_times(text: str) -> None:
    """Refused."""
    with pytest.raises(argparse.ArgumentTypeError, match="is no time such as"):
        duration(text)


@pytest.mark.parametrize("text", ["", "-1", "a", "1.0"])
def test_no_counts(text: str) -> None:
    """Refused."""
    with pytest.raises(argparse.ArgumentTypeError, match="is no number"):
        count(text)


@pytest.mark.parametrize(
    ("error", "problem", "hint"),
    [
        (ApiError(404, "NoSuchKind", ""), "x: the cluster does not know this kind", "django-operator install"),
        (ApiError(401, "Unauthorized", "Unauthorized"), "x: the cluster does not accept", "log in again"),
        (
            ApiError(409, "Conflict", "c", [Cause(".spec.image", 'conflict with "kubectl"', "FieldManagerConflict")]),
            'x: .spec.image: conflict with "kubectl"',
            "--force-conflicts",
        ),
        (ApiError(403, "Forbidden", "no"), "x: no", "django-operator check"),
        (ApiError(404, "NotFound", 'namespaces "web" not found'), "x: namespaces", "kubectl create namespace"),
        (ApiError(422, "Invalid", "bad"), "x: bad", ""),
    ],
    ids=["kind", "login", "conflict", "rights", "namespace", "invalid"],
)
def test_errors_for_people(error: ApiError, problem: str, hint: str) -> None:
    """What it means, and what to do."""
    told = explained(error, "x")
    assert told[0].startswith(problem)
    assert hint in told[1]
