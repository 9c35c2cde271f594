"""What a step sees of a pooler such as PgBouncer: a server that calls itself by another process than the one it is."""

from __future__ import annotations

import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY_DATA = b"K"
"""BackendKeyData. https://www.postgresql.org/docs/current/protocol-message-formats.html"""
READY = b"Z"


@contextmanager
def pooler(port: int, *, at: int = 0) -> Iterator[int]:
    """Pass connections without TLS on to a server's port, and give the port where that is done.

    Ends when all of them have.
    """
    with socket.create_server(("127.0.0.1", at)) as listening:
        accepting = threading.Thread(target=_accept, args=(listening, port))
        accepting.start()
        yield listening.getsockname()[1]
        # Wakes the thread that accepts, which closing alone does not.
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(listening: socket.socket, port: int) -> None:
    with ThreadPoolExecutor() as threads:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threads.submit(_serve, client, port)


def _serve(client: socket.socket, port: int) -> None:
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        asking = threading.Thread(target=_copy, args=(client, server))
        asking.start()
        _answer(server, client)
        asking.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until it ends, and the end; one that was killed ends without a word."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _answer(server: socket.socket, client: socket.socket) -> None:
    """Pass on message by message until the server is ready, with the process that it names changed."""
    with server.makefile("rb", buffering=0) as stream:
        kind = b""
        while kind != READY and (kind := stream.read(1) or b""):
            size = _exactly(stream, 4)
            rest = _exactly(stream, struct.unpack("!I", size)[0] - 4)
            if kind == KEY_DATA:
                (process,) = struct.unpack("!I", rest[:4])
                rest = struct.pack("!I", process + 1_000_000) + rest[4:]
            client.sendall(kind + size + rest)
    _copy(server, client)


def _exactly(stream: socket.SocketIO, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += stream.read(size - len(found)) or b""
    return found
