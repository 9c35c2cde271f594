"""Fields on a real API server: what we render is there, what we drop goes, what is others' stays.

The pains of server-side apply that can happen to us, a test for each.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.site import SMALL, Stack
from tests.cluster.client import MERGE, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cluster.client import Object

WITH_WORKER: Object = {**SMALL, "workers": {"default": {"replicas": 2}}}
STRATEGIC = "application/strategic-merge-patch+json"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def container(body: Object) -> Object:
    """Return the first container."""
    found: Object = body["spec"]["template"]["spec"]["containers"][0]
    return found


def env(body: Object) -> dict[str, Any]:
    """Return the variables of the first container; each stands there once."""
    found = [(each["name"], each.get("value")) for each in container(body).get("env", ())]
    assert len(dict(found)) == len(found)
    return dict(found)


def managers(body: Object) -> list[tuple[str, str]]:
    """Return (manager, operation) of those who own a field outside of status."""
    return sorted(
        (each["manager"], each["operation"])
        for each in body["metadata"]["managedFields"]
        if each.get("subresource") != "status"
    )


def at_rest(stack: Stack) -> None:
    """Fail unless two more passes send nothing."""
    assert [str(each) for each in stack.requests()] == []
    assert [str(each) for each in stack.requests()] == []


# --- Objects that others made before us


def adopted(stack: Stack, make: Callable[[Client, Object], Object]) -> Object:
    """Let somebody make the app's Deployment with one variable too many, give it to the resource, and converge."""
    stack.apply(SMALL)
    stack.converge()
    rendered = stack.get("Deployment", "app")
    stack.client.delete(stack.path("Deployment", "app"), propagationPolicy="Background")
    stack.client.wait(stack.path("Deployment", "app"), lambda it: it is None)
    meta = {name: rendered["metadata"][name] for name in ("name", "namespace", "labels")}
    body = {**rendered, "metadata": {**meta, "annotations": {"django-operator.io/adopt": "blog"}}}
    del body["status"]
    body["spec"]["replicas"] = 7
    container(body)["env"] = [*container(body).get("env", ()), {"name": "LEFT_OVER", "value": "1"}]
    make(stack.client, body)
    stack.converge()
    return stack.get("Deployment", "app")


def posted(client: Client, body: Object) -> None:
    """Make it by POST, as `kubectl create` and most programs do."""
    client.create(body, fieldManager="kubectl-create")


def posted_by_us(client: Client, body: Object) -> None:
    """Make it by POST under our own name, as a former version of ours might have."""
    client.create(body, fieldManager="django-operator")


def applied_by_kubectl(client: Client, body: Object) -> None:
    """Make it by client-side apply: POST, with what was applied in an annotation."""
    body["metadata"]["annotations"][LAST_APPLIED] = json.dumps({"spec": body["spec"]})
    client.create(body, fieldManager="kubectl-client-side-apply")


def applied_server_side(client: Client, body: Object) -> None:
    """Make it by `kubectl apply --server-side`."""
    client.apply(body, manager="kubectl")


def unmanaged(client: Client, body: Object) -> None:
    """Make it, and lose its managedFields: what is there then belongs to `before-first-apply`."""
    client.create(body, fieldManager="somebody")
    client.patch(client.path_of(body), {"metadata": {"managedFields": [{}]}})


@pytest.mark.parametrize(
    "make", [posted, posted_by_us, applied_by_kubectl, applied_server_side, unmanaged], ids=lambda each: each.__name__
)
def test_leftover_fields_go(stack: Stack, make: Callable[[Client, Object], Object]) -> None:
    """What a maker gave before our first apply, and we do not render, is gone; and stays so (k8s#99003, flux2#2099)."""
    found = adopted(stack, make)
    assert "LEFT_OVER" not in env(found)
    assert found["spec"]["replicas"] == 1
    assert ("django-operator", "Apply") in managers(found)
    assert not [each for each in managers(found) if each[0].startswith(("kubectl", "before-first-apply"))]
    assert found["metadata"]["ownerReferences"][0]["name"] == "blog"
    at_rest(stack)


def test_managed_fields_wiped(stack: Stack) -> None:
    """The server may lose managedFields (k8s#136919): what we drop later goes, and with that ours come back.

    Not by a restart: what was found right before, and has the same content, is not looked at again.
    """
    stack.apply({**SMALL, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]})
    stack.converge()
    stack.patch("Deployment", "app", {"metadata": {"managedFields": [{}]}})
    stack.converge()
    stack.restart()
    stack.converge()
    stack.apply({**SMALL, "env": [{"name": "A", "value": "1"}]})
    stack.converge()
    assert ("django-operator", "Apply") in managers(stack.get("Deployment", "app"))
    assert "B" not in env(stack.get("Deployment", "app"))
    at_rest(stack)


def test_managed_fields_wiped_and_dropped_at_once(stack: Stack) -> None:
    """The same, when the field is dropped before anybody has noticed."""
    stack.apply({**SMALL, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]})
    stack.converge()
    stack.patch("Deployment", "app", {"metadata": {"managedFields": [{}]}})
    stack.apply({**SMALL, "env": [{"name": "A", "value": "1"}]})
    stack.converge()
    assert "B" not in env(stack.get("Deployment", "app"))
    at_rest(stack)


# --- Lists with keys


def test_duplicate_env(stack: Stack) -> None:
    """Of two variables of a name the last one stands, once: the server would refuse both (k8s#113482)."""
    stack.apply({**SMALL, "app": {"env": [{"name": "A", "value": "app"}]}, "env": [{"name": "A", "value": "common"}]})
    stack.converge()
    assert env(stack.get("Deployment", "app"))["A"] == "app"
    at_rest(stack)


def test_duplicate_made_by_somebody_else(stack: Stack) -> None:
    """A variable that somebody has added twice by PUT is one again, or none (k8s#58477)."""
    stack.apply({**SMALL, "env": [{"name": "A", "value": "1"}]})
    stack.converge()
    body = stack.get("Deployment", "app")
    container(body)["env"] += [{"name": "A", "value": "2"}, {"name": "C", "value": "3"}, {"name": "C", "value": "4"}]
    stack.client.replace(body, fieldManager="kubectl-edit")
    stack.converge()
    found = env(stack.get("Deployment", "app"))
    assert found["A"] == "1"
    assert "C" not in found
    at_rest(stack)


def test_port_change(stack: Stack) -> None:
    """Another port is another list item: the old one goes, of containers and Services (k8s#118725)."""
    for port in (8000, 9000, 8000):
        stack.apply({**SMALL, "app": {"port": port}})
        stack.converge()
        ports = container(stack.get("Deployment", "app"))["ports"]
        assert [each["containerPort"] for each in ports] == [port]
        assert len(stack.get("Service", "app")["spec"]["ports"]) == 1
    at_rest(stack)


def test_port_renamed(stack: Stack) -> None:
    """A port of a new name and number, where somebody else co-owns the old one."""
    stack.apply(SMALL)
    stack.converge()
    body = stack.get("Service", "app")
    port = body["spec"]["ports"][0]
    theirs = {**port, "appProtocol": "http"}
    stack.patch("Service", "app", {"spec": {"ports": [theirs]}})
    renamed = [
        {"op": "replace", "path": "/spec/ports/0/name", "value": "web"},
        {"op": "replace", "path": "/spec/ports/0/port", "value": port["port"] + 1},
    ]
    stack.change(overlays=[{"patches": [{"target": {"kind": "Service", "name": "app"}, "patch": renamed}]}])
    stack.converge()
    found = stack.get("Service", "app")["spec"]["ports"]
    assert [(each["name"], each["port"]) for each in found] == [("web", port["port"] + 1)]
    at_rest(stack)


def test_port_edited(stack: Stack) -> None:
    """A port that somebody has put in the place of ours, under its name: the server would refuse both (k8s#118725)."""
    stack.apply(SMALL)
    stack.converge()
    before = stack.get("Service", "app")["spec"]["ports"]
    stack.patch("Service", "app", {"spec": {"ports": [{**before[0], "port": 81}]}})
    stack.converge()
    assert stack.get("Service", "app")["spec"]["ports"] == before
    at_rest(stack)


def test_order_of_env(stack: Stack) -> None:
    """Variables refer to those above them, so a new order has to reach the server, which ignores it (k8s#108708)."""
    first, second = {"name": "A", "value": "1"}, {"name": "B", "value": "$(A)"}
    stack.apply({**SMALL, "env": [second, first]})
    stack.converge()
    stack.apply({**SMALL, "env": [first, second]})
    stack.converge()
    names = [each["name"] for each in container(stack.get("Deployment", "app"))["env"]]
    assert names.index("A") < names.index("B")
    at_rest(stack)


# --- Values in other words


def extra(**patch: Any) -> Object:
    """Return a spec with one overlay that is laid over the app."""
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"}, **patch}
    return {**SMALL, "overlays": [{"patches": [{"patch": body}]}]}


def pod(**fields: Any) -> Object:
    """Return a spec with fields of the app's pods."""
    return extra(spec={"template": {"spec": fields}})


def container_of(**fields: Any) -> Object:
    """Return a spec with fields of the app's container."""
    return pod(containers=[{"name": "django", **fields}])


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(
            {**SMALL, "app": {"resources": {"requests": {"cpu": "1000m", "memory": "2048Mi"}}}}, id="quantities"
        ),
        pytest.param(container_of(resources={"limits": {"cpu": "0.5", "memory": "1073741824"}}), id="plain numbers"),
        pytest.param(container_of(ports=[{"containerPort": 9090, "name": "metrics"}]), id="no protocol"),
        pytest.param(container_of(env=[{"name": "EMPTY", "value": ""}]), id="empty value"),
        pytest.param(pod(securityContext={}, tolerations=[], nodeSelector={}), id="empty maps and lists"),
        pytest.param(pod(affinity=None, hostNetwork=False, terminationGracePeriodSeconds=30), id="nulls and defaults"),
        pytest.param(
            pod(volumes=[{"name": "c", "configMap": {"name": "c", "optional": True, "defaultMode": 0o644}}]), id="mode"
        ),
        pytest.param(
            extra(spec={"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "0%"}}}), id="int or string"
        ),
        pytest.param(extra(metadata={"name": "app", "annotations": {"a": ""}}), id="empty annotation"),
    ],
)
def test_no_perpetual_diff(stack: Stack, spec: Object) -> None:
    """What the server writes in other words, or fills in, is no difference: not at rest, not after a restart."""
    stack.apply(spec)
    stack.converge()
    at_rest(stack)
    before = stack.versions()
    stack.restart()
    assert [str(each) for each in stack.requests() if each.is_write] == []
    assert stack.versions() == before


def secret(**data: str) -> Object:
    """Return a spec with a Secret of the user's, in words."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mail"}, "stringData": data}
    return {**SMALL, "overlays": [{"resources": [body]}]}


def test_string_data(stack: Stack) -> None:
    """`stringData` is sent as `data`: a key that is dropped goes, and nothing differs for ever (k8s#108008)."""
    stack.apply(secret(a="1", b="2"))
    stack.converge()
    assert stack.get("Secret", "mail")["data"] == {"a": "MQ==", "b": "Mg=="}
    at_rest(stack)
    stack.apply(secret(a="3"))
    stack.converge()
    assert stack.get("Secret", "mail")["data"] == {"a": "Mw=="}
    assert "stringData" not in json.dumps(stack.get("Secret", "mail")["metadata"]["managedFields"])
    at_rest(stack)


def test_secret_edited(stack: Stack) -> None:
    """A value that somebody changed comes back; the Event names who did it, and no value."""
    stack.apply(secret(a="1"))
    stack.converge()
    stack.patch("Secret", "mail", {"data": {"a": "c2VjcmV0", "more": "c2VjcmV0"}})
    stack.converge()
    assert stack.get("Secret", "mail")["data"] == {"a": "MQ=="}
    told = "\n".join(stack.events())
    assert "Secret/blog-mail" in told
    assert "kubectl-edit" in told
    assert "c2VjcmV0" not in told
    assert "secret" not in told.replace("Secret", "")
    at_rest(stack)


# --- Drift, and what is others'


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-patch", "dashboard"])
def test_drift_is_repaired(stack: Stack, manager: str) -> None:
    """A field of ours that somebody changed is as rendered again, and an Event says which and who."""
    stack.apply(WITH_WORKER)
    stack.converge()
    stack.patch("Deployment", "worker-default", {"spec": {"replicas": 9}}, manager=manager)
    found = stack.converge()
    assert found.version == "1"
    assert stack.get("Deployment", "worker-default")["spec"]["replicas"] == 2
    assert [each for each in stack.events("DriftRepaired") if f"spec.replicas (set by {manager})" in each]
    at_rest(stack)


def test_what_kubectl_edit_adds_goes(stack: Stack) -> None:
    """A field that we do not render, added to an object of ours by kubectl, goes (flux2#2099)."""
    stack.apply(SMALL)
    stack.converge()
    added = {"spec": {"template": {"spec": {"containers": [{"name": "django", "env": [{"name": "X", "value": "1"}]}]}}}}
    stack.client.patch(stack.path("Deployment", "app"), added, STRATEGIC, fieldManager="kubectl-edit")
    assert env(stack.get("Deployment", "app"))["X"] == "1"
    stack.converge()
    assert "X" not in env(stack.get("Deployment", "app"))
    at_rest(stack)


def test_kubectl_may_keep_an_edit(stack: Stack) -> None:
    """Under another manager's name, or where the object says so, it stays."""
    stack.apply(SMALL)
    stack.converge()
    added = {"spec": {"template": {"spec": {"priorityClassName": "system-node-critical"}}}}
    merge = {"metadata": {"annotations": {"django-operator.io/ssa": "Merge"}}, "spec": {"minReadySeconds": 3}}
    stack.patch("Deployment", "app", merge)
    stack.patch("Deployment", "app", added, manager="capacity")
    stack.converge()
    found = stack.get("Deployment", "app")["spec"]
    assert found["minReadySeconds"] == 3
    assert found["template"]["spec"]["priorityClassName"] == "system-node-critical"
    at_rest(stack)


@pytest.mark.parametrize(
    "theirs",
    [
        {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "7", "cost": "x"}}},
        {"metadata": {"labels": {"team": "storefront"}}},
        {"spec": {"minReadySeconds": 5}},
        {"metadata": {"finalizers": ["example.com/wait"]}},
    ],
    ids=["annotation", "label", "field", "finalizer"],
)
def test_foreign_field_stays(stack: Stack, theirs: Object) -> None:
    """What another controller adds and we do not render is its own, through changes of ours, too."""
    stack.apply(SMALL)
    stack.converge()
    stack.patch("Deployment", "app", theirs, manager="another-controller")
    stack.converge()
    stack.change(image="registry.example.com/blog:2")
    stack.converge()
    found = stack.get("Deployment", "app")
    assert container(found)["image"].endswith(":2")
    (part, fields) = next(iter(theirs.items()))
    for name, value in fields.items():
        held = found[part][name]
        assert value.items() <= held.items() if isinstance(value, dict) else held == value
    assert stack.events("DriftRepaired") == []
    at_rest(stack)
    stack.patch("Deployment", "app", {"metadata": {"finalizers": None}}, manager="another-controller")


def test_field_released(stack: Stack) -> None:
    """What is taken out of the spec goes from the object, to what the base or the server says."""
    stack.apply(
        {
            **SMALL,
            "env": [{"name": "A", "value": "1"}],
            "podTemplate": {"annotations": {"a": "1"}, "nodeSelector": {"disk": "fast"}},
            "app": {"replicas": 3, "resources": {"limits": {"memory": "1Gi"}}},
        }
    )
    stack.converge()
    before = stack.get("Deployment", "app")
    assert before["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "fast"}
    stack.apply(SMALL)
    stack.converge()
    found = stack.get("Deployment", "app")
    assert "A" not in env(found)
    assert "a" not in found["spec"]["template"]["metadata"]["annotations"]
    assert "nodeSelector" not in found["spec"]["template"]["spec"]
    assert "limits" not in container(found)["resources"]
    assert found["spec"]["replicas"] == 1
    at_rest(stack)


def test_rollout_restart_survives(stack: Stack) -> None:
    """`kubectl rollout restart` rolls the pods once: what it wrote stays, now and after another version."""
    stack.apply(SMALL)
    stack.converge()
    when = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    restart = {"spec": {"template": {"metadata": {"annotations": when}}}}
    stack.client.patch(stack.path("Deployment", "app"), restart, STRATEGIC, fieldManager="kubectl-rollout")
    generation = stack.get("Deployment", "app")["metadata"]["generation"]
    stack.converge()
    found = stack.get("Deployment", "app")
    assert when.items() <= found["spec"]["template"]["metadata"]["annotations"].items()
    assert found["metadata"]["generation"] == generation
    assert stack.events("DriftRepaired") == []
    stack.restart()
    stack.converge()
    assert stack.get("Deployment", "app")["metadata"]["generation"] == generation
    stack.change(image="registry.example.com/blog:2")
    stack.converge()
    found = stack.get("Deployment", "app")
    assert when.items() <= found["spec"]["template"]["metadata"]["annotations"].items()
    at_rest(stack)


# --- Behind our back


def test_deleted_objects_come_back(stack: Stack) -> None:
    """Whatever is deleted is made again, with the same content."""
    stack.apply(WITH_WORKER)
    stack.converge()
    gone = {"Deployment": "app", "Service": "app", "ServiceAccount": "django", "PodDisruptionBudget": "worker-default"}
    for kind, name in gone.items():
        stack.delete(kind, name)
    stack.converge()
    for kind, name in gone.items():
        assert stack.find(kind, name), kind
    at_rest(stack)


def test_deleted_unseen(stack: Stack) -> None:
    """An object that is gone while the store still has it is not patched into being with its old UID, but made anew."""
    stack.apply(SMALL)
    stack.converge()
    uid = stack.get("Deployment", "app")["metadata"]["uid"]
    stack.delete("Deployment", "app")
    stack.change(image="registry.example.com/blog:2")
    stack.unseen("Deployment")
    stack.converge(retries=True)
    found = stack.get("Deployment", "app")
    assert found["metadata"]["uid"] != uid
    assert container(found)["image"].endswith(":2")
    at_rest(stack)


def test_another_object_of_the_name_unseen(stack: Stack) -> None:
    """Another object that has come under the name of ours meanwhile is not touched, and somebody is told."""
    stack.apply(SMALL)
    stack.converge()
    stack.delete("Service", "app")
    theirs = stack.give("Service", "blog-app", spec={"ports": [{"port": 5432}], "selector": {"app": "theirs"}})
    stack.patch("Deployment", "app", {"spec": {"replicas": 4}})
    stack.unseen("Service")
    found = stack.until(lambda it: it.problem, retries=True)
    assert found.problem is not None
    assert found.problem.reason == "Rejected"
    assert "Service/blog-app" in found.problem.message
    assert stack.client.get(stack.path("Service", "app")) == theirs
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 1


# --- Replicas and autoscalers

SCALED: Object = {**SMALL, "app": {"autoscaling": {"minReplicas": 2, "maxReplicas": 9}}}


def scale(stack: Stack, replicas: int, manager: str = "kube-controller-manager") -> None:
    """Do what the autoscaler does: through the subresource."""
    body = {"spec": {"replicas": replicas}}
    stack.client.patch(stack.path("Deployment", "app", "scale"), body, MERGE, fieldManager=manager)


def test_autoscaled_from_the_start(stack: Stack) -> None:
    """The first pods are as many as the autoscaler's least; then the count is its own."""
    stack.apply(SCALED)
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 2
    scale(stack, 7)
    stack.converge()
    stack.restart()
    stack.change(image="registry.example.com/blog:2")
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 7
    assert stack.events("DriftRepaired") == []
    at_rest(stack)


def test_autoscaling_enabled_and_disabled(stack: Stack) -> None:
    """What serves keeps its pods when an autoscaler takes over (k8s#67135), and comes back to the spec's count."""
    stack.apply({**SMALL, "app": {"replicas": 6}})
    stack.converge()
    stack.apply(SCALED)
    first = stack.get("Deployment", "app")["metadata"]["generation"]
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 6
    # once for our own annotation, which counts in Deployments; another count in between would have been one more
    assert stack.get("Deployment", "app")["metadata"]["generation"] == first + 1
    scale(stack, 5)
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 5
    at_rest(stack)
    stack.apply({**SMALL, "app": {"replicas": 3}})
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 3
    assert stack.find("HorizontalPodAutoscaler", "app") is None
    at_rest(stack)


def test_autoscaled_least_raised(stack: Stack) -> None:
    """A count of the autoscaler is its own through every change of its bounds."""
    stack.apply(SCALED)
    stack.converge()
    scale(stack, 5)
    stack.apply({**SMALL, "app": {"autoscaling": {"minReplicas": 3, "maxReplicas": 9}}})
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 5
    assert stack.get("HorizontalPodAutoscaler", "app")["spec"]["minReplicas"] == 3
    at_rest(stack)


def test_external_replicas(stack: Stack) -> None:
    """`replicas: external` leaves the count to whoever has set it."""
    stack.apply({**SMALL, "app": {"replicas": 4}})
    stack.converge()
    stack.apply({**SMALL, "app": {"replicas": "external"}})
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 4
    scale(stack, 8, manager="my-scaler")
    stack.converge()
    stack.restart()
    stack.converge()
    assert stack.get("Deployment", "app")["spec"]["replicas"] == 8
    at_rest(stack)
