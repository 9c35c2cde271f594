"""Texts of programs without the credentials that can be told by their looks. Pure."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"(?P<url>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)"  # redis://:password@host
    r"|(?P<bearer>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*",  # a JSON web token, as ServiceAccounts have them
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return a text without the credentials that can be told by their looks."""
    return _SECRETS.sub(lambda found: f"{found['url'] or found['bearer'] or ''}***", text)
