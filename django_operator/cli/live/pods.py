"""Pods of a stack: which there are, how their containers do, what they wrote last. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.errors import ApiError
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django_operator.apply.client import Client
    from django_operator.engine.paths import Body

JOB = "batch.kubernetes.io/job-name"
_PASSING = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons to wait that pass by themselves."""


class Container(NamedTuple):
    """How one container does.

    `state` is waiting, running, done, failed, or a reason of Kubernetes' such as ImagePullBackOff; `why` says more.
    """

    name: str
    state: str
    why: str = ""
    is_init: bool = False
    restarts: int = 0
    ready: bool = False
    exit_code: int | None = None

    @property
    def stuck(self) -> bool:
        """Whether it waits for something that does not come by itself."""
        return self.state not in ("waiting", "running", "done", "failed")


def containers(pod: Body) -> list[Container]:
    """Return the containers of a pod, those of its initialisation first, each in its order."""
    found = []
    for specs, statuses, is_init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        known = {each["name"]: each for each in get(pod, "status", statuses) or ()}
        found += [_container(each["name"], known.get(each["name"]), is_init) for each in pod["spec"].get(specs) or ()]
    return found


def _container(name: str, status: Body | None, is_init: bool) -> Container:
    if status is None:
        return Container(name, "waiting", is_init=is_init)
    restarts, ready = status.get("restartCount", 0), bool(status.get("ready"))
    state, last = status.get("state") or {}, get(status, "lastState", "terminated") or {}
    if ended := state.get("terminated"):
        code = ended.get("exitCode", 0)
        return Container(name, "failed" if code else "done", _ended(ended), is_init, restarts, ready, code)
    if waiting := state.get("waiting"):
        reason = waiting.get("reason") or ""
        why = _ended(last) if last else waiting.get("message") or ""
        return Container(name, "waiting" if not reason or reason in _PASSING else reason, why, is_init, restarts, ready)
    return Container(name, "running" if "running" in state else "waiting", "", is_init, restarts, ready)


def _ended(ended: Body) -> str:
    code, reason = ended.get("exitCode", 0), ended.get("reason") or ""
    head = f"exit code {code}" if code else ""
    if reason and reason not in ("Error", "Completed"):
        head = ", ".join(filter(None, (reason, head)))
    words = [line.strip() for line in str(ended.get("message") or "").splitlines() if line.strip()]
    return ": ".join(filter(None, (head, words[-1] if words else "")))


def is_ready(pod: Body) -> bool:
    """Tell whether a pod takes part in serving."""
    found = get(pod, "status", "conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in found)


def trouble(pod: Body) -> str:
    """Return what keeps a pod from running, in a line; empty where nothing does that needs somebody."""
    for each in get(pod, "status", "conditions") or ():
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            return f"Unschedulable: {each.get('message') or each.get('reason') or 'no node'}"
    for each in containers(pod):
        if each.stuck:
            again = f" ({each.restarts} restarts)" if each.restarts else ""
            return f"{each.state} in container {each.name}{again}{f': {each.why}' if each.why else ''}"
    return ""


def summary(pod: Body) -> str:
    """Return how a pod does, in a line."""
    if pod["metadata"].get("deletionTimestamp"):
        return "stopping"
    if found := trouble(pod):
        return found
    for each in containers(pod):
        if each.state == "failed":
            return f"container {each.name} failed: {each.why}"
    phase = get(pod, "status", "phase") or "Pending"
    unready = [each.name for each in containers(pod) if each.state == "running" and not each.ready and not each.is_init]
    if phase == "Running" and unready:
        return f"running, not ready: {', '.join(unready)}"
    starting = next((each.name for each in containers(pod) if each.is_init and each.state == "running"), "")
    return f"init container {starting} runs" if starting else str(phase)


async def of(client: Client, namespace: str, labels: str) -> list[Body]:
    """Return pods, the oldest first."""
    found = (await client.list("v1", "Pod", namespace, labels=labels)).items
    return sorted(found, key=lambda each: (each["metadata"].get("creationTimestamp") or "", each["metadata"]["name"]))


async def last_words(client: Client, namespace: str, job: str, lines: int) -> str:
    """Return the last lines of the container of a Job that failed; empty where nobody has them any more."""
    for pod in reversed(await of(client, namespace, f"{JOB}={job}")):
        for each in containers(pod):
            if each.state == "failed":
                return "\n".join([line async for line in tail(client, pod, each.name, lines)])
    return ""


async def tail(client: Client, pod: Body, container: str, lines: int) -> AsyncIterator[str]:
    """Yield the last lines of a container; none where its log cannot be had."""
    meta = pod["metadata"]
    try:
        async for line in client.log(meta["namespace"], meta["name"], container, tail=lines):
            yield line
    except ApiError:
        # Its node is gone, or the log is: what is known stands in the status.
        return


def labelled(pod: Body, name: str) -> str:
    """Return a label of a pod, empty where it has none."""
    return str(get(pod, "metadata", "labels", name) or "")
