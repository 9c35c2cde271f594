"""How many pods of each part of a stack are ready, of those wanted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_operator.stack.names import COMPONENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_operator.apply.objects import Live

_KINDS = frozenset({"Deployment", "StatefulSet"})


def of(children: Iterable[Live]) -> dict[str, str]:
    """Return `{"app": "3/3", "workers": "4/4", "worker-mail": "1/1", ...}`; `workers` are those of all pools."""
    found: dict[str, str] = {}
    ready_workers = workers = 0
    for each in children:
        component = each.labels.get(COMPONENT)
        if each.key.kind not in _KINDS or component is None:
            continue
        wanted = 1 if each.replicas is None else each.replicas
        count = each.state.get("readyReplicas")
        ready = count if isinstance(count, int) else 0
        name = each.key.name.removeprefix(f"{each.labels.get('app.kubernetes.io/instance', '')}-")
        found[name] = f"{ready}/{wanted}"
        if component == "worker":
            ready_workers, workers = ready_workers + ready, workers + wanted
            found["workers"] = f"{ready_workers}/{workers}"
    return dict(sorted(found.items()))
