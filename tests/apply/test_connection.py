"""How requests are sent: time limits, what is sent again, logging in anew, what goes over the wire."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.apply import transport as module
from django_operator.apply.client import Client
from django_operator.apply.connection import Connection
from django_operator.apply.credentials import NoCredentials, Token
from django_operator.apply.errors import ApiError, NotLeader, Unreachable
from tests.apply.authority import authority
from tests.apply.fake import Fake, body, connected, cut, hang, kubeconfig, serve, status, stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import web

    from tests.apply.fake import Reply

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}


async def get(client: Client) -> object:
    """Send what may be sent twice."""
    return await client.get("v1", "ConfigMap", "shop", "a")


async def apply(client: Client) -> object:
    """Send what may be sent twice."""
    return (await client.apply(CONFIG)).body


async def create(client: Client) -> object:
    """Send what may not."""
    return await client.create(CONFIG)


BUSY, DOWN, BROKEN = status(429, "TooManyRequests"), status(503, "ServiceUnavailable"), status(500, "InternalError")
FINE = body()


@pytest.mark.parametrize(
    ("send", "answers", "requests"),
    [
        (get, [DOWN, BROKEN, BUSY, FINE], 4),
        (get, [cut, cut, FINE], 3),
        (apply, [DOWN, status(502), status(504), FINE], 4),
        (apply, [cut, FINE], 2),
        (create, [BUSY, BUSY, FINE], 3),
    ],
)
def test_tries_again(
    tmp_path: Path,
    send: Callable[[Client], Awaitable[object]],
    answers: list[Callable[[web.BaseRequest], Awaitable[Reply]]],
    requests: int,
) -> None:
    """With pauses between, until it goes well."""

    async def scene() -> None:
        async with serve(*answers) as fake, connected(fake, tmp_path) as client:
            assert await send(client) == {"kind": "Thing"}
            # A GET on a kept connection that the server has closed is sent anew by aiohttp itself, with no pause.
            assert len(fake.seen) >= requests
            assert 0 < len(fake.pauses) < requests

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("send", "answer", "code", "requests"),
    [
        pytest.param(get, DOWN, 503, 4, id="get-down"),
        pytest.param(get, BUSY, 429, 4, id="get-busy"),
        pytest.param(get, status(403, "Forbidden"), 403, 1, id="get-forbidden"),
        pytest.param(get, status(400, "BadRequest"), 400, 1, id="get-bad"),
        pytest.param(get, status(409, "Conflict"), 409, 1, id="get-conflict"),
        pytest.param(apply, status(422, "Invalid"), 422, 1, id="apply-invalid"),
        pytest.param(
            apply,
            status(500, message="failed to create typed patch object (a): .x: field not declared in schema"),
            422,
            1,
            id="apply-untyped",
        ),
        pytest.param(create, DOWN, 503, 1, id="create-down"),
        pytest.param(create, BROKEN, 500, 1, id="create-broken"),
        pytest.param(create, cut, 0, 1, id="create-cut"),
        pytest.param(apply, cut, 0, 4, id="apply-cut"),
        pytest.param(get, body([1]), 502, 1, id="get-list"),
        pytest.param(get, stream(b'{"kind":'), 502, 1, id="get-half"),
    ],
)
def test_gives_up(
    tmp_path: Path,
    send: Callable[[Client], Awaitable[object]],
    answer: Callable[[web.BaseRequest], Awaitable[Reply]],
    code: int,
    requests: int,
) -> None:
    """At once where another try is useless or harmful, else after four."""

    async def scene() -> None:
        async with serve(answer) as fake, connected(fake, tmp_path) as client:
            with pytest.raises(ApiError) as raised:
                await send(client)
            assert raised.value.code == code
            assert len(fake.seen) == requests

    asyncio.run(scene())


def test_retry_after(tmp_path: Path) -> None:
    """A short one is waited for, a long one told to the caller."""

    def busy(seconds: str) -> Callable[[web.BaseRequest], Awaitable[Reply]]:
        async def answer(request: web.BaseRequest) -> Reply:
            reply = await BUSY(request)
            reply.headers["Retry-After"] = seconds
            return reply

        return answer

    async def scene() -> None:
        async with serve(busy("2"), busy("60"), FINE) as fake, connected(fake, tmp_path) as client:
            with pytest.raises(ApiError) as raised:
                await get(client)
            assert raised.value.retry_after == 60
            assert len(fake.pauses) == 1
            assert 2 <= fake.pauses[0] <= 2.5

    asyncio.run(scene())


def test_no_connection(tmp_path: Path) -> None:
    """Nothing was sent, so even a POST is tried again."""

    async def scene() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            fake = Fake([], url=f"http://127.0.0.1:{unused.getsockname()[1]}")
            async with connected(fake, tmp_path) as client:
                with pytest.raises(Unreachable) as raised:
                    await create(client)
        assert raised.value.sent is False
        assert len(fake.pauses) == 3
        assert fake.url in str(raised.value)

    asyncio.run(scene())


def test_a_server_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a hanging answer nor a hanging handshake is waited for without end; the two are told apart."""
    monkeypatch.setattr(module, "CONNECT", 0.1)

    async def scene() -> None:
        async with serve(hang) as fake, connected(fake, tmp_path) as client:
            with pytest.raises(Unreachable) as raised:
                await client.raw("POST", "/x", timeout=0.1)
            assert raised.value.sent is True
            assert len(fake.seen) == 1
        with socket.create_server(("127.0.0.1", 0)) as silent:
            fake = Fake([], url=f"https://127.0.0.1:{silent.getsockname()[1]}")
            async with connected(fake, tmp_path) as client:
                with pytest.raises(Unreachable) as raised:
                    await client.raw("POST", "/x")
            assert raised.value.sent is False
            assert len(fake.pauses) == 3

    asyncio.run(scene())


def test_a_slow_drip(tmp_path: Path) -> None:
    """The limit of a whole answer holds though bytes come."""

    async def scene() -> None:
        async with serve(stream(b'{"a":', then="stall")) as fake, connected(fake, tmp_path) as client:
            with pytest.raises(Unreachable):
                await client.raw("POST", "/x", timeout=0.05)
            assert len(fake.seen) == 1

    asyncio.run(scene())


def test_logs_in_anew_once_for_all(tmp_path: Path) -> None:
    """A 401 reads the credentials again; requests refused together share it, and nobody's connection is closed."""
    token = tmp_path / "token"
    token.write_text("old")
    refused = asyncio.Event()

    async def answer(request: web.BaseRequest) -> Reply:
        if request.path.endswith("/slow"):
            await refused.wait()
            return await FINE(request)
        if request.headers["Authorization"] == "Bearer old":
            token.write_text("new")
            refused.set()
            return await status(401, "Unauthorized")(request)
        return await FINE(request)

    async def scene() -> None:
        async with serve(answer) as fake, connected(fake, tmp_path, user={"tokenFile": str(token)}) as client:
            slow = asyncio.create_task(client.raw("GET", "/slow"))
            await asyncio.gather(*(get(client) for _ in range(5)))
            assert await slow == {"kind": "Thing"}
            assert client.credentials.token == "new"  # noqa: S105 - a test's
            assert len([each for each in fake.seen if each.headers["Authorization"] == "Bearer old"]) <= 6
            assert fake.pauses == []

    asyncio.run(scene())


def test_new_credentials_harm_nobody(tmp_path: Path) -> None:
    """Requests under way end on the connections they began with; those close then, and later ones go the new way."""
    go_on = asyncio.Event()

    async def slow(request: web.BaseRequest) -> Reply:
        if request.path == "/slow":
            await go_on.wait()
            return await FINE(request)
        return await status(401, "Unauthorized")(request)

    async def scene() -> None:
        async with serve(slow) as old, serve(FINE) as new, connected(old, tmp_path) as client:
            under_way = asyncio.create_task(client.raw("GET", "/slow"))
            while not old.seen:  # noqa: ASYNC110 - until the server has it
                await asyncio.sleep(0)
            pool = client._connection._pool
            assert pool is not None
            kubeconfig(tmp_path, new.url, {"token": "secret"})
            assert await get(client) == {"kind": "Thing"}
            assert len(new.seen) == 1
            assert client.server == new.url
            assert (pool.retired, pool.users) == (True, 1)
            go_on.set()
            assert await under_way == {"kind": "Thing"}
            assert pool.users == 0
            assert pool.session.closed

    asyncio.run(scene())


def test_cancelled(tmp_path: Path) -> None:
    """Nothing is left behind of a request that nobody waits for any more."""

    async def scene() -> None:
        for answer in (hang, stream(b"{", then="stall")):
            async with serve(answer) as fake, connected(fake, tmp_path) as client:
                task = asyncio.create_task(client.raw("GET", "/x"))
                while not fake.seen:  # noqa: ASYNC110 - until the server has it
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert client._connection._pool is not None
                assert client._connection._pool.users == 0

    asyncio.run(scene())


def test_closed(tmp_path: Path) -> None:
    """A client that was closed says so."""

    async def scene() -> None:
        async with serve(FINE) as fake, connected(fake, tmp_path) as client:
            await get(client)
            await client.close()
            with pytest.raises(RuntimeError, match="closed"):
                await get(client)

    asyncio.run(scene())


def test_refused_for_good(tmp_path: Path) -> None:
    """A 401 that stays is told after one more try."""

    async def scene() -> None:
        async with serve(status(401, "Unauthorized")) as fake, connected(fake, tmp_path) as client:
            with pytest.raises(ApiError) as raised:
                await get(client)
            assert (raised.value.code, len(fake.seen)) == (401, 2)
            (tmp_path / "kubeconfig").write_text("{")
            with pytest.raises(ApiError) as raised:
                await get(client)
            assert (raised.value.code, len(fake.seen)) == (401, 3)
            assert isinstance(raised.value.__cause__, NoCredentials)

    asyncio.run(scene())


def test_a_token_file_is_followed(tmp_path: Path) -> None:
    """A pod's token is replaced before it runs out: the file is looked at each minute, and may be gone for a moment."""
    now = 0.0
    file = tmp_path / "token"
    file.write_text("new\n")
    token = Token(str(file), "old", lambda: now)
    now = 59.9
    assert token.current() == "old"
    now = 60.0
    assert token.current() == "new"
    file.unlink()
    now = 200.0
    assert token.current() == "new"


def test_in_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Address from the environment; token, authority and namespace from the ServiceAccount's folder."""
    for name, text in (("token", "abc\n"), ("namespace", "operators\n"), ("ca.crt", authority().decode())):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")

    async def found(namespace: str | None = None) -> Client:
        async with await Client.connect(user_agent="x", serviceaccount=str(tmp_path), namespace=namespace) as client:
            return client

    client = asyncio.run(found())
    assert (client.server, client.namespace) == ("https://[fd00::1]:443", "operators")
    assert client.credentials.token == "abc"  # noqa: S105 - a test's
    assert isinstance(client.credentials.verify, ssl.SSLContext)
    assert asyncio.run(found(namespace="mine")).namespace == "mine"
    (tmp_path / "namespace").unlink()
    monkeypatch.setenv("POD_NAMESPACE", "by-variable")
    assert asyncio.run(found()).namespace == "by-variable"


def test_keys_do_not_stay_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inline data is written to files by kr8s: they are gone when the client is there, or when that failed."""
    import base64  # noqa: PLC0415 - only here

    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    own = scratch / "own.pem"
    own.write_bytes(authority())
    data = base64.b64encode(authority()).decode()

    async def connect(user: dict[str, Any], **cluster: Any) -> None:
        path = kubeconfig(tmp_path, "https://127.0.0.1:1", user, **cluster)
        async with await Client.connect(kubeconfig=str(path), user_agent="x") as client:
            assert client.namespace == "shop"

    asyncio.run(connect({"token": "t"}, **{"certificate-authority-data": data}))
    assert list(scratch.iterdir()) == [own]
    with pytest.raises(NoCredentials):
        asyncio.run(connect({"client-certificate-data": data, "client-key-data": data}))
    assert list(scratch.iterdir()) == [own]
    asyncio.run(connect({"token": "t"}, **{"certificate-authority": str(own)}))
    assert list(scratch.iterdir()) == [own]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no way to log in"),
        ("{", "no way to log in"),
        ('{"contexts": []}', "no way to log in"),
        (json.dumps({"current-context": "x", "contexts": [], "clusters": [], "users": []}), "x"),
    ],
)
def test_nothing_to_log_in_with(tmp_path: Path, text: str | None, message: str) -> None:
    """One error for a person, whatever was wrong."""
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text)
    with pytest.raises(NoCredentials, match=message):
        asyncio.run(Client.connect(kubeconfig=str(path), user_agent="x", serviceaccount=str(tmp_path / "none")))


def test_what_goes_over_the_wire(tmp_path: Path) -> None:
    """Manager, strictness, user and agent; integers of 64 bits both ways; text that is no ASCII."""
    sent = {**CONFIG, "data": {"a": "ä\u2028\U0001f4a1"}, "n": [2**63 - 1, -(2**63), 1.0]}
    user = {"token": "secret", "as": "alice", "as-groups": ["one", "two"]}

    async def scene() -> None:
        async with serve(body(sent, 201, Warning='299 - "say \\"no\\"", 299 - "twice"')) as fake:
            async with connected(fake, tmp_path, user=user) as client:
                applied = await client.apply(sent, dry_run=True, subresource="status")
                assert (applied.body, applied.created) == (sent, True)
                assert applied.warnings == ('say "no"', "twice")
                assert [type(each) for each in applied.body["n"]] == [int, int, float]
                with pytest.raises(ValueError, match="third"):
                    await client.apply(sent, as_user="bob")
            async with connected(fake, tmp_path) as client:
                await client.apply(sent, force=False, manager="m", as_user="system:serviceaccount:a:b")
        first, second = fake.seen
        assert (first.method, first.path) == ("PATCH", "/api/v1/namespaces/shop/configmaps/a/status")
        assert first.query == {
            "fieldManager": "django-operator", "fieldValidation": "Strict", "force": "true", "dryRun": "All",
        }  # fmt: skip
        assert json.loads(first.body) == sent
        assert "\U0001f4a1".encode() in first.body  # the server's YAML reader refuses surrogates written as \\u
        assert first.headers["Content-Type"] == "application/apply-patch+yaml"
        assert first.headers["User-Agent"] == "django-operator/test"
        assert first.headers["Impersonate-User"] == "alice"
        assert first.headers.getall("Impersonate-Group") == ["one", "two"]
        assert first.headers["Authorization"] == "Bearer secret"
        assert (second.query["force"], second.query["fieldManager"]) == ("false", "m")
        assert second.headers["Impersonate-User"] == "system:serviceaccount:a:b"

    asyncio.run(scene())


def test_writes_are_held_back(tmp_path: Path) -> None:
    """Asked before each attempt, also the second; what changes nothing is not held back."""
    leader = [True, False]

    async def scene() -> None:
        async with serve(DOWN, FINE) as fake, connected(fake, tmp_path, may_write=lambda: leader.pop(0)) as client:
            with pytest.raises(NotLeader):
                await client.apply(CONFIG)
            assert len(fake.seen) == 1
            leader.extend([False] * 3)
            for write in (
                client.create(CONFIG),
                client.patch("v1", "ConfigMap", "shop", "a", []),
                client.delete("v1", "ConfigMap", "shop", "a", uid="1"),
            ):
                with pytest.raises(NotLeader):
                    await write
            await client.apply(CONFIG, dry_run=True)
            await get(client)
            await client.create(
                {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}}
            )
            assert [each.method for each in fake.seen] == ["PATCH", "PATCH", "GET", "POST"]

    asyncio.run(scene())


EVENT = b'{"type":"%s","object":{"metadata":{"name":"a","resourceVersion":"%d"},"text":"%s"}}'
ADDED, MARK = EVENT % (b"ADDED", 1, "\u2028\u0085".encode()), EVENT % (b"BOOKMARK", 9, b"")


@pytest.mark.parametrize(
    ("answer", "types", "error"),
    [
        pytest.param(stream(ADDED + b"\n" + MARK + b"\n"), ["ADDED", "BOOKMARK"], None, id="whole"),
        pytest.param(
            stream(ADDED[:30], ADDED[30:] + b"\n" + MARK[:5], MARK[5:] + b"\n"),
            ["ADDED", "BOOKMARK"],
            None,
            id="pieces",
        ),
        pytest.param(stream(ADDED + b"\n", MARK), ["ADDED", "BOOKMARK"], None, id="no-end-of-line"),
        pytest.param(stream(ADDED + b"\n", MARK[:20]), ["ADDED"], 0, id="half"),
        pytest.param(stream(ADDED + b"\n", MARK[:20], then="cut"), ["ADDED"], 0, id="cut"),
        pytest.param(stream(ADDED + b"\n", then="stall"), ["ADDED"], 0, id="stall"),
        pytest.param(
            stream(b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'),
            [],
            410,
            id="expired-inside",
        ),
        pytest.param(stream(b'{"type":"ERROR","object":{"kind":"Status","code":500}}\n'), [], 500, id="broken-inside"),
        pytest.param(status(410, "Expired"), [], 410, id="expired"),
        pytest.param(status(403, "Forbidden"), [], 403, id="forbidden"),
        pytest.param(stream(), [], None, id="empty"),
    ],
)
def test_watching(
    tmp_path: Path, answer: Callable[[web.BaseRequest], Awaitable[Reply]], types: list[str], error: int | None
) -> None:
    """Events as they come, whatever way they are cut into pieces; how it ends is told."""

    async def scene() -> tuple[list[str], int | None]:
        found: list[str] = []
        async with serve(answer) as fake, connected(fake, tmp_path) as client:
            try:
                async for each in client.watch("v1", "ConfigMap", "shop", since="5", labels="a=b", stall=0.2):
                    assert (each.body["apiVersion"], each.body["kind"]) == ("v1", "ConfigMap")
                    found.append(each.type)
            except ApiError as raised:
                return found, raised.code
            finally:
                (seen,) = fake.seen
                assert seen.query.items() >= {
                    ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", "5"),
                    ("labelSelector", "a=b"),
                }  # fmt: skip
                assert 300 <= int(seen.query["timeoutSeconds"]) <= 600
        return found, None

    assert asyncio.run(scene()) == (types, error)


def test_logs(tmp_path: Path) -> None:
    """Line by line, also those that are no UTF-8."""

    async def scene() -> None:
        async with serve(stream(b"one\ntw", b"o\n\xff\n")) as fake, connected(fake, tmp_path) as client:
            lines = [line async for line in client.log("shop", "pod", "django", tail=20)]
            assert lines == ["one", "two", "\ufffd"]
            assert fake.seen[0].path == "/api/v1/namespaces/shop/pods/pod/log"
            assert fake.seen[0].query == {
                "container": "django", "tailLines": "20", "previous": "false", "follow": "false",
            }  # fmt: skip

    asyncio.run(scene())


def test_pages(tmp_path: Path) -> None:
    """One after the other; where their state is gone in the middle, all at once and from the start."""

    def page(name: str, token: str = "") -> Callable[[web.BaseRequest], Awaitable[Reply]]:
        return body({"metadata": {"resourceVersion": "7", "continue": token}, "items": [{"metadata": {"name": name}}]})

    async def scene() -> None:
        answers = (page("a", "next"), status(410, "Expired"), page("b", "more"), page("c"))
        async with serve(*answers) as fake, connected(fake, tmp_path) as client:
            listed = await client.list("v1", "Secret", labels="x=y", limit=1, metadata_only=True)
            assert [each["metadata"]["name"] for each in listed.items] == ["b", "c"]
            assert {each["kind"] for each in listed.items} == {"Secret"}
            assert listed.resource_version == "7"
            assert [each.query for each in fake.seen] == [
                {"labelSelector": "x=y", "limit": "1"},
                {"labelSelector": "x=y", "limit": "1", "continue": "next"},
                {"labelSelector": "x=y"},
                {"labelSelector": "x=y", "continue": "more"},
            ]
            assert "PartialObjectMetadataList" in fake.seen[0].headers["Accept"]

    asyncio.run(scene())


def test_kr8s_own_requests_go_the_same_way(tmp_path: Path) -> None:
    """By `call_api`: its errors are ours, a 403 is sent once, and no version of Kubernetes is warned of."""

    async def scene() -> None:
        async with serve(body({"gitVersion": "v1.99"}), status(403, "Forbidden")) as fake:
            connection = Connection(kubeconfig=str(kubeconfig(tmp_path, fake.url, {})), user_agent="x")
            await connection.connect()
            assert await connection.version() == {"gitVersion": "v1.99"}
            with pytest.raises(ApiError):
                await connection.version()
            async with connection.call_api("GET", base="/version", version="", raise_for_status=False) as response:
                assert response.status_code == 403
            await connection.close()
            assert len(fake.seen) == 3

    asyncio.run(scene())


def test_requests_are_counted(tmp_path: Path) -> None:
    """Each attempt, with its code; 0 where none came."""
    counted: list[tuple[str, int]] = []

    class Count:
        def request(self, verb: str, code: int, seconds: float) -> None:
            assert 0 <= seconds < 5
            counted.append((verb, code))

    async def scene() -> None:
        async with serve(DOWN, cut, FINE) as fake:
            connection = Connection(
                kubeconfig=str(kubeconfig(tmp_path, fake.url, {})), user_agent="x", requests=Count(), sleep=fake.pause
            )
            await connection.connect()
            async with Client(connection, lambda: True) as client:
                await client.apply(CONFIG)

    asyncio.run(scene())
    assert counted == [("apply", 503), ("apply", 0), ("apply", 200)]
