"""What a connection proves itself with: read through kr8s from a kubeconfig or a ServiceAccount, kept in memory.

Knows nothing of requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from kr8s._auth import KubeAuth

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_LIFE = 60.0
"""Seconds for which a token from a file is used before the file is looked at again; client-go has the same minute."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """One state of the credentials; compares equal while connections made with it may go on."""

    server: str
    token_file: str
    """Where the token is read from again and again; empty where it is fixed."""
    tls: str
    """A hash of certificates and key, to see whether they changed."""
    tls_server_name: str | None
    proxy: str | None
    impersonate: tuple[tuple[str, str], ...]
    """Headers of a kubeconfig's `as` and `as-groups`; kr8s passes over them, and takes more rights than asked for."""
    verify: ssl.SSLContext | bool = field(compare=False)
    token: str | None = field(compare=False, repr=False)
    namespace: str = field(compare=False)


class NoCredentials(Exception):  # noqa: N818 - says what is missing
    """There is nothing to log in with, or it makes no sense. The message is for a person."""


async def load(auth: KubeAuth, serviceaccount: str) -> Credentials:
    """Return what kr8s finds now. Raises NoCredentials.

    kr8s writes inline certificates and keys to files and leaves them; here they are gone when this returns.
    """
    auth.client_cert_file = auth.client_key_file = auth.server_ca_file = None
    try:
        await auth.reauthenticate()
        verify = await auth.ssl_context()  # type: ignore[no-untyped-call] # kr8s says no type
        tls = await asyncio.to_thread(_digest, auth)
        return await asyncio.to_thread(_credentials, auth, serviceaccount, verify, tls)
    except Exception as error:  # kr8s lets through whatever YAML, exec plugins, files and OpenSSL raise
        what = str(error) if isinstance(error, (ValueError, OSError)) else f"{type(error).__name__}: {error}"
        raise NoCredentials(f"no way to log in to a cluster: {what}") from error
    finally:
        await asyncio.to_thread(_remove, _written(auth))


def _credentials(
    auth: KubeAuth,
    serviceaccount: str,
    verify: ssl.SSLContext | bool,
    tls: str,
) -> Credentials:
    user = auth._user  # noqa: SLF001 - kr8s has no other door to what it chose
    token_file, token, namespace = str(user.get("tokenFile") or ""), auth.token, auth.namespace
    if auth.server_ca_file == f"{serviceaccount}/ca.crt":
        token_file = f"{serviceaccount}/token"
        # kr8s says "default" for any pod (mended by kr8s#741, not released).
        namespace = auth._namespace or _own_namespace(serviceaccount)  # noqa: SLF001 - as above
    return Credentials(
        server=auth.server.rstrip("/"),
        token_file=token_file,
        tls=tls,
        tls_server_name=auth.tls_server_name,
        proxy=auth.proxy,
        impersonate=_impersonate(user),
        verify=verify,
        token=_text(token_file) if token_file else token,
        namespace=namespace,
    )


class Token:
    """A bearer token that follows its file: a pod's token is replaced before it runs out, by default each hour."""

    def __init__(self, file: str, value: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what was just read, and a clock in seconds; without a file the token stays."""
        self._file = file
        self._value = value
        self._clock = clock
        self._read_at = clock()

    def current(self) -> str | None:
        """Return the token, from the file where it was not looked at for a minute. The old one if the file is gone."""
        if self._file and self._clock() - self._read_at >= TOKEN_LIFE:
            with contextlib.suppress(OSError):
                self._value = _text(self._file)
            self._read_at = self._clock()
        return self._value


def _written(auth: KubeAuth) -> list[str]:
    """Return the files that kr8s has just made of inline data (`_auth.py`, NamedTemporaryFile with delete=False)."""
    user, cluster = auth._user, auth._cluster  # noqa: SLF001 - as above
    made = (
        ("client-key-data" in user, auth.client_key_file),
        ("client-certificate-data" in user, auth.client_cert_file),
        ("certificate-authority-data" in cluster, auth.server_ca_file),
    )
    # Where they begin as temporary files do, lest a user's own file goes: it may be named beside inline data.
    start = f"{tempfile.gettempdir()}{os.sep}{tempfile.gettempprefix()}"
    return [str(path) for is_made, path in made if is_made and path and str(path).startswith(start)]


def _digest(auth: KubeAuth) -> str:
    found = hashlib.sha256()
    for path in (auth.client_cert_file, auth.client_key_file, auth.server_ca_file):
        content = b""
        if path:
            with open(path, "rb") as file:  # noqa: PTH123 - a path of kr8s, of whatever type
                content = file.read()
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()


def _remove(paths: list[str]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - as above


def _impersonate(user: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    groups = user.get("as-groups")
    return (
        *((("Impersonate-User", str(user["as"])),) if user.get("as") else ()),
        *(("Impersonate-Group", str(group)) for group in (groups if isinstance(groups, list) else ())),
    )


def _own_namespace(serviceaccount: str) -> str:
    """Return a pod's namespace. The file is the kubelet's; the variable stands in where a token alone is mounted."""
    with contextlib.suppress(OSError):
        return _text(f"{serviceaccount}/namespace")
    return os.environ.get("POD_NAMESPACE", "default")


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - read with each request that finds it old
        return file.read().strip()
