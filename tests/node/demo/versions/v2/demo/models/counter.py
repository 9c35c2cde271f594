"""The counter of the front page, one row. Since this version it knows when the button was pressed last."""

from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

TEXT = "Hello again from the second version"


class Counter(models.Model):
    """How often the button was pressed."""

    value = models.BigIntegerField(default=0)
    pressed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.value)


def press() -> None:
    """Count one more."""
    Counter.objects.update(value=F("value") + 1, pressed_at=Now())


def shown() -> dict[str, Any]:
    """Return what the page shows of it."""
    counter = Counter.objects.get()
    return {"text": TEXT, "count": counter.value, "pressed_at": counter.pressed_at}
