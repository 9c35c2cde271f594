"""What a node is for: images, pods, Services, names, volumes, exec, logs; and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.node import images
from tests.node.node import ENTER, Node, gone, traces
from tests.node.site import until
from tests.shipped import ROOT

if TYPE_CHECKING:
    from tests.cluster.client import Client, Object
    from tests.node.conftest import Kubectl
    from tests.node.elsewhere import Elsewhere

pytestmark = pytest.mark.e2e

LABELS = {"app": "hello"}


@pytest.fixture(scope="session")
def hello(node: Node | Elsewhere) -> str:
    """A web server over /data."""
    (name,) = node.load(images.build(Path(__file__).with_name("hello"), "django-operator-hello:1"))
    return name


def pod(namespace: str, image: str) -> Object:
    """Return a pod of it, with a volume, by a user who owns nothing: fsGroup lets it write."""
    container = {
        "name": "hello",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8000}, "periodSeconds": 1},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": "hello", "labels": LABELS},
        "spec": {
            "containers": [container],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            "securityContext": {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999},
            "terminationGracePeriodSeconds": 1,
        },
    }


def ready(body: Object | None) -> bool:
    """Tell whether a pod is ready."""
    return ("Ready", "True") in [
        (each["type"], each["status"]) for each in (body or {}).get("status", {}).get("conditions", ())
    ]


def test_a_pod_with_all_it_needs(client: Client, namespace: str, kubectl: Kubectl, hello: str) -> None:
    """It runs, keeps its data when it is replaced, and is reached by name from inside, by address from here."""
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    service = {"selector": LABELS, "ports": [{"port": 80, "targetPort": 8000}]}
    common = {"apiVersion": "v1", "metadata": {"namespace": namespace, "name": "data"}}
    client.apply({**common, "kind": "PersistentVolumeClaim", "spec": claim})
    made = client.apply({**common, "kind": "Service", "spec": service})
    address = made["spec"]["clusterIP"]
    body = pod(namespace, hello)
    client.apply(body)
    client.wait(client.path_of(body), ready, 60)

    kubectl("exec", "hello", "--", "sh", "-c", "echo kept >/data/file")
    look_up = "import socket; print({each[4][0] for each in socket.getaddrinfo('data', 80)})"
    assert kubectl("exec", "hello", "--", "python", "-c", look_up).strip() == f"{{'{address}'}}"
    inside = "import urllib.request; print(urllib.request.urlopen('http://data/file').read().decode())"
    assert kubectl("exec", "hello", "--", "python", "-c", inside).strip() == "kept"
    assert "GET /file" in kubectl("logs", "hello")

    client.delete(client.path_of(body))
    client.wait(client.path_of(body), lambda found: found is None, 30)
    client.apply(body)
    client.wait(client.path_of(body), ready, 60)
    with urllib.request.urlopen(f"http://{address}/file", timeout=10) as answer:
        assert answer.read() == b"kept\n"


def test_the_api_from_a_pod(client: Client, namespace: str, kubectl: Kubectl, hello: str) -> None:
    """A pod reaches the API server as its own ServiceAccount, at the address that is in every pod's environment."""
    body = pod(namespace, hello)
    body["spec"] |= {"volumes": [], "containers": [{**body["spec"]["containers"][0], "volumeMounts": []}]}
    body["spec"]["containers"][0]["args"] = ["sleep", "3600"]
    del body["spec"]["containers"][0]["readinessProbe"]
    client.apply(body)
    client.wait(client.path_of(body), ready, 60)
    ask = (
        "import os, ssl, urllib.request as u\n"
        "f = '/var/run/secrets/kubernetes.io/serviceaccount/'\n"
        "h = {'Authorization': 'Bearer ' + open(f + 'token').read()}\n"
        "r = u.Request('https://kubernetes.default.svc/version', headers=h)\n"
        "print(u.urlopen(r, context=ssl.create_default_context(cafile=f + 'ca.crt')).read().decode())\n"
    )
    assert json.loads(kubectl("exec", "hello", "--", "python", "-c", ask))["major"] == "1"


def machine() -> dict[str, str]:
    """Return what a node could change of the machine."""
    nft = shutil.which("nft") or "/usr/sbin/nft"
    ruleset = subprocess.run([nft, "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    settings = (
        "vm/overcommit_memory",
        "vm/panic_on_oom",
        "kernel/panic",
        "kernel/panic_on_oops",
        "net/ipv4/ip_forward",
    )
    folders = (
        "/run/netns",
        "/run/containerd",
        "/var/lib/kubelet",
        "/var/lib/cni",
        "/var/log/pods",
        "/var/log/containers",
    )
    return {
        "ruleset": re.sub(r"packets \d+ bytes \d+", "", ruleset),
        **{each: Path("/proc/sys", each).read_text() for each in settings},
        **{each: str(sorted(Path(each).rglob("*"))) for each in folders},
    }


@pytest.mark.parametrize("how", ["down", "guard killed", "enter killed"])
def test_leaves_no_trace(how: str) -> None:
    """`make node` survives who started it; `make node-down` removes all of it, also what a kill has left."""
    before = machine()
    up = [sys.executable, "-m", "tests.node", "up"]
    environment = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
    done = subprocess.run(up, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    assert done.stdout.startswith("export KUBECONFIG=")
    kubeconfig = done.stdout.strip().removeprefix("export KUBECONFIG=")
    folder = Path(kubeconfig).parent
    try:
        run = ["kubectl", f"--kubeconfig={kubeconfig}", "get", "nodes", "-o", "name"]
        assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "node/node\n"
        node = Node.join(folder)
        link, servers = node.block.link, node.plane.servers
        assert set(traces(folder, link)) > {str(folder), f"/sys/class/net/{link}"}
        if how == "guard killed":
            os.kill(servers.pid, signal.SIGKILL)
        if how == "enter killed":
            (outermost,) = [each.split()[1] for each in traces(folder) if f"/bin/sh {ENTER} {folder}" in each]
            os.kill(int(outermost), signal.SIGKILL)
            until(lambda: not any(each.startswith("process") for each in traces(folder)), 30, "its processes' end")
            assert folder.exists()
        servers.close()
    finally:
        subprocess.run([sys.executable, "-m", "tests.node", "down", folder], check=True, cwd=ROOT)
    gone(folder, link)
    assert machine() == before
