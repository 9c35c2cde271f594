"""`--initialized`: what runs once in the life of the data is left out by every command that renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from django_operator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SITE = """\
apiVersion: django-operator.io/v1alpha1
kind: Django
metadata: {name: shop}
spec:
  image: shop:1
  project: shop
  release:
    preDeploy: [{args: [migrate]}]
    fixtures: [countries]
    init: [{args: [createadmin]}]
"""


@pytest.mark.parametrize("command", ["render", "explain", "eject", "validate"])
def test_initialized(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With it, preDeploy alone is left."""
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    found = []
    for number, more in enumerate([[], ["--initialized"]]):
        folder = tmp_path / str(number)
        assert main([command, str(site), *([str(folder)] if command == "eject" else []), *more]) == 0
        files = sorted(folder.rglob("*.yaml")) if command == "eject" else []
        found.append(capsys.readouterr().out + "".join(file.read_text() for file in files))
    before, after = found
    if command in ("explain", "validate"):
        assert before == after  # neither names a command
        return
    assert "migrate" in before
    assert "migrate" in after
    for once in ("createadmin", "countries"):
        assert once in before
        assert once not in after
