"""What is in the operator's image, and what is not; what it does as the shipped Deployment runs it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from django_operator.engine.version import version
from django_operator.stack.install import PORT, USER, manifests
from tests.image.conftest import REVISION, Container, Image, pod
from tests.shipped import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cluster.plane import ControlPlane

pytestmark = pytest.mark.image

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def test_says_what_it_is(image: Image) -> None:
    """Entry point and command in exec form, a user by number, labels of the Open Container Initiative."""
    config = image.about["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (["django-operator"], ["run"])
    assert config["User"] == f"{USER}:{USER}"
    assert list(config["ExposedPorts"]) == [f"{PORT}/tcp"]
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in config["Labels"].items()}
    assert labels["version"] == version()
    assert (labels["title"], labels["licenses"], labels["revision"]) == ("django-operator", "Apache-2.0", REVISION)
    assert labels["base.name"].startswith("python:3.")


def test_size(image: Image) -> None:
    """It stays small: 188 MB with Debian's Python, of which 70 are the virtual environment."""
    assert image.about["Size"] < 200_000_000


def test_version(image: Image) -> None:
    """The command is there, under the version of the tree."""
    assert image.run("version").stdout == f"django-operator {version()}\n"


def test_another_version_is_refused() -> None:
    """VERSION that is not the package's makes no image."""
    command = [str(ROOT / "tools/image/build"), str(ROOT), "django-operator:wrong", "VERSION=9.9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert f"VERSION=9.9, but this is {version()}" in done.stderr


def test_holds_the_tree(image: Image) -> None:
    """Each file of the package and of the manifests is in it, byte for byte, and no other."""
    found = image.python(
        "import django_operator, hashlib, json, pathlib\n"
        "top = pathlib.Path(django_operator.__file__).parent\n"
        "files = [p for p in top.rglob('*') if p.is_file() and '__pycache__' not in p.parts]\n"
        "print(json.dumps({str(p.relative_to(top)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}))"
    )
    package = ROOT / "django_operator"
    want = {str(path.relative_to(package)): path for path in package.rglob("*")}
    for folder in ("bases", "overlays", "patches"):
        want |= {str(path.relative_to(ROOT)): path for path in (ROOT / folder).rglob("*")}
    assert found == {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in want.items()
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_renders_as_the_tree_does(image: Image) -> None:
    """`render sample.yaml` from a mounted folder: the same bytes."""
    here = [sys.executable, "-m", "django_operator", "render", "--quiet", "sample.yaml"]
    want = subprocess.run(here, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    done = image.run(
        "render", "--quiet", "sample.yaml", options=[f"--volume={ROOT / 'sample.yaml'}:/work/sample.yaml:ro"]
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == want


def test_has_no_tools(image: Image) -> None:
    """No installer, no compiler, no headers, no caches and nothing that lends another user's rights."""
    found = image.python(
        "import importlib.util, json, os, shutil, stat\n"
        "commands = 'pip pip3 cc gcc c++ make ld as git curl wget hatchling uv wheel'.split()\n"
        "modules = 'pip setuptools wheel ensurepip hatchling editables pytest'.split()\n"
        "lent, headers = [], []\n"
        "for folder, folders, files in os.walk('/'):\n"
        "    folders[:] = [] if folder in {'/proc', '/sys', '/dev'} else folders\n"
        "    for name in files:\n"
        "        path = os.path.join(folder, name)\n"
        "        lent += [path] if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID) else []\n"
        "        headers += [path] if name.endswith(('.h', '.c', '.pyx')) else []\n"
        "kept = [p for p in ('/root/.cache', '/var/lib/apt/lists', '/var/cache/apt', '/source', '/wheel', '/build')\n"
        "        if os.path.exists(p)]\n"
        "print(json.dumps([[c for c in commands if shutil.which(c)],\n"
        "    [m for m in modules if importlib.util.find_spec(m)], lent, headers, kept]))"
    )
    assert found == [[], [], [], [], []]


def test_nothing_can_be_written(image: Image) -> None:
    """Where the root is not read-only either, its user may write to folders for temporary files alone."""
    code = (
        "import json, os\n"
        "found = []\n"
        "for folder, folders, files in os.walk('/'):\n"
        "    folders[:] = [f for f in folders if os.path.join(folder, f) not in {'/proc', '/sys', '/dev'}]\n"
        "    found += [p for p in (folder, *(os.path.join(folder, f) for f in files))\n"
        "              if os.access(p, os.W_OK) and not os.path.islink(p)]\n"
        "print(json.dumps(found))"
    )
    assert set(image.python(code, "--read-only=false")) <= {"/tmp", "/var/tmp", "/run/lock"}  # noqa: S108 - names
    assert image.python(code) == ["/tmp"]  # noqa: S108 - as above


def test_all_is_compiled(image: Image) -> None:
    """What the operator imports is there as bytecode, as a read-only root could keep none."""
    left = image.python(
        "import importlib, json, os, sys\n"
        "for name in ('cli.run', 'cli.render', 'operator.main', 'stack.render'):\n"
        "    importlib.import_module('django_operator.' + name)\n"
        "specs = [m.__spec__ for m in list(sys.modules.values()) if getattr(m, '__spec__', None)]\n"
        "sources = [s for s in specs if (s.origin or '').endswith('.py')]\n"
        "print(json.dumps([len(sources), [s.origin for s in sources if not os.path.exists(s.cached or '')]]))"
    )
    assert left[0] > 500
    assert left[1] == []


def test_without_a_cluster(image: Image) -> None:
    """It ends with 1 and one line."""
    done = image.run()
    assert done.returncode == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert "no way to log in to a cluster" in json.loads(line)["message"]


def until(holds: Callable[[], object], container: Container, seconds: float = 60) -> None:
    """Wait until something holds, while the container runs."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert container.state()["Running"], container.log()
        assert time.monotonic() < deadline, container.log()
        time.sleep(0.1)


def get(url: str) -> tuple[int, str]:
    """Return status and text of a page; 0 while there is none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - on loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def in_a_pod(plane: ControlPlane, namespace: str, folder: Path) -> list[str]:
    """Return what gives a container a pod's surroundings: its ServiceAccount, environment, and the API server."""
    assert plane.ca
    folder.chmod(0o755)
    shutil.copy(plane.ca, folder / "ca.crt")
    (folder / "token").write_text(plane.service_account(namespace, "django-operator"))
    (folder / "namespace").write_text(namespace)
    for path in folder.iterdir():
        path.chmod(0o644)
    server = urlsplit(plane.url)
    values = {"metadata.name": "operator-0", "metadata.namespace": namespace}
    (container,) = pod()["containers"]
    env = {each["name"]: values[each["valueFrom"]["fieldRef"]["fieldPath"]] for each in container["env"]}
    env |= {"KUBERNETES_SERVICE_HOST": str(server.hostname), "KUBERNETES_SERVICE_PORT": str(server.port)}
    return [
        "--network=host",
        f"--volume={folder}:{SERVICE_ACCOUNT}:ro",
        *(f"--env={name}={value}" for name, value in env.items()),
    ]


def test_runs_as_the_deployment_says(image: Image, plane: ControlPlane, tmp_path: Path) -> None:
    """A pod's surroundings, a read-only root: it leads, makes a site's objects, and SIGTERM ends it in good order."""
    client, namespace = plane.client(), plane.namespace()
    for body in manifests("image", namespace=namespace, namespaced=True):
        if body["kind"] in {"ServiceAccount", "Role", "RoleBinding"}:
            client.apply(body)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = in_a_pod(plane, namespace, tmp_path)
    with Container(image, "run", f"--namespace={namespace}", f"--port={port}", options=options) as operator:
        begun = time.monotonic()
        until(lambda: get(f"http://127.0.0.1:{port}/healthz") == (200, "ok\n"), operator)
        until(lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200, operator)
        print(f"ready after {time.monotonic() - begun:.1f} s")  # noqa: T201 - a figure of this run

        status = operator.status()
        assert {*status["Uid"].split(), *status["Gid"].split()} == {str(USER)}
        assert status["NSpid"].split()[-1] == "1"
        assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
        assert status["NoNewPrivs"].strip() == "1"

        spec = {"image": "registry.example/shop:1", "project": "shop"}
        meta = {"namespace": namespace, "name": "shop"}
        client.apply({"apiVersion": "django-operator.io/v1alpha1", "kind": "Django", "metadata": meta, "spec": spec})
        path = f"/apis/apps/v1/namespaces/{namespace}/statefulsets/shop-postgres"
        until(lambda: client.find(path), operator)

        begun = time.monotonic()
        os.kill(operator.state()["Pid"], 15)
        while operator.state()["Running"]:
            assert time.monotonic() - begun < 5, operator.log()
            time.sleep(0.05)
        print(f"stopped after {time.monotonic() - begun:.1f} s")  # noqa: T201 - as above
        state = operator.state()
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
        lease: Any = client.get(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/django-operator")
        assert not lease["spec"].get("holderIdentity")
        assert [line for line in operator.log() if line["level"] in {"error", "critical"}] == []
