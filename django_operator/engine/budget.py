"""How much one build may make of little: what is copied, repeated or expanded is charged here, and refused in time.

What is written once is bounded by the sizes of files (`yamlio.MAX_TEXT`); a few lines that double a value are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.engine.errors import Fault, Origin, StopError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_operator.engine.paths import Json

MAX_TEXT = 64 * 2**20
"""Characters that copies may add to one build; etcd takes 1.5 MiB for an object."""
MAX_VALUES = 2_000_000
"""Values that copies may add to one build."""


class Budget:
    """What is left to one build. The one thing that all its kustomizations share and change."""

    __slots__ = ("text", "values")

    def __init__(self, text: int = MAX_TEXT, values: int = MAX_VALUES) -> None:
        """Start with that much."""
        self.text = text
        self.values = values

    @property
    def is_spent(self) -> bool:
        """Tell whether more was asked for than there was."""
        return self.text < 0 or self.values < 0

    def spend(self, text: int, at: Callable[[], Origin]) -> None:
        """Charge characters. Raises StopError, at the place that `at` gives, when there is not that much left."""
        self.text -= text
        if self.is_spent:
            raise _over(at)

    def copy(self, value: Json, at: Callable[[], Origin], times: int = 1) -> None:
        """Charge a value that is written `times` times. Raises as `spend` does; stops counting there."""
        parts = [value]
        while parts:
            part = parts.pop()
            self.values -= times
            if isinstance(part, str):
                self.text -= len(part) * times
            elif isinstance(part, dict):
                self.text -= sum(map(len, part)) * times
                parts.extend(part.values())
            elif isinstance(part, list):
                parts.extend(part)
            if self.is_spent:
                raise _over(at)


def _over(at: Callable[[], Origin]) -> StopError:
    hint = "is something copied into itself, or a large text written in many places?"
    return StopError(Fault(at(), f"copies become more than {MAX_TEXT // 2**20} MiB or {MAX_VALUES:,} values", hint))
