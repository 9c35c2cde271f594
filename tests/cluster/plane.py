"""A real control plane in seconds: etcd and kube-apiserver, controllers on demand; it goes with its last holder.

Knows nothing of Django, nor of what runs in a cluster.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import http.client
import json
import secrets
import signal
import uuid
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.cluster import flags
from tests.cluster.access import Cluster
from tests.cluster.audit import POLICY, AuditLog
from tests.cluster.binaries import NEWEST
from tests.cluster.client import ApiError
from tests.cluster.processes import ServerError, Servers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from tests.cluster.client import Client

DEFAULT = "/api/v1/namespaces/default"

READY = 60.0
"""Seconds for a server to get ready on a busy machine; alone it takes three."""

HOUSEKEEPING = (
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "clusterrole-aggregation-controller",
)
"""Controllers that any cluster is expected to have, and that touch no workload."""


@dataclass
class ControlPlane(Cluster):
    """A running control plane; a context manager that ends it. Make one by `start`, or hold on to one by `join`.

    `users` have their own tokens: `plane.kubeconfig(plane.tokens["alice"])`.
    """

    servers: Servers = field(kw_only=True)
    ports: flags.Ports = field(kw_only=True)
    command: list[str] = field(kw_only=True)
    tokens: Mapping[str, str] = field(kw_only=True)
    version: str = field(kw_only=True)
    """Of the server, such as `v1.36.3`."""

    @classmethod
    def start(
        cls,
        server: str = NEWEST,
        *,
        users: Mapping[str, Sequence[str]] | None = None,
        controllers: Sequence[str] = (),
        flags_: Sequence[str] = (),
    ) -> Self:
        """Start a control plane and wait until it is ready.

        Args:
            server: `NEWEST` or `OLDEST` (tests.cluster.binaries).
            users: Names and the groups of each, besides the administrator.
            controllers: Of kube-controller-manager: names, `HOUSEKEEPING`, or `("*",)`; none by default.
            flags_: More flags of kube-apiserver; the last one of a name holds.

        Raises:
            ServerError: a server does not start; its last words are in the message.
            RuntimeError: a binary is missing.
        """
        for _ in range(3):
            servers = Servers.open()
            try:
                plane = cls.start_on(servers, flags.Ports.free(), server, users, flags_)
                if controllers:
                    plane.start_controllers(*controllers)
            except BaseException as error:
                servers.close()
                # a free port was taken before the server came to it
                if not (isinstance(error, ServerError) and "address already in use" in str(error)):
                    raise
            else:
                return plane
        message = "no port stays free on 127.0.0.1"
        raise ServerError(message)

    @classmethod
    def start_on(
        cls,
        servers: Servers,
        ports: flags.Ports,
        server: str = NEWEST,
        users: Mapping[str, Sequence[str]] | None = None,
        more: Sequence[str] = (),
    ) -> Self:
        """Start etcd and the API server among `servers`, on ports that are free there; the rest as for `start`."""
        users = users or {}
        folder = servers.folder
        tokens = {name: secrets.token_hex(16) for name in ("admin", *users)}
        groups = {"admin": ("system:masters",), **users}
        with (folder / "tokens.csv").open("w", newline="") as file:
            csv.writer(file).writerows((tokens[name], name, name, ",".join(groups[name])) for name in tokens)
        (folder / "service-account.key").write_text(flags.signing_key())
        (folder / "audit-policy.json").write_text(json.dumps(POLICY))
        servers.start("etcd", flags.etcd(folder, ports))
        plane = cls(
            f"https://{ports.host}:{ports.api}",
            folder,
            tokens["admin"],
            # the server makes it; its own CA stands in the same file
            str(folder / "tls" / "apiserver.crt"),
            servers=servers,
            ports=ports,
            command=flags.api_server(folder, ports, server, more),
            tokens=tokens,
            version="",
        )
        if ports.host == flags.HOST:
            # elsewhere etcd is on a loopback that is not ours, and the API server waits for it
            servers.wait("etcd", lambda: plane._etcd("maintenance/status"), READY)
        plane.start_api()
        plane.version = plane.client().get("/version")["gitVersion"]
        known = {"ports": astuple(ports), "command": plane.command, "tokens": tokens}
        (folder / "plane.json").write_text(json.dumps({**known, "version": plane.version}))
        return plane

    @classmethod
    def join(cls, folder: Path) -> Self:
        """Hold on to a control plane that another process has started: it ends with its last holder.

        Raises:
            OSError: it is gone.
        """
        servers = Servers.join(folder)
        known = json.loads((folder / "plane.json").read_text())
        ports = flags.Ports(*known["ports"])
        return cls(
            f"https://{ports.host}:{ports.api}",
            folder,
            known["tokens"]["admin"],
            str(folder / "tls" / "apiserver.crt"),
            servers=servers,
            ports=ports,
            command=known["command"],
            tokens=known["tokens"],
            version=known["version"],
        )

    def stop(self) -> None:
        """Let go; as the last holder, wait until every process has ended and the folder is gone."""
        self.servers.close()

    def __enter__(self) -> Self:
        """Return itself, running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.stop()

    @property
    def server_certificate(self) -> tuple[str, str]:
        """Files of the server's certificate, which is good for every port on loopback, and of its key."""
        return str(self.folder / "tls" / "apiserver.crt"), str(self.folder / "tls" / "apiserver.key")

    @property
    def audit(self) -> AuditLog:
        """Every request that the server gets."""
        return AuditLog(self.folder / "audit.jsonl", self.client().get)

    def restart(self, number: int = signal.SIGTERM) -> None:
        """Restart kube-apiserver on the same port with the same data, by SIGTERM or, as in a crash, SIGKILL."""
        self.stop_api(number)
        self.start_api()

    def stop_api(self, number: int = signal.SIGTERM) -> None:
        """End kube-apiserver; `start_api` starts it again."""
        # asked politely, it waits a minute for watches to end
        self.servers.stop("kube-apiserver", number, within=2)

    def start_api(self) -> None:
        """Start kube-apiserver, and wait until it is ready."""
        self.servers.start("kube-apiserver", self.command)
        client = self.client(agent="harness")

        def ready() -> bool:
            with contextlib.suppress(OSError, ApiError, http.client.HTTPException):
                return bool(client.get("/readyz") == "ok")
            return False

        self.servers.wait("kube-apiserver", ready, READY)
        for each in client.items("/apis/apiextensions.k8s.io/v1/customresourcedefinitions"):
            spec = each["spec"]
            path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
            self.servers.wait("kube-apiserver", functools.partial(_initialized, client, path), READY)

    def compact(self) -> int:
        """Forget the history of etcd up to now, and return its revision.

        The server may still serve older resourceVersions from its caches; `expire` makes all of them answer 410.
        """
        revision = int(self._etcd("maintenance/status")["header"]["revision"])
        # one more revision: a client whose last one is `revision` is behind as well
        self._etcd("kv/put", key="L2hhcm5lc3M=", value="")
        self._etcd("kv/compaction", revision=revision + 1, physical=True)
        return revision

    def expire(self) -> int:
        """Make every resourceVersion up to now answer 410, to lists and watches: stop the server, compact, start it."""
        self.stop_api()
        revision = self.compact()
        self.start_api()
        return revision

    def start_controllers(self, *controllers: str, flags_: Sequence[str] = ()) -> None:
        """Start kube-controller-manager with some controllers.

        It returns when they answer. The garbage collector looks for new kinds every 30 seconds: install CRDs first.
        """
        command = flags.controller_manager(self.folder, self.kubeconfig(), controllers, flags_)
        self.servers.start("kube-controller-manager", command)
        client = self.client(agent="harness")
        orphan = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "namespace": "default",
                "name": "orphan",
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": str(uuid.uuid4())}
                ],
            },
        }
        client.apply(orphan)
        answers = {
            "serviceaccount-controller": lambda: client.find(f"{DEFAULT}/serviceaccounts/default") is not None,
            "garbage-collector-controller": lambda: client.find(f"{DEFAULT}/configmaps/orphan") is None,
        }
        for controller, ready in answers.items():
            if {controller, "*"} & {*controllers}:
                self.servers.wait("kube-controller-manager", ready, READY)

    def _etcd(self, call: str, **body: object) -> Any:
        """Call etcd's JSON gateway; None while it does not answer."""
        connection = http.client.HTTPConnection(flags.HOST, self.ports.etcd, timeout=10)
        try:
            connection.request("POST", f"/v3/{call}", json.dumps(body))
            return json.load(connection.getresponse())
        except ConnectionError:
            return None
        finally:
            connection.close()


def _initialized(client: Client, path: str) -> bool:
    """Whether a custom kind is served: just after the start it is not, "storage is (re)initializing"."""
    try:
        client.get(path, limit=1)
    except ApiError as error:
        if error.code not in {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.TOO_MANY_REQUESTS}:
            raise
        return False
    return True
