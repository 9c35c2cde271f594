"""What is kept. A version that changes a table has a file of its own here."""

from .counter import Counter
from .data import Greeting, Initialisation
from .work import Run, Tick, Work

__all__ = ["Counter", "Greeting", "Initialisation", "Run", "Tick", "Work"]
