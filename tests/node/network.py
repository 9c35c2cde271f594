"""A network between this machine and a namespace: 10.N.0.0/16, of which nothing leaves the machine.

The namespace's end and this one are a pair of interfaces: they go together, with the namespace. Knows nothing of
Kubernetes.
"""

from __future__ import annotations

import ipaddress
import json
import random
import subprocess
from dataclasses import dataclass

from tests.cluster.processes import ServerError


@dataclass(frozen=True, slots=True)
class Block:
    """The addresses 10.`number`.0.0/16."""

    number: int

    @classmethod
    def of(cls, address: str) -> Block:
        """Return the block that an address is of."""
        return cls(int(address.split(".")[1]))

    @property
    def link(self) -> str:
        """The interface on this machine."""
        return f"djo{self.number}"

    @property
    def all(self) -> str:
        """Every address of it."""
        return f"10.{self.number}.0.0/16"

    @property
    def machine(self) -> str:
        """Address of this machine."""
        return f"10.{self.number}.0.1"

    @property
    def node(self) -> str:
        """Address of the namespace."""
        return f"10.{self.number}.0.2"

    @property
    def pods(self) -> str:
        """What pods get theirs from."""
        return f"10.{self.number}.1.0/24"

    @property
    def services(self) -> str:
        """What Services get theirs from."""
        return f"10.{self.number}.128.0/17"


def connect(pid: int) -> Block:
    """Connect the network namespace of a process with this machine's, by addresses that nobody has a route to.

    Raises:
        ServerError: there are none, or `ip` refuses.
    """
    taken = [
        ipaddress.ip_network(route["dst"])
        for route in json.loads(_run("ip", "-4", "-json", "route", "show", "table", "all"))
        if route["dst"] != "default"
    ]
    for number in random.sample(range(100, 250), 150):
        block = Block(number)
        if any(ipaddress.ip_network(block.all).overlaps(each) for each in taken):
            continue
        _run("ip", "link", "add", block.link, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        inside = ("nsenter", f"--net=/proc/{pid}/ns/net")
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "address", "add", f"{block.node}/24", "dev", "eth0")
        _run(*inside, "ip", "link", "set", "eth0", "up")
        _run(*inside, "ip", "route", "add", "default", "via", block.machine)
        _run("ip", "address", "add", f"{block.machine}/24", "dev", block.link)
        _run("ip", "link", "set", block.link, "up")
        _run("ip", "route", "add", block.all, "via", block.node)
        return block
    message = "no network of 10.100.0.0/16 to 10.249.0.0/16 is free"
    raise ServerError(message)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
