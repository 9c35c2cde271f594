"""A node that answers for logs, so that `pods/log` works without containers. Knows no operator.

The API server asks a node's kubelet for a log over HTTPS; it does not check its certificate unless told to.
"""

from __future__ import annotations

import http.server
import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from typing import Self

    from tests.cluster.client import Client
    from tests.cluster.plane import ControlPlane


@dataclass
class Kubelet:
    """A context manager: inside of it, `say` is what containers write, and `node` is where their pods must be.

    A log that is followed ends when `end` is called for its container.
    """

    plane: ControlPlane
    node: str = field(default_factory=lambda: f"node-{secrets.token_hex(4)}")
    _lines: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    _ended: set[tuple[str, str, str]] = field(default_factory=set)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def say(self, namespace: str, pod: str, container: str, *lines: str) -> None:
        """Let a container write lines."""
        with self._news:
            self._lines.setdefault((namespace, pod, container), []).extend(lines)
            self._news.notify_all()

    def end(self, namespace: str, pod: str, container: str) -> None:
        """Let a container end: nobody waits for more of its lines."""
        with self._news:
            self._ended.add((namespace, pod, container))
            self._news.notify_all()

    def __enter__(self) -> Self:
        """Serve, and be a node of the cluster."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.plane.server_certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        client = self.plane.client()
        body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.node}}
        client.apply(body)
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._server.server_port}},
        }
        client.patch(f"/api/v1/nodes/{self.node}/status", {"status": status})
        return self

    def __exit__(self, *_: object) -> None:
        """End, and be no node any more."""
        self._client_delete(self.plane.client())
        with self._news:
            self._ended.update(self._lines)
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def _client_delete(self, client: Client) -> None:
        client.delete(f"/api/v1/nodes/{self.node}")

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        kubelet = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers /containerLogs/NAMESPACE/POD/CONTAINER."""

            def do_GET(self) -> None:
                """Answer."""
                url = urlsplit(self.path)
                _, _, *key = url.path.split("/")
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                kubelet.answer(self, (key[0], key[1], key[2]), query)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def answer(
        self, handler: http.server.BaseHTTPRequestHandler, key: tuple[str, str, str], query: dict[str, str]
    ) -> None:
        """Write the log of a container, as the kubelet does: whole, its tail, or on and on."""
        handler.send_response(200)
        handler.end_headers()
        head = "previous: " if query.get("previous") == "true" else ""
        sent, follow = 0, query.get("follow") == "true"
        if "tailLines" in query:
            sent = max(len(self._lines.get(key, ())) - int(query["tailLines"]), 0)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with self._news:
                lines = self._lines.get(key, [])[sent:]
                over = not follow or key in self._ended
                if not lines and not over:
                    self._news.wait(1)
                    continue
            handler.wfile.write("".join(f"{head}{line}\n" for line in lines).encode())
            handler.wfile.flush()
            sent += len(lines)
            if over:
                return
