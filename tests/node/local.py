"""Pods of a rendered stack as containers of this machine's engine: image, command, user, mounts, probes as they say.

All share one network that has loopback alone. Knows nothing of clusters, nor of what the images do.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from django_operator.stack.generated import secret
from django_operator.stack.secrets import generated
from tests.shipped import ROOT, pod_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from django_operator.stack.render import Rendered

TOOLS = ROOT / "tools" / "image"
DEADLINE = 90.0
"""Seconds after which what is waited for will not come."""
MESSAGE = "/dev/termination-log"
REFERENCE = re.compile(r"\$\(([-._a-zA-Z0-9]+)\)")

Body = dict[str, Any]
EMPTY: Mapping[str, str] = MappingProxyType({})


def engine(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the container engine."""
    command = [str(TOOLS / "engine"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, input=stdin, timeout=300)


def succeed(*arguments: str) -> str:
    """Run the container engine, which must succeed, and return what it prints."""
    done = engine(*arguments)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def eventually(holds: Callable[[], Any], what: Callable[[], object] = str, seconds: float = DEADLINE) -> Any:
    """Wait until something holds, and return it; where it does not come true, tell `what`."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, what()
        time.sleep(0.4)  # a look costs a process in the container
    return found


@dataclass(frozen=True)
class Container:
    """A container that was started; `spec` is that of its pod's container."""

    name: str
    spec: Body = field(repr=False)
    message_file: Path = field(repr=False)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        return engine("exec", self.name, *command)

    def log(self) -> str:
        """Return its log."""
        done = engine("logs", self.name)
        return done.stdout + done.stderr

    def state(self) -> Body:
        """Return its state: Running, ExitCode."""
        found: Body = json.loads(succeed("container", "inspect", self.name))[0]["State"]
        return found

    def message(self) -> str:
        """Return its last words as Kubernetes would: the file, else after a failure the end of the log."""
        written = self.message_file.read_text(encoding="utf-8")
        fallback = self.spec["terminationMessagePolicy"] == "FallbackToLogsOnError" and self.state()["ExitCode"]
        return written or (self.log()[-2048:] if fallback else "")

    def wait(self, seconds: float = DEADLINE) -> int:
        """Wait for its end, and return its exit code."""
        state: Body = eventually(lambda: not (now := self.state())["Running"] and now, self.log, seconds)
        code: int = state["ExitCode"]
        return code

    def signal(self, name: str) -> None:
        """Send a signal to its first process."""
        succeed("kill", f"--signal={name}", self.name)

    def ready(self, *, seconds: float = DEADLINE) -> None:
        """Wait until each of its probes succeeds."""
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe := self.spec.get(name):
                eventually(partial(self._probe, probe), self.log, seconds)

    def _probe(self, probe: Body) -> bool:
        if "exec" in probe:
            return self.run(*probe["exec"]["command"]).returncode == 0
        get = probe["httpGet"]
        ports = {each["name"]: each["containerPort"] for each in self.spec["ports"]}
        headers = {each["name"]: each["value"] for each in get["httpHeaders"]}
        code = (
            "import http.client, json, sys\n"
            "port, path, headers = json.loads(sys.argv[1])\n"
            "client = http.client.HTTPConnection('127.0.0.1', port, timeout=5)\n"
            "client.request('GET', path, headers=headers)\n"
            "sys.exit(client.getresponse().status >= 400)"
        )
        asked = json.dumps([ports.get(get["port"], get["port"]), get["path"], headers])
        return self.run("python", "-c", code, asked).returncode == 0


class Machine:
    """Where the containers of a stack run, with what outlives them: volumes, Secrets. All is gone after the `with`."""

    def __init__(self, folder: Path, image: str) -> None:
        """Make the network; `image` is one that has Python."""
        self.folder, self.name = folder, f"demo-{secrets.token_hex(4)}"
        self.secrets: dict[str, dict[str, str]] = {}
        self.volumes: set[str] = set()
        self.containers: list[str] = [self.name]
        folder.chmod(0o755)
        self.hosts = folder / "hosts"
        self.hosts.write_text("127.0.0.1 localhost\n")
        self.hosts.chmod(0o644)
        wait = ["--entrypoint=python", image, "-c", "import signal; signal.pause()"]
        succeed("run", "--detach", "--network=none", f"--name={self.name}", *wait)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove everything, the network last."""
        for name in reversed(self.containers):
            engine("kill", name)  # one that has ended refuses
            succeed("rm", "--force", name)
        for name in self.volumes:
            succeed("volume", "rm", name)

    def learn(self, rendered: Rendered) -> None:
        """Make the Secrets that an operator would make, once, and know the names of Services."""
        for need in generated(rendered.site):
            data = secret(rendered.site, need, secrets.choice)["data"]
            made = {key: base64.b64decode(value).decode() for key, value in data.items()}
            self.secrets.setdefault(need.name, made)
        services = [body["metadata"]["name"] for body in rendered.objects if body["kind"] == "Service"]
        self.hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *services)))

    def start(self, rendered: Rendered, workload: str, **environment: str) -> Container:
        """Start the container of a workload such as `Deployment/demo-app`; `environment` comes on top of its own.

        Of a Job, that is the container which is left when all init containers have succeeded.
        """
        body = self._workload(rendered, workload)
        template = pod_of(body)
        assert template is not None
        pod = template["spec"]
        for each in pod.get("initContainers", []):
            step = self.run(rendered, body, pod, each, environment)
            if step.wait():
                return step
        (container,) = pod["containers"]
        return self.run(rendered, body, pod, container, environment)

    @staticmethod
    def _workload(rendered: Rendered, workload: str) -> Body:
        kind, _, start = workload.partition("/")
        found = [b for b in rendered.objects if b["kind"] == kind and b["metadata"]["name"].startswith(start)]
        (body,) = found
        return body

    def run(self, rendered: Rendered, body: Body, pod: Body, spec: Body, more: Mapping[str, str] = EMPTY) -> Container:
        """Start one container of a pod of an object; `more` are variables on top of its own."""
        name = f"{self.name}-{body['metadata']['name']}-{spec['name']}-{secrets.token_hex(2)}"
        message = self.folder / f"{name}.message"
        message.touch()
        message.chmod(0o666)
        command, arguments = spec.get("command", []), spec.get("args", [])
        env = {**self._environment(rendered, spec), **more}
        self.containers.append(name)
        succeed(
            *("run", "--detach", f"--name={name}", f"--network=container:{self.name}"),
            f"--hostname={body['metadata']['name']}-0",
            f"--volume={self.hosts}:/etc/hosts:ro",
            f"--volume={message}:{MESSAGE}",
            *self._confinement(pod, spec),
            *self._mounts(rendered, body, pod, spec, name),
            *(f"--env={key}={value}" for key, value in env.items()),
            *([f"--entrypoint={command[0]}"] if command else []),
            spec["image"],
            *command[1:],
            *(_expanded(each, env) for each in arguments),
        )
        return Container(name, spec, message)

    @staticmethod
    def _confinement(pod: Body, spec: Body) -> Iterable[str]:
        outer, inner = pod["securityContext"], spec["securityContext"]
        if (user := outer.get("runAsUser")) is not None:
            yield f"--user={user}:{outer['runAsGroup']}"
        if outer.get("runAsNonRoot") and user is None:
            named = succeed("image", "inspect", "--format={{.Config.User}}", spec["image"]).strip()
            # as the kubelet refuses it: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
            assert int(named.partition(":")[0]), f"{spec['image']} runs as {named!r}"
        if inner.get("readOnlyRootFilesystem"):
            yield "--read-only"
        if not inner["allowPrivilegeEscalation"]:
            yield "--security-opt=no-new-privileges"
        yield from (f"--cap-drop={each}" for each in inner["capabilities"]["drop"])

    def _mounts(self, rendered: Rendered, body: Body, pod: Body, spec: Body, container: str) -> Iterable[str]:
        claims = [each["metadata"]["name"] for each in body["spec"].get("volumeClaimTemplates", [])]
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        for mount in spec.get("volumeMounts", []):
            path, name = mount["mountPath"], mount["name"]
            if path == "/dev/shm":  # noqa: S108 - in a container
                yield f"--shm-size={volumes[name]['emptyDir']['sizeLimit'].removesuffix('i').lower()}"
            elif name in claims or "emptyDir" in volumes[name]:
                # an emptyDir outlives its containers, too, though not its pod
                owner = f"{self.name}-{body['metadata']['name']}" if name in claims else container
                self.volumes.add(f"{owner}-{name}")
                yield f"--volume={owner}-{name}:{path}"
            else:
                yield f"--volume={self._files(rendered, volumes[name]['configMap']['name'])}:{path}:ro"

    def _files(self, rendered: Rendered, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True, mode=0o755)
        for key, text in _config_map(rendered, name).items():
            (folder / key).write_text(text, encoding="utf-8")
            (folder / key).chmod(0o644)
        return folder

    def _environment(self, rendered: Rendered, spec: Body) -> dict[str, str]:
        """Return the variables as the kubelet makes them."""
        found: dict[str, str] = {}
        for each in spec.get("envFrom", []):
            found |= _config_map(rendered, each["configMapRef"]["name"])
        own: dict[str, str] = {}
        for item in spec.get("env", []):
            if "value" in item:
                own[item["name"]] = _expanded(item["value"], {**found, **own})
            else:
                ref = item["valueFrom"]["secretKeyRef"]
                own[item["name"]] = self.secrets[ref["name"]][ref["key"]]
        return found | own

    def python(self, code: str, argument: object) -> Any:
        """Run Python code in this network with an argument as JSON in `sys.argv[1]`, and return the JSON it prints."""
        return json.loads(succeed("exec", self.name, "python", "-c", code, json.dumps(argument)))


def _config_map(rendered: Rendered, name: str) -> dict[str, str]:
    (found,) = [b for b in rendered.objects if b["kind"] == "ConfigMap" and b["metadata"]["name"] == name]
    data: dict[str, str] = found["data"]
    return data


def _expanded(text: str, env: dict[str, str]) -> str:
    """Return a text with `$(NAME)` replaced where the name is known."""
    return REFERENCE.sub(lambda match: env.get(match[1], match[0]), text)
