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


def base(name: str) -> str:
    """See to it that an image of others is here: as it is, pulled, or made from Debian packages. Return its name."""
    subprocess.run([str(TOOLS / "base"), name], check=True)
    return name


def save(file: Path, *names: str) -> Path:
    """Write images to a file, under the names by which a pod's spec finds them, and return the file."""
    full = [reference(name) for name in names]
    for short, long in zip(names, full, strict=True):
        engine("tag", short, long)
    # docker writes several unasked
    several = ["--multi-image-archive"] if engine("name").strip() == "podman" else []
    engine("save", *several, "--output", str(file), *full)
    return file


def reference(name: str) -> str:
    """Return the full name of an image, as a container runtime reads a short one."""
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if {".", ":"} & {*first} or first == "localhost" else f"docker.io/{name}"


def engine(*arguments: str, stdin: bytes | None = None) -> str:
    """Run the container engine, and return what it prints.

    Raises:
        RuntimeError: it failed; with its last words.
    """
    done = subprocess.run([str(TOOLS / "engine"), *arguments], capture_output=True, check=False, input=stdin)
    if done.returncode:
        raise RuntimeError(f"engine {' '.join(arguments)}: {done.stderr.decode().strip()[-2000:]}")
    return done.stdout.decode()
