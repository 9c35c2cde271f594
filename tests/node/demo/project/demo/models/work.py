"""What workers and beat have done. Nothing keeps a row single: tests want to see doubles."""

import uuid

from django.db import models


class Work(models.Model):
    """A task that was accepted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = models.CharField(max_length=200)
    seconds = models.FloatField(default=0)
    queued_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Return its name."""
        return str(self.id)


class Run(models.Model):
    """One time that a worker ran it: made at the start, completed at the end."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="runs")
    pod = models.CharField(max_length=100)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        """Return what was run, and where."""
        return f"{self.work_id} {self.pod}"


class Tick(models.Model):
    """One delivery of beat's task."""

    due = models.DateTimeField()
    sent = models.DateTimeField()
    written = models.DateTimeField(auto_now_add=True)
    beat = models.CharField(max_length=32)
    beat_pod = models.CharField(max_length=100)
    task = models.CharField(max_length=40)
    pod = models.CharField(max_length=100)

    def __str__(self) -> str:
        """Return when it was due, and by whom it was sent."""
        return f"{self.due} {self.beat}"
