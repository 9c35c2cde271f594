"""Kubeconfig files for users of a test server. JSON is YAML."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def write(  # noqa: PLR0913 - what a kubeconfig says
    path: Path,
    url: str,
    *,
    token: str = "",
    certificate: str | None = None,
    ca: str | None = None,
    namespace: str = "default",
    impersonate: str = "",
    groups: Sequence[str] = (),
) -> Path:
    """Write a kubeconfig with one context; everything stands in the file itself, mode 0600.

    Args:
        path: The file.
        url: Of the API server, or of a proxy before it.
        token: A bearer token.
        certificate: File of a client certificate and its key, instead.
        ca: File of the certificates that the server's is checked against; none for plain HTTP.
        namespace: Of the context.
        impersonate: User name to act as.
        groups: Groups to act as a member of.
    """
    cluster: dict[str, Any] = {"server": url}
    if ca and url.startswith("https:"):
        cluster["certificate-authority-data"] = base64.b64encode(Path(ca).read_bytes()).decode()
    user: dict[str, Any] = {"token": token}
    if certificate:
        both = base64.b64encode(Path(certificate).read_bytes()).decode()
        user = {"client-certificate-data": both, "client-key-data": both}
    if impersonate:
        user |= {"as": impersonate, "as-groups": list(groups)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
        "current-context": "test",
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(config, file)
    return path
