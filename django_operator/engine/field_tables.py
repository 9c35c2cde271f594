"""The fields that hold names, labels, annotations, images and replicas, as data.

The facts are those of kustomize v5.8.1 (api/internal/konfig/builtinpluginconsts), written by pod template instead of
kind by kind. Knows nothing of how the fields are changed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django_operator.engine.fieldspecs import FieldSpec, FieldSpecs, Gvk, Reference, path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

POD_TEMPLATES: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), ("spec", "template")
    ),
}
"""Where each kind has the template of its pods."""

CLAIM_LABELS = FieldSpec(
    path_of("spec/volumeClaimTemplates[]/metadata/labels"), Gvk("apps", kind="StatefulSet"), create=True
)
"""What `labels[].includeVolumeClaimTemplates` adds (https://github.com/kubernetes-sigs/kustomize/pull/5831)."""

_TEMPLATES = {
    kind: "".join(f"{step}/" for step in path)
    for kind, path in POD_TEMPLATES.items()
    if kind != "ReplicationController"  # kustomize knows nothing of what its pods refer to, save the three below
}
_LABELLED = {
    Gvk(version="v1", kind="ReplicationController"): ("spec/template",),
    Gvk(kind="Deployment"): ("spec/template",),
    Gvk(kind="ReplicaSet"): ("spec/template",),
    Gvk(kind="DaemonSet"): ("spec/template",),
    Gvk("apps", kind="StatefulSet"): ("spec/template", "spec/volumeClaimTemplates[]"),
    Gvk("batch", kind="Job"): ("spec/template",),
    Gvk("batch", kind="CronJob"): ("spec/jobTemplate", "spec/jobTemplate/spec/template"),
}
_SELECTORS = {
    Gvk(version="v1", kind="Service"): "spec/selector",
    Gvk(version="v1", kind="ReplicationController"): "spec/selector",
    Gvk(kind="Deployment"): "spec/selector/matchLabels",
    Gvk(kind="ReplicaSet"): "spec/selector/matchLabels",
    Gvk(kind="DaemonSet"): "spec/selector/matchLabels",
    Gvk("apps", kind="StatefulSet"): "spec/selector/matchLabels",
}
_SELECTORS_IF_PRESENT = {
    Gvk("batch", kind="Job"): ("spec/selector/matchLabels",),
    Gvk("batch", kind="CronJob"): ("spec/jobTemplate/spec/selector/matchLabels",),
    Gvk("policy", kind="PodDisruptionBudget"): ("spec/selector/matchLabels",),
    Gvk("networking.k8s.io", kind="NetworkPolicy"): (
        "spec/podSelector/matchLabels",
        "spec/ingress/from/podSelector/matchLabels",
        "spec/egress/to/podSelector/matchLabels",
    ),
}
_AFFINITY = tuple(
    f"spec/template/spec/affinity/{side}/{term}labelSelector/matchLabels"
    for side in ("podAffinity", "podAntiAffinity")
    for term in (
        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/",
        "requiredDuringSchedulingIgnoredDuringExecution/",
    )
)
_SPREAD = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"

_CONTAINERS = ("containers", "initContainers")
_CONFIG_MAPS = (
    "volumes/configMap/name",
    *(f"{each}/env/valueFrom/configMapKeyRef/name" for each in _CONTAINERS),
    *(f"{each}/envFrom/configMapRef/name" for each in _CONTAINERS),
    "volumes/projected/sources/configMap/name",
)
_SECRETS = (
    "volumes/secret/secretName",
    *(f"{each}/env/valueFrom/secretKeyRef/name" for each in _CONTAINERS),
    *(f"{each}/envFrom/secretRef/name" for each in _CONTAINERS),
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
)
# kustomize knows these three of a ReplicationController, but none of a ReplicaSet.
_TEMPLATES_OF_OTHERS = {
    **{kind: start for kind, start in _TEMPLATES.items() if kind not in ("PodTemplate", "ReplicaSet")},
    "ReplicationController": "spec/template/",
}


def _fields(paths: Iterable[str], of: Gvk, *, create: bool = False) -> Iterator[FieldSpec]:
    return (FieldSpec(path_of(path), of, create) for path in paths)


def _in_pods(paths: tuple[str, ...], templates: dict[str, str]) -> Iterator[FieldSpec]:
    for kind, start in templates.items():
        yield from _fields((f"{start}spec/{path}" for path in paths), Gvk(kind=kind))


def _reference(to: Gvk, *fields: Iterable[FieldSpec]) -> Reference:
    return Reference(to, tuple(spec for group in fields for spec in group))


def _references() -> Iterator[Reference]:
    scaled = Gvk(kind="HorizontalPodAutoscaler")
    for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"):
        yield _reference(Gvk(kind=kind), _fields(["spec/scaleTargetRef/name"], scaled))
    ingress, cluster_role = Gvk(kind="Ingress"), Gvk(kind="ClusterRole")
    named = [*_fields(["rules/resourceNames"], Gvk(kind="Role")), *_fields(["rules/resourceNames"], cluster_role)]
    yield _reference(
        Gvk(version="v1", kind="ConfigMap"),
        _in_pods(_CONFIG_MAPS, _TEMPLATES),
        _fields(["spec/configSource/configMap"], Gvk(kind="Node")),
        named,
        _fields(["metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"], ingress),
    )
    auth = ("ingress.kubernetes.io\\/auth-secret", "nginx.ingress.kubernetes.io\\/auth-secret")
    yield _reference(
        Gvk(version="v1", kind="Secret"),
        _in_pods(_SECRETS, _TEMPLATES),
        _fields(["spec/tls/secretName"], ingress),
        _fields(
            (f"metadata/annotations/{name}" for name in (*auth, "nginx.ingress.kubernetes.io\\/auth-tls-secret")),
            ingress,
        ),
        _fields(["imagePullSecrets/name"], Gvk(kind="ServiceAccount")),
        _fields(
            (f"parameters/{name}" for name in ("secretName", "adminSecretName", "userSecretName", "secretRef")),
            Gvk(kind="StorageClass"),
        ),
        named,
        _fields(
            ["spec/template/spec/containers/env/valueFrom/secretKeyRef/name"],
            Gvk("serving.knative.dev", "v1", "Service"),
        ),
        _fields(["spec/azureFile/secretName"], Gvk(kind="PersistentVolume")),
    )
    backends = (
        "spec/rules/http/paths/backend/serviceName",
        "spec/backend/serviceName",
        "spec/rules/http/paths/backend/service/name",
        "spec/defaultBackend/service/name",
    )
    webhooks = "admissionregistration.k8s.io"
    yield _reference(
        Gvk(version="v1", kind="Service"),
        _fields(["spec/serviceName"], Gvk("apps", kind="StatefulSet")),
        _fields(backends, ingress),
        _fields(["spec/service/name"], Gvk("apiregistration.k8s.io", kind="APIService")),
        _fields(["webhooks/clientConfig/service"], Gvk(webhooks, kind="ValidatingWebhookConfiguration")),
        _fields(["webhooks/clientConfig/service"], Gvk(webhooks, kind="MutatingWebhookConfiguration")),
    )
    rbac = "rbac.authorization.k8s.io"
    role_binding, cluster_binding = Gvk(rbac, kind="RoleBinding"), Gvk(rbac, kind="ClusterRoleBinding")
    yield _reference(Gvk(rbac, kind="Role"), _fields(["roleRef/name"], role_binding))
    yield _reference(
        Gvk(rbac, kind="ClusterRole"),
        _fields(["roleRef/name"], role_binding),
        _fields(["roleRef/name"], cluster_binding),
    )
    yield _reference(
        Gvk(version="v1", kind="ServiceAccount"),
        _fields(["subjects"], role_binding),
        _fields(["subjects"], cluster_binding),
        _in_pods(("serviceAccountName",), _TEMPLATES_OF_OTHERS),
    )
    yield _reference(
        Gvk(version="v1", kind="PersistentVolumeClaim"),
        _in_pods(("volumes/persistentVolumeClaim/claimName",), _TEMPLATES_OF_OTHERS),
    )
    claim = Gvk(kind="PersistentVolumeClaim")
    yield _reference(
        Gvk(version="v1", kind="PersistentVolume"),
        _fields(["spec/volumeName"], claim),
        _fields(["rules/resourceNames"], cluster_role),
    )
    yield _reference(
        Gvk("storage.k8s.io", "v1", "StorageClass"),
        _fields(["spec/storageClassName"], Gvk(kind="PersistentVolume")),
        _fields(["spec/storageClassName"], claim),
        _fields(["spec/volumeClaimTemplates/spec/storageClassName"], Gvk(kind="StatefulSet")),
    )
    yield _reference(
        Gvk("scheduling.k8s.io", "v1", "PriorityClass"), _in_pods(("priorityClassName",), _TEMPLATES_OF_OTHERS)
    )
    yield _reference(Gvk("networking.k8s.io", "v1", "IngressClass"), _fields(["spec/ingressClassName"], ingress))
    yield _reference(
        Gvk(webhooks, kind="ValidatingAdmissionPolicy"),
        _fields(["spec/policyName"], Gvk(webhooks, kind="ValidatingAdmissionPolicyBinding")),
    )


@cache
def builtin() -> FieldSpecs:
    """Return the tables that every build starts from."""
    templates = [
        FieldSpec(("metadata", "labels"), create=True),
        *(
            spec
            for of, starts in _LABELLED.items()
            for spec in _fields((f"{start}/metadata/labels" for start in starts), of, create=True)
        ),
    ]
    selectors = [spec for of, path in _SELECTORS.items() for spec in _fields([path], of, create=True)]
    selectors += [spec for of, paths in _SELECTORS_IF_PRESENT.items() for spec in _fields(paths, of)]
    for kind in ("Deployment", "StatefulSet"):
        selectors += _fields((*_AFFINITY, _SPREAD), Gvk("apps", kind=kind))
    annotated = [
        # Of any group: only the labels of a StatefulSet name its group.
        FieldSpec((*path[:-1], "annotations"), of._replace(group="") if of.kind == "StatefulSet" else of, create=True)
        for path, of, _ in templates
        if "volumeClaimTemplates[]" not in path
    ]
    images = [
        f"{start}spec/{place}"
        for start in ("", "spec/template/")
        for place in ("containers[]/image", "initContainers[]/image", "volumes[]/image/reference")
    ]
    return FieldSpecs(
        name_prefix=(FieldSpec(("metadata", "name")),),
        name_suffix=(FieldSpec(("metadata", "name")),),
        namespace=(
            FieldSpec(("metadata", "name"), Gvk(kind="Namespace"), create=True),
            FieldSpec(("spec", "service", "namespace"), Gvk("apiregistration.k8s.io", kind="APIService"), create=True),
            FieldSpec(
                path_of("spec/conversion/webhook/clientConfig/service/namespace"),
                Gvk("apiextensions.k8s.io", kind="CustomResourceDefinition"),
            ),
        ),
        labels=(*templates, *selectors),
        template_labels=tuple(templates),
        annotations=tuple(annotated),
        images=tuple(_fields(images, Gvk(), create=True)),
        replicas=tuple(
            FieldSpec(("spec", "replicas"), Gvk(kind=kind), create=True)
            for kind in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
        ),
        references=tuple(_references()),
        variables=(),
    )
