"""Images without a registry: built by a Dockerfile (tools/image), saved as archives. Knows nothing of clusters."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

from tests.shipped import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ROOT / "tools" / "image"


def build(folder: Path, name: str, *arguments: str) -> str:
    """Build the image `name:tag` of a folder's Dockerfile, with build arguments `KEY=value`, and return its name.

    Raises:
        subprocess.CalledProcessError: the build failed; its log was printed.
    """
    subprocess.run([str(TOOLS / "build"), str(folder), name, *arguments], check=True)
    return name


def pause(program: Path, name: str) -> str:
    """Make an image of one program alone, and return its name."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(program, program.name)
    change = f'ENTRYPOINT ["/{program.name}"]'
    engine("import", "--change", change, "-", name, stdin=layer.getvalue())
    return name


def save(name: str, file: Path) -> Path:
    """Write an image to a file, under the name by which a pod's spec finds it, and return the file."""
    full = reference(name)
    engine("tag", name, full)
    engine("save", "--output", str(file), full)
    return file


def reference(name: str) -> str:
    """Return the full name of an image, as a container runtime reads a short one.

    >>> reference("django-operator:0.1.0"), reference("valkey/valkey:8"), reference("localhost/pause:1")
    ('docker.io/library/django-operator:0.1.0', 'docker.io/valkey/valkey:8', 'localhost/pause:1')
    """
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if {".", ":"} & {*first} or first == "localhost" else f"docker.io/{name}"


def engine(*arguments: str, stdin: bytes | None = None) -> None:
    """Run the container engine.

    Raises:
        RuntimeError: it failed; with its last words.
    """
    done = subprocess.run([str(TOOLS / "engine"), *arguments], capture_output=True, check=False, input=stdin)
    if done.returncode:
        raise RuntimeError(f"engine {' '.join(arguments)}: {done.stderr.decode().strip()[-2000:]}")
