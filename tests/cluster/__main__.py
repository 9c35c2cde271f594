"""`make cluster`: a control plane to play with, fake nodes included, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys

from django_operator.stack.crd import crd
from tests.cluster.binaries import NEWEST, OLDEST
from tests.cluster.custom_kinds import CUSTOM_KINDS, definition, install
from tests.cluster.nodes import start_nodes
from tests.cluster.plane import ControlPlane
from tests.cluster.statuses import BESIDE_CONTROLLERS
from tests.cluster.workloads import Workloads


def main() -> None:
    """Start, say how to get there, wait."""
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__)
    parser.add_argument("--nodes", type=int, default=3, help="how many fake nodes (3)")
    parser.add_argument("--oldest", action="store_true", help="the oldest API server that is supported")
    arguments = parser.parse_args()
    with ControlPlane.start(OLDEST if arguments.oldest else NEWEST) as plane:
        install(plane.client(), [crd(), *(definition(*kind) for kind in CUSTOM_KINDS)])
        start_nodes(plane, arguments.nodes)
        with Workloads(plane.client(agent="workloads"), kinds=BESIDE_CONTROLLERS, volumes=True):
            sys.stderr.write(
                f"Kubernetes {plane.version}, {arguments.nodes} fake nodes; no container runs. Ctrl-C ends it.\n"
            )
            sys.stdout.write(f"export KUBECONFIG={plane.kubeconfig()}\n")
            sys.stdout.flush()
            for number in (signal.SIGINT, signal.SIGTERM):
                # both end the `with` blocks
                signal.signal(number, signal.default_int_handler)
            try:
                signal.pause()
            except KeyboardInterrupt:
                sys.stderr.write("\n")


if __name__ == "__main__":
    main()
