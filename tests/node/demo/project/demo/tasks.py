"""The tasks. A database that is away is waited for, so that no accepted task is lost by it."""

import hashlib
import socket
import time
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from .models import Run, Tick, Work

PATIENT = {
    "autoretry_for": (InterfaceError, OperationalError),
    "max_retries": None,
    "retry_backoff": 1,
    "retry_backoff_max": 5,
}


@shared_task(name="demo.work", **PATIENT)
def work(ident: str) -> None:
    """Take the time that was asked for, and note the result: the text's SHA-256."""
    asked = Work.objects.get(pk=ident)
    run = Run.objects.create(work=asked, pod=socket.gethostname())
    time.sleep(asked.seconds)
    run.result = hashlib.sha256(asked.text.encode()).hexdigest()
    run.ended_at = timezone.now()
    run.save(update_fields=["result", "ended_at"])


@shared_task(name="demo.tick", bind=True, **PATIENT)
def tick(self: Any) -> None:
    """Write one row. Raises KeyError where another scheduler than demo.beat:Scheduler has sent it."""
    told = self.request.headers or {}
    names = ("due", "sent", "beat", "beat_pod")
    Tick.objects.create(**{name: told[name] for name in names}, task=self.request.id, pod=socket.gethostname())
