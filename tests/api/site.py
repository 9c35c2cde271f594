"""A site on a real API server, reconciled in this process, pass by pass: a test sees every state in between.

Pods are not run: `converge` gives workloads the status that their controllers would (tests.cluster.workloads).
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from django_operator.apply.children import children
from django_operator.apply.client import Client as Api
from django_operator.apply.errors import ApiError
from django_operator.apply.objects import Key
from django_operator.apply.reconcile import Reconciler
from django_operator.apply.snapshot import refresh
from django_operator.apply.store import SiteKey, Store
from tests.cluster.client import ApiError as Refused
from tests.cluster.workloads import Workloads

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from django_operator.apply.progress import Progress
    from tests.cluster.access import Cluster
    from tests.cluster.audit import Request
    from tests.cluster.client import Object
    from tests.cluster.plane import ControlPlane

T = TypeVar("T")
API_VERSION = "django-operator.io/v1alpha1"
SETTLED = ("Deployment", "StatefulSet", "Job")
"""Kinds that a stage waits for."""
PASSES = 60
"""More than any site here needs."""
PATIENCE = 40.0
"""Seconds in which all is done, the part of the garbage collector, say, included."""

SMALL: Object = {
    "image": "registry.example.com/blog:1",
    "project": "blog",
    "database": {"enabled": False},
    "redis": {"enabled": False},
    "beat": {"enabled": False},
    "workers": {},
}
"""The least that serves: a web server."""
WHOLE: Object = {
    "image": "registry.example.com/blog:1",
    "project": "blog",
    "hosts": ["blog.example.com"],
    "release": {
        "preDeploy": [{"args": ["migrate"]}],
        "fixtures": ["countries"],
        "init": [{"args": ["createsuperuser", "--noinput"]}],
        "postDeploy": [{"args": ["warm_up"]}],
    },
}
"""Every stage: data, a release, web and workers, beat, and what follows."""


class Stack:
    """A Django resource, its objects, and a reconciler of its own; a context manager.

    `url` may be a proxy's, `kubeconfig` one of the operator's own rights: only the reconciler goes by them, what fills
    its store does not.
    """

    def __init__(
        self, cluster: Cluster, namespace: str, name: str = "blog", *, url: str = "", kubeconfig: Path | None = None
    ) -> None:
        self.cluster, self.namespace, self.name, self.url = cluster, namespace, name, url
        self.key = SiteKey(namespace, name)
        self.client = cluster.client(agent="user")
        self.agent = f"{name}-in-{namespace}"
        self.workloads = Workloads(cluster.client(agent="workloads"), namespace)
        self.spec: Object = {}
        self._task: asyncio.Task[Any] | None = None
        self._kubeconfig = str(kubeconfig or cluster.kubeconfig(url=url))
        self._direct = str(cluster.kubeconfig())

    def __enter__(self) -> Self:
        """Begin with nothing known."""
        self._runner = asyncio.Runner()
        self._reader = self._run(Api.connect(kubeconfig=self._direct, user_agent="watches"))
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._run(self._api.close())
        self._run(self._reader.close())
        self._runner.close()

    def _run(self, call: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(call)

    def _start(self, **options: Any) -> None:
        connect = Api.connect(kubeconfig=self._kubeconfig, user_agent=self.agent, telemetry=self)
        self._api = self._run(connect)
        self.store = Store()
        self.store.tracks_data = True
        self._data: set[Key] = set()
        self._deletes = 0
        self._kinds: set[tuple[str, str]] = set()
        self._settled: object = None
        self.reconciler = Reconciler(self._api, self.store, **options)

    def restart(self, **options: Any) -> None:
        """Forget everything, as a process that ends and another one that starts; options are the Reconciler's."""
        self._run(self._api.close())
        self._start(**options)

    # --- The user's part

    def apply(
        self,
        spec: Mapping[str, Any] | None = None,
        *,
        annotations: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Object:
        """Make the resource, or replace it: with this spec, the last one by default, and only this metadata."""
        self.spec = copy.deepcopy(dict(spec)) if spec is not None else self.spec
        notes = {"annotations": dict(annotations or {}), "labels": dict(labels or {})}
        meta: Object = {"namespace": self.namespace, "name": self.name, **notes}
        body = {"apiVersion": API_VERSION, "kind": "Django", "metadata": meta, "spec": self.spec}
        while there := self.client.find(self.client.path_of(body)):
            # not by server-side apply, which makes null of a map whose last key goes: {} is another thing than nothing
            meta["resourceVersion"] = there["metadata"]["resourceVersion"]
            try:
                return self.client.replace(body)  # type: ignore[no-any-return] # JSON
            except Refused as error:
                if error.code != HTTPStatus.CONFLICT:  # an operator at work writes the status meanwhile
                    raise
        return self.client.create(body)  # type: ignore[no-any-return] # JSON

    def change(self, **fields: Any) -> Object:
        """Replace the resource: the last spec with some fields given anew; None takes a field away."""
        spec = {**self.spec, **fields}
        return self.apply({name: value for name, value in spec.items() if value is not None})

    # --- The operator's part

    def pass_(self) -> Progress:
        """Let the watches catch up, run one pass, and return what it found."""
        return self._run(self._pass())

    def kill(self) -> None:
        """End the pass that runs, from another thread, as `kill -9` ends a process; `restart` begins anew."""
        if self._task is not None:
            self._runner.get_loop().call_soon_threadsafe(self._task.cancel)

    def survives(self, *, retries: bool = False) -> bool:
        """Converge; tell whether nobody has killed it on the way."""
        try:
            self.converge(retries=retries)
        except asyncio.CancelledError:
            return False
        return True

    async def _pass(self) -> Progress:
        self._task = asyncio.current_task()
        await self._refresh()
        outcome = await self.reconciler.reconcile(*self.key)
        assert outcome.progress is not None, "the resource is gone"
        return outcome.progress

    def unseen(self, kind: str) -> None:
        """Run one pass before the watch of a kind has told of what has become of its objects."""
        old = [each for each in self.store.children(self.key) if each.key.kind == kind]
        self._run(self._refresh())
        for each in old:
            if (new := self.store.live(each.key)) is not None:
                self.store.drop_child(new.key)
            self.store.put_live(each)
        with contextlib.suppress(ApiError):
            self._run(self.reconciler.reconcile(*self.key))

    async def _refresh(self) -> None:
        """Do what the operator's watches do."""
        # kinds of which there is nothing are looked at once only: objects of others come by our own writes
        known = {(each.api_version, each.key.kind) for each in self.store.children(self.key)} | self._kinds
        if self._kinds:
            await self._look(known)
        else:
            await refresh(self._reader, self.store, self.key)
            known |= {(each.api_version, each.key.kind) for each in self.store.children(self.key)}
        self._kinds = known
        seen = set()
        for kind in ("ConfigMap", "Secret"):
            for each in (await self._reader.list("v1", kind, self.namespace, metadata_only=True)).items:
                self.store.put_data(each, kind)
                seen.add(Key("", kind, self.namespace, each["metadata"]["name"]))
        for key in self._data - seen:
            self.store.drop_data(key)
        self._data = seen

    async def _look(self, kinds: Iterable[tuple[str, str]]) -> None:
        site = await self._reader.get(API_VERSION, "Django", *self.key)
        assert site is not None
        self.store.put_site(site)
        labels = f"app.kubernetes.io/instance={self.name},app.kubernetes.io/managed-by=django-operator"
        lists = [self._reader.list(*kind, self.namespace, labels=labels) for kind in kinds]
        found = [each for listed in await asyncio.gather(*lists) for each in listed.items]
        for each in found:
            self.store.put_child(each)
        uids = {each["metadata"]["uid"] for each in found}
        for live in self.store.children(self.key):
            if live.uid not in uids:
                self.store.drop_child(live.key, live.uid)

    def requests(self) -> list[Request]:
        """Run one pass, and return the requests that it has sent."""
        plane: ControlPlane = self.cluster  # type: ignore[assignment] # only one of our making is audited
        self._run(self._refresh())
        mark = plane.audit.mark()
        self._run(self.reconciler.reconcile(*self.key))
        return list(plane.audit.since(mark, agent=self.agent))

    def requeued(self) -> float | None:
        """Run one pass, and return after how many seconds it wants another one without being woken."""
        self._run(self._refresh())
        return self._run(self.reconciler.reconcile(*self.key)).requeue_after

    def request(self, verb: str, code: int, _: float) -> None:
        """Count what nothing else tells of: the store holds an object until its watch has told that it is gone."""
        self._deletes += (verb, code) == ("delete", 200)

    def settle(self) -> int:
        """Bring workloads to their outcome. Return how many were not there yet."""
        count = 0
        seen = [each for each in self.store.children(self.key) if each.key.kind in SETTLED]
        state = [[(each.uid, each.resource_version) for each in seen], len(self.workloads._rules)]
        if state == self._settled:
            return 0
        self._settled = state
        for kind in SETTLED:
            for body in self.items(kind):
                if not body["metadata"].get("deletionTimestamp"):
                    count += self.workloads.settle(body) is not body
        return count

    def converge(self, *, retries: bool = False) -> Progress:
        """Run passes until there is nothing left to do, and return what the last one found.

        With `retries` an error ends a pass and no more, as in the operator's queue.
        """
        return self.until(_is_at_rest, retries=retries)

    def until(self, holds: Callable[[Progress], object], *, retries: bool = False) -> Progress:
        """Run passes until something holds and a pass has changed nothing."""
        deadline, passes, last = time.monotonic() + PATIENCE, 0, None
        while time.monotonic() < deadline and passes < PASSES:
            before, passes, self._deletes = self._version(), passes + 1, 0
            try:
                last = self.pass_()
            except ApiError:
                if not retries:
                    raise
                continue
            if self.settle() or self._deletes or before != self._version():
                continue
            if holds(last):
                return last
            # whoever else is at work, the garbage collector say, needs a moment
            passes -= 1
            time.sleep(0.02)
        raise AssertionError(f"not there after {passes} passes: {last and summary(last)}")

    def _version(self) -> list[str]:
        site = self.store.sites.get(self.key)
        versions = [each.resource_version for each in self.store.children(self.key)]
        return [*versions, *([site["metadata"]["resourceVersion"]] if site else [])]

    # --- What there is

    def path(self, kind: str, name: str = "", sub: str = "") -> str:
        """Return the path of a kind in the namespace, or of an object; `app` stands for `blog-app`."""
        api_version = next((version for version, each in KINDS if each == kind), "v1")
        return self.client.path(api_version, kind, self.namespace, name and f"{self.name}-{name}", sub)

    def get(self, kind: str, name: str) -> Object:
        """Return an object by its name without the resource's."""
        found: Object = self.client.get(self.path(kind, name))
        return found

    def find(self, kind: str, name: str) -> Object | None:
        """Return an object, or None."""
        found: Object | None = self.client.find(self.path(kind, name))
        return found

    def items(self, kind: str) -> list[Object]:
        """Return all objects of a kind that carry the resource's label."""
        return self.client.items(self.path(kind), labelSelector=f"app.kubernetes.io/instance={self.name}")

    def names(self, kind: str) -> list[str]:
        """Return the names of all such objects, without the resource's."""
        return sorted(each["metadata"]["name"].removeprefix(f"{self.name}-") for each in self.items(kind))

    def patch(self, kind: str, name: str, body: Object, manager: str = "kubectl-edit") -> Object:
        """Change an object as somebody else: a merge patch."""
        found: Object = self.client.patch(self.path(kind, name), body, fieldManager=manager)
        return found

    def delete(self, kind: str, name: str, **options: object) -> None:
        """Delete an object as somebody else."""
        self.client.delete(self.path(kind, name), **options)

    def objects(self) -> dict[str, Object]:
        """Return the resource and all objects that carry its label, by `Kind/name`."""
        found = [self.resource()]
        for _, kind in KINDS:
            # a kind whose CRD is not installed has no objects
            with contextlib.suppress(Refused):
                found += self.items(kind)
        return {f"{each['kind']}/{each['metadata']['name']}": each for each in found}

    def versions(self) -> dict[str, str]:
        """Return the resourceVersions of all these objects."""
        return {name: each["metadata"]["resourceVersion"] for name, each in self.objects().items()}

    def resource(self) -> Object:
        """Return the Django resource."""
        found: Object = self.client.get(self.client.path(API_VERSION, "Django", self.namespace, self.name))
        return found

    def conditions(self) -> dict[str, Object]:
        """Return the resource's conditions by type."""
        return {each["type"]: each for each in self.resource().get("status", {}).get("conditions", ())}

    def ready(self) -> tuple[str, str]:
        """Return status and reason of the condition Ready."""
        found = self.conditions()["Ready"]
        return found["status"], found["reason"]

    def events(self, reason: str = "") -> list[str]:
        """Return the notes of the resource's events, oldest first, of one reason or of all."""
        path = self.client.path("events.k8s.io/v1", "Event", self.namespace)
        found = [each for each in self.client.items(path) if each["regarding"]["name"] == self.name]
        return [
            each["note"]
            for each in sorted(found, key=lambda each: int(each["metadata"]["resourceVersion"]))
            if reason in ("", each["reason"])
        ]

    def give(self, kind: str, name: str, **content: Any) -> Object:
        """Make an object of the user's own, by POST, under its full name."""
        api_version = next((version for version, each in KINDS if each == kind), "v1")
        meta = {"namespace": self.namespace, "name": name}
        return self.client.create({"apiVersion": api_version, "kind": kind, "metadata": meta, **content})  # type: ignore[no-any-return] # JSON


KINDS = children()
"""(apiVersion, kind) of all that a stack is made of."""


def _is_at_rest(found: Progress) -> bool:
    return not (found.stage or found.unready or found.problem)


def summary(found: Progress) -> str:
    """Return what of a pass somebody who mends a test wants to read."""
    jobs = [(each.state, each.why) for each in (found.release, found.post) if each is not None]
    waits = [f"{key}: {why}" for key, why in (*found.waiting, *found.unready)]
    return f"stage {found.stage!r}, waiting for {waits}, problem {found.problem}, jobs {jobs}, held {found.held!r}"


def image(body: Object) -> str:
    """Return the image of the first container of a workload."""
    found: str = body["spec"]["template"]["spec"]["containers"][0]["image"]
    return found


def stable(objects: Mapping[str, Object], name: str) -> dict[str, Any]:
    """Return a resource's objects without names, versions, times, and digests, which differ from run to run."""
    found: dict[str, Any] = {}
    for key, body in objects.items():
        if body["kind"] in ("ControllerRevision", "Django"):
            continue
        meta = {part: body["metadata"].get(part) for part in ("name", "labels")}
        rest = {part: value for part, value in body.items() if part not in ("metadata", "status", "data")}
        owners = [each["name"] for each in body["metadata"].get("ownerReferences", ())]
        text = json.dumps([meta, owners, _without_digests(rest)])
        text = re.sub(rf"\b{name}\b", "NAME", text.replace(body["metadata"]["namespace"], "NAMESPACE"))
        found[key.replace(f"/{name}", "/NAME")] = json.loads(text)
    return found


def _without_digests(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_digests(each) for key, each in value.items() if key not in _DIGESTS}
    return [_without_digests(each) for each in value] if isinstance(value, list) else value


_DIGESTS = frozenset({
    "django-operator.io/checksum", "clusterIP", "clusterIPs", "controller-uid", "batch.kubernetes.io/controller-uid",
})  # fmt: skip
