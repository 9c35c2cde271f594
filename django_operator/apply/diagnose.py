"""Why pods do not work, in the words of Kubernetes and of the program in them. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django_operator.apply.masking import masked
from django_operator.engine.paths import get
from django_operator.stack.names import COMPONENT, INSTANCE

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
    pods = await pods_of_job(client, job)
    return next((text for pod in reversed(pods) for text in _ends(pod)), "")


async def last_words(client: Client, job: Live) -> str:
    """Return the termination message of a Job that is done; empty where its pods say nothing, or are gone."""
    pods = await pods_of_job(client, job)
    ends = (get(each, "state", "terminated") or {} for pod in reversed(pods) for each in _statuses(pod))
    return next((ended["message"] for ended in ends if ended.get("message") and not ended.get("exitCode")), "")


async def pods_of_job(client: Client, job: Live) -> list[Body]:
    """Return the pods of a Job, oldest first."""
    return await _pods(client, job.key.namespace, f"batch.kubernetes.io/job-name={job.key.name}")


async def pods_of(client: Client, live: Live) -> list[Body]:
    """Return the pods of a workload, and of others with its part in the stack, oldest first."""
    chosen = [f"{name}={live.labels[name]}" for name in (COMPONENT, INSTANCE) if name in live.labels]
    return await _pods(client, live.key.namespace, ",".join(chosen))


def trouble(pods: Iterable[Body]) -> str:
    """Return what keeps pods from getting ready; empty for nothing that needs somebody."""
    return next((text for pod in reversed([*pods]) for text in _blocks(pod)), "")


def stale(pods: Iterable[Body], live: Live) -> list[Body]:
    """Return pods of a StatefulSet that are of a former revision and not ready: nothing else would ever replace them.

    https://github.com/kubernetes/kubernetes/issues/67250
    """
    there = (pod for pod in pods if not pod["metadata"].get("deletionTimestamp"))
    return [
        pod for pod in there if _revision(pod, live) not in (None, live.state.get("updateRevision")) and not _ready(pod)
    ]


def overdue(pods: Iterable[Body], live: Live, deadline: float, now: str) -> str:
    """Return which pod of a StatefulSet's newest revision has not got ready in time; empty for none.

    A StatefulSet has no `progressDeadlineSeconds`: a pod that crashes again and again is waited for without an end
    (https://github.com/kubernetes/enhancements/pull/2833). `deadline` in seconds, `now` as RFC 3339. What counts is
    the age of the pod: its containers may have been ready in between. One that was, and only starts again, is not late:
    the roll-out that brought it is over, and nothing keeps it from getting ready.
    """
    newest = live.state.get("updateRevision")
    for pod in pods:
        stands = newest != live.state.get("currentRevision") or any(_blocks(pod))
        if _revision(pod, live) == newest and not _ready(pod) and stands:
            age = datetime.fromisoformat(now) - datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
            if age.total_seconds() > deadline:
                return f"{pod['metadata']['name']} did not get ready in {deadline:g} s"
    return ""


def _revision(pod: Body, live: Live) -> str | None:
    """Return the revision of a pod of a StatefulSet, None where it is another's."""
    owners = {each["uid"] for each in pod["metadata"].get("ownerReferences") or ()}
    return get(pod, "metadata", "labels", "controller-revision-hash") or "" if live.uid in owners else None


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
    return f" ({masked(text)[:MAX_COMMAND]})" if text else ""


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
