"""An ingress controller in small: haproxy, set up from a live Ingress, its Secret and the endpoints of its Services.

It follows the endpoints without a reload, as controllers do, and tries nothing twice, as controllers do not: every
request that an endpoint fails is seen. Listens on loopback. Knows nothing of Django.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.node.background import events
from tests.node.site import HOST, exchange, until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from tests.cluster.client import Client, Object
    from tests.node.site import Answer

SLOTS = 16
"""Endpoints of a Service at once, those that go included."""

CONFIG = """\
global
    stats socket {folder}/control.sock level admin
defaults
    mode http
    timeout connect 3s
    timeout client 30s
    timeout server 30s
    # every fault is to be seen
    retries 0
frontend https
    bind 127.0.0.1:{port} ssl crt {folder}/site.pem
    http-request set-header X-Forwarded-Proto https
    http-request set-header X-Forwarded-For %[src]
"""


class Backend(NamedTuple):
    """A Service's port."""

    service: str
    port: str


class Endpoint(NamedTuple):
    """Where a ready pod answers."""

    address: str
    port: int


@dataclass
class Proxy:
    """HTTPS for what an Ingress names, while the `with` lasts."""

    client: Client
    namespace: str
    name: str
    """Of the Ingress."""
    folder: Path
    """Empty, for its files."""
    port: int = 0
    _slots: dict[Backend, list[Endpoint | None]] = field(default_factory=dict)
    _fault: list[BaseException] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        """Start it, and follow the endpoints.

        Raises:
            RuntimeError: there is no haproxy here.
        """
        if not (program := shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")):
            message = "haproxy is not installed: tools/kube/node does that on Debian"
            raise RuntimeError(message)
        ingress = self.client.get(self.client.path("networking.k8s.io/v1", "Ingress", self.namespace, self.name))
        self.port = _free_port()
        (self.folder / "site.pem").write_bytes(self._certificate(ingress))
        (self.folder / "haproxy.cfg").write_text(self._config(ingress))
        # it ends with this process, also where that is killed
        command = ["setpriv", "--pdeathsig", "KILL", program, "-db", "-f", str(self.folder / "haproxy.cfg")]
        log = self._stack.enter_context((self.folder / "haproxy.log").open("w"))
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self._stack.callback(process.wait)
        self._stack.callback(process.terminate)
        with contextlib.ExitStack() as undo:
            undo.callback(self._stack.close)
            until((self.folder / "control.sock").exists, 10, "haproxy")
            for backend in self._slots:
                version = self._follow(backend)
                thread = threading.Thread(target=self._watch, args=[backend, version], daemon=True)
                thread.start()
                self._stack.callback(thread.join)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._over.set()
        self._stack.close()
        assert not self._fault, self._fault

    def ask(self, path: str, method: str = "GET", body: Any = None, timeout: float = 10) -> Answer:
        """Send a request with a JSON body, or none, on a connection of its own.

        Raises:
            OSError, http.client.HTTPException: no answer, or the certificate is not the host's.
        """
        text = None if body is None else json.dumps(body)
        return self.send(path, method, text, {"Content-Type": "application/json"}, timeout)

    def send(self, path: str, method: str, text: str | None, headers: Mapping[str, str], timeout: float = 10) -> Answer:
        """The same with any body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.connect()
            connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=HOST)
            return exchange(connection, path, method, text, headers)
        finally:
            connection.close()

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "site.pem"))

    def _certificate(self, ingress: Object) -> bytes:
        (tls,) = ingress["spec"]["tls"]
        secret = self.client.get(self.client.path("v1", "Secret", self.namespace, tls["secretName"]))
        return b"".join(base64.b64decode(secret["data"][key]) for key in ("tls.crt", "tls.key"))

    def _config(self, ingress: Object) -> str:
        """Return haproxy's configuration; the Ingress's Services get their slots."""
        lines = CONFIG.format(folder=self.folder, port=self.port).splitlines()
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                backend = Backend(service["name"], service["port"]["name"])
                self._slots[backend] = [None] * SLOTS
                asked = f"{{ hdr(host) -i {rule['host']} }} {{ path_beg {path['path']} }}"
                lines.append(f"    use_backend {'_'.join(backend)} if {asked}")
        for backend in self._slots:
            lines.append(f"backend {'_'.join(backend)}")
            lines.append(f"    server-template pod 0-{SLOTS - 1} 127.0.0.1:1 disabled")
        return "\n".join((*lines, ""))

    def _watch(self, backend: Backend, version: str) -> None:
        try:
            for _ in events(self.client, self._path, version, self._over, labelSelector=_selector(backend)):
                self._follow(backend)
        except BaseException as error:  # noqa: BLE001 - told at the end
            self._fault.append(error)

    @property
    def _path(self) -> str:
        return self.client.path("discovery.k8s.io/v1", "EndpointSlice", self.namespace)

    def _follow(self, backend: Backend) -> str:
        """Give haproxy the endpoints there are, and return the version of the list."""
        found = self.client.get(self._path, labelSelector=_selector(backend))
        wanted = [
            Endpoint(address, port["port"])
            for each in found["items"]
            for port in each["ports"] or ()
            if port["name"] == backend.port
            for endpoint in each["endpoints"] or ()
            if endpoint["conditions"]["ready"]
            for address in endpoint["addresses"]
        ]
        slots = self._slots[backend]
        for new in (each for each in wanted if each not in slots):
            index = slots.index(None)
            slots[index] = new
            self._tell(f"set server {'_'.join(backend)}/pod{index} addr {new.address} port {new.port}")
            self._tell(f"set server {'_'.join(backend)}/pod{index} state ready")
        # the new ones first: else there would be none for a moment
        for index, old in enumerate(slots):
            if old is not None and old not in wanted:
                slots[index] = None
                # it answers what it has begun
                self._tell(f"set server {'_'.join(backend)}/pod{index} state maint")
        version: str = found["metadata"]["resourceVersion"]
        return version

    def _tell(self, command: str) -> None:
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.folder / "control.sock"))
            control.sendall(f"{command}\n".encode())
            answer = control.makefile().read().strip()
        if answer and "changed from" not in answer and "no need to change" not in answer:
            message = f"haproxy: {command}: {answer}"
            raise RuntimeError(message)


def certificate(folder: Path, host: str) -> Object:
    """Make a certificate for a host, and return the data of a Secret of type kubernetes.io/tls."""
    files = {"tls.key": folder / "tls.key", "tls.crt": folder / "tls.crt"}
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    names = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    out = ["-keyout", str(files["tls.key"]), "-out", str(files["tls.crt"])]
    subprocess.run([*make, *names, *out], check=True, capture_output=True)
    return {key: base64.b64encode(file.read_bytes()).decode() for key, file in files.items()}


def _selector(backend: Backend) -> str:
    return f"kubernetes.io/service-name={backend.service}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
