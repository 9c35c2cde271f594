"""The version of this package. Knows nothing else."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """Return the version: of the tree this runs from, else the installed one's."""
    import tomllib  # noqa: PLC0415 - rarely used
    from importlib import metadata  # noqa: PLC0415 - as above
    from pathlib import Path  # noqa: PLC0415 - as above

    project = Path(__file__).parents[2] / "pyproject.toml"
    about = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}) if project.is_file() else {}
    if about.get("name") == "django-operator":
        return str(about["version"])
    try:
        return metadata.version("django-operator")
    except metadata.PackageNotFoundError:
        return "unknown"
