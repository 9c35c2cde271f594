"""What an operator is told by its command line and environment, checked. Knows nothing of what is done with it."""

from __future__ import annotations

import os
import re
import secrets
import socket
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "DJANGO_OPERATOR_"
"""Every option can be given in the environment too: --log-level by DJANGO_OPERATOR_LOG_LEVEL."""

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = rf"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_WORD}"
_VALUE = rf"({_WORD})?"
_TERM = rf"\s*(!?\s*{_KEY}|{_KEY}\s*(==?|!=)\s*{_VALUE}|{_KEY}\s+(not)?in\s*\(\s*{_VALUE}(\s*,\s*{_VALUE})*\s*\))\s*"
_SELECTOR = re.compile(rf"{_TERM}(,{_TERM})*")
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one operator. Times are in seconds."""

    namespaces: tuple[str, ...] = ()
    """What it serves; empty: all."""
    selector: str = ""
    """Label selector: of the resources there, it serves those."""
    workers: int = 8
    lease_name: str = "django-operator"
    lease_namespace: str = ""
    """Empty: the operator's own."""
    identity: str = ""
    log_format: str = ""
    """Empty: text on a terminal, else json."""
    log_level: str = "info"
    port: int = 8080
    resync: float = 600.0
    """How often the resources are listed to find deletions that no watch told of."""
    stall: float = 90.0
    """After how long without a byte a watch counts as dead; the server sends a bookmark each minute."""
    timeout: float = 300.0
    """What one reconcile may take."""
    grace: float = 20.0
    """What reconciles under way get to finish when the operator is told to stop."""
    kubeconfig: str = ""
    context: str = ""

    def __post_init__(self) -> None:
        """ValueError with all that is wrong, in the words of the command line."""
        faults = [
            *(f"--namespace: {name!r} is not the name of a namespace" for name in _misnamed(self.namespaces)),
            *(f"--lease-name: {name!r} is not the name of a Lease" for name in _misnamed([self.lease_name])),
            *(
                f"--lease-namespace: {name!r} is not the name of a namespace"
                for name in _misnamed(filter(None, [self.lease_namespace]))
            ),
        ]
        if self.selector and not _SELECTOR.fullmatch(self.selector):
            faults.append(f"--selector: {self.selector!r} is not a label selector")
        for name, low, high in _RANGES:
            if not low <= getattr(self, name) <= high:
                faults.append(f"--{name}: {getattr(self, name):g} is not within {low} to {high}")
        for name, allowed in _CHOICES:
            if getattr(self, name) not in allowed:
                faults.append(
                    f"--{name.replace('_', '-')}: {getattr(self, name)!r} is none of {', '.join(filter(None, allowed))}"
                )
        if faults:
            raise ValueError("\n".join(faults))


_RANGES = (
    ("workers", 1, 256),
    ("port", 0, 65535),
    ("resync", 10, 86400),
    ("stall", 5, 3600),
    ("timeout", 10, 3600),
    ("grace", 0, 3600),
)
_CHOICES = (("log_format", ("", "json", "text")), ("log_level", ("debug", "info", "warning", "error")))


def read(arguments: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings: from the command line (None or empty: not given), else the environment, else the default.

    ValueError with all that is wrong.
    """
    given: dict[str, Any] = {}
    faults = []
    for each in fields(Settings):
        value = arguments.get(each.name)
        name = PREFIX + ("NAMESPACE" if each.name == "namespaces" else each.name.upper())
        if value in (None, [], ()):
            value = environment.get(name, "")
            if value == "":
                continue
        try:
            given[each.name] = _converted(value, each.default)
        except ValueError:
            faults.append(f"{name}: {value!r} is not a number")
    if faults:
        raise ValueError("\n".join(faults))
    given.setdefault("lease_namespace", environment.get("POD_NAMESPACE", ""))
    # Of this process alone: a container that was started anew waits for its own former Lease, as client-go's do.
    given.setdefault("identity", f"{environment.get('POD_NAME') or socket.gethostname()}_{secrets.token_hex(8)}")
    return Settings(**given)


def _converted(value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        names = value.split(",") if isinstance(value, str) else value
        return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    return type(default)(value)


def _misnamed(names: Any) -> list[str]:
    return [name for name in names if not _NAME.fullmatch(name)]
