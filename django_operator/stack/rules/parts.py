"""Rules of data, ingress and overlays: alternatives of which one is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack import spec
from django_operator.stack.rules.rule import Rule, at, has
from django_operator.stack.spec.overlays import INLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path


def _same_env_names(self: Body) -> Iterator[Path]:
    defaults = {
        "secretKey": "SECRET_KEY",
        "databaseUrl": "DATABASE_URL",
        "redisUrl": "REDIS_URL",
        "celeryBrokerUrl": "CELERY_BROKER_URL",
        "allowedHosts": "ALLOWED_HOSTS",
        "csrfTrustedOrigins": "CSRF_TRUSTED_ORIGINS",
        "component": "DJANGO_OPERATOR_COMPONENT",
        "redisPassword": "REDIS_PASSWORD",
        "databasePassword": "POSTGRES_PASSWORD",
    }
    given = {field: name for field, name in self.items() if name}
    names = [*given.values(), *(name for field, name in defaults.items() if self.get(field) is None)]
    for field, name in given.items():
        if names.count(name) > 1:
            yield (field,)


def _named_and_made(self: Body) -> bool:
    return has(self, "clusterName") and any(has(self, field) for field in self if field != "clusterName")


def _bad_patch(self: Body) -> bool:
    patch = self.get("patch")
    if isinstance(patch, list):
        return not patch or not all(isinstance(step, dict) for step in patch)
    return not (isinstance(patch, (dict, str)) and patch)


_ANY_INLINE = " || ".join(f"has(self.{field})" for field in INLINE)


def _layers(self: Body) -> int:
    return has(self, "builtin") + has(self, "configMapRef") + any(has(self, field) for field in INLINE)


RULES: tuple[Rule, ...] = (
    Rule(
        "env-names",
        spec.EnvNames,
        "",
        "two injected variables have this name",
        lambda self: tuple(_same_env_names(self)),
        hint='give it another name, or the other one "" to inject nothing',
        only="the names that hold when a field is left out are not in the resource",
    ),
    Rule(
        "redis-one",
        spec.Redis,
        "",
        "managed and external are both set",
        at("external", lambda self: has(self, "managed") and has(self, "external")),
        "!has(self.managed) || !has(self.external)",
        hint="leave out one of them",
    ),
    Rule(
        "database-one",
        spec.Database,
        "",
        "more than one of managed, external and cloudnativepg is set",
        at("", lambda self: sum(has(self, kind) for kind in ("managed", "external", "cloudnativepg")) > 1),
        "[has(self.managed), has(self.external), has(self.cloudnativepg)].filter(x, x).size() <= 1",
        hint="leave all but one out",
    ),
    Rule(
        "cluster-one",
        spec.CloudNativePG,
        "clusterName",
        "clusterName names a cluster that is there, the other fields one that is made",
        at("clusterName", _named_and_made),
        "!has(self.clusterName) || !(has(self.instances) || has(self.image) || has(self.storage) || "
        "has(self.storageClassName) || has(self.resources))",
        hint="leave out clusterName, or all the others",
    ),
    Rule(
        "tls-one",
        spec.Tls,
        "",
        "exactly one of issuerRef and secretName is needed",
        at("", lambda self: has(self, "issuerRef") == has(self, "secretName")),
        "has(self.issuerRef) != has(self.secretName)",
        hint="issuerRef has a certificate made, secretName takes one that is there",
    ),
    Rule(
        "gateway-class",
        spec.Ingress,
        "className",
        "className belongs to an Ingress, gateway to an HTTPRoute",
        at("className", lambda self: has(self, "gateway") and has(self, "className")),
        "!has(self.gateway) || !has(self.className)",
        hint="leave out one of them",
    ),
    Rule(
        "gateway-tls",
        spec.Ingress,
        "tls",
        "behind a gateway the certificate is the Gateway's: tls.secretName has no use",
        at("tls.secretName", lambda self: has(self, "gateway") and has(self, "tls", "secretName")),
        "!has(self.gateway) || !has(self.tls) || !has(self.tls.secretName)",
        hint="leave out tls, or give an issuerRef to have the certificate made here",
    ),
    Rule(
        "overlay-one",
        spec.Overlay,
        "",
        "an overlay is one of builtin, configMapRef, and kustomization fields such as patches",
        at("", lambda self: _layers(self) != 1),
        f"[has(self.builtin), has(self.configMapRef), {_ANY_INLINE}].filter(x, x).size() == 1",
        hint="write each as an item of its own in overlays",
    ),
    Rule(
        "overlay-optional",
        spec.Overlay,
        "optional",
        "optional is about a ConfigMap that is not there",
        at("optional", lambda self: has(self, "optional") and not has(self, "configMapRef")),
        "!has(self.optional) || has(self.configMapRef)",
        hint="a patch that may fit nothing has an `optional` of its own",
    ),
    Rule(
        "patch-kind",
        spec.Patch,
        "patch",
        "a patch is an object, a list of operations, or either as text",
        at("patch", lambda self: has(self, "patch") and _bad_patch(self)),
        only="the server knows nothing of the type of a patch",
    ),
    Rule(
        "patch-target",
        spec.Patch,
        "target",
        "a list of operations needs a target",
        at("target", lambda self: isinstance(self.get("patch"), list) and not has(self, "target")),
        hint="write target: {kind: Deployment, name: app} or the like",
        only="the server knows nothing of the type of a patch",
    ),
)
