"""A user at work between the passes of the operator, by a state machine: it ends as rendered, whatever they did."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.api.site import SMALL, Stack, stable
from tests.cluster.client import MERGE

if TYPE_CHECKING:
    from tests.cluster.access import Cluster
    from tests.cluster.client import Object

SOAK = "SOAK" in os.environ
SPECS: tuple[Object, ...] = (
    SMALL,
    {**SMALL, "image": "registry.example.com/blog:2", "app": {"replicas": 3}},
    {**SMALL, "workers": {"mail": {"replicas": 2}}, "beat": {}, "env": [{"name": "A", "value": "1"}]},
    {**SMALL, "cronJobs": {"tidy": {"schedule": "@daily", "args": ["clearsessions"]}}, "app": {"port": 9000}},
)
EDITS: tuple[tuple[str, Object], ...] = (
    ("Deployment", {"spec": {"replicas": 9}}),
    ("Deployment", {"spec": {"template": {"spec": {"priorityClassName": "x", "enableServiceLinks": True}}}}),
    ("Deployment", {"metadata": {"annotations": {"django-operator.io/content": None}}}),
    ("Deployment", {"metadata": {"managedFields": [{}]}}),
    ("Service", {"spec": {"ports": [{"port": 81, "name": "http"}]}}),
    ("Service", {"metadata": {"labels": {"app.kubernetes.io/instance": "another"}}}),
    ("Service", {"metadata": {"labels": {"app.kubernetes.io/component": None, "theirs": "1"}}}),
    ("ServiceAccount", {"automountServiceAccountToken": True}),
    ("PodDisruptionBudget", {"spec": {"maxUnavailable": 3, "minAvailable": None}}),
)
"""What people do with kubectl to objects that are not theirs."""
KINDS = ("Deployment", "Service", "ServiceAccount", "ConfigMap", "PodDisruptionBudget", "StatefulSet", "CronJob")
NUMBERS = itertools.count(1)


class Users(RuleBasedStateMachine):
    """A site, its users and the operator; `where` is set by the test."""

    where: tuple[Cluster, str]
    ends: dict[int, dict[str, Any]]

    @initialize(spec=st.integers(0, len(SPECS) - 1))
    def install(self, spec: int) -> None:
        """Begin."""
        self.stack = Stack(*self.where, f"u{next(NUMBERS):03}").__enter__()
        self.spec = spec
        self.stack.apply(SPECS[spec])
        self.stack.converge()

    @rule(spec=st.integers(0, len(SPECS) - 1))
    def change(self, spec: int) -> None:
        """Change the spec, back or forth."""
        self.spec = spec
        self.stack.apply(SPECS[spec])

    @rule(edit=st.sampled_from(EDITS), number=st.integers(0, 3), manager=st.sampled_from(["kubectl-edit", "kubectl"]))
    def edit(self, edit: tuple[str, Object], number: int, manager: str) -> None:
        """Edit an object."""
        kind, patch = edit
        if names := self.stack.names(kind):
            self.stack.patch(kind, names[number % len(names)], patch, manager=manager)

    @rule(replicas=st.integers(0, 5))
    def scale(self, replicas: int) -> None:
        """Do what `kubectl scale` does."""
        if "app" in self.stack.names("Deployment"):
            path = self.stack.path("Deployment", "app", "scale")
            self.stack.client.patch(path, {"spec": {"replicas": replicas}}, MERGE, fieldManager="kubectl")

    @rule(kind=st.sampled_from(KINDS), number=st.integers(0, 3))
    def delete(self, kind: str, number: int) -> None:
        """Delete an object."""
        if names := self.stack.names(kind):
            self.stack.delete(kind, names[number % len(names)], propagationPolicy="Background")

    @rule()
    def pass_(self) -> None:
        """Let the operator have a pass."""
        self.stack.pass_()

    @rule()
    @precondition(lambda self: hasattr(self, "stack"))
    def restart(self) -> None:
        """Let it begin anew."""
        self.stack.restart()

    @rule()
    def settle(self) -> None:
        """Let pods get ready."""
        self.stack.settle()

    def teardown(self) -> None:
        """Leave it alone: it ends as a site that was never touched, and then nothing is sent."""
        if not hasattr(self, "stack"):
            return
        try:
            self.stack.converge(retries=True)
            found = stable(self.stack.objects(), self.stack.name)
            assert found == self.untouched()
            assert [str(each) for each in self.stack.requests()] == []
        finally:
            self.stack.__exit__()

    def untouched(self) -> dict[str, Any]:
        """Return what a site of the last spec comes to by itself."""
        if self.spec not in self.ends:
            with Stack(*self.where, f"r{self.spec:03}") as stack:
                stack.apply(SPECS[self.spec])
                stack.converge()
                self.ends[self.spec] = stable(stack.objects(), stack.name)
        return self.ends[self.spec]


def test_users_at_work(cluster: Cluster, namespace: str) -> None:
    """Edits, deletions, other labels, other owners, other specs: all of it ends as rendered."""
    machine: Any = type("Here", (Users,), {"where": (cluster, namespace), "ends": {}})
    many = settings(
        max_examples=60 if SOAK else 4,
        stateful_step_count=10,
        deadline=None,
        derandomize=not SOAK,
        # a failing run waits for what does not come: to make it smaller would take an hour
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    run_state_machine_as_test(machine, settings=many)
