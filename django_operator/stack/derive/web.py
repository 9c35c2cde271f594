"""The way in: Ingress or HTTPRoute for the hosts, and the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import to_builtins

from django_operator.stack.change import Put, Ref
from django_operator.stack.names import names
from django_operator.stack.spec import Ingress, Tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.stack.site import Site

_INGRESS = Ref("networking.k8s.io/v1", "Ingress", "app")
_ROUTE = Ref("gateway.networking.k8s.io/v1", "HTTPRoute", "app")
_CERTIFICATE = Ref("cert-manager.io/v1", "Certificate", "app")
_AT: Path = ("spec", "ingress")


def kind_of_way(site: Site) -> str:
    """Return the base folder of the way in: ingress, httproute, or nothing where there are no hosts."""
    given = site.spec.ingress or Ingress()
    if not site.spec.hosts or given.enabled is False:
        return ""
    return "ingress" if given.gateway is None else "httproute"


DEVELOPMENT = "development"
"""The built-in overlay that takes TLS away: a laptop or a preview has no issuer, and often no name."""


def tls_of(site: Site) -> Tls | None:
    """Return how HTTPS is had, None where it is not."""
    given = site.spec.ingress
    if given is None or any(overlay.builtin == DEVELOPMENT for overlay in site.spec.overlays or ()):
        return None
    return given.tls


def has_certificate(site: Site) -> bool:
    """Tell whether a certificate is asked of an issuer."""
    tls = tls_of(site)
    return bool(kind_of_way(site) and tls and tls.issuer_ref)


def ingress(site: Site) -> Iterator[Put]:
    """Yield the Ingress: a rule for each host, class, annotations, TLS."""
    if kind_of_way(site) != "ingress":
        return
    given, hosts = site.spec.ingress or Ingress(), site.spec.hosts or []
    written = {"path": given.path, "pathType": given.path_type}
    for index, host in enumerate(hosts):
        path: Body = {
            "path": "/",
            "pathType": "Prefix",
            "backend": {"service": {"name": "app", "port": {"name": "http"}}},
        }
        place: Path = ("spec", "rules", index)
        yield Put(_INGRESS, place, {"host": host, "http": {"paths": [path]}}, ("spec", "hosts", index))
        for name, value in written.items():
            if value is not None:
                yield Put(_INGRESS, (*place, "http", "paths", 0, name), value, (*_AT, name))
    if given.class_name is not None:
        yield Put(_INGRESS, ("spec", "ingressClassName"), given.class_name, (*_AT, "className"))
    if given.annotations:
        yield Put(_INGRESS, ("metadata", "annotations"), given.annotations, (*_AT, "annotations"))
    if (tls := tls_of(site)) is not None:
        entry = {"hosts": list(hosts), "secretName": _tls_secret(site, tls)}
        yield Put(_INGRESS, ("spec", "tls"), [entry], (*_AT, "tls"))
        yield Put(_INGRESS, ("spec", "tls", 0, "hosts"), list(hosts), ("spec", "hosts"))


def route(site: Site) -> Iterator[Put]:
    """Yield the HTTPRoute: hosts, the Gateways it is attached to, the path."""
    given = site.spec.ingress
    if given is None or given.gateway is None or kind_of_way(site) != "httproute":
        return
    yield Put(_ROUTE, ("spec", "hostnames"), list(site.spec.hosts or ()), ("spec", "hosts"))
    parents = to_builtins(given.gateway.parent_refs)
    yield Put(_ROUTE, ("spec", "parentRefs"), parents, (*_AT, "gateway", "parentRefs"))
    if given.annotations:
        yield Put(_ROUTE, ("metadata", "annotations"), given.annotations, (*_AT, "annotations"))
    if given.path is not None or given.path_type is not None:
        kind = {"Exact": "Exact"}.get(given.path_type or "", "PathPrefix")
        rule = {
            "matches": [{"path": {"type": kind, "value": given.path or "/"}}],
            "backendRefs": [{"name": "app", "port": 80}],
        }
        yield Put(_ROUTE, ("spec", "rules"), [rule], (*_AT, "path"))


def certificate(site: Site) -> Iterator[Put]:
    """Yield the Certificate: hosts, issuer, and the Secret it ends up in."""
    tls = tls_of(site)
    if tls is None or tls.issuer_ref is None or not has_certificate(site):
        return
    issuer = tls.issuer_ref
    yield Put(_CERTIFICATE, ("spec", "dnsNames"), list(site.spec.hosts or ()), ("spec", "hosts"))
    yield Put(_CERTIFICATE, ("spec", "secretName"), _tls_secret(site, tls), (*_AT, "tls"))
    ref = {"name": issuer.name, "kind": issuer.kind or "ClusterIssuer", "group": issuer.group or "cert-manager.io"}
    yield Put(_CERTIFICATE, ("spec", "issuerRef"), ref, (*_AT, "tls", "issuerRef"))


def _tls_secret(site: Site, tls: Tls) -> str:
    return tls.secret_name or names(site).tls
