"""All rules: what types cannot say about a resource, each once, in Python and in CEL.

Rules read JSON as it was written and of right types; a null counts as absent. CEL keeps to what Kubernetes 1.30 has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack.rules import parts, pods, references, site, volumes

if TYPE_CHECKING:
    from django_operator.stack.rules.rule import Rule

RULES: tuple[Rule, ...] = (*site.RULES, *references.RULES, *volumes.RULES, *pods.RULES, *parts.RULES)
"""Conditions on each value of a Struct. What cannot be changed later stands in `rules.changes`."""
