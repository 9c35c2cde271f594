"""The tables of the first version, and the counter's only row."""

import uuid
from typing import Any

from django.db import migrations, models


def start(apps: Any, _: Any) -> None:
    """Make the row."""
    apps.get_model("demo", "Counter").objects.create()


def key() -> models.BigAutoField:
    """Return a key as Django makes it."""
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Makes them."""

    initial = True
    operations = (
        migrations.CreateModel("Counter", [("id", key()), ("value", models.BigIntegerField(default=0))]),
        migrations.CreateModel("Greeting", [("id", key()), ("text", models.CharField(max_length=100))]),
        migrations.CreateModel(
            "Initialisation",
            [
                ("id", key()),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("pod", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            "Tick",
            [
                ("id", key()),
                ("due", models.DateTimeField()),
                ("sent", models.DateTimeField()),
                ("written", models.DateTimeField(auto_now_add=True)),
                ("beat", models.CharField(max_length=32)),
                ("beat_pod", models.CharField(max_length=100)),
                ("task", models.CharField(max_length=40)),
                ("pod", models.CharField(max_length=100)),
            ],
        ),
        migrations.CreateModel(
            "Work",
            [
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=200)),
                ("seconds", models.FloatField(default=0)),
                ("queued_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            "Run",
            [
                ("id", key()),
                ("work", models.ForeignKey(on_delete=models.CASCADE, related_name="runs", to="demo.work")),
                ("pod", models.CharField(max_length=100)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("result", models.CharField(default="", max_length=64)),
            ],
        ),
        migrations.RunPython(start, migrations.RunPython.noop),
    )
