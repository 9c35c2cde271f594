"""How far a release is, what its data has been through, and the revisions that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from django_operator.apply import record, revisions
from django_operator.apply.objects import Key, live
from django_operator.apply.record import Record, read_record
from django_operator.apply.release import release
from django_operator.apply.revisions import Revision
from tests.apply.stacks import NAMESPACE, UID, bound, living, objects, plain, site

SITE = site(release={"preDeploy": [{"args": ["migrate"]}]})
JOB = next(each for each in bound(SITE).values() if each.key.kind == "Job")
FORMER = plain("Job", "shop-release-former", "batch/v1")
FORMER["metadata"]["ownerReferences"] = JOB.body["metadata"]["ownerReferences"]
STRANGER = plain("Job", JOB.key.name, "batch/v1")
STRANGER["metadata"]["ownerReferences"] = [{"kind": "Django", "name": "shop", "uid": "former", "controller": True}]


def ended(how: str) -> dict[str, Any]:
    """Return the status of a Job."""
    return {"conditions": [{"type": how, "status": "True"}]}


@pytest.mark.parametrize(
    ("jobs", "released", "started", "state"),
    [
        ([], (), "", "due"),
        ([], (JOB.key.name,), "", "done"),
        ([], (JOB.key.name,), JOB.key.name, "done"),
        ([], (), JOB.key.name, "vanished"),
        ([], (), "shop-release-former", "due"),
        ([living(JOB.body)], (), "", "running"),
        ([living(JOB.body, **ended("Failed"))], (), "", "failed"),
        ([living(JOB.body, **ended("Complete"))], (), "", "done"),
        ([living(JOB.body, **ended("Failed"))], (JOB.key.name,), "", "done"),
        ([living(FORMER)], (), "", "blocked"),
        ([living(FORMER, **ended("Failed"))], (), "", "due"),
        ([living(FORMER), living(JOB.body)], (), "", "blocked"),
        ([living(FORMER)], (JOB.key.name,), "", "blocked"),  # gone back while another release runs
        ([living(STRANGER, **ended("Complete"))], (), "", "blocked"),  # of a resource of this name that is no more
    ],
)
def test_release(jobs: list[Any], released: tuple[str, ...], started: str, state: str) -> None:
    """Each row: Jobs that live, Jobs that are recorded, the one the status says was started, and the state."""
    found = release(JOB, jobs, Record(released=released), started, UID)
    assert found.state == state
    assert found.opens is (state in ("none", "done"))


def test_a_job_that_is_there_is_known_while_another_goes() -> None:
    """It is not made again afterwards, so nobody need ask what the server would say of it."""
    found = release(JOB, [living(FORMER), living(JOB.body)], Record(), "", UID)
    assert found.live is not None
    assert found.live.key == JOB.key


def test_a_record_is_read_as_it_was_written() -> None:
    """With what has run, in order, and not more of it than is kept."""
    found = Record()
    for number in range(record.KEPT + 5):
        found = found.with_release(f"shop-release-{number}", "2026-01-01T00:00:00Z")
    assert read_record(record.manifest(found, SITE, UID)) == found
    assert found.initialized
    assert found.released[-1] == f"shop-release-{record.KEPT + 4}"
    assert len(found.released) == record.KEPT
    assert read_record(None) == Record()


@pytest.mark.parametrize(
    ("spec", "retained"),
    [
        ({}, True),
        ({"deletionPolicy": {"database": "Delete"}}, False),
        ({"deletionPolicy": {"database": "Delete"}, "database": {"external": {"secretRef": {"name": "db"}}}}, True),
    ],
    ids=["retained", "deleted", "elsewhere"],
)
def test_the_record_stays_as_long_as_the_data(spec: dict[str, Any], retained: bool) -> None:
    """It goes with the resource only where the database does."""
    made = record.manifest(Record(True), site(**spec), UID)
    assert ("ownerReferences" not in made["metadata"]) is retained


def kept(number: int, outcome: str) -> Revision:
    """Return a revision."""
    return Revision(
        Key("apps", "ControllerRevision", NAMESPACE, f"shop-{number}"), number, "i", outcome, "1", "a:1", "0"
    )


def test_a_revision_is_read_as_it_was_written() -> None:
    """Its objects without the data of Secrets, and all that is noted of it."""
    secret = plain("Secret", "shop-own", "v1", data={"a": "Yg=="})
    bodies = [*objects(SITE), secret]
    one = kept(3, "Serving")._replace(message="why", config_maps=("a", "b"), colour="green")
    made = revisions.manifest(one, SITE, bodies, UID)
    assert revisions.revision(live(made)) == one
    back = revisions.unpack(made)
    assert back[:-1] == bodies[:-1]
    assert "data" not in back[-1]
    assert "Yg==" not in str(made)


def test_a_revision_too_large_for_the_server_is_refused() -> None:
    """Rather than lost at the last moment."""
    import random  # noqa: PLC0415 - what does not compress

    noise = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=700_000)))  # noqa: S311 - no secret
    with pytest.raises(ValueError, match="too large"):
        revisions.pack([plain("ConfigMap", "shop-x", "v1", data={"a": noise})])


def test_equal_objects_have_the_name_of_one_revision() -> None:
    """And others another one."""
    assert revisions.name_of(SITE, objects(SITE)) == revisions.name_of(SITE, objects(SITE))
    assert revisions.name_of(SITE, objects(SITE)) != revisions.name_of(SITE, objects(site()))


@pytest.mark.parametrize(
    ("outcomes", "limit", "forgotten"),
    [
        (["Replaced", "Replaced", "Serving"], 2, [1]),
        (["Serving", "Failed", "RolledBack", "Pending"], 2, [2]),  # what served last is never forgotten
        (["Replaced", "Serving"], 5, []),
    ],
)
def test_surplus(outcomes: list[str], limit: int, forgotten: list[int]) -> None:
    """The oldest go first."""
    found = [kept(number, outcome) for number, outcome in enumerate(outcomes, 1)]
    assert [each.number for each in revisions.surplus(found, limit)] == forgotten


def test_good_is_what_served_last() -> None:
    """Whatever is newer."""
    found = revisions.good([kept(1, "Serving"), kept(2, "Serving"), kept(3, "Pending")])
    assert found is not None
    assert found.number == 2
