"""How many pods of each part of a stack are ready, of those wanted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack.names import COLOUR, COMPONENT, INSTANCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.objects import Live

_KINDS = frozenset({"Deployment", "StatefulSet"})


def of(children: Iterable[Live]) -> dict[str, str]:
    """Return `{"app": "3/3", "workers": "4/4", "worker-mail": "1/1", ...}`; `workers` are those of all pools.

    Two colours of one part count together.
    """
    found: dict[str, tuple[int, int]] = {}
    for each in children:
        component = each.labels.get(COMPONENT)
        if each.key.kind not in _KINDS or component is None:
            continue
        wanted = 1 if each.replicas is None else each.replicas
        count = each.state.get("readyReplicas")
        ready = count if isinstance(count, int) else 0
        name = each.key.name.removeprefix(f"{each.labels.get(INSTANCE, '')}-")
        if colour := each.labels.get(COLOUR):
            name = name.removesuffix(f"-{colour}")
        for part in (name, "workers") if component == "worker" else (name,):
            before = found.get(part, (0, 0))
            found[part] = (before[0] + ready, before[1] + wanted)
    return {name: f"{ready}/{wanted}" for name, (ready, wanted) in sorted(found.items())}
