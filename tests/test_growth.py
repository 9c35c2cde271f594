"""Work grows as the input does: four times as much of anything costs about four times as many steps, never sixteen.

Steps are lines of Python and calls, of C functions too, counted by the interpreter: the same in each run and on any
machine, unlike seconds.
"""

# ruff: noqa: E501 - a row for each kind of input

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from django_operator.cli import inputs
from django_operator.cli.render import render_all
from django_operator.engine.build import build
from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from django_operator.engine.files import MemoryFiles
from django_operator.engine.yamlio import parse
from django_operator.stack.library import library
from django_operator.stack.render import render_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
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


HEAD = "apiVersion: django-operator.io/v1alpha1\nkind: Django\nmetadata: {name: shop, namespace: web}\nspec:\n  image: shop:1\n  project: shop\n"
POD = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: mine#}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i, %s}]}}}}\n"


def laid(kustomization: str, objects: str = "") -> str:
    """Return a resource with an overlay in a ConfigMap, and that: it may hold more than the resource itself."""

    def block(name: str, text: str) -> str:
        return f"  {name}: |\n" + "".join(f"    {line}\n" for line in text.splitlines())

    head = (
        HEAD
        + "  overlays: [{configMapRef: {name: o}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: o}\ndata:\n"
    )
    return head + block("kustomization.yaml", kustomization) + (block("x.yaml", objects) if objects else "")


def listed(objects: str) -> str:
    """Return a resource with objects of the user's."""
    return laid("resources: [x.yaml]\n", objects)


FAULTY: dict[str, Callable[[int], str]] = {
    "spec: unknown fields": lambda n: HEAD + rows("  f#: 1\n", n),
    "spec: types": lambda n: HEAD + "  env:\n" + rows("  - {name: A#, value: 1}\n", n),
    "spec: unknown fields of Kubernetes": lambda n: HEAD + "  env:\n" + rows("  - {name: A#, valu: a}\n", n),
    "spec: one name": lambda n: HEAD + "  env:\n" + "  - {name: A, value: a}\n" * n,
    "spec: one value": lambda n: HEAD + "  hosts:\n" + "  - a.example.com\n" * n,
    "spec: formats": lambda n: HEAD + "  hosts:\n" + rows("  - a_#\n", n),
    "spec: names": lambda n: HEAD + "  workers:\n" + rows("    P#: {}\n", n),
    "spec: steps": lambda n: HEAD + "  release:\n    preDeploy:\n" + "    - {name: a, args: [a]}\n" * n,
    "spec: schedules": lambda n: HEAD + "  cronJobs:\n" + rows("    c#: {schedule: '61 * * * *', args: [a]}\n", n),
    "overlays: unknown": lambda n: HEAD + "  overlays:\n" + rows("  - {builtin: b#}\n", n),
    "overlays: not there": lambda n: HEAD + "  overlays:\n" + rows("  - {configMapRef: {name: b#}}\n", n),
    "overlays: patches": lambda n: HEAD + "  overlays:\n  - patches:\n" + rows("    - {target: {kind: Deployment, name: x#}, pach: {}}\n", n),
    "patches that fit nothing": lambda n: laid("patches:\n" + rows("- {target: {kind: Deployment, name: x#}, patch: {kind: Deployment}}\n", n)),
    "patches of no object": lambda n: laid("patches:\n" + rows("- {patch: {apiVersion: apps/v1, kind: Deployment, metadata: {name: x#}}}\n", n)),
    "patches that are no YAML": lambda n: laid("patches:\n" + rows("- {target: {kind: Deployment}, patch: '{a'}\n", n)),
    "unknown fields of an overlay": lambda n: laid(rows("f#: 1\n", n)),
    "JSON patches": lambda n: laid("patches:\n" + rows("- {target: {kind: Deployment, name: app}, patch: [{op: remove, path: /x#}]}\n", n)),
    "JSON patches of one place": lambda n: laid("patches:\n" + "- {target: {kind: Deployment, name: app}, patch: [{op: remove, path: /x}]}\n" * n),
    "JSON patches of many objects": lambda n: laid(
        "resources: [x.yaml]\npatches:\n" + rows("- {target: {kind: ConfigMap, name: c#}, patch: [{op: remove, path: /x}]}\n", n), rows(CONFIG_MAPS, n)
    ),
    "operations": lambda n: laid("patches:\n- target: {kind: Deployment}\n  patch:\n" + rows("  - {op: remov, path: /x#}\n", n)),
    "files that are not there": lambda n: laid("resources:\n" + rows("- x#.yaml\n", n)),
    "one object": lambda n: listed("---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n" * n),
    "no objects": lambda n: listed("---\n{apiVersion: v1, kind: ConfigMap, metadata: {}}\n" * n),
    "images": lambda n: laid("images:\n" + rows("- {name: x#, newTag: a}\n", n)),
    "counts": lambda n: laid("replicas:\n" + rows("- {name: x#, count: 1}\n", n)),
    "replacements": lambda n: laid("replacements:\n" + rows("- {source: {kind: Deployment, name: x#}, targets: [{select: {kind: Service}, fieldPaths: [a]}]}\n", n)),
    "targets of a replacement": lambda n: laid("replacements:\n- source: {kind: Deployment, name: app}\n  targets:\n" + rows("  - {select: {kind: Service, name: x#}, fieldPaths: [a]}\n", n)),
    "merges with nothing": lambda n: laid("configMapGenerator:\n" + rows("- {name: x#, behavior: merge, literals: [a=b]}\n", n)),
    "literals": lambda n: laid("configMapGenerator:\n- name: x\n  literals:\n" + "  - a\n" * n),
    "confine: kinds": lambda n: listed(rows("---\n{apiVersion: v1, kind: Pod, metadata: {name: c#}}\n", n)),
    "confine: namespaces": lambda n: listed(rows("---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c#, namespace: n#}}\n", n)),
    "confine: pods": lambda n: listed(rows("---\n" + POD.replace("labels: {a: b}", "labels: {a: b, app.kubernetes.io/component: app}") % "env: []", n)),
    "confine: selectors": lambda n: listed(rows("---\n" + POD.replace("matchLabels: {a: b}", "matchLabels: {a: c}") % "env: []", n)),
    "structure: fields": lambda n: listed(POD % rows("f#: 1, ", n)),
    "structure: items": lambda n: listed(POD % f"env: [{rows('{name: A#, valu: b}, ', n)}]"),
    "structure: types": lambda n: listed(POD % f"env: [{rows('{name: A#, value: 1}, ', n)}]"),
    "structure: objects": lambda n: listed(rows("---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c#}, dat: {}}\n", n)),
    "structure: one patch": lambda n: laid("patches:\n- target: {kind: Deployment, name: app}\n  patch: {spec: {" + rows("f#: y, ", n) + "}}\n"),
    "structure: values": lambda n: listed("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {" + rows("a#: 1, ", n) + "}}"),
    "sanity: names": lambda n: listed(rows("---\n{apiVersion: v1, kind: Service, metadata: {name: c.#}}\n", n)),
    "sanity: mounts": lambda n: listed(POD % f"volumeMounts: [{rows('{name: a#, mountPath: /a#}, ', n)}]"),
    "sanity: variables": lambda n: listed(POD % f"env: [{rows('{name: A=#, value: b}, ', n)}]"),
    "sanity: sources": lambda n: listed(POD % f"envFrom: [{rows('{prefix: A=#}, ', n)}]"),
    "sanity: ports": lambda n: listed(POD % f"ports: [{rows('{name: a, containerPort: 1#}, ', n)}]"),
    "sanity: labels": lambda n: listed("{apiVersion: v1, kind: ConfigMap, metadata: {name: c, labels: {" + rows("a#: '+', ", n) + "}}}"),
    "sanity: containers": lambda n: listed(POD.replace("image: i, %s}", "image: i}" + rows(", {name: c#}", n))),
    "sanity: autoscalers": lambda n: listed(rows("---\n{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: c#}, spec: {minReplicas: 5, maxReplicas: 1, scaleTargetRef: {kind: Deployment, name: app}}}\n", n)),
}  # fmt: skip
"""Resources with as many faults, some of them beyond the caps of what is told."""
MANY = 210
"""More than are told of an input, so that what is capped is behind both sizes."""
OF_OBJECTS = ("confine: pods", "confine: selectors", "sanity: names", "sanity: autoscalers", "structure: objects")
"""Where each fault takes an object of its own, which costs more than the fault."""


def judged(text: str) -> RenderError:
    """Return the error of a resource, with the ConfigMaps after it."""
    site, *maps = parse(text, "cr.yaml")
    with pytest.raises(RenderError) as caught:
        render_document(site, library(), references={each.value["metadata"]["name"]: each for each in maps})
    assert str(caught.value)
    return caught.value


@pytest.mark.parametrize("what", FAULTY)
def test_growth_of_faults(what: str) -> None:
    """Finding, placing and telling many faults grows as they do."""
    judged(FAULTY[what](2))
    size = SMALL if what in OF_OBJECTS else MANY
    few, many = (steps(lambda size=size: judged(FAULTY[what](size))) for size in (size, size * FACTOR))  # type: ignore[misc]
    assert many / few < FACTOR * SLACK


DOCUMENTS: dict[str, Callable[[int], str]] = {
    "of one name": lambda n: ("---\n" + HEAD) * n,
    "with a fault each": lambda n: rows("---\n" + HEAD.replace("name: shop", "name: s#") + "  x: 1\n", n),
    "with ConfigMaps": lambda n: rows("---\n" + HEAD.replace("name: shop", "name: s#") + "  x: 1\n" + CONFIG_MAPS, n),
    "of other kinds": lambda n: rows(CONFIG_MAPS.replace("ConfigMap", "Pod"), n),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_growth_of_documents(what: str, tmp_path: Path) -> None:
    """Reading and judging many resources grows as they do."""

    def run(size: int) -> None:
        file = tmp_path / "sites.yaml"
        file.write_text(DOCUMENTS[what](size))
        found, faults = inputs.gather([str(file)])
        with contextlib.suppress(RenderError):
            render_all(found)
        assert faults or found

    run(2)
    few, many = (steps(lambda size=size: run(size)) for size in (10, 10 * FACTOR))  # type: ignore[misc]
    assert many / few < FACTOR * SLACK
