"""Every case becomes what its folder says: the very bytes, or the very faults. `pytest --bless` writes what it is."""

from __future__ import annotations

import contextlib
import copy

import pytest

from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from tests.cases import CASES, Case, faults, good, rendered
from tests.shipped import NON_ROOT, RESTRICTED, containers, pod_of
from tests.shipped import faults as pod_faults


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, request: pytest.FixtureRequest) -> None:
    """What is rendered, or reported, is what is wanted, and the same when it is done again."""
    name, text = case.outcome()
    if request.config.getoption("--bless"):
        case.folder.mkdir(exist_ok=True)
        for old in ("want.yaml", "want.error"):
            (case.folder / old).unlink(missing_ok=True)
        (case.folder / name).write_text(text)
        return
    wanted = [path.name for path in case.folder.glob("want.*")]
    assert wanted == [name], f"{name} instead of {wanted}:\n{text if name == 'want.error' else ''}"
    assert text == (case.folder / name).read_text(), (
        f"see what changed with pytest --bless, then git diff {case.folder}"
    )
    assert case.outcome() == (name, text)


@pytest.mark.parametrize("case", good(), ids=lambda case: case.name)
def test_objects_are_valid(case: Case) -> None:
    """What is rendered is valid on the oldest and the newest Kubernetes, in the strict sense."""
    wrong = {
        f"{body['kind']}/{body['metadata']['name']}": found
        for body in rendered(case).objects
        if (found := faults(body))
    }
    assert not wrong


LAX = {"pod-template-merge", "overlay-strategic"}
"""Cases whose user asks for what is not allowed under `restricted`."""


@pytest.mark.parametrize("case", good(LAX), ids=lambda case: case.name)
def test_pods_are_restricted(case: Case) -> None:
    """Pods keep to the Pod Security standard "restricted", save runAsNonRoot."""
    for body in rendered(case).objects:
        if template := pod_of(body):
            where = f"{body['kind']}/{body['metadata']['name']}"
            assert all("capabilities" in each.get("securityContext", {}) for each in containers(template["spec"])), (
                where
            )
            assert pod_faults(template["spec"], RESTRICTED) == [], where


@pytest.mark.parametrize("name", ["builtin-restricted", "builtin-all", "sample"])
def test_pods_do_not_run_as_root(name: str) -> None:
    """Where that is asked for, by the overlay or by the common podTemplate, it holds for every pod."""
    for body in rendered(Case(name)).objects:
        if template := pod_of(body):
            where = f"{body['kind']}/{body['metadata']['name']}"
            assert pod_faults(template["spec"], RESTRICTED | NON_ROOT) == [], where


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_mutated(case: Case) -> None:
    """Neither the resource nor what comes with it is changed by rendering, nor are the shipped manifests."""
    try:
        documents = case.documents()
    except RenderError:
        return
    before = copy.deepcopy([each.value for each in documents])
    with contextlib.suppress(RenderError):
        case.render(documents)
    assert [each.value for each in documents] == before


def test_what_is_rendered_stays(request: pytest.FixtureRequest) -> None:
    """Rendering everything else in between does not change what is rendered: nothing shared was written to."""
    if request.config.getoption("--bless"):
        pytest.skip("what is wanted is being written")
    for case in good():
        assert dump(case.render().objects) == (case.folder / "want.yaml").read_text()
