"""What a resource needs of a cluster besides the operator: kinds, classes, metrics, Secrets, ConfigMaps. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError
from django_operator.apply.references import references
from django_operator.cli.live.findings import Finding
from django_operator.engine.paths import get
from django_operator.engine.schema import builtin
from django_operator.stack.secrets import required

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from django_operator.apply.client import Client
    from django_operator.cli.live.needs import Need
    from django_operator.engine.paths import Body
    from django_operator.stack.secrets import SecretNeed

PROJECTS = {
    "cert-manager.io": "cert-manager: https://cert-manager.io/docs/installation/",
    "gateway.networking.k8s.io": "the Gateway API: https://gateway-api.sigs.k8s.io/guides/",
    "keda.sh": "KEDA: https://keda.sh/docs/latest/deploy/",
    "monitoring.coreos.com": "the Prometheus Operator: https://prometheus-operator.dev/docs/getting-started/installation/",
    "postgresql.cnpg.io": "CloudNativePG: https://cloudnative-pg.io/documentation/current/installation_upgrade/",
}
_METRICS = "/apis/metrics.k8s.io/v1beta1"
_DEFAULT_STORAGE = "storageclass.kubernetes.io/is-default-class"
_DEFAULT_INGRESS = "ingressclass.kubernetes.io/is-default-class"


async def run(client: Client, need: Need) -> list[Finding]:
    """Return what was found for one resource."""
    name = f"Django/{need.site.name}"
    found = [
        each
        for part in (_kinds, _metrics, _storage, _ingress, _secrets, _config_maps)
        async for each in part(client, need)
    ]
    return [each._replace(what=f"{name}: {each.what}") for each in found]


async def _kinds(client: Client, need: Need) -> AsyncIterator[Finding]:
    """Look for the kinds that come with other projects."""
    wanted = {(each["apiVersion"], each["kind"]) for each in need.objects}
    for api_version, kind in sorted(wanted):
        if builtin().plural(api_version, kind) is not None and api_version.rpartition("/")[0] not in PROJECTS:
            continue
        what, hint = (
            f"kind {kind} ({api_version})",
            f"install {PROJECTS.get(api_version.rpartition('/')[0], 'its CRD')}",
        )
        try:
            await client.list(api_version, kind, need.namespace, limit=1, metadata_only=True)
        except ApiError as error:
            if error.forbidden:
                # Authorization comes after the look for the kind: a 403 is for a kind that may be there or not.
                yield await _discovered(client, api_version, kind, what, hint)
                continue
            if not error.not_found:
                raise
            yield Finding("missing", what, "the cluster does not know it", hint)
        else:
            yield Finding("ok", what)


async def _discovered(client: Client, api_version: str, kind: str, what: str, hint: str) -> Finding:
    try:
        answer = await client.raw("GET", f"/apis/{api_version}")
    except ApiError as error:
        if not error.not_found:
            raise
        answer = {}
    there = any(each["kind"] == kind for each in answer.get("resources") or ())
    return Finding("ok", what) if there else Finding("missing", what, "the cluster does not know it", hint)


async def _metrics(client: Client, need: Need) -> AsyncIterator[Finding]:
    """Look for what HorizontalPodAutoscalers measure by."""
    scalers = [each["metadata"]["name"] for each in need.objects if each["kind"] == "HorizontalPodAutoscaler"]
    if not scalers:
        return
    hint = "install metrics-server: https://github.com/kubernetes-sigs/metrics-server; without it nothing is scaled"
    try:
        await client.raw("GET", _METRICS, retries=False)
    except ApiError as error:
        yield Finding("missing", "metrics API", f"needed by {', '.join(scalers)}: {error.message}", hint)
    else:
        yield Finding("ok", "metrics API")


async def _storage(client: Client, need: Need) -> AsyncIterator[Finding]:
    """Look for the classes of the volumes."""
    named = dict.fromkeys(_classes(need.objects))
    if not named:
        return
    listed, why = await _listed(client, "storage.k8s.io/v1", "StorageClass")
    names = {each["metadata"]["name"] for each in listed or ()}
    for name in named:
        what = f"StorageClass {name}" if name else "default StorageClass"
        if listed is None:
            yield Finding("unknown", what, why)
        elif name is None and (default := _default(listed, _DEFAULT_STORAGE)):
            yield Finding("ok", what, default)
        elif name in names:
            yield Finding("ok", what)
        else:
            hint = f"there is {', '.join(sorted(names))}" if names else "the cluster has none: install a provisioner"
            yield Finding(
                "missing", what, "is not there", f"{hint}; storageClassName stands under storage in the resource"
            )


def _classes(objects: Iterable[Body]) -> Iterator[str | None]:
    """Yield the class of each volume, None for the default one; an empty name asks for no class at all."""
    for each in objects:
        claims = [each["spec"]] if each["kind"] == "PersistentVolumeClaim" else []
        claims += [one["spec"] for one in get(each, "spec", "volumeClaimTemplates") or ()]
        if each["kind"] == "Cluster":
            claims.append({"storageClassName": get(each, "spec", "storage", "storageClass")})
        yield from (one.get("storageClassName") for one in claims if one.get("storageClassName") != "")


async def _ingress(client: Client, need: Need) -> AsyncIterator[Finding]:
    """Look for the class of the Ingress."""
    for each in need.objects:
        if each["kind"] != "Ingress":
            continue
        name = get(each, "spec", "ingressClassName")
        what = f"IngressClass {name}" if name else "default IngressClass"
        listed, why = await _listed(client, "networking.k8s.io/v1", "IngressClass")
        names = sorted(one["metadata"]["name"] for one in listed or ())
        if listed is None:
            yield Finding("unknown", what, why)
        elif name in names or (not name and _default(listed, _DEFAULT_INGRESS)):
            yield Finding("ok", what)
        else:
            there = f"there is {', '.join(names)}" if names else "no ingress controller is installed"
            yield Finding("missing", what, "is not there", f"{there}; spec.ingress.className names one")


async def _secrets(client: Client, need: Need) -> AsyncIterator[Finding]:
    """Look for the Secrets that somebody else makes."""
    for each in required(need.site, need.objects):
        if each.made_by:
            continue
        what = f"Secret {each.name}"
        try:
            body = await client.get("v1", "Secret", need.namespace, each.name)
        except ApiError as error:
            if not error.forbidden:
                raise
            yield Finding("unknown", what, f"{each.why}; you may not read it")
            continue
        lacks = [key for key in each.keys if key not in ((body or {}).get("data") or {})]
        hint = f"kubectl -n {need.namespace} create secret {_form(each, need)}"
        if body is None:
            yield Finding("missing", what, f"is not there; {each.why}", hint)
        elif lacks:
            yield Finding("missing", what, f"has no {', '.join(lacks)}; {each.why}", "add the keys to it")
        else:
            yield Finding("ok", what)


def _form(each: SecretNeed, need: Need) -> str:
    """Return the words of kubectl that make a Secret."""
    if each.name in {one.get("name") for one in need.site.spec.image_pull_secrets or ()}:
        return f"docker-registry {each.name} --docker-server=... --docker-username=... --docker-password=..."
    options = " ".join(f"--from-literal={key}=..." for key in each.keys)
    return f"generic {each.name} {options or '...'}"


async def _config_maps(client: Client, need: Need) -> AsyncIterator[Finding]:
    """Look for the ConfigMaps that pods read and the stack does not have."""
    held = {each["metadata"]["name"] for each in need.objects if each["kind"] == "ConfigMap"}
    read = {one for each in need.objects for one in references(each) if one.kind == "ConfigMap" and not one.optional}
    for name in sorted({each.name for each in read} - held):
        if await client.get("v1", "ConfigMap", need.namespace, name) is None:
            hint = f"kubectl -n {need.namespace} create configmap {name} ..."
            yield Finding("missing", f"ConfigMap {name}", "is not there, and pods read it", hint)
        else:
            yield Finding("ok", f"ConfigMap {name}")


async def _listed(client: Client, api_version: str, kind: str) -> tuple[list[Body] | None, str]:
    try:
        return (await client.list(api_version, kind)).items, ""
    except ApiError as error:
        if error.forbidden:
            return None, f"you may not list {kind} objects"
        raise


def _default(listed: Iterable[Body], note: str) -> str:
    marked = (each for each in listed if get(each, "metadata", "annotations", note) == "true")
    return next((str(each["metadata"]["name"]) for each in marked), "")
