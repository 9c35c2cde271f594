"""Rules of processes and pods: scaling, probes, stops, steps and cron jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack import spec
from django_operator.stack.limits import HANDLERS
from django_operator.stack.rules.rule import Rule, at, has

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Struct

    from django_operator.engine.paths import Body, Path


RESERVED = frozenset(f"app.kubernetes.io/{part}" for part in ("name", "instance", "component", "part-of", "managed-by"))
OWN = "django-operator.io/"
SLEEP = 10
"""preStopSeconds of bases/app; a test compares them."""


def _reserved_keys(self: Body) -> list[Path]:
    return [
        (field, key)
        for field in ("labels", "annotations")
        for key in self.get(field) or ()
        if key.startswith(OWN) or key in RESERVED
    ]


def _same_step_names(self: Body) -> Iterator[Path]:
    seen: set[str] = set()
    for field in ("preDeploy", "init"):
        for index, step in enumerate(self.get(field) or ()):
            name = step.get("name")
            if name is not None and name in seen:
                yield (field, index, "name")
            seen.add(name)


def _longer(self: Body, short: str, long: str) -> bool:
    return has(self, short) and has(self, long) and self[short] >= self[long]


def _shorter_than_sleep(self: Body) -> bool:
    given = self.get("terminationGracePeriodSeconds")
    return (
        given is not None
        and given < SLEEP
        and not has(self, "preStopSeconds")
        and not has(self, "lifecycle", "preStop")
    )


def _scaled_and_fixed(self: Body) -> bool:
    return has(self, "replicas") and has(self, "autoscaling") and self["autoscaling"].get("enabled") is not False


_SCALED = (
    "!has(self.replicas) || !has(self.autoscaling) || (has(self.autoscaling.enabled) && !self.autoscaling.enabled)"
)
_KEDA: dict[type[Struct], tuple[str, ...]] = {
    spec.Autoscaling: ("triggers",),
    spec.QueueAutoscaling: ("triggers", "queueLength"),
}


def _crossed(self: Body) -> bool:
    return has(self, "minReplicas") and has(self, "maxReplicas") and self["minReplicas"] > self["maxReplicas"]


def _scaling(on: type[Struct]) -> tuple[Rule, ...]:
    keda = _KEDA[on]
    by = "(" + " || ".join(f"has(self.{field})" for field in keda) + ")"

    def is_keda(self: Body) -> bool:
        return any(has(self, field) for field in keda)

    needs = " or ".join(keda)
    return (
        Rule(
            "scale-bounds",
            on,
            "minReplicas",
            "minReplicas is more than maxReplicas",
            at("minReplicas", _crossed),
            "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
        ),
        Rule(
            "scale-to-zero",
            on,
            "minReplicas",
            f"only KEDA scales to 0: minReplicas 0 needs {needs}",
            at("minReplicas", lambda self: self.get("minReplicas") == 0 and not is_keda(self)),
            f"!has(self.minReplicas) || self.minReplicas > 0 || {by}",
            hint="write minReplicas: 1",
        ),
        Rule(
            "scale-metrics",
            on,
            "metrics",
            f"metrics cannot stand beside {needs}: KEDA makes the autoscaler itself",
            at("metrics", lambda self: has(self, "metrics") and is_keda(self)),
            f"!has(self.metrics) || !{by}",
            hint="write the metric as one of the triggers",
        ),
    )


def _process(on: type[Struct]) -> tuple[Rule, ...]:
    return (
        Rule(
            "replicas-or-autoscaling",
            on,
            "replicas",
            "replicas and autoscaling are both set",
            at("replicas", _scaled_and_fixed),
            _SCALED,
            hint="leave out replicas; the autoscaler keeps between minReplicas and maxReplicas",
        ),
    )


def _probes(on: type[Struct]) -> Rule:
    names = ("startup", "readiness", "liveness")
    return Rule(
        "probe-disabled",
        on,
        "disable",
        "a probe is both given and disabled",
        lambda self: [("disable", index) for index, name in enumerate(self.get("disable") or ()) if has(self, name)],
        "!has(self.disable) || !(" + " || ".join(f"(has(self.{n}) && '{n}' in self.disable)" for n in names) + ")",
        hint="leave it out of one of them",
    )


def _handled() -> Rule:
    """Return the rule of processes whose base has no probes: one that is given says how it asks."""
    names = ("startup", "readiness", "liveness")

    def bare(self: Body) -> list[Path]:
        given = [name for name in names if has(self, name)]
        return [(name,) for name in given if not any(has(self, name, kind) for kind in HANDLERS)]

    return Rule(
        "probe-handler",
        spec.Probes,
        "",
        "the probe says nothing of how to ask",
        bare,
        " && ".join(
            f"(!has(self.{name}) || " + " || ".join(f"has(self.{name}.{kind})" for kind in HANDLERS) + ")"
            for name in names
        ),
        hint="write exec: {command: [...]}, tcpSocket, httpGet or grpc: workers and beat have no probes of their own",
    )


def _second_beat(self: Body) -> list[Path]:
    """Return the words that make a worker a beat as well: `-B` of Celery's worker, not that of Python or of a shell."""
    words: list[tuple[Path, str]] = [
        ((field, index), part)
        for field in ("command", "args")
        for index, word in enumerate(self.get(field) or ())
        for part in word.split()
    ]
    start = 0
    if has(self, "command"):
        start = next((number for number, (_, word) in enumerate(words) if word == "worker"), len(words))
    return list(dict.fromkeys(place for place, word in words[start:] if word in _BEAT))


_BEAT = frozenset({"-B", "--beat", "-BE", "-EB"})

RULES: tuple[Rule, ...] = (
    Rule(
        "reserved-labels",
        spec.PodTemplate,
        "labels",
        "labels and annotations of the operator cannot be set",
        _reserved_keys,
        "(!has(self.labels) || self.labels.all(k, !k.startsWith('django-operator.io/') && "
        "!(k in ['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component', "
        "'app.kubernetes.io/part-of', 'app.kubernetes.io/managed-by']))) && "
        "(!has(self.annotations) || self.annotations.all(k, !k.startsWith('django-operator.io/')))",
        hint="choose a name of your own",
    ),
    *_process(spec.App),
    *_process(spec.Worker),
    Rule(
        "pre-stop-once",
        spec.App,
        "preStopSeconds",
        "preStopSeconds and lifecycle.preStop are both set",
        at("preStopSeconds", lambda self: has(self, "preStopSeconds") and has(self, "lifecycle", "preStop")),
        "!has(self.preStopSeconds) || !has(self.lifecycle) || !has(self.lifecycle.preStop)",
        hint="leave out one of them",
    ),
    Rule(
        "pre-stop-grace",
        spec.App,
        "preStopSeconds",
        "preStopSeconds fills terminationGracePeriodSeconds",
        at("preStopSeconds", lambda self: _longer(self, "preStopSeconds", "terminationGracePeriodSeconds")),
        "!has(self.preStopSeconds) || !has(self.terminationGracePeriodSeconds) || "
        "self.preStopSeconds < self.terminationGracePeriodSeconds",
        hint="the grace period counts from the start of the sleep",
    ),
    Rule(
        "grace-of-sleep",
        spec.App,
        "terminationGracePeriodSeconds",
        f"a stopping web pod keeps serving for {SLEEP} seconds, which is longer",
        at("terminationGracePeriodSeconds", _shorter_than_sleep),
        f"!has(self.terminationGracePeriodSeconds) || self.terminationGracePeriodSeconds >= {SLEEP} || "
        "has(self.preStopSeconds) || (has(self.lifecycle) && has(self.lifecycle.preStop))",
        hint="write preStopSeconds as well: less than this",
    ),
    Rule(
        "soft-shutdown-grace",
        spec.Worker,
        "softShutdownSeconds",
        "softShutdownSeconds fills terminationGracePeriodSeconds",
        at("softShutdownSeconds", lambda self: _longer(self, "softShutdownSeconds", "terminationGracePeriodSeconds")),
        "!has(self.softShutdownSeconds) || !has(self.terminationGracePeriodSeconds) || "
        "self.softShutdownSeconds < self.terminationGracePeriodSeconds",
        hint="the worker is killed at the end of the grace period",
    ),
    Rule(
        "worker-beat",
        spec.Worker,
        "args",
        "a worker with a beat inside: each of its pods would start every task once more",
        _second_beat,
        hint="leave it out; beat has a section of its own",
        only="where in a command the worker's own words start is more than CEL can tell at a fair cost",
    ),
    *_scaling(spec.Autoscaling),
    *_scaling(spec.QueueAutoscaling),
    _probes(spec.Probes),
    _probes(spec.WebProbes),
    _handled(),
    Rule(
        "disruption-one",
        spec.Disruption,
        "minAvailable",
        "maxUnavailable and minAvailable are both set",
        at("minAvailable", lambda self: has(self, "maxUnavailable") and has(self, "minAvailable")),
        "!has(self.maxUnavailable) || !has(self.minAvailable)",
        hint="leave out one of them",
    ),
    Rule(
        "cron-command",
        spec.CronJob,
        "args",
        "neither args nor command",
        at("args", lambda self: not self.get("args") and not has(self, "command")),
        "has(self.command) || (has(self.args) && size(self.args) > 0)",
        hint="write args: [clearsessions] or the like",
    ),
    Rule(
        "step-command",
        spec.Step,
        "args",
        "neither args nor command",
        at("args", lambda self: not self.get("args") and not has(self, "command")),
        "has(self.command) || (has(self.args) && size(self.args) > 0)",
        hint="write args: [migrate, --noinput] or the like",
    ),
    Rule(
        "step-names",
        spec.Release,
        "preDeploy",
        "two steps have this name",
        lambda self: tuple(_same_step_names(self)),
        " && ".join(
            f"(!has(self.{steps}) || self.{steps}.all(s, !has(s.name) || "
            f"self.{steps}.filter(t, has(t.name) && t.name == s.name).size() == 1))"
            for steps in ("preDeploy", "init")
        )
        + " && (!has(self.preDeploy) || !has(self.init) || "
        "self.preDeploy.all(s, !has(s.name) || !self.init.exists(t, has(t.name) && t.name == s.name)))",
        hint="names of steps are names of containers of one Job",
    ),
)
