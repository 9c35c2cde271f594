"""What a build as a whole keeps to: the order of its steps, bounds on what it enters, links, and purity."""

# ruff: noqa: E501 - patches as people write them

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from django_operator.engine.build import MAX_FOLDERS, MAX_NESTING, build
from django_operator.engine.errors import RenderError
from django_operator.engine.files import DiskFiles, MemoryFiles
from django_operator.engine.yamlio import parse

if TYPE_CHECKING:
    from pathlib import Path

POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}}"

STEPS = {
    "kustomization.yaml": """
        resources: [cm.yaml]
        configMapGenerator: [{name: cm, behavior: merge, literals: [step=generated]}]
        components: [component]
        patchesStrategicMerge: ['{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm"}, "data": {"step": "strategic"}}']
        patches: [{target: {kind: ConfigMap}, patch: '[{"op": "test", "path": "/data/step", "value": "strategic"}, {"op": "replace", "path": "/data/step", "value": "patch"}]'}]
        namespace: ns
        namePrefix: pre-
        nameSuffix: -suf
        commonAnnotations: {a: annotation}
        patchesJson6902: [{target: {kind: ConfigMap, name: pre-cm-suf, namespace: ns}, patch: '[{"op": "test", "path": "/metadata/annotations/a", "value": annotation}, {"op": "replace", "path": "/data/step", "value": "json"}]'}]
        replacements: [{source: {kind: ConfigMap, fieldPath: data.step}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.seen], options: {create: true}}]}]
        transformers: [last.yaml]
    """,
    "cm.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: cm}, data: {step: written}}",
    "component/kustomization.yaml": """
        kind: Component
        patches: [{target: {kind: ConfigMap}, patch: '[{"op": "test", "path": "/data/step", "value": "generated"}]'}]
    """,
    "last.yaml": """
        apiVersion: builtin
        kind: PatchTransformer
        metadata: {name: x}
        target: {kind: ConfigMap}
        patch: '[{"op": "test", "path": "/data/seen", "value": "json"}, {"op": "add", "path": "/data/last", "value": "transformer"}]'
    """,
}  # fmt: skip


def test_steps() -> None:
    """Resources, generators, components, strategic patches, patches, names, annotations, JSON patches, and so on."""
    (body,) = build(
        MemoryFiles({name: "\n".join(line.strip() for line in text.splitlines()) for name, text in STEPS.items()})
    )
    assert body["metadata"] == {"name": "pre-cm-suf", "namespace": "ns", "annotations": {"a": "annotation"}}
    assert body["data"] == {"step": "json", "seen": "json", "last": "transformer"}


def test_nothing_is_changed() -> None:
    """Documents that a build was given are the same afterwards, so that they can be shared."""
    documents = {name: parse(text, name) for name, text in STEPS.items()}
    before = copy.deepcopy({name: [each.value for each in found] for name, found in documents.items()})
    first = build(MemoryFiles(documents))
    assert build(MemoryFiles(documents)) == first
    assert {name: [each.value for each in found] for name, found in documents.items()} == before


def test_a_chain_of_folders() -> None:
    """Folders inside of folders, up to a bound."""

    def chain(size: int) -> MemoryFiles:
        files = {f"{'a/' * depth}kustomization.yaml": "resources: [a]" for depth in range(size - 1)}
        return MemoryFiles(
            {
                **files,
                f"{'a/' * (size - 1)}kustomization.yaml": "resources: [p.yaml]",
                f"{'a/' * (size - 1)}p.yaml": POD,
            }
        )

    assert len(build(chain(MAX_NESTING))) == 1
    with pytest.raises(RenderError, match="kustomizations nested deeper than 50"):
        build(chain(MAX_NESTING + 1))


def test_a_tower_of_diamonds() -> None:
    """Folders that are listed twice, from folders that are listed twice: few to write, endless to build."""
    files = {
        f"{side}{level}/kustomization.yaml": f"resources: [../a{level + 1}, ../b{level + 1}]"
        for level in range(40)
        for side in "ab"
    }
    files |= {f"{side}40/kustomization.yaml": "namePrefix: x-" for side in "ab"}
    with pytest.raises(RenderError, match=f"more than {MAX_FOLDERS:,} kustomizations"):
        build(MemoryFiles(files), "a0")


def test_a_folder_that_links_to_itself(tmp_path: Path) -> None:
    """Links make cycles of ever longer names; the system or our bound on depth ends them."""
    (tmp_path / "kustomization.yaml").write_text("resources: [link]")
    (tmp_path / "link").symlink_to(".")
    with pytest.raises(RenderError, match=r"nested deeper than 50|is not a file"):
        build(DiskFiles(str(tmp_path)))


def test_a_kustomization_in_a_linked_folder(tmp_path: Path) -> None:
    """A link to a folder is a folder; what its kustomization lists is found where the link leads."""
    (tmp_path / "real/sub").mkdir(parents=True)
    (tmp_path / "top").mkdir()
    (tmp_path / "real/sub/kustomization.yaml").write_text("resources: [p.yaml]")
    (tmp_path / "real/sub/p.yaml").write_text(POD)
    (tmp_path / "top/kustomization.yaml").write_text("resources: [link]\nnamePrefix: x-")
    (tmp_path / "top/link").symlink_to("../real/sub")
    assert [body["metadata"]["name"] for body in build(DiskFiles(str(tmp_path / "top")))] == ["x-p"]


def test_two_builds_do_not_know_of_each_other() -> None:
    """What one build learns of kinds is forgotten with it."""
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boxes.example.org"},
        "spec": {"group": "example.org", "scope": "Cluster", "names": {"kind": "Box"}, "versions": [{"name": "v1"}]},
    }
    box = "{apiVersion: example.org/v1, kind: Box, metadata: {name: b}}"
    files = {"kustomization.yaml": "namespace: ns\nresources: [box.yaml]", "box.yaml": box}
    without = build(MemoryFiles(files))
    text = files["kustomization.yaml"].replace("[", "[crd.yaml, ")
    known = build(MemoryFiles({**files, "kustomization.yaml": text, "crd.yaml": parse(str(crd), "crd")}))
    assert "namespace" not in known[1]["metadata"]
    assert build(MemoryFiles(files)) == without
    assert without[0]["metadata"]["namespace"] == "ns"


def test_order_of_the_command_line() -> None:
    """Without sortOptions objects come as they are listed, or in the order that is asked for."""
    files = MemoryFiles(
        {
            "kustomization.yaml": "resources: [x.yaml]",
            "x.yaml": POD + "\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: n}}",
        }
    )
    assert [body["kind"] for body in build(files)] == ["Pod", "Namespace"]
    assert [body["kind"] for body in build(files, order="legacy")] == ["Namespace", "Pod"]
