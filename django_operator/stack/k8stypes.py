"""Fields whose type is Kubernetes' own, and the scalars that our own fields are made of.

An embedded value (a volume, a probe ...) stays plain JSON, to be put into an object as it was written. What it may hold
is looked up by `K8s(type, field)` in engine/schema.json, by the checks of `parse` and by the generator of the CRD.

Patterns stand in `extra`: the checks, which run first, compile those they meet; msgspec would compile all at start-up.
Annotations here and in `spec` are evaluated when they are imported, not kept as text: msgspec then reads them faster.
"""

from typing import Annotated, Any

from msgspec import Meta

Json = Any
Object = dict[str, Any]


def K8s(type_: str, field: str) -> Meta:  # noqa: N802 - reads as the annotation it is
    """Return the annotation of a value that has the type of `field` in Kubernetes' `type_`."""
    return Meta(extra={"k8s": (f"io.k8s.api.{type_}", field)})


_CONTAINER = "core.v1.Container"
_POD = "core.v1.PodSpec"
_SCALER = "autoscaling.v2.HorizontalPodAutoscalerSpec"

Affinity = Annotated[Object, K8s(_POD, "affinity")]
AccessModes = Annotated[
    list[str], K8s("core.v1.PersistentVolumeClaimSpec", "accessModes"), Meta(min_length=1, max_length=4)
]
Behavior = Annotated[Object, K8s(_SCALER, "behavior")]
Conditions = Annotated[list[Object], K8s("core.v1.ServiceStatus", "conditions")]
DnsConfig = Annotated[Object, K8s(_POD, "dnsConfig")]
Env = Annotated[list[Object], K8s(_CONTAINER, "env"), Meta(max_length=512)]
EnvFrom = Annotated[list[Object], K8s(_CONTAINER, "envFrom"), Meta(max_length=64)]
HostAliases = Annotated[list[Object], K8s(_POD, "hostAliases"), Meta(max_length=64)]
ImagePullSecrets = Annotated[list[Object], K8s(_POD, "imagePullSecrets"), Meta(max_length=16)]
Lifecycle = Annotated[Object, K8s(_CONTAINER, "lifecycle")]
Metrics = Annotated[list[Object], K8s(_SCALER, "metrics"), Meta(max_length=16)]
PodSecurityContext = Annotated[Object, K8s(_POD, "securityContext")]
Probe = Annotated[Object, K8s(_CONTAINER, "livenessProbe")]
Resources = Annotated[Object, K8s(_CONTAINER, "resources")]
SecurityContext = Annotated[Object, K8s(_CONTAINER, "securityContext")]
Tolerations = Annotated[list[Object], K8s(_POD, "tolerations"), Meta(max_length=64)]
TopologySpread = Annotated[list[Object], K8s(_POD, "topologySpreadConstraints"), Meta(max_length=16)]
VolumeMounts = Annotated[list[Object], K8s(_CONTAINER, "volumeMounts"), Meta(max_length=64)]
Volumes = Annotated[list[Object], K8s(_POD, "volumes"), Meta(max_length=64)]

Anything = Annotated[Json, Meta(extra={"any": True})]
FreeObject = Annotated[Object, Meta(extra={"any": True})]
"""An object of unknown type: kept whole, checked by whoever reads it."""

_DNS1123 = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
Label = Annotated[str, Meta(min_length=1, max_length=63, extra={"is": "label", "pattern": f"^{_DNS1123}$"})]
ShortLabel = Annotated[str, Meta(min_length=1, max_length=24, extra={"is": "label", "pattern": f"^{_DNS1123}$"})]
SiteName = Annotated[
    str, Meta(min_length=1, max_length=40, extra={"is": "name", "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"})
]
"""DNS-1035; 40 characters, since it stands in the names of all objects, of which some may have 52 only."""
ObjectName = Annotated[
    str, Meta(min_length=1, max_length=253, extra={"is": "object name", "pattern": rf"^{_DNS1123}(\.{_DNS1123})*$"})
]
Host = Annotated[
    str, Meta(min_length=1, max_length=253, extra={"is": "host", "pattern": rf"^(\*\.)?{_DNS1123}(\.{_DNS1123})*$"})
]
DataKey = Annotated[str, Meta(min_length=1, max_length=253, extra={"is": "data key", "pattern": "^[-._a-zA-Z0-9]+$"})]
EnvName = Annotated[str, Meta(max_length=128, extra={"is": "env name", "pattern": "^([A-Za-z_][A-Za-z0-9_]*)?$"})]
EnvWord = Annotated[
    str, Meta(min_length=1, max_length=128, extra={"is": "env name", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"})
]
Word = Annotated[str, Meta(min_length=1, max_length=253)]
Text = Annotated[str, Meta(max_length=4096)]
AbsolutePath = Annotated[str, Meta(min_length=1, max_length=1024, extra={"is": "absolute path", "pattern": "^/"})]
Image = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=512,
        extra={"is": "image", "pattern": r"^[^\s:@]+(:[0-9]+/[^\s:@]+)?(:[^\s:@/]+)?(@\S+)?$"},
    ),
]
Duration = Annotated[
    str, Meta(min_length=2, max_length=32, extra={"is": "duration", "pattern": r"^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$"})
]
Quantity = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=32,
        extra={"is": "quantity", "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][0-9]+)?$"},
    ),
]
Schedule = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        extra={
            "is": "cron",
            "pattern": r"^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every \S+|\S+(\s+\S+){4})$",
        },
    ),
]
Zone = Annotated[str, Meta(min_length=1, max_length=64, extra={"is": "time zone", "pattern": "^[A-Za-z0-9_+/-]+$"})]
Percent = Annotated[int, Meta(ge=1, le=1000)]
Time = Annotated[str, Meta(extra={"is": "date-time"})]
Count = Annotated[int, Meta(ge=0, le=10_000)]
Positive = Annotated[int, Meta(ge=1, le=10_000)]
Seconds = Annotated[int, Meta(ge=0, le=604_800)]
Port = Annotated[int, Meta(ge=1, le=65_535)]
Command = Annotated[list[Text], Meta(max_length=128)]
LabelKey = Annotated[
    str,
    Meta(
        max_length=317,
        extra={
            "is": "label key",
            "pattern": r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        },
    ),
]
LabelValue = Annotated[
    str, Meta(max_length=63, extra={"is": "label value", "pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"})
]
Labels = Annotated[dict[LabelKey, LabelValue], Meta(max_length=128)]
Annotations = Annotated[dict[LabelKey, Annotated[str, Meta(max_length=65_536)]], Meta(max_length=128)]
