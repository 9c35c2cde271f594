"""Log lines: what stands in each, and what in none."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import re
import warnings
from typing import TYPE_CHECKING

import pytest

from django_operator.apply.masking import masked
from django_operator.operator import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("django_operator.tests")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where lines go, and logging as it was afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs._QUIET}
    yield io.StringIO()
    logging.captureWarnings(capture=False)
    root.handlers[:], level, levels = before
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


def fail(error: Exception) -> None:
    """Raise."""
    raise error


@contextlib.contextmanager
def told(message: str) -> Iterator[None]:
    """Log an exception with a message, and go on."""
    try:
        yield
    except Exception:
        log.exception("%s", message)


def test_json(stream: io.StringIO) -> None:
    """One object a line, with the resource and the reconcile that it is about."""
    logs.configure("json", "info", stream)
    log.info("before")
    with logs.about("ns/shop") as number:
        log.warning("two\nlines of %s", "ü")
    log.debug("not told")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert first == {"level": "info", "logger": "django_operator.tests", "message": "before"}
    assert (second["level"], second["message"]) == ("warning", "two\nlines of ü")
    assert (second["resource"], second["reconcile"]) == ("ns/shop", number)


def test_text(stream: io.StringIO) -> None:
    """The same for people; a line stays one."""
    logs.configure("text", "debug", stream)
    with logs.about("ns/shop") as number:
        log.debug("two\nlines")
    assert re.fullmatch(rf"\S+Z DEBUG   \[ns/shop {number}\] two\\nlines\n", stream.getvalue())


@pytest.mark.parametrize("form", logs.FORMATS)
def test_traceback(stream: io.StringIO, form: str) -> None:
    """An exception comes with where it was raised."""
    logs.configure(form, "info", stream)
    with told("failed"):
        fail(KeyError("nothing"))
    assert "test_logs.py" in stream.getvalue()
    if form == "json":
        assert json.loads(stream.getvalue())["error"] == "KeyError"


def test_each_task_has_its_own(stream: io.StringIO) -> None:
    """Reconciles side by side don't mix."""
    logs.configure("json", "info", stream)

    async def one(name: str) -> str:
        with logs.about(name) as number:
            await asyncio.sleep(0)
            log.info(number)
            return number

    async def both() -> None:
        assert len(set(await asyncio.gather(one("a"), one("b")))) == 2

    asyncio.run(both())
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert sorted(line["resource"] for line in lines) == ["a", "b"]
    assert all(line["reconcile"] == line["message"] for line in lines)


def test_noise(stream: io.StringIO) -> None:
    """Of libraries only warnings are told, with the resource that kopf names; Python's warnings too."""
    logs.configure("json", "debug", stream)
    for name in ("kopf.activities", "aiohttp.access", "httpx"):
        logging.getLogger(name).info("chatter")
    logging.getLogger("kopf.objects").warning("odd", extra={"k8s_ref": {"namespace": "ns", "name": "shop"}})
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    one, two = map(json.loads, stream.getvalue().splitlines())
    assert (one["logger"], one["message"], one["resource"]) == ("kopf.objects", "odd", "ns/shop")
    assert "DeprecationWarning: old" in two["message"]


TOKEN = "eyJhbGciOiJSUzI1NiIs.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"  # noqa: S105 - made up


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("GET https://host/path?x=1", "GET https://host/path?x=1"),
        ("redis://:hunter2@redis:6379/0 is away", "redis://:***@redis:6379/0 is away"),
        ("postgres://shop:p%40ss@db/shop", "postgres://shop:***@db/shop"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer ***"),
        (f"token {TOKEN}!", "token ***!"),
        ("a bearer of news", "a bearer of news"),
        ("at 12:30 a@b", "at 12:30 a@b"),
    ],
)
def test_masked(stream: io.StringIO, text: str, want: str) -> None:
    """What looks like a credential is masked, in messages and in tracebacks; all else stays."""
    assert masked(text) == want
    logs.configure("json", "info", stream)
    with told(text):
        fail(ValueError(text))
    line = json.loads(stream.getvalue())
    assert line["message"] == want
    assert line["traceback"].endswith(f"ValueError: {want}")


def test_default_format() -> None:
    """A terminal gets text, all else json."""
    assert logs.default_format(io.StringIO()) == "json"
