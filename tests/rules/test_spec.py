"""What is said of faulty resources: every fault, at its place, with what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given

from django_operator.engine import yamlio
from django_operator.engine.errors import Origin, RenderError
from django_operator.stack import reference
from django_operator.stack.formats import cron_fault
from django_operator.stack.parse import faults_of, parse
from django_operator.stack.rules import RULES
from django_operator.stack.rules.changes import broken
from django_operator.stack.rules.pods import SLEEP
from django_operator.stack.shape import Shape
from django_operator.stack.spec import App, Django, DjangoSpec
from tests.rules import spec_cases
from tests.strategies import django_bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Path

HEAD = "apiVersion: django-operator.io/v1alpha1\nkind: Django\nmetadata: {name: shop}\n"


def body(text: str, name: str = "shop", namespace: str = "") -> dict[str, Any]:
    """Return a resource with a spec laid over a small valid one."""
    given = {**yamlio.parse(spec_cases.BASE, "base")[0].value, **(yamlio.parse(text, "case")[0].value if text else {})}
    head = yamlio.parse(HEAD, "head")[0].value
    return {
        **head,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {key: value for key, value in given.items() if value is not None},
    }


@pytest.mark.parametrize(
    "case", [*spec_cases.FIELDS, *spec_cases.RULES], ids=lambda case: f"{case.name}: {case.text[:40]}"
)
def test_fault(case: spec_cases.Case) -> None:
    """Each faulty spec has a fault at its place, and says what is wrong."""
    faults = faults_of(body(case.text, namespace=case.namespace), "Django/shop")
    assert any(
        fault.at == Origin("Django/shop", None, case.field) and case.problem in fault.problem for fault in faults
    ), faults


def test_one_fault_each() -> None:
    """A fault is told once; one that follows from it is not told."""
    cases = [case for case in (*spec_cases.FIELDS, *spec_cases.RULES) if case.name != "env-names"]
    assert [case.name for case in cases if len(faults_of(body(case.text, namespace=case.namespace))) != 1] == []


@pytest.mark.parametrize("text", spec_cases.FINE)
def test_no_fault(text: str) -> None:
    """What looks like a fault and is none is taken."""
    assert faults_of(body(text)) == []


def test_sleep_of_the_base() -> None:
    """The rule about the grace period knows the sleep that bases/app has."""
    assert reference.default(App, "preStopSeconds") == SLEEP


JUNK: tuple[Any, ...] = (
    None,
    0,
    1.5,
    True,
    "",
    "a",
    "a: b",
    [],
    [None],
    [[]],
    {},
    {"name": None},
    {"name": []},
    {"a": 1},
)


def places(shape: Shape, path: Path = (), depth: int = 6) -> Iterator[Path]:
    """Yield every place of the spec, with an index or a name where there is a list or a map."""
    yield path
    if depth:
        for name, field in shape.fields.items():
            yield from places(field.shape, (*path, name), depth - 1)
        if shape.item is not None and shape.kind in ("list", "map"):
            yield from places(shape.item, (*path, 0 if shape.kind == "list" else "a"), depth - 1)
        elif shape.kind == "k8s":
            yield (*path, 0)


def built(path: Path, value: Any) -> Any:
    """Return a value with the lists and maps around it."""
    for step in reversed(path):
        value = [value, value] if isinstance(step, int) else {step: value}
    return value


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk(junk: Any) -> None:
    """Whatever stands at whatever place, twice where there is a list: faults, never a traceback."""
    for path in places(Shape("object", cls=DjangoSpec)):
        found = faults_of({**yamlio.parse(HEAD, "head")[0].value, "spec": built(path, junk)})
        assert all(fault.problem and fault.at.field for fault in found)


def test_every_rule_has_a_case() -> None:
    """No rule is without a spec that breaks it."""
    assert {rule.name for rule in RULES} == {case.name for case in spec_cases.RULES}


def test_all_faults_at_once() -> None:
    """Faults of types, of embedded types and of rules come together, in one error."""
    text = "hosts: ['https://a']\nenv: [{nme: A}]\nredis: {managed: {}, external: {secretRef: {name: a}}}\nhost: a"
    with pytest.raises(RenderError) as error:
        parse(body(text), "Django/shop")
    assert [fault.at.field for fault in error.value.faults] == [
        "spec.hosts[0]", "spec.env[0].nme", "spec.env[0].name", "spec.redis.external", "spec.host",
    ]  # fmt: skip


def test_lines() -> None:
    """A fault of a document has the line it was written at."""
    document = yamlio.parse(f"{HEAD}spec:\n  image: a:1\n  project: x\n  app:\n    prot: 8000\n", "shop.yaml")[0]
    assert faults_of(document)[0].at == Origin("shop.yaml", 8, "spec.app.prot")
    assert (
        str(faults_of(document)[0])
        == "shop.yaml:8 spec.app.prot: there is no such field\n  hint: did you mean port, probes?"
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Shop", "starts with a letter"),
        ("1shop", "starts with a letter"),
        ("a" * 41, "at most 40"),
        ("a-", "not a name"),
    ],
)
def test_name(name: str, problem: str) -> None:
    """The name of a resource is a DNS-1035 label of at most 40 characters."""
    assert problem in faults_of(body("", name))[0].problem


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("version: 1.2", 'put it in quotes: "1.2"'),
        ("hosts: a.example", "write [a.example]"),
        ("hosts: ['https://a.example/x']", "a name alone, without scheme: a.example"),
        ("hosts: ['a.example:8000']", "a name alone, without port: a.example"),
        ("hosts: ['.example.com']", "write *.example.com for all names under it"),
        ("media: {storage: 10GB}", "write 10Gi"),
        ("release: {timeout: '10'}", "write 10s for seconds"),
        ("app: {repliacs: 2}", "did you mean replicas?"),
        ("host: a.example", "write hosts: [...]"),
        ("rollout: {strategy: bluegreen}", "did you mean BlueGreen?"),
        ("manage: python manage.py", "write [python, manage.py]"),
        ("app: {command: \"sh -c 'sleep 10'\"}", 'write [sh, -c, "sleep 10"]'),
        ("app: {args: --workers 3}", 'write [--workers, "3"]'),
        ("hosts: 'a.example, b.example'", "write [a.example, b.example]"),
        ("hosts: https://a.example/", "write [a.example]"),
        ("workers: {a: {queues: 'mail,news'}}", "write [mail, news]"),
        ("release: {fixtures: countries}", "write [countries]"),
        ("release: {preDeploy: [migrate]}", "write {args: [migrate]}"),
        ("release: {preDeploy: [python manage.py migrate --noinput]}", "write {args: [migrate, --noinput]}"),
        ("release: {preDeploy: [[migrate, --noinput]]}", "write {args: [migrate, --noinput]}"),
        ("release: {preDeploy: migrate}", "write [{args: [migrate]}]"),
        ("release: {preDeploy: [migrate && compress]}", "a step for each: {args: [migrate]}, {args: [compress]}"),
        ("release: {init: [createsuperuser]}", "write {args: [createsuperuser]}"),
        ("release: {postDeploy: [warm_up]}", "write {args: [warm_up]}"),
        ("release: {timeout: 600}", "write 600s for seconds"),
        ("release: {timeout: 10min}", "write 10m"),
        ("media: {storage: 10 Gi}", "write 10Gi"),
        ("media: {storage: 10}", "write 10Mi or 10Gi"),
        ("app: {resources: {limits: {memory: 512 MB}}}", "write 512Mi"),
        ("app: {resources: {cpu: 1}}", "write {requests: {cpu: 1}}, or limits"),
        ("app: {replicas: '2'}", "write 2 without quotes"),
        ("app: {autoscaling: {cpu: 70%}}", "write 70, without %"),
        ("app: {terminationGracePeriodSeconds: 30s}", "write 30, without s"),
        ("app: replicas:2", "a blank is missing: replicas: 2"),
        ("app: {autoscaling: true}", "write {enabled: true}"),
        ("paused: 'yes'", "write true"),
        ("beat: false", "write {enabled: false}"),
        ("env: {A: b, C: 1}", 'write [{name: A, value: b}, {name: C, value: "1"}]'),
        ("env: [{A: true}]", 'write {name: A, value: "true"}'),
        ("env: [A=b]", "write {name: A, value: b}"),
        ("env: [{name: A, secretKeyRef: {name: a, key: b}}]", "did you mean valueFrom.secretKeyRef?"),
        ("envFrom: [shop]", "write {secretRef: {name: shop}}"),
        ("envFrom: [{secretRef: shop}]", "write {name: shop}"),
        ("imagePullSecrets: login", "write [{name: login}]"),
        ("volumes: [certs]", "write {name: certs, secret: {secretName: ...}} or another kind"),
        ("volumeMounts: ['certs:/etc/certs']", "write {name: certs, mountPath: /etc/certs}"),
        ("volumes: [{name: certs, emptyDir: {}}]\nvolumeMounts: [{name: cert, mountPath: /a}]", "did you mean certs?"),
        ("volumeMounts: [{name: media, mountPath: /a}]", "write media: {storage: ...} for a volume of uploaded files"),
        (
            "app: {volumes: [{name: a, emptyDir: {}}]}\nvolumeMounts: [{name: a, mountPath: /a}]",
            "only app has this volume: move it to spec.volumes, or the mount to app",
        ),
        ("workers: {replicas: 2}", "a name is missing above it: {default: {replicas: 2}}"),
        ("workers: [{name: mail}]", "write a map by name: {mail: {...}}"),
        ("workers: 2", "write {default: {replicas: 2}}"),
        ("workers: {Mail_Fast: {}}", "e.g. mail-fast"),
        ("cronJobs: {a: {schedule: 0 0 3 * * *, args: [x]}}", 'there are no seconds: write "0 3 * * *"'),
        ("cronJobs: {a: {schedule: daily, args: [x]}}", 'write "@daily"'),
        ("cronJobs: {a: {schedule: 0 3 * * Sunday, args: [x]}}", 'write "0 3 * * SUN"'),
        ("cronJobs: {a: {schedule: 0 3 * * 7, args: [x]}}", 'write "0 3 * * 0"'),
        ("replicas: 2", "did you mean app.replicas, workers.<name>.replicas, overlays[].replicas?"),
        ("redis: {storage: 1Gi}", "did you mean managed.storage?"),
        ("ingress: {hosts: [a]}", "it belongs right under spec: hosts"),
        ("ingress: {ingressClassName: nginx}", "did you mean className?"),
        ("app: {readinessProbe: {}}", "did you mean probes.readiness?"),
        ("app: {probes: {readiness: {path: /x}}}", "did you mean httpGet.path?"),
        ("app: {probes: {readiness: {httpGet: {path: /x}}}}", "write port: http (the web server's), or a number"),
        ("namespace: web", "everything is in the resource's own namespace, metadata.namespace: leave it out here"),
        (
            "overlays: [{patches: [{target: {namespace: web}, patch: {a: b}}]}]",
            "everything is in the resource's own namespace, metadata.namespace: leave it out here",
        ),
        ("overlays: [restricted]", "write {builtin: restricted}"),
        ("redis: {external: {secretRef: shop}}", "write {name: shop}"),
        (
            "database: 'postgres://a:b@c/d'",
            "put the URL into a Secret under the key url, and write {external: {secretRef: {name: ...}}}",
        ),
        ("image: 'https://reg.example.com/shop'", "without scheme: reg.example.com/shop"),
        ("image: reg.example.com/Shop", "names of images are in lower case: shop"),
        ("project: my-shop", "the name that Python imports, perhaps my_shop"),
        ("project: 'shop.wsgi:application'", "write shop"),
        ("hosts: ['Shop.example.com ']", "write shop.example.com"),
        ("hosts: [my_shop.example.com]", "there is no _ in the name of a host"),
    ],
)
def test_hint(text: str, hint: str) -> None:
    """A hint says what to write."""
    assert faults_of(body(text))[0].hint == hint


def test_other_documents() -> None:
    """Another kind, another version or no map at all are told as such."""
    assert [fault.at.field for fault in faults_of({"apiVersion": "v1", "kind": "Pod"})] == [
        "apiVersion",
        "kind",
        "metadata",
        "spec",
    ]
    assert faults_of(yamlio.parse("- a", "list.yaml")[0])[0].problem == "a list is not a map"


def test_null_is_absent() -> None:
    """A null counts as a field left out, as on the server."""
    assert parse({**body(""), "spec": {**body("")["spec"], "app": None, "hosts": None}}).spec.app is None


def test_server_fields() -> None:
    """Metadata and status that a server adds are taken; misspelt metadata is not."""
    live = {**body(""), "status": {"anything": 1}}
    assert (
        parse(
            {**live, "metadata": {"name": "shop", "uid": "u", "managedFields": [], "generation": 3}}
        ).metadata.generation
        == 3
    )
    assert faults_of({**live, "metadata": {"name": "shop", "lables": {}}})[0].hint == "did you mean labels?"


@pytest.mark.parametrize(
    "schedule", ["0 3 * * *", "*/5 * * * *", "0 0-6/2,22 1,15 JAN-mar mon-FRI", "@hourly", "@every 1h30m", "? * * * 0"]
)
def test_schedule(schedule: str) -> None:
    """What the CronJob controller takes is taken."""
    assert cron_fault(schedule) == ""


@pytest.mark.parametrize(
    "schedule",
    ["", "* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "@dayly", "TZ=UTC * * * * *"],
)
def test_bad_schedule(schedule: str) -> None:
    """What it does not take is told."""
    assert cron_fault(schedule) != ""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("redis: {managed: {storage: 1Gi}}", "redis: {managed: {storage: 2Gi}}", ["redis-storage"]),
        ("", "redis: {managed: {storage: 2Gi}}", ["redis-storage"]),
        ("redis: {managed: {storage: 1Gi}}", "", ["redis-storage"]),
        ("redis: {managed: {storage: 1Gi}}", "redis: {external: {secretRef: {name: a}}}", []),
        ("database: {managed: {storageClassName: a}}", "database: {managed: {}}", ["database-class"]),
        ("database: {managed: {storage: 1Gi}}", "database: {cloudnativepg: {storage: 2Gi}}", []),
        ("database: {cloudnativepg: {storage: 1Gi}}", "database: {cloudnativepg: {storage: 2Gi}}", []),
        ("", "media: {storage: 2Gi, accessModes: [ReadWriteOnce]}", []),
        ("media: {storage: 1Gi}", "media: {storage: 2Gi}", ["media-storage"]),
        ("media: {}", "media: {accessModes: [ReadWriteOnce]}", ["media-access-modes"]),
        ("app: {replicas: 1}", "app: {replicas: 2}", []),
    ],
)  # fmt: skip
def test_what_cannot_change(old: str, new: str, names: list[str]) -> None:
    """Storage stays as it is; moving to another kind of database or Redis is allowed."""
    assert [change.name for change in broken(body(new)["spec"], body(old)["spec"])] == names


@given(django_bodies(overlays=True))
def test_generated(made: dict[str, Any]) -> None:
    """Every generated resource parses, and comes back as it was written."""
    parsed = parse(made)
    assert isinstance(parsed, Django)
    assert msgspec.to_builtins(parsed.spec) == made["spec"]
