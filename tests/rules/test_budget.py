"""What few lines may become: each way to make much of little is refused, at its place and in time."""

from __future__ import annotations

import pytest

from django_operator.engine import budget
from django_operator.engine.build import attempt, build
from django_operator.engine.errors import MAX_FAULTS, MAX_HINTS, Fault, Origin, RenderError, near, note
from django_operator.engine.files import MemoryFiles
from django_operator.engine.kustomization import FIELDS, check_shape
from django_operator.engine.schema import builtin
from django_operator.engine.structure import check
from django_operator.engine.yamlio import parse

AT = Origin("x")
PODS = "\n---\n".join(
    f"{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}, annotations: {{a: x}}}}, "
    "spec: {containers: [{name: c, image: i, args: [$(V), $(V)$(V)]}]}}"
    for number in range(50)
)
VARIABLE = "{name: V, objref: {apiVersion: v1, kind: Pod, name: p0}, fieldref: {fieldpath: metadata.annotations.v}}"
LONG = "x" * 1000
DOUBLED = (
    "{source: {kind: Pod, name: p0, fieldPath: %s}, targets: [{select: {kind: Pod, name: p0}, fieldPaths: [%s]%s}]}"
)
TO_ITSELF = DOUBLED % ("spec", "spec.x%d", ", options: {create: true}")
JOINED = DOUBLED % ("metadata.annotations.a", "metadata.annotations.a", ", options: {delimiter: '!', index: 9}")

GROWING = {
    "a map copied into itself": (
        "replacements: [" + ", ".join(TO_ITSELF % number for number in range(40)) + "]",
        "replacements[",
    ),
    "a text joined to itself": ("replacements: [" + ", ".join([JOINED] * 40) + "]", "replacements["),
    "a file in many keys": (
        f"configMapGenerator: [{{name: c, files: [{', '.join(f'k{number}=long' for number in range(50))}]}}]",
        "configMapGenerator[0].files[",
    ),
    "a variable": (
        f"commonAnnotations: {{v: {LONG}}}\nvars: [{VARIABLE}]",
        "vars[0]",
    ),
    "a patch": (f"patches: [{{target: {{kind: Pod}}, patch: {{data: {LONG}}}}}]", "patches[0].patch"),
    "a JSON patch": (
        f"patches: [{{target: {{kind: Pod}}, patch: [{{op: add, path: /data, value: {LONG}}}]}}]",
        "patches[0].patch",
    ),
    "a patch file": (
        f"patches: [{', '.join(f'{{path: p.yaml, target: {{name: p{number}}}}}' for number in range(50))}]",
        "patches[",
    ),
    "labels": (f"commonAnnotations: {{v: {LONG}}}", "commonAnnotations"),
    "images": (f"images: [{{name: i, newName: {LONG}}}]", "images[0]"),
    "plugins": ("transformers: [t.yaml, t.yaml, t.yaml]", "t.yaml"),
}


@pytest.mark.parametrize("rule", GROWING)
def test_growth(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build fails where it is too much, and goes well with a larger budget."""
    text, place = GROWING[rule]
    files = MemoryFiles(
        {
            "kustomization.yaml": f"resources: [pods.yaml]\n{text}",
            "pods.yaml": PODS,
            "long": LONG,
            "p.yaml": f"data: {LONG}",
            "t.yaml": "{apiVersion: builtin, kind: AnnotationsTransformer, metadata: {name: t}, "
            f"annotations: {{v: {'x' * 250}}}, fieldSpecs: [{{path: metadata/annotations}}]}}",
        }
    )
    small = budget.Budget.__init__
    size = 100_000 if rule == "a variable" else 25_000
    monkeypatch.setattr(budget.Budget, "__init__", lambda self: small(self, size, 2_000))
    with pytest.raises(RenderError, match="copies become more than 64 MiB or 2,000,000 values") as caught:
        build(files)
    fault = caught.value.faults[0]
    assert fault.at.field.startswith(place) or fault.at.source == place
    if "itself" not in rule:
        monkeypatch.setattr(budget.Budget, "__init__", small)
        assert build(files)


def test_values() -> None:
    """What is not text counts too, and counting stops in time."""
    value: object = 1
    for _ in range(60):
        value = [value, value]
    held = budget.Budget(values=1000)
    with pytest.raises(RenderError, match="x: copies become"):
        held.copy(value, lambda: AT)
    held = budget.Budget(text=6, values=10)
    held.copy({"ab": ["c"]}, lambda: AT, 2)
    assert (held.text, held.values) == (0, 4)


def test_long_names() -> None:
    """A name goes wherever its object is referred to."""
    text = f"resources: [pods.yaml]\nnamePrefix: {LONG}"
    with pytest.raises(RenderError, match="name is longer than 1,000 characters"):
        build(MemoryFiles({"kustomization.yaml": text, "pods.yaml": PODS}))


def test_many_faults() -> None:
    """An error holds no more than anybody reads, and says how many there are besides."""
    error = RenderError(*[Fault(AT, str(number)) for number in range(MAX_FAULTS + 5)])
    assert [len(error.faults), error.faults[-1].problem] == [MAX_FAULTS, "and 6 more faults after these"]
    assert len(RenderError(*error.faults).faults) == MAX_FAULTS
    faults: list[Fault] = []
    note(faults, *[Fault(AT, "x")] * MAX_FAULTS)
    with pytest.raises(RenderError):
        note(faults, Fault(AT, "y"))


def test_hints_of_many_faults() -> None:
    """Only the first faults of a check get a hint."""
    (document,) = parse(str({f"resource{number}": 1 for number in range(MAX_HINTS + 9)}), "x")
    found = list(check_shape(document.value, FIELDS, document, ()))
    assert [fault.hint for fault in found] == ["did you mean resources?"] * MAX_HINTS + [""] * 9
    body = {"apiVersion": "v1", "kind": "Pod", "spec": {f"containers{number}": 1 for number in range(MAX_HINTS + 9)}}
    hints = [fault.hint for fault in check(body, builtin(), AT)]
    assert all(hints[:MAX_HINTS])
    assert not any(hints[MAX_HINTS:])


def test_near_long_words() -> None:
    """Near misses are not looked for among long texts."""
    assert near("ab" * 1000, ["ab" * 1000 + "c", "abc"]) == "there is abc"
    assert near("abd", ["abc", "x" * 10_000]) == "did you mean abc?"


def test_the_build_ends_there() -> None:
    """What would go on to spend what is not there is not tried: one fault, whoever else gathers faults on the way."""
    one = "- {source: {kind: ConfigMap, fieldPath: data.a}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '-', index: -1}}]}\n"  # noqa: E501 - one line of sixty
    text = "resources: [c.yaml]\nreplacements:\n" + one * 60
    config_map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}"
    found = attempt(MemoryFiles({"kustomization.yaml": text, "c.yaml": config_map})).faults
    assert [fault.problem.split(" more than")[0] for fault in found] == ["copies become"]
