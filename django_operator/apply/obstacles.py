"""What keeps a pass from going on, from the error that told of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.apply.history import Former
from django_operator.apply.progress import Problem
from django_operator.apply.revisions import TooLarge

if TYPE_CHECKING:
    from django_operator.apply.errors import ApiError


def obstacle(error: TooLarge | Former | ApiError) -> Problem:
    """Return what an error stands for. Raises it where another try may mend it."""
    if isinstance(error, TooLarge):
        return Problem("TooLarge", str(error))
    if isinstance(error, Former):
        return Problem("Waiting", str(error), final=False)
    if error.transient:
        raise error
    # A quota, a right that is missing: nothing that another try mends, and nothing that the spec is to blame for.
    return Problem("Refused", str(error), final=False)
