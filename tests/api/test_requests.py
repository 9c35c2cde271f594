"""What a first install costs the API server: every request of the operator that a resource is the reason of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.api.process import installed, is_ready, until, user_of
from tests.api.site import WHOLE, Stack
from tests.api.test_rest import settled
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.process import Process
    from tests.cluster.audit import Request
    from tests.cluster.client import Client
    from tests.cluster.plane import ControlPlane


MOST = {"patch (dry run)": 17, "patch": 20, "patch status": 12, "create": 9, "get": 1, "list": 2}
"""Requests for the 21 objects of WHOLE, by verb: 58 as a rule, or 2.76 an object.

Each object is tried and then written (17 twice); Secrets and the ControllerRevision are made by POST, unseen, as their
values must not be replaced (4). The record of releases is looked for (1), and written three times: before the first
Job, after either. Five events and nine states tell of the stages; the states are up to three more where two workloads
are seen to get ready one after the other. The last words of two Jobs are listed.
"""


def test_first_install(plane: ControlPlane, client: Client, namespace: str, start: Callable[..., Process]) -> None:
    """Of all requests but watches and the Lease's: no verb more often than today."""
    operator = start(installed(plane, client, namespace), "one", f"--namespace={namespace}")
    first, second = Stack(plane, namespace, "first"), Stack(plane, namespace, "second")
    with Workloads(plane.client(agent="workloads"), namespace):
        # what is learned once a process, which kinds there are say, is no cost of a resource
        first.apply(WHOLE)
        until(lambda: is_ready(first.resource()), told=lambda: str(first.conditions()))
        settled(operator)
        mark = plane.audit.mark()
        second.apply(WHOLE)
        until(lambda: is_ready(second.resource()), told=lambda: str(second.conditions()))
        settled(operator)
        sent = list(plane.audit.since(mark, user=user_of(namespace)))
    assert len(second.objects()) - 1 == 21
    counts = Counter(_called(each) for each in sent if each.verb != "watch" and each.resource != "leases")
    assert {verb: count for verb, count in counts.items() if count > MOST.get(verb, 0)} == {}, counts
    # a ceiling that is far above what there is shows nothing: whoever saves a request lowers it
    assert sum(counts.values()) > 0.8 * sum(MOST.values()), counts
    assert operator.end() == 0


def _called(each: Request) -> str:
    return f"{each.verb}{f' {each.subresource}' if each.subresource else ''}{' (dry run)' if each.dry_run else ''}"
