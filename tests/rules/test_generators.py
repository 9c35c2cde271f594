"""Generated ConfigMaps and Secrets: the table `built/generators.yaml`, and the hash of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from django_operator.engine.build import build
from django_operator.engine.errors import Origin, RenderError
from django_operator.engine.files import DiskFiles
from django_operator.engine.generators import content_hash
from django_operator.engine.key_values import MAX_KEY
from tests.built import check, rows

if TYPE_CHECKING:
    from pathlib import Path

# Suffixes as kustomize v5.8.1 gives them.
HASHES = [
    ({"kind": "ConfigMap"}, "6ct58987ht"),
    ({"kind": "ConfigMap", "data": {"a": "x"}}, "5642bm9b6f"),
    ({"kind": "ConfigMap", "data": {"b": "3", "c": "4"}, "metadata": {"name": "any"}}, "d2944cbhhg"),
    ({"kind": "ConfigMap", "data": {"a": "1", "b": "3", "c": "4"}, "binaryData": {"bin": "/w=="}}, "65ff75tc5h"),
    ({"kind": "Secret", "type": "Opaque", "data": {}}, "46f8b28mk5"),
    ({"kind": "Secret", "type": "Opaque", "data": {"a": "MQ==", "b": "Mg=="}}, "8fb7cfch84"),
]


@pytest.mark.parametrize("row", rows("generators"))
def test_table(row: dict[str, Any]) -> None:
    """Each row builds as it says."""
    check(row)


@pytest.mark.parametrize(("body", "suffix"), HASHES)
def test_hash(body: dict[str, Any], suffix: str) -> None:
    """The hash is kustomize's, whatever the order of keys."""
    assert content_hash(body) == suffix
    assert content_hash(dict(reversed(body.items()))) == suffix


def test_hash_of_another_kind() -> None:
    """Any other kind is hashed as a whole."""
    body = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"a": [1, "é<&>"]}}
    assert content_hash(body) != content_hash({**body, "spec": {}})
    assert len(content_hash(body)) == 10


def test_binary_files(tmp_path: Path) -> None:
    """A ConfigMap holds what is not UTF-8 apart from its texts, in base64."""
    (tmp_path / "bin").write_bytes(b"\xff")
    (tmp_path / "text").write_text("a\n")
    text = "configMapGenerator: [{name: a, literals: [a=1, b=3, c=4], files: [bin]}, {name: b, files: [text]}]"
    (tmp_path / "kustomization.yaml").write_text(text)
    one, other = build(DiskFiles(str(tmp_path)))
    assert (one["metadata"]["name"], one["binaryData"]) == ("a-65ff75tc5h", {"bin": "/w=="})
    assert (other["data"], "binaryData" in other) == ({"text": "a\n"}, False)


def test_a_key_moves_between_data_and_binary_data(tmp_path: Path) -> None:
    """Merging a binary value over a text leaves the key in one of the two fields, as Kubernetes demands."""
    (tmp_path / "k").write_bytes(b"\xff")
    (tmp_path / "r.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: text, l: text}}")
    text = "resources: [r.yaml]\nconfigMapGenerator: [{name: a, behavior: merge, files: [k]}]"
    (tmp_path / "kustomization.yaml").write_text(text)
    (body,) = build(DiskFiles(str(tmp_path)))
    assert (body["data"], body["binaryData"]) == ({"l": "text"}, {"k": "/w=="})


def test_env_file_that_is_no_text(tmp_path: Path) -> None:
    """The line that is not UTF-8 is named; a line of any length is read in full."""
    (tmp_path / "e").write_bytes(b"A=" + b"x" * 100_000 + b"\nB=\xff\n")
    (tmp_path / "kustomization.yaml").write_text("configMapGenerator: [{name: a, envs: [e]}]")
    with pytest.raises(RenderError) as caught:
        build(DiskFiles(str(tmp_path)))
    assert [(fault.at.line, fault.problem) for fault in caught.value.faults] == [(2, "the line is not UTF-8")]
    (tmp_path / "e").write_bytes(b"A=" + b"x" * 100_000)
    assert len(build(DiskFiles(str(tmp_path)))[0]["data"]["A"]) == 100_000


def test_all_faults_at_once(tmp_path: Path) -> None:
    """Every entry is looked at before the error is raised, each fault with its place."""
    key = "k" * (MAX_KEY + 1)
    text = f"configMapGenerator:\n- {{name: a, literals: [x]}}\n- name: b\n  files: [gone]\n  literals: [{key}=x]\n"
    (tmp_path / "kustomization.yaml").write_text(text + "secretGenerator: [{name: c, behavior: no}]\n")
    with pytest.raises(RenderError) as caught:
        build(DiskFiles(str(tmp_path)))
    file = str(tmp_path / "kustomization.yaml")
    assert [fault.at for fault in caught.value.faults] == [
        Origin(file, 2, "configMapGenerator[0].literals[0]"),
        Origin(file, 5, "configMapGenerator[1].literals[0]"),
        Origin(file, 4, "configMapGenerator[1].files[0]"),
        Origin(file, 6, "secretGenerator[0].behavior"),
    ]
