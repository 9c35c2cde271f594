"""What files say, handed to the cluster by server-side apply: all of it tried first, then written.

Knows nothing of what comes of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from django_operator.apply.errors import ApiError
from django_operator.apply.objects import content, key_of
from django_operator.apply.store import SiteKey
from django_operator.cli import inputs
from django_operator.cli.live.follow import Wish
from django_operator.cli.live.session import MANAGER, Refusal, explained
from django_operator.cli.render import render_all
from django_operator.stack.spec import KIND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.client import Client
    from django_operator.cli.inputs import Input
    from django_operator.engine.paths import Body

_OF_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Upload(NamedTuple):
    """An object of a file, as it is and as it becomes; `before` is None where it is not there."""

    body: Body
    before: Body | None
    after: Body

    @property
    def outcome(self) -> str:
        """Return what applying it does: created, changed, unchanged."""
        if self.before is None:
            return "created"
        return "unchanged" if content(self.before) == content(self.after) else "changed"


def read(paths: Iterable[str], namespace: str | None) -> list[Input]:
    """Return the resources of files. Raises RenderError with all faults that `validate` finds."""
    found = inputs.read(paths, namespace)
    render_all(found)
    return found


def in_namespace(found: Iterable[Input], default: str) -> list[Input]:
    """Return resources with the namespace that those get which name none."""
    return [each if each.namespace else replace(each, namespace=default) for each in found]


def bodies(found: Iterable[Input]) -> list[Body]:
    """Return the objects of files as they are sent: ConfigMaps before the resources that refer to them, each once."""
    maps: dict[tuple[str, str], Body] = {}
    sites: list[Body] = []
    for each in found:
        site = _sent(each.document.value, each.namespace)
        sites.append(site)
        for name, document in each.references.items():
            body = _sent(document.value, site["metadata"]["namespace"])
            maps.setdefault((body["metadata"]["namespace"], name), body)
    return [*maps.values(), *sites]


def _sent(value: Body, namespace: str) -> Body:
    """Return an object without what only the server may say: files may come from `kubectl get -o yaml`."""
    meta = {name: item for name, item in value["metadata"].items() if name not in _OF_SERVER}
    notes = {name: text for name, text in (meta.get("annotations") or {}).items() if name != _LAST_APPLIED}
    meta = {**meta, "namespace": meta.get("namespace") or namespace}
    meta.pop("annotations", None)
    if notes:
        meta["annotations"] = notes
    return {**{name: item for name, item in value.items() if name != "status"}, "metadata": meta}


async def tried(client: Client, wanted: Iterable[Body], *, force: bool) -> list[Upload]:
    """Return what applying objects would do. Raises Refusal with all that the server finds wrong; writes nothing."""
    found: list[Upload] = []
    faults: list[tuple[str, str]] = []
    for body in wanted:
        key = key_of(body)
        try:
            before = await client.get(body["apiVersion"], key.kind, key.namespace, key.name)
            after = (await client.apply(body, manager=MANAGER, force=force, dry_run=True)).body
        except ApiError as error:
            if error.transient:
                raise
            faults.append(explained(error, f"{key} in {key.namespace}"))
            continue
        found.append(Upload(body, before, after))
    if faults:
        hints = dict.fromkeys(hint for _, hint in faults if hint)
        raise Refusal("\n".join(dict.fromkeys(problem for problem, _ in faults)), "; ".join(hints))
    return found


async def written(client: Client, found: Iterable[Upload], *, force: bool) -> list[Upload]:
    """Apply what was tried, and return what it is now."""
    return [each._replace(after=(await client.apply(each.body, manager=MANAGER, force=force)).body) for each in found]


def wishes(found: Iterable[Upload]) -> list[Wish]:
    """Return the resources to be followed, of all that was applied."""
    done = list(found)
    maps = (each for each in done if each.after["kind"] != KIND and each.outcome != "unchanged")
    told = {each.after["metadata"]["namespace"] for each in maps}
    sites = (each for each in done if each.after["kind"] == KIND)
    return [
        Wish(
            SiteKey(each.after["metadata"]["namespace"], each.after["metadata"]["name"]),
            settles=each.outcome == "unchanged" and each.after["metadata"]["namespace"] in told,
        )
        for each in sites
    ]
