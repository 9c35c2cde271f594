"""Log lines, as JSON or for people: each with the resource and the reconcile that it is about, where there are.

What looks like a credential is masked, whoever logs it. Knows nothing of what is logged.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from django_operator.apply.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("json", "text")
LEVELS = ("debug", "info", "warning", "error")

_QUIET = ("aiohttp", "asyncio", "httpcore", "httpx", "kopf", "kr8s")
"""Libraries whose news are not ours: only their warnings are told."""
_resource: ContextVar[str] = ContextVar("resource", default="")
_reconcile: ContextVar[str] = ContextVar("reconcile", default="")


@contextlib.contextmanager
def about(resource: str) -> Iterator[str]:
    """Mark all lines of this task as being about a reconcile of `namespace/name`; give its new id."""
    number = secrets.token_hex(4)
    tokens = _resource.set(resource), _reconcile.set(number)
    try:
        yield number
    finally:
        _resource.reset(tokens[0])
        _reconcile.reset(tokens[1])


def configure(form: str, level: str, stream: TextIO | None = None) -> None:
    """Send all log lines to `stream` (stderr), in one form. For the process: called once, by who owns it."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(capture=True)


def default_format(stream: TextIO) -> str:
    """Return the form for a stream: people read terminals."""
    return "text" if stream.isatty() else "json"


class _Formatter(logging.Formatter):
    def fields(self, record: logging.LogRecord) -> dict[str, str]:
        """Return what a line says, in order."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
            "resource": _resource.get() or _of_kopf(record),
            "reconcile": _reconcile.get(),
        }
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            fields["traceback"] = masked(self.formatException(record.exc_info))
        return {name: value for name, value in fields.items() if value}


class _Json(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        import msgspec  # noqa: PLC0415 - not on the way to the help of the command

        return msgspec.json.encode(self.fields(record)).decode(errors="replace")


class _Text(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and those of a traceback."""
        fields = self.fields(record)
        where = " ".join(fields[name] for name in ("resource", "reconcile") if name in fields)
        message = fields["message"].replace("\n", "\\n")
        line = f"{fields['time']} {fields['level'].upper():<7} {f'[{where}] ' if where else ''}{message}"
        return f"{line}\n{fields['traceback']}" if "traceback" in fields else line


def _of_kopf(record: logging.LogRecord) -> str:
    """Return the resource that kopf says a line is about."""
    reference = getattr(record, "k8s_ref", None)
    return f"{reference.get('namespace')}/{reference.get('name')}" if isinstance(reference, dict) else ""
