"""`make bench`: measures, prints the tables, and writes them between the marks of docs/performance.md."""

from __future__ import annotations

import compileall
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django_operator.engine.build import build
from django_operator.engine.files import DiskFiles
from django_operator.engine.yamlio import parse
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import read
from tests.bench import growth
from tests.bench.measure import Run, compare, run, seconds
from tests.oracle import krusty, kustomize_build, same_objects, tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
SIZES = (100, 500, 1000, 2000, 5000)
PATIENCE = 2000
"""The largest size that kustomize is asked to build: at twice that it takes minutes."""
ROUNDS = 15

SMALL = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata: {name: site, namespace: web}
spec:
  image: registry.example.com/site:1.0
  project: site
  hosts: [site.example.com]
  release: {preDeploy: [{args: [migrate, --noinput]}]}
"""
"""As plain as a site is: what most of hundreds look like."""

OURS = str(Path(sys.executable).parent / "django-operator")
KUSTOMIZE = [*tool("kustomize"), "build"]


def main() -> None:
    """Measure, and write the page."""
    # As pip leaves a package: an editable install may have no byte code, and PYTHONDONTWRITEBYTECODE keeps it so.
    compileall.compile_dir(str(ROOT / "django_operator"), quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        lines = [*_machine(), "", *_stack(Path(folder)), "", *_growth(Path(folder))]
    text = "\n".join(lines)
    print(text)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _machine() -> list[str]:
    cores = len(os.sched_getaffinity(0))
    machine = f"{cores} cores, {platform.system()} {platform.machine()}, CPython {platform.python_version()}"
    return [f"{machine}, kustomize v5.8.1 built with {_go()}; medians of {ROUNDS} interleaved runs."]


def _go() -> str:
    printed = subprocess.run([*tool("kustomize"), "version", "-o", "json"], capture_output=True, text=True, check=True)
    return str(json.loads(printed.stdout).get("goVersion", "Go"))


def _stack(folder: Path) -> list[str]:
    """Measure sample.yaml against the kustomization that it ejects to."""
    sample, ejected = str(ROOT / "sample.yaml"), str(folder / "ejected")
    run([OURS, "eject", sample, ejected])
    files = DiskFiles(ejected)
    objects = build(files, "")
    if found := same_objects(objects, kustomize_build(ejected)):
        raise RuntimeError("\n".join(found))
    cold = compare(
        {
            "`django-operator render sample.yaml`": [OURS, "render", "-q", sample],
            "`django-operator build` of what it ejects": [OURS, "build", ejected],
            "`kustomize build` of the same folder": [*KUSTOMIZE, ejected],
        },
        ROUNDS,
    )
    small = folder / "small.yaml"
    small.write_text(SMALL, encoding="utf-8")
    run([OURS, "eject", str(small), str(folder / "small")])
    last = list(cold.values())[-1]
    return [
        f"### The stack of sample.yaml ({len(objects)} objects), from a cold start",
        "",
        *_table(
            ("Command", "wall", "CPU", "peak memory", "wall against kustomize"),
            ((name, *_cells(each), f"{each.wall / last.wall:.2f}") for name, each in cold.items()),
        ),
        "",
        "### In a process that is warm: the resource itself, and the folder that it ejects",
        "",
        *_table(
            (
                "Resource",
                "objects",
                "`stack.render.render`, as the operator",
                "`engine.build.build` of the folder",
                "kustomize's `krusty` of the folder",
                "render against krusty",
            ),
            (
                _warm("a default stack", small, str(folder / "small")),
                _warm("sample.yaml", Path(sample), ejected),
            ),
        ),
    ]


def _warm(title: str, resource: Path, ejected: str) -> tuple[str, ...]:
    """Measure builds in processes that have built the same before."""
    theirs = krusty().ask(disk=ejected, repeat=ROUNDS)["ns"] / 1e9
    files = DiskFiles(ejected)
    mine = seconds(lambda: build(files, ""), ROUNDS)
    site, shipped = read(parse(resource.read_text(encoding="utf-8"), str(resource))[0]), library()
    rendered = seconds(lambda: render(site, shipped), ROUNDS)
    count = len(render(site, shipped).objects)
    times = (f"{each * 1e3:.1f} ms" for each in (rendered, mine, theirs))
    return (title, str(count), *times, f"{rendered / theirs:.2f}")


def _growth(folder: Path) -> list[str]:
    """Measure kustomizations of many objects."""
    rows = []
    for size in SIZES:
        written = str(growth.write(folder / str(size), size))
        commands = {"ours": [OURS, "build", written]}
        if size <= PATIENCE:
            commands["theirs"] = [*KUSTOMIZE, written]
        found = compare(commands, 5 if size < 1000 else 3)
        mine, theirs = found["ours"], found.get("theirs")
        ratio = f"{mine.wall / theirs.wall:.2f}" if theirs else "not run"
        rows.append((f"{size:,}", *_cells(mine), *(_cells(theirs) if theirs else ("", "", "")), ratio))
    head = ("Objects", "wall", "CPU", "peak memory", "kustomize: wall", "CPU", "peak memory", "wall against kustomize")
    return [
        "### Growth: `build` with namespace, prefix, labels, images and a patch by regular expression",
        "",
        *_table(head, rows),
    ]


def _cells(each: Run) -> tuple[str, str, str]:
    return f"{each.wall * 1e3:,.0f} ms", f"{each.cpu * 1e3:,.0f} ms", f"{each.memory:,.0f} MiB"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(each)} |" for each in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    main()
