"""What several kinds of pods share: the pod's surroundings, the process in it, scaling and disruption."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import IntOrPercent, Spec


class PodTemplate(Spec, frozen=True, kw_only=True):
    """Surroundings of pods: where they run, as whom, with which labels. Only what is not a container's own.

    Given for one component it is laid over the common one, as a strategic merge.
    """

    labels: k.Labels | None = None
    """Labels added to the pods; those that selectors use cannot be changed."""
    annotations: k.Annotations | None = None
    """Annotations added to the pods, e.g. for a service mesh or a log collector."""
    node_selector: k.Labels | None = None
    """Labels that a node must have."""
    tolerations: k.Tolerations | None = None
    """Taints of nodes that the pods tolerate."""
    affinity: k.Affinity | None = None
    """Affinity to nodes and to other pods."""
    topology_spread_constraints: k.TopologySpread | None = None
    """How pods are spread over nodes and zones. A missing labelSelector means the component's own pods."""
    security_context: k.PodSecurityContext | None = None
    """User, groups and seccomp profile of the pods."""
    container_security_context: k.SecurityContext | None = None
    """Security context of the containers that run the image."""
    priority_class_name: k.ObjectName | None = None
    """PriorityClass of the pods."""
    runtime_class_name: k.ObjectName | None = None
    """RuntimeClass of the pods."""
    scheduler_name: k.Word | None = None
    """Scheduler that places the pods."""
    dns_policy: Literal["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] | None = None
    """How names are resolved."""
    dns_config: k.DnsConfig | None = None
    """Resolver settings added to those of `dnsPolicy`."""
    host_aliases: k.HostAliases | None = None
    """Lines added to /etc/hosts."""


class Process(Spec, frozen=True, kw_only=True):
    """One kind of process that runs the image."""

    command: k.Command | None = None
    """The program, without a shell. Left out, it is made from `project` (see each process), else the image's own."""
    args: k.Command | None = None
    """Arguments that follow the command."""
    resources: k.Resources | None = None
    """CPU and memory requested and allowed."""
    env: k.Env | None = None
    """Environment of these containers alone; wins over the common `env` of the same name."""
    env_from: k.EnvFrom | None = None
    """ConfigMaps and Secrets read whole into the environment, after the common ones."""
    volume_mounts: k.VolumeMounts | None = None
    """Where volumes appear in these containers, besides the common mounts."""


class Served(Process, frozen=True, kw_only=True):
    """A process of many replicas, with surroundings and volumes of its own."""

    volumes: k.Volumes | None = None
    """Volumes of these pods, besides the common ones."""
    pod_template: PodTemplate | None = None
    """Surroundings of these pods, laid over the common `podTemplate`."""
    lifecycle: k.Lifecycle | None = None
    """Handlers run after the start and before the stop of a container."""
    termination_grace_period_seconds: k.Seconds | None = None
    """Seconds from the request to stop until the process is killed. Workers: at least the longest task."""


class Autoscaling(Spec, frozen=True, kw_only=True):
    """Bounds and measures of a HorizontalPodAutoscaler, or of a KEDA ScaledObject where `triggers` are given.

    Without any measure the base's CPU target holds.
    """

    enabled: bool | None = None
    """False keeps the block but makes no autoscaler. Left out: true."""
    min_replicas: k.Count | None = None
    """Fewest replicas; 0 needs KEDA (`queueLength` or `triggers`)."""
    max_replicas: k.Positive | None = None
    """Most replicas."""
    cpu: k.Percent | None = None
    """Target of average CPU use, in per cent of the request."""
    memory: k.Percent | None = None
    """Target of average memory use, in per cent of the request."""
    metrics: k.Metrics | None = None
    """Further metrics, as in autoscaling/v2. Not together with KEDA."""
    behavior: k.Behavior | None = None
    """Speed of scaling up and down, as in autoscaling/v2."""
    triggers: Annotated[list[k.FreeObject], Meta(min_length=1, max_length=16)] | None = None
    """Triggers of KEDA (cron, prometheus ...), as in its ScaledObject; KEDA then takes the autoscaler's place."""
    polling_seconds: k.Seconds | None = None
    """How often KEDA looks at its triggers."""
    cooldown_seconds: k.Seconds | None = None
    """How long KEDA waits after the last activity before it scales to 0."""


class QueueAutoscaling(Autoscaling, frozen=True, kw_only=True):
    """Autoscaling of workers, which may follow the length of their queues."""

    queue_length: k.Positive | None = None
    """Waiting tasks for each worker pod, over each of the pool's queues (KEDA's redis trigger).

    Tasks already prefetched are not seen: set `worker_prefetch_multiplier = 1` in Celery's settings.
    """


class Probes(Spec, frozen=True, kw_only=True):
    """Probes of a container. A probe given here is laid over the base's; another handler takes its place."""

    startup: k.Probe | None = None
    """Holds back the other probes until the process has started."""
    readiness: k.Probe | None = None
    """Whether requests are sent to the pod."""
    liveness: k.Probe | None = None
    """Whether the container is restarted."""
    disable: (
        Annotated[list[Literal["startup", "readiness", "liveness"]], Meta(max_length=3, extra={"set": True})] | None
    ) = None
    """Probes of the base that are left out."""


class WebProbes(Probes, frozen=True, kw_only=True):
    """Probes of the web server, by HTTP unless given otherwise."""

    path: k.AbsolutePath | None = None
    """Path that all three probes ask for."""
    host: k.Host | None = None
    """Host header of the probes, which ALLOWED_HOSTS must allow. Left out: the first of `hosts`."""


class Disruption(Spec, frozen=True, kw_only=True):
    """How many pods a drain of nodes may take away at a time (PodDisruptionBudget)."""

    enabled: bool | None = None
    """False makes no PodDisruptionBudget. Left out: true."""
    max_unavailable: IntOrPercent | None = None
    """Most pods that may be away, a number or per cent."""
    min_available: IntOrPercent | None = None
    """Fewest pods that must be there, a number or per cent."""
