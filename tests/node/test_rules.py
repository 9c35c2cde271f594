"""What needs no node: names of images, addresses, clusters that no image gets to."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest

from tests.cluster import kubeconfig
from tests.node.elsewhere import Elsewhere
from tests.node.images import reference
from tests.node.network import Block
from tests.node.node import traces

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("django-operator:0.1.0", "docker.io/library/django-operator:0.1.0"),
        ("valkey/valkey:8.1-alpine", "docker.io/valkey/valkey:8.1-alpine"),
        ("localhost/pause:1", "localhost/pause:1"),
        ("registry.example.com/shop:1", "registry.example.com/shop:1"),
        ("registry:5000/shop:1", "registry:5000/shop:1"),
    ],
)
def test_the_name_that_a_runtime_reads(name: str, full: str) -> None:
    """A short name is Docker Hub's."""
    assert reference(name) == full


def test_a_block_of_addresses() -> None:
    """Node, pods and Services have parts of their own, all within it."""
    block = Block.of("10.117.0.2")
    assert block.node == "10.117.0.2"
    whole = ipaddress.IPv4Network(block.all)
    pods, services = ipaddress.IPv4Network(block.pods), ipaddress.IPv4Network(block.services)
    assert pods.subnet_of(whole)
    assert services.subnet_of(whole)
    assert not pods.overlaps(services)
    assert not any(ipaddress.IPv4Address(block.node) in each for each in (pods, services))


def test_a_cluster_that_no_image_gets_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused at once, with the way out."""
    monkeypatch.delenv("IMAGE_REGISTRY", raising=False)
    path = kubeconfig.write(tmp_path / "config", "https://example.com", token="secret")  # noqa: S106 - nobody's
    with pytest.raises(RuntimeError, match="IMAGE_REGISTRY=host/path names one"):
        Elsewhere.of(str(path), tmp_path)


def test_traces_are_seen(tmp_path: Path) -> None:
    """A folder that is there is a trace, one that is not is none; the interface that is always there is one."""
    assert traces(tmp_path, "lo") == [str(tmp_path), "/sys/class/net/lo"]
    assert traces(tmp_path / "none") == []
