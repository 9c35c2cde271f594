"""The harness itself: what the tests of the operator take for granted of their control plane."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster.binaries import NEWEST, OLDEST
from tests.cluster.client import ApiError
from tests.cluster.plane import ControlPlane
from tests.cluster.processes import ServerError

if TYPE_CHECKING:
    from tests.cluster.access import Cluster
    from tests.cluster.client import Client, Object

ROOT = Path(__file__).resolve().parents[2]


def config_map(namespace: str, name: str, owner: Object | None = None, **data: str) -> Object:
    """Return a ConfigMap, owned or not."""
    meta: Object = {"namespace": namespace, "name": name}
    if owner:
        reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
        meta["ownerReferences"] = [{**reference, "uid": owner["metadata"]["uid"], "blockOwnerDeletion": True}]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


@pytest.mark.parametrize("server", [NEWEST, OLDEST])
def test_is_up_in_seconds_and_gone_without_trace(server: str) -> None:
    """It serves within 10 seconds of processor time (the clock depends on what else runs), and nothing of it stays."""
    with ControlPlane.start(server) as plane:
        pids, folder = plane.servers.pids(), plane.folder
        took = sum(map(processor_seconds, pids.values()))
        assert plane.client().get("/version")["gitVersion"] == plane.version
    assert took < 10
    assert {*pids} == {"etcd", "kube-apiserver"}
    assert not folder.exists()
    assert not [pid for pid in pids.values() if Path(f"/proc/{pid}").exists()]


def processor_seconds(pid: int) -> float:
    """Return what a process has used up so far."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def test_goes_with_a_killed_test() -> None:
    """SIGKILL to the process that started it leaves neither a process nor a file."""
    code = (
        "import sys, time; from tests.cluster.plane import ControlPlane; plane = ControlPlane.start();"
        "print(plane.folder, *plane.servers.pids().values(), flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        folder, *pids = holder.stdout.readline().split()
    assert len(pids) == 2
    assert Path(folder).exists()
    holder.kill()
    holder.wait()
    deadline = time.monotonic() + 10
    left = [Path(folder), *(Path(f"/proc/{pid}") for pid in pids)]
    while any(path.exists() for path in left) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [path for path in left if path.exists()]


def test_servers_go_with_their_guard() -> None:
    """SIGKILL to the guard, which nothing can clean up after, leaves no process."""
    with ControlPlane.start() as plane:
        pids, folder = plane.servers.pids().values(), plane.folder
        [guard] = {*map(parent, pids)}
        os.kill(guard, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(map(parent, pids)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not any(map(parent, pids))
    shutil.rmtree(folder)


def parent(pid: int) -> int:
    """Return the parent of a process, 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except FileNotFoundError:
        return 0


def test_is_shared_until_the_last_holder_goes() -> None:
    """Whoever joins keeps it alive; with the last one it ends."""
    first = ControlPlane.start()
    second = ControlPlane.join(first.folder)
    first.stop()
    assert second.client().get("/readyz") == "ok"
    second.stop()
    assert not second.folder.exists()
    with pytest.raises(OSError, match="No such file"):
        ControlPlane.join(second.folder)


def test_a_server_that_does_not_start_says_why() -> None:
    """The last words of a server are in the error, and nothing of it stays."""
    with pytest.raises(ServerError, match="unknown flag: --no-such-flag"):
        ControlPlane.start(flags_=["--no-such-flag"])


def test_server_side_apply(client: Client, namespace: str) -> None:
    """Apply is real: managers own fields, conflicts are refused, what is no longer applied goes."""
    client.apply(config_map(namespace, "a", one="1", two="2"), "first")
    with pytest.raises(ApiError) as caught:
        client.apply(config_map(namespace, "a", one="x"), "second", force=False)
    assert (caught.value.code, caught.value.reason) == (409, "Conflict")
    assert client.apply(config_map(namespace, "a", two="2"), "first")["data"] == {"two": "2"}


def test_users_have_no_rights_but_those_given(cluster: Cluster, client: Client, namespace: str) -> None:
    """RBAC is on: for ServiceAccounts, and for an administrator who acts as one."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    token = cluster.service_account(namespace, "someone")
    with pytest.raises(ApiError, match="403 Forbidden"):
        cluster.client(token).get(path)
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    subject = {"kind": "ServiceAccount", "namespace": namespace, "name": "someone"}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "roleRef": role}
    client.apply({**binding, "metadata": {"namespace": namespace, "name": "someone"}, "subjects": [subject]})
    client.wait(f"{path}", lambda _: cluster.client(token).find(path) is not None)
    assert cluster.client(token).items(path) is not None
    acting = cluster.kubeconfig(namespace=namespace, impersonate=f"system:serviceaccount:{namespace}:someone")
    command = ["kubectl", "--kubeconfig", str(acting), "auth", "can-i"]
    verbs = {
        verb: subprocess.run([*command, verb, "configmaps"], capture_output=True, text=True, check=False).stdout.strip()
        for verb in ("get", "delete")
    }
    assert verbs == {"get": "yes", "delete": "no"}


def test_blocking_an_owners_deletion_needs_the_right_to(plane: ControlPlane, client: Client, namespace: str) -> None:
    """OwnerReferencesPermissionEnforcement is on: an operator without `djangos/finalizers` is found out."""
    owner = client.create(config_map(namespace, "owner"))
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "get", "patch"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": namespace}}
    role["metadata"]["name"] = "alice"  # type: ignore[index]
    client.apply({**role, "rules": rules})
    bound = {**role, "kind": "RoleBinding", "subjects": [{"kind": "User", "name": "alice"}]}
    client.apply({**bound, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "alice"}})
    alice = plane.client(plane.tokens["alice"])
    client.wait(client.path_of(owner), lambda it: alice.apply(config_map(namespace, "free")) and it)
    with pytest.raises(ApiError, match="cannot set blockOwnerDeletion"):
        alice.apply(config_map(namespace, "child", owner))


def test_garbage_is_collected(client: Client, namespace: str) -> None:
    """What an object owns goes with it."""
    owner = client.create(config_map(namespace, "owner"))
    child = client.create(config_map(namespace, "child", owner))
    client.delete(client.path_of(owner), propagationPolicy="Background")
    client.wait(client.path_of(child), lambda it: it is None)


def test_audit(plane: ControlPlane, client: Client, namespace: str) -> None:
    """Each request since a mark, with who and what; reads, writes, dry runs and refusals can be told apart."""
    mark = plane.audit.mark()
    mine = plane.client(agent="somebody/1.0")
    mine.apply(config_map(namespace, "a"), "me")
    mine.apply(config_map(namespace, "b"), "me", dryRun="All")
    assert mine.find(f"/api/v1/namespaces/{namespace}/configmaps/none") is None
    with pytest.raises(TimeoutError):
        list(mine.watch(f"/api/v1/namespaces/{namespace}/configmaps", client_version(client, namespace), seconds=0.5))
    seen = [each for each in plane.audit.since(mark, agent="somebody/1.0") if each.resource]
    got = [(each.verb, each.resource, each.name, each.namespace, each.code, each.dry_run) for each in seen]
    assert got == [
        ("patch", "configmaps", "a", namespace, 201, False),
        ("patch", "configmaps", "b", namespace, 201, True),
        ("get", "configmaps", "none", namespace, 404, False),
        ("watch", "configmaps", "", namespace, 200, False),
    ]
    assert [each.name for each in seen if each.is_write] == ["a"]
    assert {(each.user, each.manager) for each in seen[:2]} == {("admin", "me")}
    assert not [*plane.audit.since(plane.audit.mark(), agent="somebody/1.0")]


def client_version(client: Client, namespace: str) -> str:
    """Return the resourceVersion of now."""
    version: str = client.get(f"/api/v1/namespaces/{namespace}/configmaps")["metadata"]["resourceVersion"]
    return version


def test_restart_keeps_data_and_address(own_plane: ControlPlane) -> None:
    """After a crash, too, the same objects are at the same address; ServiceAccounts keep their tokens."""
    client, namespace = own_plane.client(), own_plane.namespace()
    kept = client.apply(config_map(namespace, "kept", a="1"))
    token = own_plane.service_account(namespace, "default")
    for number in (signal.SIGTERM, signal.SIGKILL):
        before = own_plane.servers.pids()["kube-apiserver"]
        own_plane.restart(number)
        assert own_plane.servers.pids()["kube-apiserver"] != before
        assert client.get(client.path_of(kept))["metadata"]["uid"] == kept["metadata"]["uid"]
        with pytest.raises(ApiError, match="403"):
            own_plane.client(token).get(client.path_of(kept))


def test_stopped_server_refuses_connections(own_plane: ControlPlane) -> None:
    """While it is down nobody answers; then it is there again."""
    own_plane.stop_api()
    with pytest.raises(ConnectionRefusedError):
        own_plane.client().get("/readyz")
    own_plane.start_api()
    assert own_plane.client().get("/readyz") == "ok"


def test_old_versions_expire(own_plane: ControlPlane) -> None:
    """`expire` ends lists under way and watches: 410. What is there stays."""
    client, namespace = own_plane.client(), own_plane.namespace()
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    for name in "abc":
        client.apply(config_map(namespace, name))
    page = client.get(path, limit=1)["metadata"]
    client.apply(config_map(namespace, "d"))
    own_plane.expire()
    with pytest.raises(ApiError) as listed:
        client.get(path, limit=1, **{"continue": page["continue"]})
    assert listed.value.code == 410
    with pytest.raises(ApiError) as watched:
        next(client.watch(path, page["resourceVersion"]))
    assert watched.value.code == 410
    assert {each["metadata"]["name"] for each in client.items(path)} >= {*"abcd"}


def test_a_workers_environment_names_another_cluster(plane: ControlPlane, tmp_path: Path) -> None:
    """With DJANGO_OPERATOR_TEST_KUBECONFIG the tests go to that cluster; those that would break it fail, and say so."""
    tests = ("test_garbage_is_collected", "test_stopped_server_refuses_connections")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'run'}"]
        + [f"{__file__}::{name}" for name in tests],
        cwd=ROOT,
        env={**os.environ, "DJANGO_OPERATOR_TEST_KUBECONFIG": str(plane.kubeconfig())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed, 1 error" in done.stdout
    assert "unset DJANGO_OPERATOR_TEST_KUBECONFIG" in done.stdout
