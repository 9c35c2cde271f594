"""File names for objects: whatever an object says of itself, its file stays in the folder it is written to."""

from __future__ import annotations

MAX_NAME = 200
"""Characters of a file name without `.yaml`; file systems take 255 bytes."""
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")


def file_name(stem: str, taken: set[str], also: str = "") -> str:
    """Return the name of the file for `stem`, and add it to `taken`: in lower case, unlike all that are taken already.

    Characters other than letters, digits, `.`, `_`, `-` and those of `also` become `-`. A name that was changed or cut
    gets a hash of the whole stem.
    """
    wanted = stem.lower()
    kept = "".join(char if char in _SAFE or char in also else "-" for char in wanted)
    if kept != wanted or len(kept) > MAX_NAME or kept[:1] in ("", ".", "-"):
        import hashlib  # noqa: PLC0415 - few names need it

        digest = hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        kept = f"{kept[: MAX_NAME - 11]}-{digest}".lstrip(".-")
    name, count = f"{kept}.yaml", 2
    while name in taken:
        name, count = f"{kept}-{count}.yaml", count + 1
    taken.add(name)
    return name


def is_inside(path: str) -> bool:
    """Tell whether a relative path, with `/`, can only name a file below the folder it is seen from."""
    try:
        path.encode()
    except UnicodeEncodeError:  # half a character
        return False
    parts = path.split("/")
    return not (
        any(part in ("", ".", "..") for part in parts)
        or any(ord(char) < ord(" ") or char == "\\" for char in path)
        or path[1:2] == ":"  # a drive of Windows
    )
