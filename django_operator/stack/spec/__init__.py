"""The resource `Django`, typed once: parsing, the CRD, docs and offline validation all come from these Structs.

The text under a field is its description. Knows nothing of manifests: what a value becomes is decided elsewhere.
"""

from django_operator.stack.spec.base import SecretKeyRef, Spec
from django_operator.stack.spec.data import (
    CloudNativePG,
    Database,
    DeletionPolicy,
    EnvNames,
    ExternalDatabase,
    ExternalRedis,
    ManagedDatabase,
    ManagedRedis,
    Media,
    Redis,
    SecretKey,
)
from django_operator.stack.spec.overlays import ConfigMapRef, Overlay, Patch, Target
from django_operator.stack.spec.pods import (
    Autoscaling,
    Disruption,
    PodTemplate,
    Probes,
    Process,
    QueueAutoscaling,
    Served,
    WebProbes,
)
from django_operator.stack.spec.processes import App, Beat, CronJob, Worker
from django_operator.stack.spec.release import Release, Rollout, Step
from django_operator.stack.spec.root import (
    API_VERSION,
    GROUP,
    KIND,
    VERSION,
    Django,
    DjangoSpec,
    Metadata,
    ServiceAccount,
)
from django_operator.stack.spec.web import Gateway, Ingress, IssuerRef, ParentRef, Tls

__all__ = [
    "API_VERSION",
    "GROUP",
    "KIND",
    "VERSION",
    "App",
    "Autoscaling",
    "Beat",
    "CloudNativePG",
    "ConfigMapRef",
    "CronJob",
    "Database",
    "DeletionPolicy",
    "Disruption",
    "Django",
    "DjangoSpec",
    "EnvNames",
    "ExternalDatabase",
    "ExternalRedis",
    "Gateway",
    "Ingress",
    "IssuerRef",
    "ManagedDatabase",
    "ManagedRedis",
    "Media",
    "Metadata",
    "Overlay",
    "ParentRef",
    "Patch",
    "PodTemplate",
    "Probes",
    "Process",
    "QueueAutoscaling",
    "Redis",
    "Release",
    "Rollout",
    "SecretKey",
    "SecretKeyRef",
    "Served",
    "ServiceAccount",
    "Spec",
    "Step",
    "Target",
    "Tls",
    "WebProbes",
    "Worker",
]
