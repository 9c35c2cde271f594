"""Work grows as the input does: four times as much of anything costs about four times as many steps, never sixteen.

Steps are lines of Python and calls, of C functions too, counted by the interpreter: the same in each run and on any
machine, unlike seconds.
"""

# ruff: noqa: E501 - a row for each kind of input

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from django_operator.engine.build import build
from django_operator.engine.emit import dump
from django_operator.engine.files import MemoryFiles
from django_operator.engine.yamlio import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

SMALL, FACTOR, SLACK = 60, 4, 1.35
"""Four times the input may cost 5.4 times the steps: room for hash tables that grow, none for squares (16)."""


def steps(run: Callable[[], object]) -> int:
    """Return how many lines and calls a function takes."""
    count = 0

    def each(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        return each

    def call(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "c_call"

    old = sys.gettrace(), sys.getprofile()
    sys.settrace(each)
    sys.setprofile(call)
    try:
        run()
    finally:
        sys.settrace(old[0])
        sys.setprofile(old[1])
    return count


def growth(run: Callable[[int], object]) -> float:
    """Return how many times as many steps a function takes when its input is FACTOR times as large."""
    few, many = steps(lambda: run(SMALL)), steps(lambda: run(SMALL * FACTOR))
    return many / few


def rows(form: str, count: int) -> str:
    """Return a text so often, its `#` numbered."""
    return "".join(form.replace("#", str(number)) for number in range(count))


CONFIG_MAPS = "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c#}, data: {a: b}}\n"
PODS = "---\n{apiVersion: v1, kind: Pod, metadata: {name: p#}, spec: {containers: [{name: web, image: nginx, envFrom: [{configMapRef: {name: c#}}]}]}}\n"
DEPLOYMENTS = "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: d#, namespace: n#}, spec: {replicas: 1}}\n"
SAME_NAME = "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: same, namespace: n#}}\n"
FOLDERS = {
    "f#/kustomization.yaml": "resources: [x.yaml]\nnamePrefix: f#-\n",
    "f#/x.yaml": CONFIG_MAPS[4:].replace("c#", "c"),
}

GROWING: dict[str, Callable[[int], dict[str, str]]] = {
    "objects with every transformer": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\nnamePrefix: a-\nnameSuffix: -z\nnamespace: ns\ncommonLabels: {a: b}\n"
        "commonAnnotations: {c: d}\nimages: [{name: nginx, newTag: x}]\nlabels: [{pairs: {e: f}, includeTemplates: true}]\n",
        "x.yaml": rows(CONFIG_MAPS + PODS, n),
    },
    "objects in order": lambda n: {"kustomization.yaml": "resources: [x.yaml]\nsortOptions: {order: legacy}", "x.yaml": rows(CONFIG_MAPS, n)},
    "patches by target": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n" + rows("- {target: {kind: ConfigMap, name: c#}, patch: {data: {x: z}}}\n", n),
        "x.yaml": rows(CONFIG_MAPS, n),
    },
    "patches by name": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n" + rows("- {patch: {apiVersion: v1, kind: ConfigMap, metadata: {name: c#}, data: {x: z}}}\n", n),
        "x.yaml": rows(CONFIG_MAPS, n),
    },
    "patches that delete": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n" + rows("- {patch: {apiVersion: v1, kind: ConfigMap, metadata: {name: c#}, $patch: delete}}\n", n),
        "x.yaml": rows(CONFIG_MAPS, n),
    },
    "patches that rename": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n"
        + rows("- {target: {kind: ConfigMap, name: c#}, options: {allowNameChange: true}, patch: {metadata: {name: d#}}}\n", n),
        "x.yaml": rows(CONFIG_MAPS, n),
    },
    "JSON patches by target": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n" + rows("- {target: {name: c#}, patch: [{op: add, path: /data/x, value: z}]}\n", n),
        "x.yaml": rows(CONFIG_MAPS, n),
    },
    "operations of one JSON patch": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch:\n" + rows("  - {op: add, path: /data/k#, value: z}\n", n),
        "x.yaml": rows(CONFIG_MAPS, 1),
    },
    "items of one strategic patch": lambda n: {
        "kustomization.yaml": "resources: [x.yaml]\npatches:\n- patch:\n    apiVersion: v1\n    kind: Pod\n    metadata: {name: p}\n    spec: {containers: [{name: web, env: ["
        + rows("{name: K#, value: z}, ", n) + "]}]}",
        "x.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: web, env: [" + rows("{name: K#, value: y}, ", n) + "]}]}}",
    },
    "replicas": lambda n: {"kustomization.yaml": "resources: [x.yaml]\nreplicas:\n" + rows("- {name: d#, count: 3}\n", n), "x.yaml": rows(DEPLOYMENTS, n)},
    "generated objects": lambda n: {"kustomization.yaml": "configMapGenerator:\n" + rows("- {name: c#, literals: [a=b]}\n", n)},
    "literals of one object": lambda n: {"kustomization.yaml": "configMapGenerator:\n- name: c\n  literals:\n" + rows("  - k#=v\n", n)},
    "objects of one name": lambda n: {"kustomization.yaml": "resources: [x.yaml]\nnamePrefix: a-", "x.yaml": rows(SAME_NAME, n)},
    "folders": lambda n: {
        "kustomization.yaml": "resources:\n" + rows("- f#\n", n),
        **{name.replace("#", str(number)): text.replace("#", str(number)) for number in range(n) for name, text in FOLDERS.items()},
    },
    "files": lambda n: {"kustomization.yaml": "resources:\n" + rows("- x#.yaml\n", n), **{f"x{number}.yaml": CONFIG_MAPS[4:].replace("#", str(number)) for number in range(n)}},
    "labels": lambda n: {"kustomization.yaml": "resources: [x.yaml]\ncommonLabels:\n" + rows("  k#: v\n", n), "x.yaml": rows(CONFIG_MAPS, 1)},
    "components": lambda n: {"kustomization.yaml": "resources: [x.yaml]\ncomponents:\n" + "- c\n" * n, "c/kustomization.yaml": "kind: Component\npatches: [{target: {kind: ConfigMap}, patch: {data: {x: z}}}]", "x.yaml": rows(CONFIG_MAPS, 1)},
    "definitions of kinds": lambda n: {"kustomization.yaml": "resources: [x.yaml]\nnamespace: ns", "x.yaml": rows("---\n{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: c#}, spec: {group: g, names: {kind: K#}, versions: [{name: v1, schema: {openAPIV3Schema: {properties: {}}}}]}}\n", n)},
}  # fmt: skip


def test_the_counter() -> None:
    """It sees what is done for each pair, in loops of Python and in those of C that call Python."""
    runs: list[Callable[[int], object]] = [
        lambda n: [left for left in range(n) for _ in range(n)],
        lambda n: sum(1 for _ in range(n) for _ in range(n)),
        lambda n: [sorted(range(n), key=lambda at: -at) for _ in range(n)],
    ]
    assert min(map(growth, runs)) > FACTOR * SLACK


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """Load what is loaded once for all."""
    for make in GROWING.values():
        build(MemoryFiles(make(2)))


@pytest.mark.parametrize("what", GROWING)
def test_growth(what: str) -> None:
    """A build grows as its files do."""
    make = GROWING[what]
    assert growth(lambda size: dump(build(MemoryFiles(make(size))))) < FACTOR * SLACK


TEXTS: dict[str, Callable[[int], str]] = {
    "items": lambda n: "- a\n" * n,
    "keys": lambda n: rows("k#: v\n", n),
    "documents": lambda n: "---\na: b\n" * n,
    "lines of a block": lambda n: "a: |\n" + "  x\n" * n,
    "aliases": lambda n: "a: &a [x]\nb: [" + "*a, " * n + "]",
    "anchors": lambda n: rows("k#: &a# {x: y}\n", n) + rows("m#: *a#\n", n),
    "merge keys": lambda n: "a: &a {x: y}\n" + rows("m#: {<<: *a, z: w}\n", n),
    "one map of merge keys": lambda n: "<<: [" + rows("{k#: v}, ", n) + "]",
}


@pytest.mark.parametrize("what", TEXTS)
def test_growth_of_texts(what: str) -> None:
    """Reading, finding lines and writing grow as the text does."""

    def run(size: int) -> None:
        for document in parse(TEXTS[what](size), "x"):
            document.origin(("a", 0))
            dump([document.value])

    assert growth(run) < FACTOR * SLACK
