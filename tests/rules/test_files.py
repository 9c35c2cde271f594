"""Where files may be read from: folders of this machine, memory, trees of both; nothing outside, nothing endless."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from django_operator.engine.budget import Budget
from django_operator.engine.build import build
from django_operator.engine.build_files import BuildFiles, nested
from django_operator.engine.errors import Origin, RenderError
from django_operator.engine.files import (
    DiskFiles,
    Files,
    MemoryFiles,
    MountedFiles,
    ParsedFiles,
    below,
    join,
)
from django_operator.engine.yamlio import MAX_TEXT, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AT = Origin("kustomization.yaml", 3)
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


JOINED = [
    ("", "a", "a"),
    ("", ".", ""),
    ("a", ".", "a"),
    ("a", "..", ""),
    ("a", "../..", ".."),
    ("a/b", "../c/./d", "a/c/d"),
    ("a", "b/", "a/b"),
    ("a", "/etc", "/etc"),
]


@pytest.mark.parametrize(("base", "path", "want"), JOINED)
def test_join(base: str, path: str, want: str) -> None:
    """Paths are normalised, and may lead out of the root."""
    assert join(base, path) == want


BELOW = [
    ("a/b", "a", True),
    ("a", "a", True),
    ("ab", "a", False),
    ("a", "", True),
    ("", "", True),
    ("", "a", False),
    ("..", "", False),
    ("../a", "", False),
    ("../a/b", "../a", True),
    ("../ab", "../a", False),
    ("..", "..", True),
    ("a", "..", False),
    ("..a", "", True),
    ("/etc/passwd", "", False),
    ("/etc/passwd", "/etc", True),
]


@pytest.mark.parametrize(("path", "root", "want"), BELOW)
def test_below(path: str, root: str, want: bool) -> None:
    """A name that begins like another one is not below it."""
    assert below(path, root) is want


def message(files: Files, path: str, root: str = "") -> str:
    """Return what reading a file is refused with."""
    with pytest.raises(RenderError) as caught:
        files.documents(path, root, AT)
    assert caught.value.faults[0].at.source
    return str(caught.value)


def test_disk_reads(tmp_path: Path) -> None:
    """Files at or below the root are read; places say the path from here."""
    files = DiskFiles(str(write(tmp_path, {"a/b.yaml": "x: 1", "a/c/d.yaml": "- 1"})))
    (document,) = files.documents("a/b.yaml", "a", AT)
    assert document.value == {"x": 1}
    assert str(document.origin(("x",))) == f"{tmp_path}/a/b.yaml:1 x"
    assert files.documents("a/c/d.yaml", "a", AT)[0].value == [1]
    assert files.read("a/b.yaml", "", AT) == b"x: 1"
    assert [files.is_dir(path) for path in ("", "a", "a/b.yaml", "gone")] == [True, True, False, False]
    assert [files.is_file(path) for path in ("", "a", "a/b.yaml", "gone")] == [False, False, True, False]
    assert DiskFiles(str(tmp_path), name="bases").documents("a/b.yaml", "", AT)[0].source == "bases/a/b.yaml"


def test_disk_says_what_is_missing(tmp_path: Path) -> None:
    """The message names the file and those beside it with like names, at the place that asked for it."""
    files = DiskFiles(str(write(tmp_path, {"deployment.yaml": "", "x": ""})))
    assert message(files, "deploymnt.yaml") == (
        f"kustomization.yaml:3: cannot read {tmp_path}/deploymnt.yaml: No such file or directory\n"
        "  hint: did you mean deployment.yaml?"
    )
    assert message(files, "gone/a.yaml").endswith("No such file or directory")
    assert "File name too long" in message(files, "x" * 300)


def test_disk_keeps_to_its_root(tmp_path: Path) -> None:
    """Neither `..` nor absolute paths nor links lead out of the kustomization that reads, unless that is allowed."""
    write(tmp_path, {"in/a.yaml": "a: 1", "in/deep/b.yaml": "b: 1", "out/secret": "s: 1", "inside/c.yaml": "c: 1"})
    (tmp_path / "in/link").symlink_to("../out/secret")
    (tmp_path / "in/absolute").symlink_to(tmp_path / "out/secret")
    (tmp_path / "in/folder").symlink_to("../out")
    (tmp_path / "in/fine").symlink_to("deep/b.yaml")
    (tmp_path / "linked").symlink_to("in")
    files, free = DiskFiles(str(tmp_path)), DiskFiles(str(tmp_path), free=True)
    outside = [
        "out/secret",
        "in/link",
        "in/absolute",
        "in/folder/secret",
        str(tmp_path / "out/secret"),
        "inside/c.yaml",
    ]
    for path in outside:
        assert "is outside of its kustomization" in message(files, path, "in"), path
        assert "--load-restrictor LoadRestrictionsNone" in message(files, path, "in")
        assert free.documents(path, "in", AT)
    assert files.documents("in/fine", "in", AT)[0].value == {"b": 1}
    assert files.documents("linked/a.yaml", "linked", AT)[0].value == {"a": 1}
    assert "../a.yaml is outside of its kustomization" in message(files, "in/a.yaml", "in/deep")
    assert "../x is outside of its kustomization" in message(files, "../x")
    assert "LoadRestrictions" not in message(DiskFiles(str(tmp_path), name="./overlay"), "../x")


def test_disk_that_is_closed(tmp_path: Path) -> None:
    """Of a closed folder no kustomization is read that a link puts below it."""
    write(tmp_path, {"in/deep/kustomization.yaml": "namePrefix: a-", "out/kustomization.yaml": "namePrefix: b-"})
    (tmp_path / "in/linked").symlink_to("../out")
    (tmp_path / "in/fine").symlink_to("deep")
    (tmp_path / "door").symlink_to("in")
    for folder in ("in", "door"):
        files = DiskFiles(str(tmp_path / folder), name="./o", closed=True)
        for inner in ("deep", "fine"):
            assert files.documents(f"{inner}/kustomization.yaml", inner, AT)
        told = "./o/linked is outside of the overlay\n  hint: an overlay reads only what is below it"
        assert told in message(files, "linked/kustomization.yaml", "linked")
    assert DiskFiles(str(tmp_path / "in")).documents("linked/kustomization.yaml", "linked", AT)


def test_disk_above_the_start(tmp_path: Path) -> None:
    """A build may reach kustomizations beside the folder where it starts, and these read their own files."""
    write(tmp_path, {"base/kustomization.yaml": "resources: [a.yaml]", "base/a.yaml": CONFIG_MAP})
    write(
        tmp_path,
        {"top/kustomization.yaml": "resources: [../base]", "bad/kustomization.yaml": "resources: [../base/a.yaml]"},
    )
    assert len(build(DiskFiles(str(tmp_path / "top")))) == 1
    with pytest.raises(RenderError, match=r"a\.yaml is outside of its kustomization"):
        build(DiskFiles(str(tmp_path / "bad")))
    assert len(build(DiskFiles(str(tmp_path / "bad"), free=True))) == 1


def test_disk_reads_ordinary_files_only(tmp_path: Path) -> None:
    """Nothing blocks or goes on for ever: FIFOs, devices, folders, sockets."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "zero").symlink_to("/dev/zero")
    files = DiskFiles(str(tmp_path), free=True)
    for path in ("fifo", "folder", "zero", "/dev/zero", "/dev/tty", "/"):
        assert "is not a file" in message(files, path), path


def test_disk_links_that_go_round(tmp_path: Path) -> None:
    """A link to itself is no file."""
    (tmp_path / "loop").symlink_to("loop")
    assert "Too many levels of symbolic links" in message(DiskFiles(str(tmp_path)), "loop")


def test_disk_odd_names(tmp_path: Path) -> None:
    """A NUL or half a character in a path is an error like any other."""
    files = DiskFiles(str(tmp_path))
    for path in ("a\0b", "a\ud800"):
        assert "is no path" in message(files, path)
        assert not files.is_dir(path)
        assert not files.is_file(path)


def test_disk_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint is left out."""

    def refuse(_: str) -> list[str]:
        raise PermissionError

    monkeypatch.setattr(os, "listdir", refuse)
    assert message(DiskFiles(str(tmp_path)), "gone").endswith("No such file or directory")


def test_disk_sizes(tmp_path: Path) -> None:
    """A file may be as large as the cap, not larger."""
    (tmp_path / "large").write_bytes(b"x" * MAX_TEXT)
    (tmp_path / "huge").write_bytes(b"x" * (MAX_TEXT + 1))
    files = DiskFiles(str(tmp_path))
    assert len(files.read("large", "", AT)) == MAX_TEXT
    assert "huge is larger than 8 MiB" in message(files, "huge")


def test_disk_encodings(tmp_path: Path) -> None:
    """UTF-8, with or without a byte order mark; anything else is refused with its line."""
    (tmp_path / "bom").write_bytes("\ufeffa: é\n".encode())
    (tmp_path / "latin").write_bytes(b"a: 1\nb: \xe9\n")
    (tmp_path / "utf16").write_bytes("a: 1\n".encode("utf-16"))
    files = DiskFiles(str(tmp_path))
    assert files.documents("bom", "", AT)[0].value == {"a": "é"}
    assert message(files, "latin") == f"{tmp_path}/latin:2: not UTF-8: invalid continuation byte"
    assert ":1: not UTF-8" in message(files, "utf16")
    assert files.read("latin", "", AT) == b"a: 1\nb: \xe9\n"


def test_memory() -> None:
    """Texts and documents that were parsed before; folders are what file names imply."""
    files = MemoryFiles({"a/b.yaml": "x: 1", "a/c.yaml": parse("y: 1", "c")}, "mem")
    assert files.documents("a/b.yaml", "a", AT)[0].source == "mem/a/b.yaml"
    assert files.documents("a/c.yaml", "a", AT)[0].source == "c"
    assert files.read("a/b.yaml", "", AT) == b"x: 1"
    assert [files.is_dir(path) for path in ("", "a", "a/b.yaml", "b")] == [True, True, False, False]
    assert [files.is_file(path) for path in ("", "a", "a/b.yaml", "b")] == [False, False, True, False]
    assert ": ../b.yaml is outside of its kustomization" in message(files, "b.yaml", "a")
    assert ": ../b.yaml is outside of its kustomization" in message(files, "../b.yaml")
    assert "no file a/d.yaml\n  hint: did you mean a/" in message(files, "a/d.yaml")
    assert "no file d.yaml\n  hint: did you mean c.yaml, b.yaml?" in message(files, "a/d.yaml", "a")
    with pytest.raises(RenderError, match=r"a/c\.yaml holds objects, not text"):
        files.read("a/c.yaml", "", AT)


def test_mounted() -> None:
    """Each tree stands below its folder; a kustomization of one tree reads no files of another."""
    inner = MemoryFiles({"x/y.yaml": "y: 1", "z.yaml": "z: 1"})
    files = MountedFiles(MemoryFiles({"a.yaml": "a: 1", "b/c.yaml": "c: 1"}), {"m": inner})
    assert files.documents("m/x/y.yaml", "m/x", AT)[0].value == {"y": 1}
    assert files.documents("a.yaml", "", AT)[0].value == {"a": 1}
    assert files.read("m/z.yaml", "m", AT) == b"z: 1"
    assert [files.is_dir(path) for path in ("m", "m/x", "b", "x", "m/gone")] == [True, True, True, False, False]
    assert [files.is_file(path) for path in ("m", "m/z.yaml", "z.yaml", "b/c.yaml")] == [False, True, False, True]
    assert ": m/z.yaml is outside of its kustomization" in message(files, "m/z.yaml")
    assert ": ../m/z.yaml is outside of its kustomization" in message(files, "m/z.yaml", "b")
    assert ": ../a.yaml is outside of its kustomization" in message(files, "a.yaml", "m")
    assert [files.shown(path) for path in ("m/x", "b")] == ["x", "b"]
    assert "outside" in message(files, "m/z.yaml", "m/x")


def test_parsed(tmp_path: Path) -> None:
    """What was asked once is remembered."""
    write(tmp_path, {"a.yaml": "a: 1"})
    files = ParsedFiles(DiskFiles(str(tmp_path)))
    first = files.documents("a.yaml", "", AT)
    assert files.is_file("a.yaml")
    assert files.is_dir("")
    assert files.read("a.yaml", "", AT) == b"a: 1"
    (tmp_path / "a.yaml").unlink()
    assert files.documents("a.yaml", "", AT) is first
    assert files.is_file("a.yaml")
    assert not files.is_file("b.yaml")


TREE = {
    "kustomization.yaml": "resources: [base, more.yaml]\nconfigMapGenerator: [{name: g, files: [data.txt]}]",
    "base/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: patch.yaml}]",
    "base/a.yaml": CONFIG_MAP,
    "base/patch.yaml": CONFIG_MAP + "data: {x: y}\n",
    "more.yaml": CONFIG_MAP.replace("name: a", "name: b"),
    "data.txt": "text",
}


def test_all_are_equal(tmp_path: Path) -> None:
    """A tree builds to the same objects from wherever it is read."""
    disk = DiskFiles(str(write(tmp_path, TREE)))
    base = {name.removeprefix("base/"): text for name, text in TREE.items() if name.startswith("base/")}
    own = {name: text for name, text in TREE.items() if not name.startswith("base/")}
    parsed = {name: text if name == "data.txt" else parse(text, name) for name, text in TREE.items()}
    trees: list[Files] = [
        disk,
        DiskFiles(str(tmp_path), free=True, name="elsewhere"),
        MemoryFiles(TREE),
        MemoryFiles(parsed),
        MountedFiles(MemoryFiles(own), {"base": MemoryFiles(base)}),
        ParsedFiles(disk),
    ]
    first, *others = (build(files) for files in trees)
    assert len(first) == 3
    assert all(other == first for other in others)
    assert build(trees[-1]) == first


def test_one_parsing_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is parsed once, is charged when it is used again, and is not kept beyond a bound; roots still count."""
    inner = MemoryFiles({"a/b.yaml": "x: 1", "a/c.yaml": "y: 1"})
    files = BuildFiles(inner, Budget(text=8))
    first = files.documents("a/b.yaml", "a", AT)
    assert files.documents("a/b.yaml", "a", AT) is first
    with pytest.raises(RenderError, match="outside"):
        files.documents("a/b.yaml", "b", AT)
    assert nested(files).documents("a/b.yaml", "a", AT) is first
    with pytest.raises(RenderError, match="copies become more than"):
        files.documents("a/b.yaml", "a", AT)
    with pytest.raises(RenderError, match="copies become more than"):
        files.read("a/b.yaml", "a", AT)
    monkeypatch.setattr("django_operator.engine.build_files.MAX_KEPT", 3)
    files = BuildFiles(inner)
    assert files.documents("a/b.yaml", "a", AT) is not files.documents("a/b.yaml", "a", AT)
    assert (nested(inner).depth, nested(nested(inner)).depth) == (1, 2)
