"""The operator's image, built from the tree by its Dockerfile; containers of it, run as the shipped Deployment says.

Without a container engine these tests fail. `make image-test` runs them.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.engine.version import version
from django_operator.stack.crd import crd
from django_operator.stack.install import manifests
from tests.cluster.custom_kinds import install
from tests.cluster.plane import ControlPlane
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

TOOLS = ROOT / "tools" / "image"
REVISION = secrets.token_hex(20)
"""Another in every run: a label of an earlier build does not pass for this one's."""


def engine(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run the container engine."""
    return subprocess.run(
        [str(TOOLS / "engine"), *arguments], capture_output=True, text=True, check=False, timeout=timeout, cwd=ROOT
    )


def pod() -> dict[str, Any]:
    """Return the pod template of the shipped Deployment."""
    (found,) = [each for each in manifests("image") if each["kind"] == "Deployment"]
    template: dict[str, Any] = found["spec"]["template"]["spec"]
    return template


def confinement() -> list[str]:
    """Return the shipped pod's security as options of an engine; KeyError where it no longer says so."""
    spec = pod()
    (container,) = spec["containers"]
    user, inner = spec["securityContext"], container["securityContext"]
    assert inner["readOnlyRootFilesystem"]
    assert not inner["allowPrivilegeEscalation"]
    return [
        "--read-only",
        f"--user={user['runAsUser']}:{user['runAsGroup']}",
        *(f"--cap-drop={each}" for each in inner["capabilities"]["drop"]),
        "--security-opt=no-new-privileges",
        f"--memory={container['resources']['limits']['memory'].removesuffix('i').lower()}",
        *(f"--tmpfs={mount['mountPath']}" for mount in container["volumeMounts"]),
    ]


@dataclass(frozen=True)
class Image:
    """An image that is here."""

    name: str
    about: dict[str, Any] = field(repr=False)
    """As `inspect` shows it."""

    def run(self, *arguments: str, options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run a container to its end, as the shipped pod would be."""
        return engine("run", "--rm", "--network=none", *confinement(), *options, self.name, *arguments)

    def python(self, code: str, *options: str) -> Any:
        """Run Python code in it, and return the JSON that it prints."""
        done = self.run("-c", code, options=["--entrypoint=python", *options])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def image() -> Image:
    """The image of this tree; what did not change is not built anew."""
    name = f"django-operator:{version()}"
    subprocess.run([str(TOOLS / "build"), str(ROOT), name, f"VERSION={version()}", f"REVISION={REVISION}"], check=True)
    about = engine("image", "inspect", name)
    assert about.returncode == 0, about.stderr
    return Image(name, json.loads(about.stdout)[0])


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """A control plane for this run: CRD installed, no controllers."""
    with ControlPlane.start() as held:
        install(held.client(), [crd()])
        yield held


class Container:
    """A running container; it is gone after the `with`."""

    def __init__(self, image: Image, *arguments: str, options: Sequence[str]) -> None:
        """Start it."""
        self.name = f"django-operator-test-{secrets.token_hex(4)}"
        done = engine("run", "--detach", "--name", self.name, *confinement(), *options, image.name, *arguments)
        if done.returncode:
            self.remove()
        assert done.returncode == 0, done.stderr

    def __enter__(self) -> Self:
        """Return itself, running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self.remove()

    def remove(self) -> None:
        """Remove it, running or not."""
        engine("rm", "--force", self.name)

    def log(self) -> list[dict[str, Any]]:
        """Return its log, every line of which must be JSON."""
        done = engine("logs", self.name)
        return [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]

    def state(self) -> dict[str, Any]:
        """Return its state: Pid on this machine, Running, ExitCode, OOMKilled."""
        found: dict[str, Any] = json.loads(engine("container", "inspect", self.name).stdout)[0]["State"]
        return found

    def status(self) -> dict[str, str]:
        """Return what the kernel says of its first process; empty when there is none."""
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{self.state()['Pid']}/status").read_text(encoding="utf-8")
            return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        return {}
