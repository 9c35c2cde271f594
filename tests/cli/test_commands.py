"""The commands on real input: what they print, write, and refuse."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from django_operator.cli import main
from django_operator.engine.yamlio import parse
from django_operator.stack.stages import STAGES
from tests.cases import faults
from tests.oracle import kustomize_build, same_objects
from tests.shipped import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = str(ROOT / "sample.yaml")

SITE = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata:
  name: shop
spec:
  image: shop:1
  project: shop
  overlays:
  - configMapRef:
      name: tuning
"""
TUNING = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: tuning
data:
  kustomization.yaml: |
    replicas:
    - name: app
      count: 5
"""
OTHER = SITE.partition("  overlays")[0].replace("name: shop", "name: blog")


def done(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> tuple[str, str]:
    """Run a command line that ends with `code`, and return stdout and stderr."""
    assert main(list(argv)) == code, capsys.readouterr().err
    out, err = capsys.readouterr()
    return out, err


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Give a text to the next command."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder with `site.yaml` in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(SITE + "---\n" + TUNING)
    return tmp_path / "site.yaml"


def test_render_notes(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """Objects on stdout, the Secrets that must exist on stderr; --quiet hides the latter."""
    file.write_text(OTHER)
    out, err = done(capsys, "render", "site.yaml")
    assert [each.value["kind"] for each in parse(out, "")][:2] == ["ServiceAccount", "ConfigMap"]
    assert err == (
        "Secrets made by the operator: blog-django (secret-key), blog-redis (password), blog-postgres (password)\n"
        "  without an operator, once: django-operator secrets site.yaml | kubectl create -f -\n"
    )
    assert done(capsys, "render", "-q", "site.yaml") == (out, "")


def test_render_forms(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """YAML and JSON hold the same; a stage is a part of it; a ConfigMap beside the resource serves its overlays."""
    yaml = [each.value for each in parse(done(capsys, "render", "-q", str(file))[0], "")]
    listed = json.loads(done(capsys, "render", "-q", str(file), "-o", "json")[0])
    assert listed["kind"] == "List"
    assert listed["items"] == yaml
    assert next(each for each in yaml if each["kind"] == "Deployment")["spec"]["replicas"] == 5
    parts = [
        done(capsys, "render", "-q", "site.yaml", "--stage", stage)[0] for stage in ("config", "data", "serve", "beat")
    ]
    assert [each.value for part in parts for each in parse(part, "")] == yaml


def test_render_several(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Files, options and stdin; several resources in one; a List; -n for those that name no namespace."""
    stdin(monkeypatch, OTHER)
    out, _ = done(capsys, "render", "-q", "site.yaml", "-f", "-", "-n", "web")
    bodies = [each.value for each in parse(out, "")]
    assert {each["metadata"]["labels"]["app.kubernetes.io/instance"] for each in bodies} == {"shop", "blog"}
    assert {each["metadata"]["namespace"] for each in bodies} == {"web"}
    items = [each.value for each in parse(SITE + "---\n" + TUNING + "---\n" + OTHER, "")]
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    assert done(capsys, "render", "-q", "site.yaml", "-n", "web")[0] == out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "site.yaml: the file is empty\n  hint: a resource starts with"),
        (
            "kind: Pod\napiVersion: v1\nmetadata: {name: a}\n",
            "site.yaml:1: Pod/a is no Django resource\n  hint: here stand",
        ),
        ("[]", "site.yaml:1: not a Kubernetes object"),
        (
            OTHER.replace("kind: Django", "kind: django"),
            'site.yaml:2 kind: "django" is not known here\n  hint: write kind: Django',
        ),
        (OTHER.replace("kind: Django\n", ""), "site.yaml:1 kind: is required\n  hint: write kind: Django"),
        (TUNING, "site.yaml:1: no Django resource here"),
        ("a: [\n", "site.yaml:2: not YAML: "),
        (
            f"{OTHER}---\n{OTHER}",
            "site.yaml:9: Django/blog is given twice\n  hint: it is written at site.yaml:1 as well",
        ),
        (SITE, "site.yaml:9 spec.overlays[0].configMapRef: no ConfigMap tuning"),
        (
            OTHER.replace("blog", "blog\n  namespace: a"),
            "site.yaml:5 metadata.namespace: namespace a, and b is asked for",
        ),
    ],
)
def test_input_faults(capsys: pytest.CaptureFixture[str], file: Path, text: str, message: str) -> None:
    """What is wrong with a file is said with its place."""
    file.write_text(text)
    out, err = done(capsys, "render", "site.yaml", "-n", "b", code=1)
    assert out == ""
    assert err.startswith(message)


def test_options_between_files(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """Options may stand anywhere; after -- all are files."""
    (file.parent / "b.yaml").write_text(OTHER)
    (file.parent / "over").mkdir()
    (file.parent / "over/kustomization.yaml").write_text("namePrefix: ''\n")
    out, _ = done(capsys, "render", "site.yaml", "b.yaml", "-q")
    assert done(capsys, "render", "site.yaml", "-q", "b.yaml") == (out, "")
    assert done(capsys, "render", "-q", "--", "site.yaml", "b.yaml") == (out, "")
    done(capsys, "eject", "b.yaml", "--overlay", "over", "out")
    assert (file.parent / "out/overlays").is_dir()
    assert done(capsys, "eject", "-h")[0].startswith("usage: django-operator eject [options] FILE... DIR\n")
    done(capsys, "explain", "b.yaml", "-n", "web", "Deployment/app", "spec")


def test_pipes(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """What the user names may be a pipe; what a kustomization names may not."""
    file.write_text(OTHER)
    out, _ = done(capsys, "render", "-q", "site.yaml")
    command = [sys.executable, "-m", "django_operator", "render"]
    for script in ('"$@" -q /dev/stdin <site.yaml', 'cat site.yaml | "$@" -q /dev/stdin', '"$@" -q <(cat site.yaml)'):
        ran = subprocess.run(
            ["/bin/bash", "-c", script, "bash", *command],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (ran.stdout, ran.stderr) == (out, "")
    os.mkfifo("pipe")
    with subprocess.Popen(["/bin/sh", "-c", "printf 'a: [' >pipe"]):
        assert done(capsys, "render", "-q", "pipe", code=1)[1].startswith("pipe:2: not YAML: ")
    assert done(capsys, "render", "/dev/zero", code=1)[1] == "/dev/zero is larger than 8 MiB\n"
    (file.parent / "kustomization.yaml").write_text("resources: [pipe]\n")
    assert "pipe is not a file" in done(capsys, "build", code=1)[1]


def test_hint_about_secrets(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """It can be typed as it is: what came from a pipe is gone, and names may hold blanks."""
    stdin(monkeypatch, OTHER)
    assert done(capsys, "render", "-f", "-")[1].endswith("once: django-operator secrets FILE | kubectl create -f -\n")
    file.rename(file.parent / "my site.yaml").write_text(OTHER)
    assert "django-operator secrets 'my site.yaml' |" in done(capsys, "render", "my site.yaml")[1]


@pytest.mark.parametrize(
    ("release", "note"),
    [
        ("preDeploy: [{args: [migrate]}]", ""),
        ("init: []", ""),
        ("init: [{args: [seed]}]", "release.init runs with every release"),
        ("fixtures: [a]", "release.fixtures runs with every release"),
        ("{fixtures: [a], init: [{args: [b]}]}", "release.init and release.fixtures run with every release"),
    ],
)
def test_note_of_what_runs_once(capsys: pytest.CaptureFixture[str], file: Path, release: str, note: str) -> None:
    """Only the operator knows that a step was run before; -q says nothing of it."""
    release = release if release.startswith("{") else f"{{{release}}}"
    file.write_text(f"{OTHER}  release: {release}\n")
    err = done(capsys, "render", "site.yaml")[1]
    assert [line for line in err.splitlines() if "every release" in line] == (
        [f"Django/blog: without an operator, {note}; --initialized leaves out what has run"] if note else []
    )
    assert "every release" not in done(capsys, "render", "--initialized", "site.yaml")[1]
    assert done(capsys, "render", "-q", "site.yaml")[1] == ""


def test_escapes(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """What a file holds never reaches the terminal as it is; letters of any script do."""
    file.write_text(OTHER.replace("shop:1", '"b\\e[2J"').replace("blog", "bücher"), encoding="utf-8")
    _, err = done(capsys, "validate", "site.yaml", code=1)
    assert "\x1b" not in err
    assert '"bücher" is not ' in err
    file.write_text('apiVersion: v1\nkind: "a\\e]0;x\\a\\nb"\nmetadata: {name: a}\n')
    assert done(capsys, "render", "site.yaml", code=1)[1].startswith(r"site.yaml:1: a\x1b]0;x\x07\nb/a is no Django")
    file.write_text(OTHER + '  podTemplate: {annotations: {a: "x\\e[2J"}}\n')
    assert "\x1b" not in done(capsys, "explain", "site.yaml", "deploy/app")[0]


def test_the_same_twice(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """One fault for two of a name, also when -n makes them one; one for each pair whose objects clash."""
    file.write_text(OTHER + "---\n" + OTHER.replace("name: blog", "name: blog\n  namespace: web"))
    done(capsys, "render", "-q", "site.yaml")
    _, err = done(capsys, "render", "-q", "site.yaml", "-n", "web", code=1)
    assert err == "site.yaml:9: Django/blog is given twice\n  hint: it is written at site.yaml:1 as well\n"
    (file.parent / "copy.yaml").write_text(file.read_text())
    assert done(capsys, "validate", "site.yaml", "copy.yaml", code=1)[1].endswith("\n2 faults\n")


def test_two_sites_that_make_one_object(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """The pool `app` of `a` and the web server of `a-worker` would be one object: refused."""
    file.write_text(OTHER.replace("blog", "a") + "  workers: {app: {}}\n---\n" + OTHER.replace("blog", "a-worker"))
    out, err = done(capsys, "render", "-q", "site.yaml", code=1)
    assert out == ""
    assert "site.yaml:10: Django/a-worker and Django/a both make Deployment/a-worker-app\n" in err
    assert "hint: rename one of them; the other is at site.yaml:1\n" in err


def test_overlay(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """A local folder is laid on top; one without a kustomization is refused."""
    file.write_text(OTHER)
    over = file.parent / "over"
    over.mkdir()
    assert done(capsys, "render", "site.yaml", "--overlay", "over", code=1)[1].startswith(
        "over: no kustomization.yaml here"
    )
    assert done(capsys, "render", "site.yaml", "--overlay", "none", code=1)[1].startswith("none: no such folder")
    file.write_text(OTHER + "  paused: 1\n  overlays: [{builtin: restrict}]\n")
    err = done(capsys, "validate", "site.yaml", "--overlay", "none", code=1)[1]
    assert [text in err for text in ("no such folder", "1 is not true or false", "no built-in overlay restrict")] == [
        True
    ] * 3
    assert err.endswith("3 faults\n")
    file.write_text(OTHER)
    (over / "kustomization.yaml").write_text("replicas: [{name: app, count: 7}]\n")
    out, _ = done(capsys, "explain", "site.yaml", "Deployment/app", "spec.replicas", "--overlay", "over")
    assert out.split() == ["spec.replicas", "7", "./over/kustomization.yaml:1"]


def test_folder(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """A folder a stage, that kubectl builds to the same; written again it loses what is stale, and nothing else."""
    out, _ = done(capsys, "render", "-q", "site.yaml")
    done(capsys, "render", "-q", "site.yaml", "-o", "dir:out")
    assert same_objects([each.value for each in parse(out, "")], kustomize_build("out")) == []
    folder = file.parent / "out"
    assert sorted(path.name for path in folder.iterdir()) == [
        ".django-operator", "00-config", "10-data", "30-serve", "50-beat", "kustomization.yaml",
    ]  # fmt: skip
    assert (folder / "50-beat/statefulset-shop-beat.yaml").is_file()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    file.write_text(OTHER.replace("blog", "shop") + "  beat: {enabled: false}\n")
    done(capsys, "render", "-q", "site.yaml", "-o", "dir:out")
    assert not (folder / "50-beat").exists()
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []
    (folder / "kustomization.yaml").write_text("edited")
    (folder / "notes.md").write_text("mine")
    assert done(capsys, "render", "-q", "site.yaml", "-o", "dir:out", code=1)[1] == (
        "out/kustomization.yaml: edited since it was written\n"
        "out/notes.md: not written here\n"
        "  hint: keep it elsewhere, or delete out to have all of it written anew\n"
    )
    assert (folder / "notes.md").read_text() == "mine"


def test_folder_of_others(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """A folder with anything in it, or a file, is left alone; an empty one is taken."""
    (file.parent / "full").mkdir()
    (file.parent / "full/x").touch()
    _, err = done(capsys, "render", "-q", "site.yaml", "-o", "dir:full", code=1)
    assert err.startswith("full: the folder is not empty, and was not written by this command")
    assert done(capsys, "eject", "site.yaml", "site.yaml", code=1)[1].startswith(
        "site.yaml: there is a file of this name"
    )
    (file.parent / "empty").mkdir()
    done(capsys, "render", "-q", "site.yaml", "-o", "dir:empty/")
    assert (file.parent / "empty/kustomization.yaml").exists()


def test_validate(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """A line for each good resource; every fault of every file at once, counted."""
    out, err = done(capsys, "validate", "site.yaml")
    assert re.fullmatch(r"Django/shop  site.yaml  \d+ objects  ok\n", out)
    assert err == ""
    file.write_text(OTHER.replace("image: shop:1", "image: shop:1\n  imag: x\n  hosts: a"))
    (file.parent / "bad.yaml").write_text("a: [\n")
    out, err = done(capsys, "validate", "site.yaml", "bad.yaml", code=1)
    assert out == ""
    assert "site.yaml:7 spec.imag: " in err
    assert "site.yaml:8 spec.hosts: " in err
    assert "bad.yaml:2: not YAML" in err
    assert err.endswith("\n3 faults\n")


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """The value and the layer of each field: base, spec, overlay; aligned."""
    out, _ = done(capsys, "explain", SAMPLE)
    assert re.search(r"^Deployment/shop-app +bases/app/deployment.yaml:2$", out, re.MULTILINE)
    out, _ = done(capsys, "explain", "-f", SAMPLE, "deployment/shop-app", "spec.template.spec.containers[django].ports")
    assert [line.split() for line in out.splitlines()] == [
        ["spec.template.spec.containers[0].ports[0].name", "http", "bases/app/deployment.yaml:49"],
        ["spec.template.spec.containers[0].ports[0].containerPort", "8000", "bases/app/deployment.yaml:50"],
        ["spec.template.spec.containers[0].ports[0].protocol", "TCP", "bases/app/deployment.yaml:53"],
    ]
    assert len({line.index(" bases/") for line in out.splitlines()}) == 1
    (line,) = done(capsys, "explain", SAMPLE, "Deployment/app", "spec.template.spec.containers[0].image")[
        0
    ].splitlines()
    assert line.split()[1:] == ["registry.example.com/shop:1.4.2", f"{SAMPLE}:18", "spec.image"]
    _, err = done(capsys, "explain", SAMPLE, "Deployment/worker", code=1)
    assert err.startswith("Deployment/worker could be Deployment/shop-worker-default, ")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("deploy/app", "spec.template.spec.containers.0.ports.0.name"),
        ("deployment/app", "spec.template.spec.containers.django.ports[0].name"),
        ("deployments/shop-app", "spec.template.spec.containers[0].ports.0.name"),
        ("deployments.apps/app", "spec.template.spec.containers[django].ports[http].name"),
        ("Deployment.v1.apps/app", 'spec.template.spec.containers["django"].ports.http.name'),
    ],
)
def test_explain_names(capsys: pytest.CaptureFixture[str], name: str, field: str) -> None:
    """Kinds as kubectl takes them; items by place or name, behind a dot as well."""
    out, _ = done(capsys, "explain", SAMPLE, name, field)
    assert out.split() == ["spec.template.spec.containers[0].ports[0].name", "http", "bases/app/deployment.yaml:49"]


@pytest.mark.parametrize(
    "name", ["svc/app", "services/app", "ing/app", "ingresses.networking.k8s.io/app", "pdb/app", "sa/django"]
)
def test_explain_kinds(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Short names and plurals."""
    assert done(capsys, "explain", SAMPLE, name)[0]
    assert done(capsys, "explain", SAMPLE, f"deployments.batch/{name}", code=1)[1].startswith("no object ")


def test_explain_no_item(capsys: pytest.CaptureFixture[str]) -> None:
    """An item that is not there is a fault as a field is."""
    _, err = done(capsys, "explain", SAMPLE, "deploy/app", "spec.template.spec.containers.7.name", code=1)
    assert err.startswith("spec.template.spec.containers has no 7\n")


def test_explain_any_kustomization(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """Folders too: keyed items, JSON patches, labels, images, generated data; Secrets are masked."""
    (file.parent / "base.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers:\n"
        "      - name: x\n        image: i\n      - name: y\n        image: i\n"
    )
    (file.parent / "kustomization.yaml").write_text(
        "resources: [base.yaml]\n"
        "labels:\n- pairs:\n    team: t\n"
        "secretGenerator:\n- name: s\n  literals:\n  - k=v\n"
        "images:\n- name: i\n  newTag: '2'\n"
        "patches:\n"
        "- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: a}\n    spec:\n"
        "      template:\n        spec:\n          containers:\n          - name: y\n            args: [q]\n"
        "- target: {kind: Deployment}\n  patch: |\n    - op: add\n      path: /spec/replicas\n      value: 3\n"
    )
    out, _ = done(capsys, "explain", ".", "Deployment/a")
    rows = {line.split()[0]: line.split()[-1] for line in out.splitlines()}
    assert rows == {
        "apiVersion": "base.yaml:1",
        "kind": "base.yaml:2",
        "metadata.name": "base.yaml:3",
        "metadata.labels.team": "kustomization.yaml:4",
        "spec.template.spec.containers[0].name": "base.yaml:8",
        "spec.template.spec.containers[0].image": "kustomization.yaml:10",
        "spec.template.spec.containers[1].name": "base.yaml:10",
        "spec.template.spec.containers[1].image": "kustomization.yaml:10",
        "spec.template.spec.containers[1].args[0]": "kustomization.yaml:22",
        "spec.replicas": "kustomization.yaml:27",
    }
    out, _ = done(capsys, "explain", ".", "Secret/s", "data")
    assert out.split() == ["data.k", "***", "kustomization.yaml:8"]


def test_secrets(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """New values in each run, long enough, safe in URLs; for just what the operator would make."""
    file.write_text(OTHER)
    out, err = done(capsys, "secrets", "site.yaml", "-n", "web")
    assert err == ""
    bodies = [each.value for each in parse(out, "")]
    assert [(each["metadata"]["name"], *each["stringData"]) for each in bodies] == [
        ("blog-django", "secret-key"),
        ("blog-redis", "password"),
        ("blog-postgres", "password"),
    ]
    for body in bodies:
        assert body["metadata"]["namespace"] == "web"
        assert body["metadata"]["labels"]["app.kubernetes.io/instance"] == "blog"
        (value,) = body["stringData"].values()
        assert re.fullmatch("[A-Za-z0-9]{32,}", value)
    assert len(bodies[0]["stringData"]["secret-key"]) >= 50
    assert done(capsys, "secrets", "site.yaml", "-n", "web")[0] != out
    file.write_text(
        OTHER + "  redis: {enabled: false}\n  database: {enabled: false}\n  secretKey: {secretRef: {name: a}}\n"
    )
    assert done(capsys, "secrets", "site.yaml") == ("", "Django/blog needs no Secret of ours: it names its own\n")


def test_build(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """Order and file names are kustomize's; a file is replaced whole and keeps its rights."""
    (file.parent / "kustomization.yaml").write_text(
        "resources: [site.yaml]\nsecretGenerator: [{name: s, literals: [a=b]}]\n"
    )
    out, err = done(capsys, "build")
    assert [each.value["kind"] for each in parse(out, "")] == ["ConfigMap", "Secret", "Django"]
    assert err.startswith("warning: Secret/s-")
    (file.parent / "all.yaml").touch(mode=0o600)
    done(capsys, "build", ".", "-o", "all.yaml")
    assert (file.parent / "all.yaml").read_text() == out
    assert stat.S_IMODE((file.parent / "all.yaml").stat().st_mode) == 0o600
    (file.parent / "out").mkdir()
    done(capsys, "build", "-o", "out")
    assert "django-operator.io_v1alpha1_django_shop.yaml" in [path.name for path in (file.parent / "out").iterdir()]
    assert json.loads(done(capsys, "build", "--format", "json")[0])["items"] == [each.value for each in parse(out, "")]
    (file.parent / "sub").mkdir()
    (file.parent / "sub/kustomization.yaml").write_text("resources: [../site.yaml]\n")
    assert "outside" in done(capsys, "build", "sub", code=1)[1]
    done(capsys, "build", "sub", "--load-restrictor", "LoadRestrictionsNone")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    """Commands, options and their words are in the script, for both names of the program."""
    out, _ = done(capsys, "completion", shell)
    for word in ("render", "LoadRestrictionsNone", "namespaced", "yaml json dir:", " ".join(STAGES), "kubectl-django"):
        assert word in out


@pytest.mark.parametrize(
    ("words", "want"),
    [
        (["rend"], ["render"]),
        (["render", "--sta"], ["--stage"]),
        (["render", "--stage", ""], list(STAGES)),
        (["render", "a.yaml", "-o", "d"], ["dir:"]),
        (["render", ""], []),
        (["install", "--namespaced", "--i"], ["--image"]),
    ],
)
def test_completion_of_the_plugin(capsys: pytest.CaptureFixture[str], words: list[str], want: list[str]) -> None:
    """The program that kubectl asks: a word a line, then what kubectl does besides, files."""
    out, _ = done(capsys, "completion", "kubectl")
    ran = subprocess.run(["/bin/bash", "-s", "--", *words], input=out, capture_output=True, text=True, check=True)
    assert (ran.stdout.splitlines(), ran.stderr) == ([*want, ":0"], "")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version of the project."""
    out, _ = done(capsys, "version")
    assert re.fullmatch(r"django-operator \d+\.\d+\.\d+\S*\n", out)
    assert done(capsys, "--version")[0] == out


def test_crd(capsys: pytest.CaptureFixture[str]) -> None:
    """YAML and JSON; valid as far as Kubernetes' own schema goes."""
    (document,) = parse(done(capsys, "crd")[0], "crd")
    assert document.value == json.loads(done(capsys, "crd", "-o", "json")[0])
    assert faults(document.value) == ()


def test_config_maps_of_nobody(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    """A ConfigMap in a namespace where no resource is would not be read, so it is a mistake."""
    site = SITE.replace("name: shop\nspec", "name: shop\n  namespace: web\nspec")
    file.write_text(
        site + "---\n" + TUNING + "---\n" + TUNING.replace("name: tuning", "name: tuning\n  namespace: wbe")
    )
    _, err = done(capsys, "validate", "site.yaml", code=1)
    assert "metadata.namespace: ConfigMap/tuning is in wbe, where no resource of these files is\n" in err
    assert "  hint: the resources are in web\n" in err
