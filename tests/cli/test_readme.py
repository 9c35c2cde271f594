"""README's examples are what the commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_operator.cli import main
from tests.shipped import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOG = TEXT.partition("```yaml\n")[2].partition("```")[0]
BAD = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata:
  name: blog
spec:
  image: registry.example.com/blog:1.0
  project: blog
  host: blog.example.com
  app:
    replicas: three
    resources: {requests: {memory: 256 MB}}
  workers:
    mail: {qeues: [mail]}
"""


def shown(command: str) -> str:
    """Return what README shows below a command."""
    return TEXT.partition(f"$ django-operator {command}\n")[2].partition("```")[0]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder with README's files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blog.yaml").write_text(BLOG, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(BAD)


def test_render(capsys: pytest.CaptureFixture[str]) -> None:
    """The objects of the smallest site."""
    assert main(["render", "blog.yaml"]) == 0
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if line.startswith(("kind", "  name:"))]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    assert err + "".join(f"{kind}\t{name}\n" for kind, name in pairs) == shown(
        "render blog.yaml | grep -E '^kind|^  name:' | paste - -"
    )


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of the file as shown, and of the bases."""
    field = "spec.template.spec.containers[0].startupProbe.httpGet"
    assert main(["explain", "blog.yaml", "Deployment/app", field]) == 0
    assert capsys.readouterr().out == shown(f"explain blog.yaml Deployment/app '{field}'")


def test_validate(capsys: pytest.CaptureFixture[str]) -> None:
    """All faults at once."""
    assert main(["validate", "bad.yaml"]) == 1
    assert capsys.readouterr().err == shown("validate bad.yaml")
