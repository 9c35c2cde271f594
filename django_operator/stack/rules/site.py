"""Rules of a spec as a whole: what one part of it asks of another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django_operator.stack import spec
from django_operator.stack.rules.rule import Rule, at, has, runs

if TYPE_CHECKING:
    from django_operator.engine.paths import Body, Path


TAGGED = re.compile(r"(:[^/@]+|@.+)$")
_TAGGED = r"'(:[^/@]+|@.+)$'"
_ADDRESS = re.compile(r"^[0-9]+(\.[0-9]+){3}$")
GATEWAY_HOSTS = 16
"""Hostnames that an HTTPRoute takes."""


def pools_of(self: Body) -> Body:
    """Return the worker pools of a spec; one called `default` when none are given."""
    pools = self.get("workers")
    return {"default": {}} if pools is None else pools


def _idle_pools(self: Body) -> list[Path]:
    if has(self, "project"):
        return []
    return [("workers", name) for name, pool in pools_of(self).items() if not runs(pool)]


def _beat_idle(self: Body) -> bool:
    beat = self.get("beat") or {}
    wanted = beat.get("enabled")
    if wanted is None:
        wanted = bool(pools_of(self))
    return bool(wanted) and not has(self, "project") and not runs(beat)


def _blind_queues(self: Body) -> list[Path]:
    redis = self.get("redis") or {}
    if redis.get("enabled") is not False and (not has(redis, "external") or has(redis, "external", "address")):
        return []
    return [
        ("workers", name, "autoscaling", "queueLength")
        for name, pool in pools_of(self).items()
        if has(pool, "autoscaling", "queueLength") and pool["autoscaling"].get("enabled") is not False
    ]


_ASKS = ("className", "tls", "gateway")
"""Fields that ask for a way in, which is made when there are hosts."""


def _hostless(self: Body) -> bool:
    given = self.get("ingress") or {}
    asked = given.get("enabled") or any(has(given, field) for field in _ASKS)
    return bool(asked) and given.get("enabled") is not False and not self.get("hosts")


def _numbers(self: Body) -> list[Path]:
    if (self.get("ingress") or {}).get("enabled") is False:
        return []
    return [("hosts", index) for index, host in enumerate(self.get("hosts") or ()) if _ADDRESS.fullmatch(host)]


RULES: tuple[Rule, ...] = (
    Rule(
        "tag-once",
        spec.DjangoSpec,
        "version",
        "the image has a tag or digest already, and there is a version too",
        at("version", lambda self: has(self, "version") and TAGGED.search(self["image"]) is not None),
        f"!has(self.version) || !self.image.matches({_TAGGED})",
        hint="write the image without tag, or leave out version",
    ),
    Rule(
        "tag-given",
        spec.DjangoSpec,
        "version",
        "neither version nor a tag in image",
        at("version", lambda self: not has(self, "version") and TAGGED.search(self["image"]) is None),
        f"has(self.version) || self.image.matches({_TAGGED})",
        hint="write version: the tag or digest to run",
    ),
    Rule(
        "app-command",
        spec.DjangoSpec,
        "app",
        "nothing says how the web server starts: neither project nor app.command",
        at("app", lambda self: not has(self, "project") and not runs(self.get("app"))),
        "has(self.project) || (has(self.app) && (has(self.app.command) || has(self.app.args)))",
        hint="write project: the package that holds wsgi.py",
    ),
    Rule(
        "worker-command",
        spec.DjangoSpec,
        "workers",
        "nothing says how workers start: neither project nor a command",
        _idle_pools,
        "has(self.project) || (has(self.workers) && "
        "self.workers.all(p, has(self.workers[p].command) || has(self.workers[p].args)))",
        hint="write project: the package that holds celery.py, a command, or workers: {} for none",
    ),
    Rule(
        "beat-command",
        spec.DjangoSpec,
        "beat",
        "nothing says how beat starts: neither project nor beat.command",
        at("beat", _beat_idle),
        "has(self.project) || (has(self.beat) && (has(self.beat.command) || has(self.beat.args))) || "
        "(has(self.beat) && has(self.beat.enabled) ? !self.beat.enabled : "
        "has(self.workers) && size(self.workers) == 0)",
        hint="write project: the package that holds celery.py, or beat: {enabled: false}",
    ),
    Rule(
        "service-account",
        spec.DjangoSpec,
        "serviceAccount",
        "serviceAccount is about one that is made, serviceAccountName names another",
        at("serviceAccount", lambda self: has(self, "serviceAccount") and has(self, "serviceAccountName")),
        "!has(self.serviceAccount) || !has(self.serviceAccountName)",
        hint="leave out one of them",
    ),
    Rule(
        "ingress-hosts",
        spec.DjangoSpec,
        "hosts",
        "ingress needs hosts",
        at("hosts", _hostless),
        "!has(self.ingress) || (has(self.hosts) && size(self.hosts) > 0) || "
        "(has(self.ingress.enabled) ? !self.ingress.enabled : !("
        + " || ".join(f"has(self.ingress.{field})" for field in _ASKS)
        + "))",
        hint="write hosts: the names the site answers to",
    ),
    Rule(
        "host-address",
        spec.DjangoSpec,
        "hosts",
        "neither Ingress nor HTTPRoute takes an address, only names",
        _numbers,
        "!has(self.hosts) || (has(self.ingress) && has(self.ingress.enabled) && !self.ingress.enabled) || "
        f"!self.hosts.exists(h, h.matches('{_ADDRESS.pattern}'))".replace("\\", "\\\\"),
        hint="write a name, or ingress: {enabled: false} and another way in",
    ),
    Rule(
        "gateway-hosts",
        spec.DjangoSpec,
        "hosts",
        f"an HTTPRoute takes at most {GATEWAY_HOSTS} hosts",
        at("hosts", lambda self: has(self, "ingress", "gateway") and len(self.get("hosts") or ()) > GATEWAY_HOSTS),
        f"!has(self.ingress) || !has(self.ingress.gateway) || !has(self.hosts) || size(self.hosts) <= {GATEWAY_HOSTS}",
        hint="a wildcard such as *.example.com stands for many",
    ),
    Rule(
        "queue-length-address",
        spec.DjangoSpec,
        "workers",
        "queueLength needs a Redis that KEDA can reach",
        _blind_queues,
        "!has(self.workers) || !has(self.redis) || !((has(self.redis.enabled) && !self.redis.enabled) || "
        "(has(self.redis.external) && !has(self.redis.external.address))) || "
        "self.workers.all(p, !has(self.workers[p].autoscaling) || !has(self.workers[p].autoscaling.queueLength) || "
        "(has(self.workers[p].autoscaling.enabled) && !self.workers[p].autoscaling.enabled))",
        hint="write redis.external.address: host:port of the broker",
    ),
)
