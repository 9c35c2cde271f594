"""Stand-ins for a cluster: what the runtime needs of apply/, scripted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from django_operator.apply.store import SiteKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Body
    from django_operator.operator.ports import Watch


class Done(NamedTuple):
    """The outcome of a reconcile."""

    requeue_after: float | None = None


class Listed(NamedTuple):
    """The answer to a list."""

    items: list[Body]


def site(name: str, version: int = 1, uid: str = "", *, status: str = "", namespace: str = "ns") -> Body:
    """Return a Django resource of generation 1."""
    meta = {"namespace": namespace, "name": name, "uid": uid or name, "resourceVersion": str(version), "generation": 1}
    body: Body = {"apiVersion": "django-operator.io/v1alpha1", "kind": "Django", "metadata": meta, "spec": {}}
    if status:
        body["status"] = {"conditions": [{"type": "Ready", "status": status, "observedGeneration": 1}]}
    return body


def child(name: str, owner: str, version: int = 1, **content: Any) -> Body:
    """Return a Deployment of a stack."""
    labels = {"app.kubernetes.io/managed-by": "django-operator", "app.kubernetes.io/instance": owner}
    meta = {"namespace": "ns", "name": name, "uid": f"u-{name}", "resourceVersion": str(version), "labels": labels}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, **content}


class Cluster:
    """The resources that are there, as the client lists them."""

    def __init__(self, *bodies: Body) -> None:
        """Start with some."""
        self.bodies = {SiteKey(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in bodies}
        self.asked: list[tuple[Any, ...]] = []
        self.errors: list[Exception] = []

    def put(self, body: Body) -> None:
        """Change or make one."""
        self.bodies[SiteKey(body["metadata"]["namespace"], body["metadata"]["name"])] = body

    async def list(
        self, api_version: str, kind: str, namespace: str | None = None, *, labels: str, metadata_only: bool
    ) -> Listed:
        """Return all, of one namespace or of all."""
        assert (api_version, kind, metadata_only) == ("django-operator.io/v1alpha1", "Django", True)
        self.asked.append((namespace, labels))
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.sleep(0.01)
        return Listed([body for key, body in self.bodies.items() if namespace in {None, key.namespace}])

    async def get(self, _api_version: str, _kind: str, namespace: str, name: str) -> Body | None:
        """Return one."""
        return self.bodies.get(SiteKey(namespace, name))


class Informer:
    """A watch that tells of what it is given, and syncs when told."""

    def __init__(self, watch: Watch, namespace: str | None, upsert: Callable[[Body], None], ok: asyncio.Event) -> None:
        """Take what it is of."""
        self.watch, self.namespace, self.upsert, self._ok = watch, namespace, upsert, ok
        self.synced = asyncio.Event()
        self.running = False

    async def run(self) -> None:
        """Sync when the test says so, then wait for ever."""
        self.running = True
        try:
            await self._ok.wait()
            self.synced.set()
            await asyncio.Event().wait()
        finally:
            self.running = False


class Reconciler:
    """Does what the test says, and notes it."""

    def __init__(self, act: Callable[[str], Any] = lambda _name: None, takes: float = 0.0) -> None:
        """Take what to do with a name, and how long that takes in seconds."""
        self.act, self.takes = act, takes
        self.began: list[tuple[float, str]] = []
        self.ended: list[str] = []

    async def reconcile(self, _namespace: str, name: str) -> Done:
        """Do it."""
        self.began.append((round(asyncio.get_running_loop().time(), 2), name))
        await asyncio.sleep(self.takes)
        result = self.act(name)
        self.ended.append(name)
        return result if isinstance(result, Done) else Done()
