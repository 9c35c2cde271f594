"""Whatever is fed in: objects, or an error that says where; never a traceback, never a hang.

`fuzz/` holds a kustomization that uses every field. Here each part of it, and of a Django resource, is replaced by
values of other types, texts are cut and mixed, and lists, depths and aliases are made huge.
`HYPOTHESIS_PROFILE=long pytest tests/test_fuzz.py` tries every part with every value, which takes some minutes.
"""

# ruff: noqa: E501 - a row for each kind of hugeness

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_operator.engine.build import build
from django_operator.engine.emit import dump
from django_operator.engine.errors import RenderError
from django_operator.engine.files import MemoryFiles
from django_operator.engine.paths import get, put
from django_operator.engine.yamlio import Document, parse
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.site import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django_operator.engine.paths import Body, Json
    from django_operator.engine.paths import Path as Steps

ROOT = Path(__file__).parents[1]
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SECONDS = 60
"""Far more than anything here takes; what takes longer hangs."""

Parsed = dict[str, "str | tuple[Document, ...]"]


def corpus() -> Parsed:
    """Return the files of `fuzz/`: parsed where they are YAML."""
    folder = ROOT / "tests/fuzz"
    texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: text if name.endswith((".txt", ".env")) else parse(text, name) for name, text in texts.items()}


FILES = corpus()
YAML = {name: found for name, found in FILES.items() if not isinstance(found, str)}
RESOURCE = parse((ROOT / "tests/fuzz.yaml").read_text(), "cr.yaml")[0]
SHIPPED = sorted([*ROOT.glob("bases/*/*.yaml"), *ROOT.glob("overlays/*/*.yaml"), *ROOT.glob("patches/*.yaml")])


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """Turn a hang into a failure."""

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS * (100 if LONG else 1))
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)


def attempt(make: Callable[[], list[Body]]) -> list[Body] | None:
    """Return the objects that are made, None where a fault was raised; any other error fails the test."""
    try:
        objects = make()
    except RenderError as error:
        faults = error.faults
    else:
        assert [document.value for document in parse(dump(objects), "x")] == objects
        return objects
    assert faults
    assert all(fault.problem and fault.at.source for fault in faults), faults
    return None


def build_of(files: Parsed) -> Callable[[], list[Body]]:
    """Return a build of files."""
    return lambda: build(MemoryFiles(files), order="legacy")


def render_of(body: Json) -> Callable[[], list[Body]]:
    """Return a render of a resource."""
    return lambda: render(read(Document(body, "cr.yaml")), library()).objects


def places(value: Json, at: Steps = ()) -> Iterator[Steps]:
    """Yield the path of each part of a value."""
    yield at
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*at, key))


def replaced(files: Parsed, name: str, index: int, value: Json) -> Parsed:
    """Return files with one document's value replaced."""
    documents = files[name]
    assert not isinstance(documents, str)
    return {**files, name: (*documents[:index], Document(value, name), *documents[index + 1 :])}


def sample(found: list[Any], count: int) -> list[Any]:
    """Return all when there is time, else some, the same ones each time."""
    return found if LONG else random.Random(7).sample(found, min(count, len(found)))  # noqa: S311 - no secret


JUNK: tuple[Json, ...] = (
    None,
    "x",
    7,
    True,
    1.5,
    [],
    {},
    [None],
    ["x"],
    {"a": "b"},
    {"a": None},
    [[]],
    [{}],
    "",
    -1,
    "a\0b",
)


def test_the_corpus_builds() -> None:
    """What is mutated is valid at first."""
    assert len(build(MemoryFiles(FILES))) > 10
    assert len(render(read(RESOURCE), library()).objects) > 10


@pytest.mark.parametrize("name", YAML)
def test_wrong_types_in_a_kustomization(name: str) -> None:
    """Each part of each file, replaced by a value of another type."""
    found = [
        (index, place, junk)
        for index, document in enumerate(YAML[name])
        for place in places(document.value)
        for junk in JUNK
    ]
    for index, place, junk in sample(found, 18):
        attempt(build_of(replaced(FILES, name, index, put(YAML[name][index].value, place, junk))))


def test_wrong_types_in_a_resource() -> None:
    """Each part of a Django resource with overlays, replaced by a value of another type."""
    found = [(place, junk) for place in places(RESOURCE.value) for junk in JUNK]
    for place, junk in sample(found, 150):
        attempt(render_of(put(RESOURCE.value, place, junk)))


ALL = [
    (name, index, place)
    for name, found in YAML.items()
    for index, each in enumerate(found)
    for place in places(each.value)
]
WORDS = st.sampled_from(
    """
    app Deployment v1 .. . base kustomization.yaml * ( a,b metadata.name - 0 $patch create merge delete é { [1] a: 1e9
    :// / \\ $(APP) more/json.yaml
    """.split()  # noqa: SIM905 - words
)
VALUES = st.recursive(
    st.sampled_from(JUNK) | WORDS | st.integers(-(10**20), 10**20),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["$patch", "name", "kind", "metadata", "spec", "path", "", "a.b/c"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
PARTS = st.sampled_from(ALL).map(lambda at: get(YAML[at[0]][at[1]].value, *at[2]))


@settings(max_examples=20_000 if LONG else 500)
@given(st.lists(st.tuples(st.sampled_from(ALL), VALUES | PARTS), min_size=1, max_size=3))
def test_mixed_up_kustomizations(changes: list[tuple[tuple[str, int, Steps], Json]]) -> None:
    """Several parts at once, replaced by other parts or by words that mean something elsewhere."""
    files = FILES
    for (name, index, place), value in changes:
        documents = files[name]
        assert not isinstance(documents, str)
        old = documents[index].value
        if get(old, *place) is not None:
            files = replaced(files, name, index, put(old, place, value))
    attempt(build_of(files))


CUTS = st.tuples(st.integers(0, 10_000), st.integers(0, 30), st.text("ab:-# \n\t[]{}&*!|>'\"%@`\0,?0~<é$", max_size=6))


@settings(max_examples=20_000 if LONG else 400)
@given(
    st.sampled_from([*SHIPPED, ROOT / "sample.yaml", ROOT / "tests/fuzz.yaml"]), st.lists(CUTS, min_size=1, max_size=4)
)
def test_mangled_texts(path: Path, cuts: list[tuple[int, int, str]]) -> None:
    """Shipped manifests with some characters taken out and others put in; what can be read is built."""
    text = path.read_text()
    for start, size, new in cuts:
        start %= len(text) + 1  # noqa: PLW2901 - anywhere in the text
        text = text[:start] + new + text[start + size :]
    attempt(lambda: build(MemoryFiles({"kustomization.yaml": text})))
    attempt(lambda: build(MemoryFiles({"kustomization.yaml": "resources: [x.yaml]\nnamePrefix: a-", "x.yaml": text})))
    attempt(lambda: [item for each in parse(text, "cr.yaml") for item in render(read(each), library()).objects])


@settings(max_examples=20_000 if LONG else 300)
@given(
    st.text() | st.text("ab:-# \n\t[]{}&*!|>'\"%@`,?0~<") | st.binary().map(lambda data: data.decode(errors="replace"))
)
def test_any_text(text: str) -> None:
    """No text at all breaks the reader."""
    attempt(lambda: build(MemoryFiles({"kustomization.yaml": text, "x": text})))


CONFIG_MAP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}"
MANY = 10_000
DEEP = 5_000


def huge(kustomization: str, x_yaml: str = "", c_yaml: str = CONFIG_MAP) -> Callable[[], list[Body]]:
    """Return a build of a kustomization beside a ConfigMap."""
    return build_of({"kustomization.yaml": kustomization, "c.yaml": c_yaml, "x.yaml": x_yaml})


def lines(form: str, count: int = MANY) -> str:
    """Return a text so often, its `#` numbered."""
    return "".join(form.replace("#", str(number)) for number in range(count))


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
DOUBLED = "\n".join(f"- {{op: copy, from: /data, path: /data/x{number}}}" for number in range(100))
BRANCHES = "[" + ", ".join("*a" for _ in range(200)) + "]"

HUGE: dict[str, tuple[Callable[[], list[Body]], bool]] = {
    "deep flow lists": (huge("[" * DEEP), False),
    "deep flow lists, closed": (huge("resources: " + "[" * DEEP + "]" * DEEP), False),
    "deep flow maps": (huge("{a: " * DEEP + "}" * DEEP), False),
    "deep block lists": (huge("- " * DEEP + "x"), False),
    "deep block maps": (huge("".join(" " * depth + "a:\n" for depth in range(1_000))), False),
    "deep keys": (huge("? " * DEEP), False),
    "deep resources": (huge("resources: [x.yaml]", x_yaml=CONFIG_MAP.replace("b}", "{a: " * DEEP + "}" * DEEP + "}")), False),
    "deep patches": (huge("resources: [c.yaml]\npatches: [{target: {kind: .*}, patch: '" + "[" * DEEP + "'}]"), False),
    "deep pointers": (huge(f"resources: [c.yaml]\npatches: [{{target: {{kind: .*}}, patch: [{{op: add, path: {'/a' * DEEP}, value: 1}}]}}]"), False),
    "deep field paths": (huge(f"resources: [c.yaml]\nlabels: [{{pairs: {{a: b}}, fields: [{{path: {'a/' * DEEP}, create: true}}]}}]"), False),
    "deep replacements": (huge(f"resources: [c.yaml]\nreplacements: [{{sourceValue: x, targets: [{{select: {{kind: .*}}, fieldPaths: [{'a.' * DEEP}a], options: {{create: true}}}}]}}]"), False),
    "deep configurations": (huge("resources: [c.yaml]\nconfigurations: [x.yaml]\ncommonLabels: {a: b}", x_yaml=f"commonLabels: [{{path: {'a/' * DEEP}, create: true}}]"), False),
    "deep selectors": (huge(f"resources: [c.yaml]\npatches: [{{target: {{name: '{'(' * DEEP}'}}, patch: {{}}}}]"), False),
    "deep folders": (huge(f"resources: [{'a/' * DEEP}]"), False),
    "aliases of aliases": (huge(LAUGHS), False),
    "aliases in a resource": (huge("resources: [x.yaml]", x_yaml=f"a: &a {BRANCHES.replace('*a', 'a')}\nb: &b {BRANCHES}\nc: {BRANCHES.replace('*a', '*b')}"), False),
    "aliases of themselves": (huge("a: &a [*a]"), False),
    "merge keys of merge keys": (huge("a: &a {x: 1}\n" + "".join(f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 99)}]}}\n" for old, new in ("ab", "bc", "cd", "de"))), False),
    "copies that double": (huge("resources: [c.yaml]\npatches: [{target: {kind: ConfigMap}, path: x.yaml}]", x_yaml=DOUBLED), False),
    "replacements that double": (huge("resources: [c.yaml]\nreplacements:\n" + lines("- {source: {kind: ConfigMap, fieldPath: x}, targets: [{select: {kind: ConfigMap}, fieldPaths: [x.a, x.b], options: {create: true}}]}\n", 60), c_yaml=CONFIG_MAP.replace("data", "x: {a: {}}, data")), False),
    "replacements that nest": (huge("resources: [c.yaml]\nreplacements:\n" + lines("- {source: {kind: ConfigMap, fieldPath: x}, targets: [{select: {kind: ConfigMap}, fieldPaths: [x.a], options: {create: true}}]}\n", 2_000), c_yaml=CONFIG_MAP.replace("data", "x: {a: {}}, data")), False),
    "replacements that double a text": (huge("resources: [c.yaml]\nreplacements:\n" + lines("- {source: {kind: ConfigMap, fieldPath: data.a}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '-', index: -1}}]}\n", 60)), False),
    "variables in many places": (huge("resources: [c.yaml]\nvars: [{name: A, objref: {kind: ConfigMap}, fieldref: {fieldpath: data.a}}]", c_yaml=CONFIG_MAP.replace("a: b", f"a: {'b' * MANY}").replace("name: c", f"name: c, annotations: {{x: {'$(A)' * MANY}}}")), False),
    "variables that do not end": (huge("resources: [c.yaml]\nvars: [{name: A, objref: {kind: ConfigMap}}]", c_yaml=CONFIG_MAP.replace("name: c", f"name: c, annotations: {{x: '{'$(' * 200_000}'}}")), True),
    "patterns that never end": (huge("resources: [x.yaml]\npatches: [{target: {kind: '(a+)+$', name: '(.*a){20}', namespace: '(a|a)*b'}, optional: true, patch: {}}]\nimages: [{name: '(a*)*b', newTag: x}]", x_yaml=f"{{apiVersion: v1, kind: {'a' * 99}!, metadata: {{name: {'a' * 999}, namespace: {'a' * 99}}}, spec: {{containers: [{{image: {'a' * 99}}}]}}}}"), True),
    "selectors that never end": (huge(f"resources: [c.yaml]\npatches: [{{target: {{labelSelector: '{'a,' * MANY}a in ({'b,' * MANY}'}}, patch: {{}}}}]"), False),
    "resources": (huge("resources: [x.yaml]\nnamePrefix: x-\nnamespace: y\ncommonLabels: {a: b}", x_yaml=lines("---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c#}}\n", 3_000)), True),
    "resources in one list": (huge("resources: [x.yaml]", x_yaml=f"{{apiVersion: v1, kind: List, items: [{lines('{apiVersion: v1, kind: ConfigMap, metadata: {name: c#}},', 3_000)}]}}"), True),
    "equal resources": (huge(f"resources: [{'c.yaml, ' * MANY}]"), False),
    "patches": (huge("resources: [c.yaml]\npatches:\n" + lines("- {target: {kind: ConfigMap}, patch: {data: {k#: v}}}\n", 1_500)), True),
    "operations": (huge("resources: [c.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch:\n" + lines("  - {op: add, path: /data/k#, value: v}\n")), True),
    "too many operations": (huge("resources: [c.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch:\n" + lines("  - {op: add, path: /data/k, value: v}\n", MANY + 1)), False),
    "environment": (huge("resources: [x.yaml]\npatches: [{path: x.yaml}]", x_yaml="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: web\n    env:\n" + lines("    - {name: K#, value: v}\n")), True),
    "labels": (huge("resources: [c.yaml]\ncommonLabels:\n" + lines("  k#: v\n")), True),
    "literals": (huge("configMapGenerator:\n- name: c\n  literals:\n" + lines("  - k#=v\n")), True),
    "components": (huge("components: [" + "x, " * MANY + "]"), False),
    "folders": (build_of({"kustomization.yaml": f"resources: [{'a, ' * (MANY + 1)}]", "a/kustomization.yaml": "{}"}), False),
    "faults": (huge(lines("k#: v\n", 1_000)), False),
    "unknown fields deep inside": (huge("patches:\n" + lines("- {patsh: x}\n", 1_000)), False),
    "a key": (huge("resources: [x.yaml]", x_yaml=CONFIG_MAP.replace("a: b", f"? {'k' * 100_000}\n: v")), True),
    "a value": (huge("resources: [x.yaml]", x_yaml=CONFIG_MAP.replace("a: b", f"a: '{'v ' * 100_000}'")), True),
    "numbers": (huge("resources: [x.yaml]", x_yaml=CONFIG_MAP.replace("a: b", f"a: {'9' * 5_000}")), False),
    "definitions that all refer to each other": (huge("resources: [c.yaml]\ncrds: [x.yaml]", x_yaml=lines("d#: {schema: {properties: {apiVersion: {}, kind: {}, metadata: {}," + lines("p#: {$ref: d#},", 20).replace("#", "%") + "}}}\n", 20).replace("p%", "p").replace("d%", "d1")), False),
}  # fmt: skip


@pytest.mark.parametrize("rule", HUGE)
def test_huge(rule: str) -> None:
    """What is too large is refused, what is only large is built."""
    make, fits = HUGE[rule]
    assert (attempt(make) is not None) is fits
