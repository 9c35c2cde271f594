"""Which migrations a release left behind, and whether the code that serves is older."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply import heads, record
from django_operator.apply.diagnose import last_words
from django_operator.apply.record import Record, read_record
from tests.apply import fake
from tests.apply.stacks import UID, living, plain, site

if TYPE_CHECKING:
    from pathlib import Path

JOB = living(plain("Job", "shop-release-1", "batch/v1"))


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ('{"migrationHeads":{"shop":"0042_price"}}', {"shop": "0042_price"}),
        ('{"migrationHeads":{"shop":"0042"},"leftOut":3}', {"shop": "0042", "*": "3 more"}),
        ('{"migrationHeads":{"shop":42}}', {}),
        ('{"migrationHeads":{"shop":"0042_pr', {}),
        ('{"other":1}', {}),
        ("Loaded 12 objects", {}),
        ("", {}),
    ],
)
def test_a_message_is_read(message: str, found: dict[str, str]) -> None:
    """What is none of ours tells of nothing."""
    assert heads.read(message) == found


NONE, AHEAD = "", "the schema is ahead of the code: "


@pytest.mark.parametrize(
    ("code", "schema", "said"),
    [
        ({"shop": "0040_a"}, {"shop": "0042_b"}, AHEAD + "app shop 0042 -> 0040"),
        ({"shop": "0040_a"}, {"shop": "0040_a"}, NONE),
        ({"shop": "0042_b"}, {"shop": "0040_a"}, NONE),  # a migration was reversed, by a release
        ({"shop": "0040_a"}, {"shop": "0040_a", "stock": "0003_c"}, AHEAD + "app stock 0003 -> none"),
        ({"shop": "0040_a", "stock": "0003_c"}, {"shop": "0040_a"}, NONE),  # an app that went
        ({"shop": "0040_a"}, {"shop": "0040_b"}, AHEAD + "app shop 0040_b -> 0040_a"),
        ({"shop": "0040"}, {"shop": "0040_b"}, NONE),  # the same, without room for the name
        ({"shop": "0040_a"}, {"shop": "0041"}, AHEAD + "app shop 0041 -> 0040"),
        ({"shop": "9_a"}, {"shop": "10_b"}, AHEAD + "app shop 10 -> 9"),
        ({"shop": "initial"}, {"shop": "prices"}, AHEAD + "app shop prices -> initial"),
        ({"a": "1_x", "b": "2_x"}, {"a": "2_x", "b": "3_x"}, AHEAD + "app a 2 -> 1, app b 3 -> 2"),
        ({"a": "1_x", "*": "3 more"}, {"a": "1_x", "b": "3_x"}, NONE),  # b may have been there
        ({"a": "1_x"}, {"a": "1_x", "*": "3 more"}, NONE),
        ({}, {"shop": "0042_b"}, NONE),  # not known
    ],
)
def test_ahead(code: dict[str, str], schema: dict[str, str], said: str) -> None:
    """Each row: what the older release has left, what the newest has, and what is said of the older one's code."""
    known = Record(released=("old", "new")).with_heads("old", code).with_heads("new", schema)
    assert heads.ahead(known, ("old", "post")) == said
    assert heads.ahead(known, ("new", "post")) == NONE
    assert heads.ahead(known, ("other",)) == NONE


def test_many_apps_are_counted() -> None:
    """Ten of them have names."""
    old, new = ({f"app{index:02}": f"000{number}_x" for index in range(12)} for number in (1, 2))
    known = Record(released=("old", "new")).with_heads("old", old).with_heads("new", new)
    said = heads.ahead(known, ("old",))
    assert said.startswith("the schema is ahead of the code: app app00 0002 -> 0001, ")
    assert said.endswith("app app09 0002 -> 0001 and 2 more")


def test_what_follows_a_release_counts_as_part_of_it() -> None:
    """Contracting migrations are for postDeploy; the last of the two Jobs of a release has seen the newest state."""
    known = Record(released=("release-1", "post-1", "release-2"))
    for job, head in (("release-1", "0001_a"), ("post-1", "0002_b"), ("release-2", "0003_c")):
        known = known.with_heads(job, {"shop": head})
    assert heads.left(known, ("release-1", "post-1")) == {"shop": "0002_b"}
    assert heads.ahead(known, ("release-1", "post-1")) == AHEAD + "app shop 0003 -> 0002"
    # Another release with the same postDeploy, which is not run again.
    assert heads.left(known, ("release-2", "post-1")) == {"shop": "0003_c"}


def test_heads_are_read_as_they_were_written() -> None:
    """Those of so many releases that they have room in a ConfigMap."""
    long = {f"app{index:03}": "0001_initial" for index in range(150)}
    known = Record()
    for number in range(record.KEPT):
        known = known.with_release(f"shop-release-{number}", "2026-01-01T00:00:00Z")
        known = known.with_heads(f"shop-release-{number}", long)
    body = record.manifest(known, site(), UID)
    assert read_record(body) == known
    assert list(known.heads) == [f"shop-release-{number}" for number in range(record.KEPT - record.HEADS, record.KEPT)]
    assert sum(map(len, body["data"].values())) < 500_000
    assert known.with_heads("shop-release-99", {}).heads.keys() == known.heads.keys() - {"shop-release-99"}
    assert known.with_release("again", "").heads == known.heads


def test_a_record_of_before_heads_were_known() -> None:
    """Is one without."""
    body = record.manifest(Record(True, ("a",), "2026-01-01T00:00:00Z"), site(), UID)
    assert "heads" not in body["data"]
    assert read_record(body).heads == {}


def pod(code: int, message: str, created: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    """Return a pod of a Job whose last container has ended."""
    ended = {"name": "django", "state": {"terminated": {"exitCode": code, "message": message}}}
    first = {"name": "check", "state": {"terminated": {"exitCode": 0}}}
    status = {"initContainerStatuses": [first], "containerStatuses": [ended]}
    return {"metadata": {"name": "p", "creationTimestamp": created}, "status": status}


@pytest.mark.parametrize(
    ("pods", "words"),
    [
        ([], ""),
        ([pod(0, "")], ""),
        ([pod(0, "heads")], "heads"),
        ([pod(1, "Traceback"), pod(0, "heads", "2026-01-02T00:00:00Z")], "heads"),
        ([pod(0, "heads"), pod(1, "Traceback", "2026-01-02T00:00:00Z")], "heads"),
        ([pod(1, "Traceback")], ""),
        ([{"metadata": {"name": "p"}}], ""),
    ],
    ids=["gone", "silent", "done", "tried again", "out of order", "failed", "no status"],
)
def test_last_words(pods: list[dict[str, Any]], words: str, tmp_path: Path) -> None:
    """Of the pod that was done, in one request."""
    import asyncio  # noqa: PLC0415 - of this test alone

    async def ask() -> tuple[str, list[fake.Seen]]:
        listed = {"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": pods}
        async with fake.serve(fake.body(listed)) as server, fake.connected(server, tmp_path) as client:
            return await last_words(client, JOB), server.seen

    found, (seen,) = asyncio.run(ask())
    assert found == words
    assert seen.path == "/api/v1/namespaces/web/pods"
    assert seen.query["labelSelector"] == "batch.kubernetes.io/job-name=shop-release-1"
