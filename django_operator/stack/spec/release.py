"""What is done once for a new version, and how the new version takes over."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import Spec


class Step(Spec, frozen=True, kw_only=True):
    """One command of a release: `args` follow the manage command, unless `command` takes its place. No shell.

    An object rather than a bare list or line: one shape that a CRD can state, that a name can be added to, and in which
    nobody expects `&&` to work.
    """

    name: k.Label | None = None
    """Name of the step's container. Left out: made from the arguments."""
    command: Annotated[list[k.Text], Meta(min_length=1, max_length=64)] | None = None
    """A program in place of the manage command."""
    args: Annotated[list[k.Text], Meta(max_length=64)] | None = None
    """Arguments, e.g. [migrate, --noinput]."""


Steps = Annotated[list[Step], Meta(max_length=32)]


class Release(Spec, frozen=True, kw_only=True):
    """Commands run once for each new image, version or list of commands, before anything of it serves."""

    pre_deploy: Steps | None = None
    """Run in this order before any new pod starts; a failure leaves the old version serving."""
    fixtures: Annotated[list[k.Word], Meta(max_length=64, extra={"set": True})] | None = None
    """Fixtures loaded once in the life of the data, after the first preDeploy. For every version: a step `loaddata`."""
    init: Steps | None = None
    """Run once in the life of the data, after the fixtures; a list changed later is not run again."""
    post_deploy: Steps | None = None
    """Run when the new version serves and the old one is gone."""
    timeout: k.Duration | None = None
    """How long all of it may take, e.g. 30m."""
    backoff_limit: Annotated[int, Meta(ge=0, le=10)] | None = None
    """How often a failed release is tried again by itself."""
    always: bool | None = None
    """True runs the release for every change of the resource, not only for a new version or new commands."""
    resources: k.Resources | None = None
    """CPU and memory requested and allowed."""
    env: k.Env | None = None
    """Environment of the release alone; wins over the common `env` of the same name."""
    env_from: k.EnvFrom | None = None
    """ConfigMaps and Secrets read whole into the environment, after the common ones."""
    volume_mounts: k.VolumeMounts | None = None
    """Where volumes appear in the release's containers, besides the common mounts."""


class Rollout(Spec, frozen=True, kw_only=True):
    """How a new version takes over from the old one."""

    strategy: Literal["RollingUpdate", "BlueGreen", "Maintenance"] | None = None
    """RollingUpdate (unless given): pod by pod. BlueGreen: a full second set, then the switch. Maintenance: stop
    everything, run the release, start."""
    auto_rollback: bool | None = None
    """True goes back to the last good version when the new one is not available in time. Migrations stay."""
    revision_history_limit: Annotated[int, Meta(ge=1, le=100)] | None = None
    """How many good releases are kept to go back to."""
    progress_deadline: k.Duration | None = None
    """How long new pods may take to become available, e.g. 10m."""
