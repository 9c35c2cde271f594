"""What releases bring: a fixture without keys and a command, either of which leaves more rows when it is run again."""

from django.db import models


class Greeting(models.Model):
    """A row of the fixture."""

    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        """Return it."""
        return str(self.text)


class Initialisation(models.Model):
    """One run of the command `initialise`."""

    at = models.DateTimeField(auto_now_add=True)
    pod = models.CharField(max_length=100)

    def __str__(self) -> str:
        """Return when and where."""
        return f"{self.at} {self.pod}"
