"""docs/install.md tells of every option and metric, and of none that is not there; its kustomization builds."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from django_operator.cli import main
from django_operator.cli import run as command
from django_operator.engine import yamlio
from django_operator.operator.metrics import Metrics
from tests.shipped import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """Return a section of the page."""
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """Return what is quoted in the first column of a section's tables."""
    rows = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_options() -> None:
    """Those of `run`."""
    parser = argparse.ArgumentParser(add_help=False)
    command.configure(parser)
    there = {name for action in parser._actions for name in action.option_strings}
    assert {name.split()[0] for name in first_cells(section("Options"))} == there


def test_metrics() -> None:
    """Those that are served, as Prometheus calls them."""
    there = set()
    for family in text_string_to_metric_families(Metrics("1").text().decode()):
        if family.name.startswith("django_operator_") and not family.name.endswith("_created"):
            name = family.name.removeprefix("django_operator_")
            there.add(f"{name}_total" if family.type == "counter" else name)
    assert first_cells(section("Metrics")) == there


def test_kustomization(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example of a patched installation builds, and changes what it says."""
    (text,) = re.findall(r"```yaml\n(# kustomization\.yaml\n.*?)```", section("Resources"), re.DOTALL)
    (tmp_path / "kustomization.yaml").write_text(text)
    (tmp_path / "django-operator.yml").write_text((ROOT / "django-operator.yml").read_text(encoding="utf-8"))
    assert main(["build", str(tmp_path)]) == 0
    bodies = [each.value for each in yamlio.parse(capsys.readouterr().out, "")]
    (deployment,) = [each for each in bodies if each["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith("registry.example.com/tools/django-operator:")
    assert container["args"] == ["run", "--workers=16"]
    assert container["resources"]["limits"] == {"memory": "1Gi"}
