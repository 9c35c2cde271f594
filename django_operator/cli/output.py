"""Objects as text, and files written whole or not at all. Knows nothing of commands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_operator.engine.paths import Body


def text(objects: Sequence[Body], form: str) -> str:
    """Return objects as a YAML stream, or as one JSON List."""
    if form == "json":
        import json  # noqa: PLC0415 - rarely asked for

        whole = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    from django_operator.engine.emit import dump  # noqa: PLC0415 - help needs none of it

    return dump(objects)


def write_file(path: str, content: str) -> None:
    """Write a file: into a sibling first, then renamed, so that nobody ever reads half of it."""
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - pathlib costs 4 ms of start-up
        with open(path, "w", encoding="utf-8", newline="\n") as device:  # noqa: PTH123 - /dev/stdout, a named pipe
            device.write(content)
        return
    import tempfile  # noqa: PLC0415 - 4 ms of start-up, and most output goes to stdout

    real = os.path.realpath(path)
    handle, name = tempfile.mkstemp(prefix=".django-operator-", dir=os.path.dirname(real) or ".")  # noqa: PTH120 - as above
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - as above
            file.write(content)
        os.chmod(name, _mode(real))  # noqa: PTH101 - as above
        os.replace(name, real)  # noqa: PTH105 - as above
    except BaseException:
        os.unlink(name)  # noqa: PTH108 - as above
        raise


def _mode(path: str) -> int:
    """Return the rights of the file that is replaced, else those of a new file."""
    try:
        return os.stat(path).st_mode & 0o777  # noqa: PTH116 - as above
    except FileNotFoundError:
        mask = os.umask(0o022)
        os.umask(mask)
        return 0o666 & ~mask
