"""Fails: the row that is there breaks the constraint."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Adds it."""

    dependencies = (("demo", "0002_counter_pressed_at"),)
    operations = (
        migrations.AddConstraint(
            "counter", models.CheckConstraint(condition=Q(value__lt=0), name="counter_is_below_zero")
        ),
    )
