"""Why pods do not work, in the words of Kubernetes and of the program in them. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.masking import masked
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django_operator.apply.client import Client
    from django_operator.apply.objects import Live
    from django_operator.engine.paths import Body

MAX_LINES = 15
"""Last lines of a failed program that are shown."""
MAX_COMMAND = 100
"""Characters of a step's command that are shown."""
_WAITING = frozenset({"ContainerCreating", "PodInitializing"})
"""Reasons that pass by themselves."""


async def job_failure(client: Client, job: Live) -> str:
    """Return which step of a Job failed, how it ended, and its last lines; empty when its pods say nothing."""
    pods = await _pods(client, job.key.namespace, f"batch.kubernetes.io/job-name={job.key.name}")
    return next((text for pod in reversed(pods) for text in _ends(pod)), "")


async def last_words(client: Client, job: Live) -> str:
    """Return the termination message of a Job that is done; empty where its pods say nothing, or are gone."""
    pods = await _pods(client, job.key.namespace, f"batch.kubernetes.io/job-name={job.key.name}")
    ends = (get(each, "state", "terminated") or {} for pod in reversed(pods) for each in _statuses(pod))
    return next((ended["message"] for ended in ends if ended.get("message") and not ended.get("exitCode")), "")


async def trouble(client: Client, live: Live, labels: dict[str, str]) -> str:
    """Return what keeps the pods of a workload from getting ready; empty for nothing that needs somebody."""
    selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    pods = await _pods(client, live.key.namespace, selector)
    return next((text for pod in reversed(pods) for text in _blocks(pod)), "")


async def stale_pods(client: Client, live: Live, labels: dict[str, str]) -> list[Body]:
    """Return pods of a StatefulSet that are of a former revision and not ready: nothing else would ever replace them.

    https://github.com/kubernetes/kubernetes/issues/67250
    """
    wanted = live.state.get("updateRevision")
    selector = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
    found = []
    for pod in await _pods(client, live.key.namespace, selector):
        owners = {each["uid"] for each in pod["metadata"].get("ownerReferences") or ()}
        revision = get(pod, "metadata", "labels", "controller-revision-hash")
        if (
            live.uid in owners
            and revision != wanted
            and not pod["metadata"].get("deletionTimestamp")
            and not _ready(pod)
        ):
            found.append(pod)
    return found


async def _pods(client: Client, namespace: str, selector: str) -> list[Body]:
    listed = await client.list("v1", "Pod", namespace, labels=selector)
    return sorted(listed.items, key=lambda each: each["metadata"].get("creationTimestamp") or "")


def _ready(pod: Body) -> bool:
    found = get(pod, "status", "conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in found)


def _statuses(pod: Body) -> Iterable[Body]:
    status = pod.get("status") or {}
    return (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))


def _ends(pod: Body) -> Iterator[str]:
    for each in _statuses(pod):
        ended = get(each, "state", "terminated") or get(each, "lastState", "terminated")
        if ended and ended.get("exitCode"):
            did = _command(pod, each["name"])
            yield f"step {each['name']}{did} ended with exit code {ended['exitCode']}{_said(ended)}"


def _command(pod: Body, container: str) -> str:
    """Return ` (manage.py migrate)`: what a step runs, without the interpreter; empty where it is the image's own."""
    spec = pod.get("spec") or {}
    steps = (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))
    given = next((each.get("args") or () for each in steps if each.get("name") == container), ())
    text = " ".join(given[1:] if given[:1] == ["python"] else given)
    return f" ({masked(text[:MAX_COMMAND])})" if text else ""


def _blocks(pod: Body) -> Iterator[str]:
    for each in _statuses(pod):
        waiting = get(each, "state", "waiting") or {}
        if waiting.get("reason") and waiting["reason"] not in _WAITING:
            ended = get(each, "lastState", "terminated") or {}
            said = _said(ended) or (f": {waiting['message']}" if waiting.get("message") else "")
            yield f"{waiting['reason']} in container {each['name']} of {pod['metadata']['name']}{said}"
    for each in get(pod, "status", "conditions") or ():
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            yield f"{pod['metadata']['name']} finds no node: {each.get('message') or each.get('reason')}"


def _said(ended: Body) -> str:
    lines = [line for line in str(ended.get("message") or "").splitlines() if line.strip()][-MAX_LINES:]
    reason = ended.get("reason") if ended.get("reason") not in (None, "Error") else ""
    text = "\n".join(filter(None, (reason, *lines)))
    # Tracebacks like to show the URL of a database, and whoever may view the resource reads its status.
    return f":\n{masked(text)}" if text else ""
