"""Folders and files that commands write: nothing lands outside of them, and nobody's files are lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from django_operator.cli import folder, main
from django_operator.cli.filenames import file_name, is_inside
from django_operator.engine.errors import RenderError
from tests.oracle import kustomize_build

Json = Any

SITE = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata: {name: NAME}
spec: {image: 'a:1', project: a}
"""
NAMES = ["../../../out/x", "a/b", "..", "a\0b", "x" * 300, "/etc/passwd", "A", "a", "ü", "\x1b[2J", "a\\b", ""]


def tree(path: Path) -> set[str]:
    """Return all files below a folder."""
    return {str(each.relative_to(path)) for each in path.rglob("*") if not each.is_dir()}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder with two resources in it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for name in ("blog", "shop"):
        Path(f"{name}.yaml").write_text(SITE.replace("NAME", name))
    return tmp_path / "work"


def test_file_names() -> None:
    """Safe, short, unlike each other whatever the case; plain names stay what they are."""
    taken: set[str] = set()
    found = [file_name(name, taken) for name in NAMES]
    assert len(taken) == len(NAMES)
    assert found[6:8] == ["a.yaml", "a-2.yaml"]
    for name in found:
        assert is_inside(name)
        assert name.isascii()
        assert "/" not in name
        assert len(name) < 230
        assert not name.startswith((".", "-"))
    assert file_name("apps_v1_deployment_a.b", set()) == "apps_v1_deployment_a.b.yaml"
    assert file_name("role_a:b", set(), also=":") == "role_a:b.yaml"
    assert file_name("a/b", set()) != file_name("a:b", set())


@pytest.mark.parametrize(
    "path", ["", "..", "../x", "a/../../x", "/x", "a//b", "a\0", "a\nb", "./x", "a\\b", "c:/x", "\ud800"]
)
def test_outside(here: Path, path: str) -> None:
    """A path that could lead out of the folder is refused before anything is written."""
    assert not is_inside(path)
    with pytest.raises(RenderError, match="cannot be a file of this folder"):
        folder.write("out", {path: "x"}, "test")
    assert not (here / "out").exists()


def objects() -> list[Json]:
    """Return an object of each hostile name, one of a hostile kind, apiVersion and namespace, and two of no name."""
    return [
        *({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}} for name in NAMES),
        {"apiVersion": "v1", "kind": "../../Config/Map", "metadata": {"name": "a"}},
        {"apiVersion": "../../x/v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "../../y"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "b-"}},
    ]


def test_hostile_objects(here: Path) -> None:
    """Whatever an object says of itself, its file stays in its stage's folder, and none replaces another's."""
    files = folder.by_stage(objects())
    folder.write("out", files, "test")
    assert tree(here.parent) == {
        "work/blog.yaml",
        "work/shop.yaml",
        *(f"work/out/{each}" for each in (*files, folder.MARKER)),
    }
    assert len(files) == len(objects()) + len({path.partition("/")[0] for path in files if "/" in path}) + 1
    assert all(path.count("/") <= 1 for path in files)


def test_hostile_build(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`build -o DIR` too; and a link that leads out of the folder is not written through."""
    items = [each for each in objects() if each["metadata"].get("name") and "\0" not in each["metadata"]["name"]]
    from django_operator.engine.emit import dump  # noqa: PLC0415 - of this test alone

    (here / "all.yaml").write_text(dump(items))
    (here / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    (here / "out").mkdir()
    before = tree(here.parent)
    assert main(["build", "-o", "out"]) == 0
    new = tree(here.parent) - before
    assert all(each.startswith("work/out/") and each.count("/") == 2 for each in new)
    assert len(new) == len(items)
    (here / "precious").write_text("mine")
    link = next(each for each in (here / "out").iterdir() if each.name.endswith("_a.yaml"))
    link.unlink()
    link.symlink_to(here / "precious")
    capsys.readouterr()
    assert main(["build", "-o", "out"]) == 1
    assert f"out/{link.name}: a link out of out\n" in capsys.readouterr().err
    assert (here / "precious").read_text() == "mine"


def test_hostile_overlay(here: Path) -> None:
    """An overlay's object with a path for a name: rendered into the folder, and kustomize builds it."""
    overlay = "  overlays: [{resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: 'x/../../../victim'}}]}]\n"
    text = SITE.replace("NAME", "blog").replace("spec: {image: 'a:1', project: a}", "spec:\n  image: a:1\n  project: a")
    (here / "blog.yaml").write_text(text + overlay)
    code = main(["render", "-q", "blog.yaml", "-o", "dir:out"])
    assert {each for each in tree(here.parent) if not each.startswith("work/out/")} == {
        "work/blog.yaml",
        "work/shop.yaml",
    }
    if code == 0:
        assert any("victim" in each["metadata"]["name"] for each in kustomize_build("out"))


@pytest.mark.parametrize("entry", ["../blog.yaml", "/etc/passwd", "a/../../blog.yaml", ""])
def test_hostile_marker(here: Path, capsys: pytest.CaptureFixture[str], entry: str) -> None:
    """A list of written files that names something outside is refused, and nothing is touched."""
    folder.write("out", {"a": "1"}, "render Django/blog")
    marker = here / "out/.django-operator"
    marker.write_text(marker.read_text() + f"{'0' * 64}  {entry}\n")
    before = tree(here)
    assert main(["render", "-q", "blog.yaml", "-o", "dir:out"]) == 1
    assert capsys.readouterr().err == (
        f"out/.django-operator:3: {entry!r} is no file of this folder\n"
        "  hint: remove out to have all of it written anew\n"
    )
    assert tree(here) == before
    marker.unlink()
    marker.symlink_to(here / "blog.yaml")
    assert main(["render", "-q", "blog.yaml", "-o", "dir:out"]) == 1
    assert capsys.readouterr().err.startswith("out/.django-operator: not written here\n")


def test_purpose(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder belongs to a command, its resources and its stages: the same replaces it, another is refused."""

    def told(*argv: str) -> tuple[int, str]:
        code = main([*argv, "-q"])
        return code, capsys.readouterr().err

    render = ["render", "blog.yaml", "-o", "dir:out"]
    assert told(*render) == (0, "")
    assert told(*render) == (0, "")
    hint = "  hint: give another folder, or remove out first\n"
    for argv, what in (
        (["render", "shop.yaml", "-o", "dir:out"], "render Django/shop"),
        (["render", "blog.yaml", "shop.yaml", "-o", "dir:out"], "render Django/blog Django/shop"),
        ([*render, "-n", "web"], "render Django/web/blog"),
        ([*render, "--stage", "serve", "--stage", "data"], "render Django/blog --stage data --stage serve"),
        (["eject", "blog.yaml", "out"], "eject Django/blog"),
    ):
        before = tree(here)
        problem = f"out: the folder was written by render Django/blog, and this is {what}\n"
        assert told(*argv) == (1, problem + hint)
        assert tree(here) == before
    assert told("render", "shop.yaml", "blog.yaml", "-o", "dir:two") == (0, "")
    assert told("render", "blog.yaml", "shop.yaml", "-o", "dir:two") == (0, "")
    (here / "out/.django-operator").write_text("")
    assert told(*render)[1].startswith(
        "out: the folder was written by something else, and this is render Django/blog\n"
    )


def test_large_folders(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is not ours is not walked through; of one that is, only so many strange files are named."""
    monkeypatch.setattr(os, "walk", lambda _: pytest.fail("walked"))
    for place in ("/", "/usr", ".."):
        assert main(["render", "-q", "blog.yaml", "-o", f"dir:{place}"]) == 1
        assert capsys.readouterr().err.startswith(f"{place}: the folder is not empty, and was not written by ")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert main(["render", "-q", "blog.yaml", "-o", "dir:out"]) == 0
    (here / "out/.git/objects").mkdir(parents=True)
    for number in range(50):
        (here / f"out/.git/objects/{number}").touch()
    assert main(["render", "-q", "blog.yaml", "-o", "dir:out"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == "out/.git: not written here"
    for number in range(50):
        (here / f"out/{number}").touch()
    assert main(["render", "-q", "blog.yaml", "-o", "dir:out"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == folder.MAX_LISTED + 2
    assert lines[-2] == "out: holds more that was not written here"


def test_links(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link to a folder is that folder; one that leads nowhere is refused; a link inside was not written here."""
    (here / "none").symlink_to("nowhere")
    for command in (["render", "blog.yaml", "-q", "-o", "dir:none"], ["eject", "blog.yaml", "none/", "-q"]):
        assert main(command) == 1
        assert "a link that leads nowhere\n" in capsys.readouterr().err
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    assert main(["render", "blog.yaml", "-q", "-o", "dir:link"]) == 0
    assert (here / "link").is_symlink()
    file = here / "real/kustomization.yaml"
    file.rename(here / "moved")
    file.symlink_to(here / "moved")
    assert main(["render", "blog.yaml", "-q", "-o", "dir:link"]) == 1
    assert "link/kustomization.yaml: not written here\n" in capsys.readouterr().err
