"""The database's scheduler; each message says for when it is, when it was sent, and by which process of which pod.

So two beats at once are told apart, though pods of a StatefulSet have one name.
"""

import socket
import uuid
from typing import Any

from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler


class Scheduler(DatabaseScheduler):
    """For intervals alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give this process a name."""
        self.process = uuid.uuid4().hex
        super().__init__(*args, **kwargs)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> Any:
        """Send what is due."""
        due = entry.last_run_at + entry.schedule.run_every
        sent = self.reserve(entry) if advance else entry
        sent.options["headers"] |= {
            "due": due.isoformat(),
            "sent": timezone.now().isoformat(),
            "beat": self.process,
            "beat_pod": socket.gethostname(),
        }
        return super().apply_async(sent, producer=producer, advance=False, **kwargs)
