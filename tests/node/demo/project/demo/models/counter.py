"""The counter of the front page, one row."""

from typing import Any

from django.db import models
from django.db.models import F

TEXT = "Hello from the first version"


class Counter(models.Model):
    """How often the button was pressed."""

    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.value)


def press() -> None:
    """Count one more."""
    Counter.objects.update(value=F("value") + 1)


def shown() -> dict[str, Any]:
    """Return what the page shows of it."""
    return {"text": TEXT, "count": Counter.objects.get().value}
