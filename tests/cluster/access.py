"""A cluster as tests see it: a client for any user, kubeconfig files, namespaces. Knows nothing of how it runs."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.cluster import kubeconfig
from tests.cluster.client import Client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass
class Cluster:
    """A cluster whose administrator we are. Files are written to `folder`, which whoever made it removes."""

    url: str
    folder: Path
    token: str = ""
    ca: str | None = None
    certificate: str | None = None
    """File of the administrator's client certificate and key, where it is not a token."""

    @property
    def server_certificate(self) -> tuple[str, str] | None:
        """Files of the server's certificate and key, where they are at hand."""
        return None

    @classmethod
    def of(cls, path: str, folder: Path) -> Cluster:
        """Return the cluster of the current context of a kubeconfig: token, or client certificate as kind writes it.

        Raises:
            RuntimeError: kubectl cannot read it, or the user signs on in another way.
        """
        command = ["kubectl", "config", "view", "--kubeconfig", path, "--raw", "--minify", "--flatten", "-o", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        config = json.loads(done.stdout)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        if not {"token", "client-certificate-data"} & user.keys():
            message = f"{path}: the tests sign on by `token` or `client-certificate`, and its user has {[*user]}"
            raise RuntimeError(message)

        def save(name: str, *parts: str) -> str | None:
            if not all(parts):
                return None
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(b"".join(map(base64.b64decode, parts)))
            return str(folder / name)

        return cls(
            cluster["server"],
            folder,
            user.get("token", ""),
            save("ca.crt", cluster.get("certificate-authority-data", "")),
            save("admin.pem", user.get("client-certificate-data", ""), user.get("client-key-data", "")),
        )

    def client(self, token: str = "", agent: str = "tests", url: str = "") -> Client:
        """Return a client for a token, the administrator's by default; `url` may be a proxy's."""
        return Client(url or self.url, token or self.token, self.ca, None if token else self.certificate, agent)

    def kubeconfig(
        self,
        token: str = "",
        *,
        url: str = "",
        namespace: str = "default",
        impersonate: str = "",
        groups: Sequence[str] = (),
    ) -> Path:
        """Write a kubeconfig for a token, the administrator's by default, who may act as somebody else."""
        return kubeconfig.write(
            self.folder / f"{secrets.token_hex(6)}.kubeconfig",
            url or self.url,
            token=token or self.token,
            certificate=None if token else self.certificate,
            ca=self.ca,
            namespace=namespace,
            impersonate=impersonate,
            groups=groups,
        )

    def service_account(self, namespace: str, name: str, seconds: int = 3600) -> str:
        """Return a token for a ServiceAccount (TokenRequest), made where it is absent."""
        client = self.client()
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": namespace, "name": name}}
        if client.find(client.path_of(account)) is None:
            client.apply(account)
        request = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        }
        answer: dict[str, Any] = client.send("POST", client.path_of(account, "token"), request).body
        token: str = answer["status"]["token"]
        return token

    def namespace(self, prefix: str = "test", **labels: str) -> str:
        """Make a namespace of a new name, with the ServiceAccount `default` that pods need, and return its name."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        client = self.client()
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": name, "name": "default"}}
        client.apply(account)
        return name
