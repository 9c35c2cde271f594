"""A Job followed from its start to its end: why its pod does not start, what it writes, how it ends."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from django_operator.apply.errors import ApiError
from django_operator.cli import console
from django_operator.cli.live import oneoff, pods, progress
from django_operator.cli.live.session import FAILED, TIMED_OUT, say
from django_operator.engine.paths import get

if TYPE_CHECKING:
    from django_operator.apply.client import Client
    from django_operator.cli.live.pods import Container
    from django_operator.engine.paths import Body

PACE = 0.5
"""Seconds between two looks at a pod."""


class Runner:
    """Follows one Job with one pod."""

    def __init__(self, client: Client, job: Body, timeout: float) -> None:
        """Take the Job as it was made, and the seconds that its pod may take to start."""
        self._client, self._job, self._timeout = client, job, timeout
        self._container = oneoff.main_container(job)
        self._told = ""

    async def end(self) -> int:
        """Print what the command writes and return its exit code; FAILED or TIMED_OUT where it never ran."""
        began = time.monotonic()
        while (pod := await self._pod()) is None or self._main(pod).state not in ("running", "done", "failed"):
            if (code := self._never(pod)) is not None:
                return code
            self._tell(pod)
            if time.monotonic() - began >= self._timeout:
                await self._say_late(pod)
                return TIMED_OUT
            await asyncio.sleep(PACE)
        await self._print(pod)
        while (found := await self._pod()) is not None and self._main(found).exit_code is None:
            if (code := self._never(found)) is not None:
                return code
            await asyncio.sleep(PACE)
        if found is None:
            say("the pod is gone before it told how the command ended", "somebody deleted it, or its node went")
            return FAILED
        main = self._main(found)
        if main.exit_code and main.why and "exit code" not in main.why.split(":")[0].split(",")[0]:
            say(f"the command was ended: {main.why.partition(':')[0]}")
        return int(main.exit_code or 0)

    def _main(self, pod: Body) -> Container:
        return next(each for each in pods.containers(pod) if each.name == self._container)

    async def _pod(self) -> Body | None:
        meta = self._job["metadata"]
        found = await pods.of(self._client, meta["namespace"], f"{pods.JOB}={meta['name']}")
        return found[-1] if found else None

    def _never(self, pod: Body | None) -> int | None:
        """Return the exit code where the command can't run any more: something before it failed."""
        if pod is None or get(pod, "status", "phase") != "Failed" or self._main(pod).exit_code is not None:
            return None
        before = next((each for each in pods.containers(pod) if each.state == "failed"), None)
        why = f"init container {before.name}: {before.why}" if before else str(get(pod, "status", "reason") or "")
        say(f"the command did not run: {why or 'its pod failed'}")
        return FAILED

    def _tell(self, pod: Body | None) -> None:
        """Say what keeps the pod, when that changes."""
        trouble = pods.trouble(pod) if pod else ""
        if trouble and trouble != self._told:
            console.note(f"waiting: {trouble}", "yellow")
        self._told = trouble

    async def _say_late(self, pod: Body | None) -> None:
        why = pods.summary(pod) if pod else "no pod was made"
        if pod is None:
            meta = self._job["metadata"]
            why += await self._refused(meta["namespace"], meta["name"])
        say(f"the command did not start within {progress.clock(self._timeout)}: {why}", "--timeout waits longer")

    async def _refused(self, namespace: str, name: str) -> str:
        """Return what the Job's controller says of pods that it could not make, such as a full quota."""
        fields = f"involvedObject.kind=Job,involvedObject.name={name},type=Warning"
        try:
            found = (await self._client.list("v1", "Event", namespace, fields=fields)).items
        except ApiError:
            return ""
        return f": {found[-1].get('message')}" if found else ""

    async def _print(self, pod: Body) -> None:
        """Print the command's output as it comes."""
        meta = pod["metadata"]
        lines = self._client.log(meta["namespace"], meta["name"], self._container, follow=True)
        try:
            async with aclosing(lines):
                async for line in lines:
                    sys.stdout.write(f"{line}\n")
                    sys.stdout.flush()
        except ApiError as error:
            console.note(f"its output broke off: {error.message}", "yellow")
            where = f"kubectl -n {meta['namespace']} logs {meta['name']} -c {self._container}"
            console.note(f"  the command goes on; {where}")
