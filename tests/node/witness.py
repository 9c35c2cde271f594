"""Who ran when: the running times of a component's containers, of all its pods, as the API server told them.

Watched from the first moment to the last, so none is missed. Knows nothing of what runs in them.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tests.node.background import Background, events

if TYPE_CHECKING:
    from typing import Self

    from tests.cluster.client import Object
    from tests.node.site import Site


class Span(NamedTuple):
    """The running time of a container; whole seconds since the epoch, as the kubelet gives them."""

    container: str
    pod: str
    begun: float
    ended: float


@dataclass
class Witness(Background):
    """A watch of a component's pods while the `with` lasts."""

    site: Site
    component: str
    _spans: dict[str, Span] = field(default_factory=dict)
    _fault: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Begin with what runs now."""
        listed = self.site.client.get(self._path, labelSelector=self._selector)
        for pod in listed["items"]:
            self._note(pod)
        self._begin(self._watch, listed["metadata"]["resourceVersion"])
        return self

    @property
    def spans(self) -> list[Span]:
        """What ran, in the order of its beginning; what still runs ends at infinity."""
        assert not self._fault, self._fault
        return sorted(self._spans.values(), key=lambda each: (each.begun, each.ended))

    def overlaps(self) -> list[tuple[Span, Span]]:
        """Return what ran at the same time, pair by pair."""
        return [(one, other) for one, other in itertools.pairwise(self.spans) if other.begun < one.ended]

    @property
    def _path(self) -> str:
        return self.site.client.path("v1", "Pod", self.site.namespace)

    @property
    def _selector(self) -> str:
        return f"app.kubernetes.io/instance={self.site.name},app.kubernetes.io/component={self.component}"

    def _watch(self, version: str) -> None:
        try:
            for event in events(self.site.client, self._path, version, self._over, labelSelector=self._selector):
                self._note(event["object"], gone=event["type"] == "DELETED")
        except BaseException as error:  # noqa: BLE001 - told where `spans` are asked for
            self._fault.append(error)

    def _note(self, pod: Object, *, gone: bool = False) -> None:
        for status in pod.get("status", {}).get("containerStatuses", []):
            for state in (status.get("lastState", {}), status["state"]):
                for how in ("running", "terminated"):
                    if (told := state.get(how)) and told.get("startedAt"):
                        ident = told.get("containerID") or status["containerID"]
                        ended = _seconds(told["finishedAt"]) if how == "terminated" else float("inf")
                        span = Span(ident, pod["metadata"]["uid"], _seconds(told["startedAt"]), ended)
                        self._spans[ident] = span
        if gone:
            # what the kubelet did not tell the end of has ended by now
            for span in list(self._spans.values()):
                if span.pod == pod["metadata"]["uid"] and span.ended == float("inf"):
                    self._spans[span.container] = span._replace(ended=time.time())


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
