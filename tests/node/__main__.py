"""`make node`, `make node-images`, `make node-down`: a node that stays until it is told to go."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cluster.processes import ServerError, Servers
from tests.node import suite
from tests.node.node import ENTER, PREFIX, Node, gone

if TYPE_CHECKING:
    from collections.abc import Sequence

KUBECONFIG = "kubeconfig"


def up() -> None:
    """Start a node and leave it; say how to get there."""
    start = time.monotonic()
    try:
        node = Node.start()
    except (ServerError, RuntimeError) as error:
        sys.exit(f"make node: {error}")
    path = node.plane.kubeconfig().rename(node.plane.folder / KUBECONFIG)
    node.plane.servers.stay()
    sys.stderr.write(
        f"Kubernetes {node.plane.version}, one node, {node.block.all}: ready in {time.monotonic() - start:.0f} s; "
        "`make node-down` removes it\n"
    )
    sys.stdout.write(f"export KUBECONFIG={path}\n")


def bring(folders: Sequence[Path]) -> None:
    """Build the images of the operator and of the demo, and bring them onto nodes that `up` has started."""
    if not folders:
        sys.exit("there is no node: `make node` starts one")
    names = suite.build(data=True)
    for folder in folders:
        node = Node.join(folder)
        node.load(*names)
        node.plane.stop()
        sys.stderr.write(f"{folder}: {', '.join(names)}\n")


def down(folders: Sequence[Path]) -> None:
    """End nodes that `up` has started, and remove what those have left that were killed."""
    for folder in folders:
        try:
            servers = Servers.join(folder)
        except OSError:
            # its guard is gone, and by that every process of it
            subprocess.run([str(ENTER), str(folder), "leave"], check=True)
        else:
            if not (folder / KUBECONFIG).exists():
                sys.stderr.write(f"{folder}: of a run that goes on, and ends with it\n")
                servers.close()
                continue
            servers.stay(stays=False)
            servers.close()
        gone(folder)
        sys.stderr.write(f"{folder}: removed\n")
    if not folders:
        sys.stderr.write("there is no node\n")


def main() -> None:
    """Do what is asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.node", description=__doc__)
    parser.add_argument("what", choices=("up", "images", "down"))
    parser.add_argument("folders", nargs="*", type=Path, help="of the nodes that are meant: all by default")
    # a Ctrl-C while it starts removes what there is of it
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = parser.parse_args()
    if arguments.what == "up":
        up()
    else:
        everywhere = sorted(Path(tempfile.gettempdir()).glob(f"django-operator-{PREFIX}*"))
        if arguments.what == "down":
            down(arguments.folders or everywhere)
        else:
            bring(arguments.folders or [each for each in everywhere if (each / KUBECONFIG).exists()])


if __name__ == "__main__":
    main()
