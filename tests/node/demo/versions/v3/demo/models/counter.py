"""The counter of the front page, one row. The constraint has its sign the wrong way round."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

TEXT = "Hello from the third version"


class Counter(models.Model):
    """How often the button was pressed."""

    value = models.BigIntegerField(default=0)
    pressed_at = models.DateTimeField(null=True)

    class Meta:
        """What the database keeps watch over."""

        constraints = (models.CheckConstraint(condition=Q(value__lt=0), name="counter_is_below_zero"),)

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
