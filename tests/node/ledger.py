"""Rows written at a site while it is broken, and which of them were acknowledged. Knows nothing of the cluster."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.node.background import Background
from tests.node.site import ask

if TYPE_CHECKING:
    from typing import Self

    from tests.node.site import Site


@dataclass
class Ledger(Background):
    """A thread that presses the counter while the `with` lasts."""

    site: Site
    acknowledged: int = 0
    unclear: int = 0
    """No answer, or an error: it may have been counted or not."""
    before: int = 0

    def __enter__(self) -> Self:
        """Begin."""
        self.before = self.site.ask("/state").json["count"]
        self._begin(self._press, self.site.address)
        return self

    def balanced(self) -> bool:
        """Tell whether every row that was acknowledged is there, once; to be asked when the site serves."""
        more: int = self.site.ask("/state").json["count"] - self.before
        return self.acknowledged <= more <= self.acknowledged + self.unclear

    def _press(self, address: str) -> None:
        while not self._over.wait(0.05):
            try:
                answer = ask(address, "/state", "POST", timeout=5)
            except (OSError, http.client.HTTPException):
                self.unclear += 1
                continue
            if answer.status == http.HTTPStatus.OK:
                self.acknowledged += 1
            else:
                self.unclear += 1
