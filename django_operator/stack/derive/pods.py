"""What pods that run the user's image get from the spec: account, pull secrets, volumes, surroundings, size, label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import to_builtins

from django_operator.engine.merge import DELETED, merge
from django_operator.engine.schema import builtin
from django_operator.stack import names
from django_operator.stack.change import Put, Ref
from django_operator.stack.spec import PodTemplate, ServiceAccount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_operator.engine.paths import Body, Path
    from django_operator.engine.yamlio import Document
    from django_operator.stack.site import Site
    from django_operator.stack.workloads import Workload

MEDIA_PATH = "/media"
"""Where uploaded files appear unless `media.mountPath` says otherwise."""

_VERSIONED = frozenset({"app", "worker", "beat", "release", "post"})


def account(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield the ServiceAccount, its token and the pull secrets."""
    spec = site.spec
    if spec.service_account_name is not None:
        at: Path = ("spec", "serviceAccountName")
        yield Put(workload.ref, (*workload.pod, "serviceAccountName"), spec.service_account_name, at)
    own = spec.service_account or ServiceAccount()
    if own.automount_token is not None:
        at = ("spec", "serviceAccount", "automountToken")
        yield Put(workload.ref, (*workload.pod, "automountServiceAccountToken"), own.automount_token, at)
    if spec.image_pull_secrets:
        at = ("spec", "imagePullSecrets")
        yield Put(workload.ref, (*workload.pod, "imagePullSecrets"), spec.image_pull_secrets, at)
    if spec.image_pull_policy is not None:
        at = ("spec", "imagePullPolicy")
        yield Put(workload.ref, (*workload.container, "imagePullPolicy"), spec.image_pull_policy, at)


def volumes(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield volumes and mounts: the common ones, then the component's own, then the uploaded files'."""
    spec, own = site.spec, workload.section
    found: list[tuple[Body, Path]] = [
        (each, ("spec", "volumes", index)) for index, each in enumerate(spec.volumes or ())
    ]
    found += [
        (each, (*workload.at, "volumes", index)) for index, each in enumerate(getattr(own, "volumes", None) or ())
    ]
    mounts: list[tuple[Body, Path]] = [
        (each, ("spec", "volumeMounts", index)) for index, each in enumerate(spec.volume_mounts or ())
    ]
    mounts += [(each, (*workload.at, "volumeMounts", index)) for index, each in enumerate(own.volume_mounts or ())]
    if spec.media is not None:
        at: Path = ("spec", "media")
        mounts.append(({"name": "media", "mountPath": spec.media.mount_path or MEDIA_PATH}, at))
        found.append(({"name": "media", "persistentVolumeClaim": {"claimName": "media"}}, at))
    for index, (each, place) in enumerate(_last(found, "name")):
        yield Put(workload.ref, (*workload.pod, "volumes", index), each, place)
    for index, (each, place) in enumerate(_last(mounts, "mountPath")):
        yield Put(workload.ref, (*workload.container, "volumeMounts", index), each, place)


def _last(items: list[tuple[Body, Path]], key: str) -> list[tuple[Body, Path]]:
    """Return the items without those that a later one of the same key stands for."""
    last = {each[key]: index for index, (each, _) in enumerate(items)}
    return [item for index, item in enumerate(items) if last[item[0][key]] == index]


def size(_: Site, workload: Workload) -> Iterator[Put]:
    """Yield the resources of the container."""
    yield from resources(workload.ref, workload.container, workload.section.resources, (*workload.at, "resources"))


def resources(ref: Ref, container: Path, given: Body | None, at: Path) -> Iterator[Put]:
    """Yield a container's resources. A limit without a request takes the base's request away, which could be higher.

    Kubernetes then requests what the limit allows.
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
    """
    if given is None:
        return
    yield Put(ref, (*container, "resources"), given, at)
    for name in sorted((given.get("limits") or {}).keys() - (given.get("requests") or {}).keys()):
        yield Put(ref, (*container, "resources", "requests", name), None, (*at, "limits", name))


def surroundings(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield what `podTemplate` says, the component's own laid over the common one."""
    common: Body = _plain(site.spec.pod_template)
    own: Body = _plain(getattr(workload.section, "pod_template", None))
    template = _merged(common, own, site.document.at(*workload.at, "podTemplate"))
    places: dict[str, Path] = {
        "labels": (*workload.template, "metadata", "labels"),
        "annotations": (*workload.template, "metadata", "annotations"),
        "containerSecurityContext": (*workload.container, "securityContext"),
    }
    for field in (*(each for each in places if each in template), *(each for each in template if each not in places)):
        place, value = places.get(field, (*workload.pod, field)), template[field]
        if field == "topologySpreadConstraints":
            value = [_spread(each, workload) for each in value]
        at: Path = (*workload.at, "podTemplate") if field in own else ("spec", "podTemplate")
        yield Put(workload.ref, place, value, (*at, field))
        if field in own and isinstance(common.get(field), dict) and isinstance(value, dict):
            for key in value.keys() & common[field].keys() - own[field].keys():
                yield Put(workload.ref, (*place, key), value[key], ("spec", "podTemplate", field, key))


def _plain(template: PodTemplate | None) -> Body:
    return to_builtins(template) if template else {}


def _merged(common: Body, own: Body, written: Document) -> Body:
    if not common or not own:
        return common or own
    pod = builtin().root("v1", "Pod")
    node = pod.field("spec") if pod else None
    merged = merge(common, own, node, written.origin)
    return {} if merged is DELETED else merged


def _spread(constraint: Body, workload: Workload) -> Body:
    if "labelSelector" in constraint:
        return constraint
    labels = {names.COMPONENT: workload.component}
    if workload.component == "worker":
        labels[names.POOL] = str(workload.at[-1])
    return {**constraint, "labelSelector": {"matchLabels": labels}}


def version(site: Site, workload: Workload) -> Iterator[Put]:
    """Yield the version label: on the object and its pods, never in a selector."""
    if workload.component not in _VERSIONED:
        return
    text = site.spec.version
    if text is None:
        _, _, digest = site.spec.image.partition("@")
        text = digest or site.spec.image.rpartition("/")[2].partition(":")[2]
    value = names.label_value(text.removeprefix("sha256:"))
    if value:
        at: Path = ("spec", "version") if site.spec.version else ("spec", "image")
        for place in (("metadata",), (*workload.template, "metadata")):
            yield Put(workload.ref, (*place, "labels", names.VERSION), value, at)
