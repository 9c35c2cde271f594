"""Random objects: workloads and what they refer to, with few names, so that references meet what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any

NAMES = ("web", "db", "web-2", "settings")
"""Names of the two bases, which both give theirs a prefix or suffix of their own."""
OUTER = ("front", "cache", "front-2", "options")
"""Names of what is not renamed at times, so that no reference can mean two objects (row `renamed-wins`)."""
KEYS = ("app", "tier", "example.com/part", "x")
VALUES = (
    *("a", "b c", "1", "true", "", "null", "ü", "2026-01-31", "0x1", "y", "- x", "a: b", "# c"),
    *("one/two/three", "$(V)-$(W)", "a\nb\n"),
)
IMAGES = ("nginx", "nginx:1.25", "registry.example.com:5000/team/app:2", "app@sha256:" + "ab" * 32, "nginx-extra:1")
ROLE = "rbac.authorization.k8s.io"

names = st.sampled_from(NAMES + OUTER)
values = st.sampled_from(VALUES)
plain = st.sampled_from([value for value in VALUES if "$" not in value])
"""Values for what is written to several places: kustomize's places share memory (row `shared-nodes`)."""
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(("a", "b", "1", "true")), min_size=1, max_size=2)


def maybe(draw: Callable[..., Any], target: dict[str, Json], **fields: st.SearchStrategy[Json]) -> None:
    """Give a map each field at a chance of one in four."""
    for name, strategy in fields.items():
        if draw(st.integers(0, 3)) == 0:
            target[name] = draw(strategy)


@st.composite
def containers(draw: Callable[..., Any]) -> list[Json]:
    """Return one or two containers."""
    found: list[Json] = []
    for name in draw(st.lists(st.sampled_from(("main", "side")), min_size=1, max_size=2, unique=True)):
        container: dict[str, Json] = {"name": name, "image": draw(st.sampled_from(IMAGES))}
        key = {"name": draw(names), "key": "k"}
        maybe(
            draw,
            container,
            args=st.lists(values, max_size=2),
            command=st.lists(values, max_size=2),
            env=st.just(
                [
                    {"name": "A", "value": draw(values)},
                    {"name": "B", "value": "$(A)"},
                    {
                        "name": "C",
                        "valueFrom": draw(st.sampled_from(({"configMapKeyRef": key}, {"secretKeyRef": key}))),
                    },
                ]
            ),
            envFrom=st.just([{"configMapRef": {"name": draw(names)}}, {"secretRef": {"name": draw(names)}}]),
            ports=st.just([{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]),
            resources=st.just({"limits": {"memory": "64Mi"}}),
            volumeMounts=st.just([{"name": "v", "mountPath": "/v"}]),
        )
        found.append(container)
    return found


@st.composite
def pods(draw: Callable[..., Any]) -> Json:
    """Return the spec of a pod."""
    pod: dict[str, Json] = {"containers": draw(containers())}
    sources = [{"configMap": {"name": draw(names)}}, {"secret": {"name": draw(names)}}]
    maybe(
        draw,
        pod,
        serviceAccountName=names,
        nodeSelector=labels,
        imagePullSecrets=st.just([{"name": draw(names)}]),
        initContainers=st.just([{"name": "init", "image": draw(st.sampled_from(IMAGES))}]),
        volumes=st.just(
            [
                {
                    "name": "v",
                    **draw(st.sampled_from(({"configMap": {"name": "web"}}, {"secret": {"secretName": "db"}}))),
                },
                {"name": "w", "projected": {"sources": sources}},
                {"name": "x", "persistentVolumeClaim": {"claimName": draw(names)}},
            ]
        ),
        topologySpreadConstraints=st.just(
            [
                {
                    "maxSkew": 1,
                    "topologyKey": "z",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": draw(labels)},
                }
            ]
        ),
    )
    return pod


@st.composite
def workload(draw: Callable[..., Any], kind: str, name: str) -> Json:
    """Return a Deployment, StatefulSet, Job or CronJob."""
    own = draw(labels)
    template = {"metadata": {"labels": own}, "spec": draw(pods())}
    if kind == "CronJob":
        spec: dict[str, Json] = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}
    elif kind == "Job":
        spec = {"template": template}
    else:
        spec = {"selector": {"matchLabels": own}, "template": template}
        maybe(draw, spec, replicas=st.integers(0, 5))
    if kind == "StatefulSet":
        spec["serviceName"] = draw(names)
        claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
        maybe(draw, spec, volumeClaimTemplates=st.just([claim]))
    group = "batch/v1" if kind in ("Job", "CronJob") else "apps/v1"
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": spec}


@st.composite
def others(draw: Callable[..., Any], kind: str, name: str) -> Json:
    """Return an object that runs nothing."""
    version = "v1"
    body: dict[str, Json] = {}
    match kind:
        case "Service":
            body = {"spec": {"selector": draw(labels), "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]}}
        case "ConfigMap":
            body = {"data": draw(st.dictionaries(st.sampled_from(("k", "l.txt", "m_n")), values, max_size=3))}
        case "Ingress":
            version = "networking.k8s.io/v1"
            service = {"service": {"name": draw(names), "port": {"number": 80}}}
            body = {
                "spec": {"defaultBackend": service, "rules": [{"http": {"paths": [{"path": "/", "backend": service}]}}]}
            }
            maybe(draw, body["spec"], tls=st.just([{"secretName": draw(names)}]))
        case "HorizontalPodAutoscaler":
            version = "autoscaling/v2"
            # Without a kind, which is looked at here only (row `kind-of-a-reference`).
            body = {"spec": {"scaleTargetRef": {"name": draw(names)}, "minReplicas": 1, "maxReplicas": 3}}
        case "PodDisruptionBudget":
            version, body = "policy/v1", {"spec": {"selector": {"matchLabels": draw(labels)}}}
        case "Role" | "ClusterRole":
            rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [draw(names)], "verbs": ["get"]}
            version, body = f"{ROLE}/v1", {"rules": [rule]}
        case "RoleBinding" | "ClusterRoleBinding":
            role = "ClusterRole" if kind[0] == "C" else draw(st.sampled_from(("Role", "ClusterRole")))
            subject = {"kind": "ServiceAccount", "name": draw(st.sampled_from((*NAMES, "default")))}
            maybe(draw, subject, namespace=st.sampled_from(("one", "two", "default")))
            version = f"{ROLE}/v1"
            body = {"roleRef": {"apiGroup": ROLE, "kind": role, "name": draw(names)}, "subjects": [subject]}
        case "Gadget":
            version = "example.com/v1"
            body = {"spec": {"size": draw(st.integers(0, 9)), "items": [draw(values)], "ref": {"name": draw(names)}}}
        case _:
            pass
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **body}


WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")
OTHERS = (
    *("Service", "ConfigMap", "Ingress", "Gadget", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ServiceAccount"),
    *("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "PersistentVolumeClaim", "Namespace"),
)


@st.composite
def resource(draw: Callable[..., Any], kind: str, name: str) -> Json:
    """Return an object of a kind."""
    body = draw(workload(kind, name) if kind in WORKLOADS else others(kind, name))
    maybe(draw, body["metadata"], labels=labels, annotations=st.just({"note": draw(values), "keep": "1"}))
    if kind not in ("ClusterRole", "ClusterRoleBinding", "Namespace") and draw(st.integers(0, 7)) == 0:
        # Not one that others are moved to (row `account-by-chance`).
        body["metadata"]["namespace"] = draw(st.sampled_from(("two", "two", "default")))
    return body


@st.composite
def resources(draw: Callable[..., Any], pool: tuple[str, ...]) -> list[Json]:
    """Return some objects with names of the pool, no two with the same id; workloads come more often."""
    kinds = (*WORKLOADS[:2], *WORKLOADS, *OTHERS[:2], *OTHERS)
    pairs = st.tuples(st.sampled_from(kinds), st.sampled_from(pool))
    ids = draw(st.lists(pairs, min_size=1, max_size=6, unique=True))
    return [draw(resource(kind, name)) for kind, name in ids]
