"""Revisions: what a resource stood for at some time, kept in the cluster as ControllerRevisions.

That is Kubernetes' own history. While a newer one is pending or has failed, the last good one is what is enforced, and
what a rollback goes back to. Pure; knows nothing of requests.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from django_operator.apply.bind import owner
from django_operator.apply.objects import Key, digest
from django_operator.engine.paths import get
from django_operator.stack import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.objects import Live
    from django_operator.engine.paths import Body
    from django_operator.stack.site import Site

MAX_BYTES = 1_000_000
"""Of one kept revision: etcd refuses objects over 1.5 MiB (--max-request-bytes)."""

INPUT = "django-operator.io/input"
"""Annotation: digest of what the user gave, by which an upgrade of the operator is told from a change of theirs."""
OUTCOME = "django-operator.io/outcome"
VERSION = "django-operator.io/site-version"
IMAGE = "django-operator.io/site-image"
OPERATOR = "django-operator.io/operator-version"
MESSAGE = "django-operator.io/message"
COLOURED = "django-operator.io/colour"
RELEASES = "django-operator.io/releases"
"""Annotation: the Jobs of the revision's release, by which what it left in the database is found."""
CONFIG_MAPS = "django-operator.io/config-maps"
"""Annotation: ConfigMaps of the revision, which stay for pods that restart before the next revision is through."""

Outcome = Literal["Pending", "Serving", "Replaced", "Failed", "RolledBack"]


class Revision(NamedTuple):
    """A kept revision, without its objects. `number` grows; `name` is the ControllerRevision's."""

    key: Key
    number: int
    input: str
    outcome: str
    version: str
    image: str
    operator: str
    message: str = ""
    config_maps: tuple[str, ...] = ()
    colour: str = ""
    releases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the name, which ends in the digest of the objects."""
        return self.key.name


def name_of(site: Site, objects: Iterable[Body]) -> str:
    """Return the name under which objects are kept: equal objects, equal name."""
    return f"{site.name}-{digest(list(objects), 10)}"


def is_revision(live: Live) -> bool:
    """Tell whether an object is a kept revision."""
    return live.key.kind == "ControllerRevision"


def revision(live: Live) -> Revision:
    """Return what is remembered of a kept revision."""
    notes = live.notes
    return Revision(
        live.key,
        live.revision,
        notes.get(INPUT, ""),
        notes.get(OUTCOME, ""),
        notes.get(VERSION, ""),
        notes.get(IMAGE, ""),
        notes.get(OPERATOR, ""),
        notes.get(MESSAGE, ""),
        tuple(notes.get(CONFIG_MAPS, "").split()),
        notes.get(COLOURED, ""),
        tuple(notes.get(RELEASES, "").split()),
    )


def of(children: Iterable[Live], uid: str) -> tuple[Revision, ...]:
    """Return the kept revisions of a resource; those of a former one of the same name are not among them."""
    return tuple(revision(each) for each in children if is_revision(each) and each.owner == uid)


def manifest(each: Revision, site: Site, objects: Iterable[Body] | None, uid: str) -> Body:
    """Return the ControllerRevision; without its objects the part that may still change."""
    meta: Body = {
        "name": each.name,
        "namespace": each.key.namespace,
        "labels": {
            names.INSTANCE: site.name,
            names.MANAGED_BY: "django-operator",
            names.COMPONENT: "revision",
        },
        "ownerReferences": [owner(site.name, uid)],
        "annotations": {
            INPUT: each.input,
            OUTCOME: each.outcome,
            VERSION: each.version,
            IMAGE: each.image,
            OPERATOR: each.operator,
            CONFIG_MAPS: " ".join(each.config_maps),
            RELEASES: " ".join(each.releases),
            **({COLOURED: each.colour} if each.colour else {}),
            **({MESSAGE: each.message} if each.message else {}),
        },
    }
    data = {"data": pack(objects)} if objects is not None else {}
    return {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": meta, "revision": each.number, **data}


class TooLarge(ValueError):  # noqa: N818 - a state of the stack
    """A stack has no room in a ControllerRevision."""


def pack(objects: Iterable[Body]) -> Body:
    """Return objects as a ControllerRevision holds them. Raises TooLarge over MAX_BYTES. No Secret's data goes in."""
    held = [_without_secrets(body) for body in objects]
    text = base64.b64encode(zlib.compress(msgspec.json.encode(held), 9)).decode()
    if len(text) > MAX_BYTES:
        raise TooLarge(f"the stack is too large to be kept: {len(text):,} bytes compressed, {MAX_BYTES:,} are allowed")
    return {"encoding": "zlib+base64", "objects": text}


def unpack(body: Body) -> list[Body]:
    """Return the objects of a ControllerRevision as the server gave it. Raises ValueError for what is none of ours."""
    text = get(body, "data", "objects")
    if not isinstance(text, str):
        raise ValueError(f"{body['metadata']['name']} holds no objects")  # noqa: TRY004 - its content, not its type
    found: Any = msgspec.json.decode(zlib.decompress(base64.b64decode(text)))
    return list(found)


def _without_secrets(body: Body) -> Body:
    if body["kind"] != "Secret":
        return body
    return {name: value for name, value in body.items() if name not in ("data", "stringData")}


def good(found: Iterable[Revision]) -> Revision | None:
    """Return the revision that served last."""
    serving = [each for each in found if each.outcome == "Serving"]
    return max(serving, key=lambda each: each.number, default=None)


def surplus(found: Iterable[Revision], limit: int) -> list[Revision]:
    """Return the revisions to be forgotten, oldest first: all but the newest `limit`, and never the good one."""
    ordered = sorted(found, key=lambda each: each.number, reverse=True)
    serving = good(ordered)
    return [each for each in reversed(ordered[limit:]) if each != serving]
