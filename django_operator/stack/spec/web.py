"""The way in: hosts, Ingress or HTTPRoute, certificates."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import Spec


class IssuerRef(Spec, frozen=True, kw_only=True):
    """An issuer of cert-manager."""

    name: k.ObjectName
    """Name of the issuer."""
    kind: k.Word | None = None
    """ClusterIssuer, Issuer, or an external issuer's kind. Left out: ClusterIssuer."""
    group: k.ObjectName | None = None
    """API group of the issuer. Left out: cert-manager.io."""


class Tls(Spec, frozen=True, kw_only=True):
    """HTTPS: by a certificate from an issuer, or by one that is in a Secret already."""

    issuer_ref: IssuerRef | None = None
    """Issuer that signs a certificate for `hosts`."""
    secret_name: k.ObjectName | None = None
    """Secret of type kubernetes.io/tls that holds the certificate."""


class ParentRef(Spec, frozen=True, kw_only=True):
    """A Gateway (or a part of one) that the route is attached to."""

    name: k.ObjectName
    """Name of the Gateway."""
    namespace: k.Label | None = None
    """Namespace of the Gateway. Left out: the resource's own."""
    section_name: k.ObjectName | None = None
    """Listener of the Gateway."""
    port: k.Port | None = None
    """Port of the Gateway."""
    group: k.ObjectName | None = None
    """API group of the parent. Left out: gateway.networking.k8s.io."""
    kind: k.Word | None = None
    """Kind of the parent. Left out: Gateway."""


class Gateway(Spec, frozen=True, kw_only=True):
    """An HTTPRoute of the Gateway API in place of an Ingress."""

    parent_refs: Annotated[list[ParentRef], Meta(min_length=1, max_length=32)]
    """Gateways that the route is attached to."""


class Ingress(Spec, frozen=True, kw_only=True):
    """How requests for `hosts` reach the web server. Without this field: an Ingress of the cluster's default class."""

    enabled: bool | None = None
    """False makes neither Ingress nor HTTPRoute. Left out: true, when there are hosts."""
    class_name: k.ObjectName | None = None
    """IngressClass; left out, the cluster's default one."""
    annotations: k.Annotations | None = None
    """Annotations of the Ingress or HTTPRoute, e.g. those of its controller."""
    path: k.AbsolutePath | None = None
    """Path that is routed."""
    path_type: Literal["Prefix", "Exact", "ImplementationSpecific"] | None = None
    """How the path is compared."""
    tls: Tls | None = None
    """HTTPS. With a gateway it makes the certificate only: the Gateway's owner refers to it."""
    gateway: Gateway | None = None
    """An HTTPRoute in place of the Ingress."""
