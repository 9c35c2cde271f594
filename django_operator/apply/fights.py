"""Objects that somebody else changes back again and again: repairing them faster helps nobody."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.apply.objects import Key

OFTEN = 10
"""Repairs of one object within WINDOW that are taken for a fight."""
WINDOW = 600.0
"""Seconds."""
TRUCE = 60.0
"""Seconds between repairs while it is one."""


@dataclass(slots=True)
class Fights:
    """Remembers when objects were repaired; `clock` in seconds."""

    clock: Callable[[], float] = time.monotonic
    _repairs: dict[Key, list[float]] = field(default_factory=dict)

    def repaired(self, key: Key) -> None:
        """Note a repair."""
        self._repairs[key] = [*self._recent(key), self.clock()]

    def is_fought(self, key: Key) -> bool:
        """Tell whether an object is to be left as it is for now."""
        recent = self._recent(key)
        return len(recent) >= OFTEN and self.clock() - recent[-1] < TRUCE

    def _recent(self, key: Key) -> list[float]:
        since = self.clock() - WINDOW
        found = [each for each in self._repairs.get(key, ()) if each > since]
        if not found:
            self._repairs.pop(key, None)
        return found
