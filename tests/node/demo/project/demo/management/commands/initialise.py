"""`python manage.py initialise`: an init command, which tells how often it was run."""

import socket
from typing import Any

from django.core.management.base import BaseCommand

from demo.models import Initialisation  # type: ignore[import-not-found] # where it runs, this is a top folder


class Command(BaseCommand):
    """Writes one row at each run."""

    help = __doc__

    def handle(self, **_: Any) -> None:
        """Write it."""
        Initialisation.objects.create(pod=socket.gethostname())
        self.stdout.write(f"initialised; {Initialisation.objects.count()} times by now")
