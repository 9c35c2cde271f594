"""What the parts owe each other: everything there is stands in a case, and what all cases render holds together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from django_operator.engine.errors import RenderError
from django_operator.stack import names, spec
from django_operator.stack.check import ROOT as RESOURCE
from django_operator.stack.derive import OF_STACK, OF_WORKLOADS
from django_operator.stack.library import library
from django_operator.stack.render import render
from django_operator.stack.secrets import required
from django_operator.stack.select import bases, builtins, fixed_patches, instances
from django_operator.stack.site import read
from django_operator.stack.stages import STAGES, stage_of
from django_operator.stack.workloads import workloads
from tests.cases import CASES, Case, good, rendered
from tests.shipped import ROOT, Object, containers, pod_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from msgspec import Struct

    from django_operator.stack.shape import Shape
    from django_operator.stack.site import Site

GOOD = good()
EACH = pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)


def sites() -> Iterator[Site]:
    """Yield the site of each case that becomes something."""
    for case in GOOD:
        yield rendered(case).site


# --- Everything there is stands in a case ---------------------------------------------------------------------------


def test_every_feature_has_a_case() -> None:
    """Each function that derives changes from a spec changes something in some case."""
    used = {feature for feature in OF_STACK for site in sites() if any(True for _ in feature(site))}
    many = {
        feature
        for feature in OF_WORKLOADS
        for site in sites()
        for workload in workloads(site)
        if any(True for _ in feature(site, workload))
    }
    assert [each.__name__ for each in (*OF_STACK, *OF_WORKLOADS) if each not in used | many] == []


def test_every_shipped_file_has_a_case() -> None:
    """Each base, each built-in overlay and each fixed patch is called for by some case."""
    folders = {name for site in sites() for name, _ in bases(site)}
    folders |= {name for site in sites() for each in instances(site) for name in each.bases}
    assert folders == {path.name for path in (ROOT / "bases").iterdir()}
    overlays = {name for site in sites() for name, _ in builtins(site, library()).found}
    assert overlays == {path.name for path in (ROOT / "overlays").iterdir()}
    patches = {each.name for site in sites() for each in fixed_patches(site)}
    assert patches == {path.stem for path in (ROOT / "patches").iterdir()}


def test_every_shipped_file_loads() -> None:
    """Each YAML file that is shipped is read, whether a case needs it or not."""
    for folder, files in (("bases", library().bases), ("overlays", library().components), ("patches", library().fixed)):
        for path in (ROOT / folder).rglob("*.yaml"):
            inner = str(path.relative_to(ROOT / folder))
            assert files.documents(inner, "", rendered(GOOD[0]).site.document.origin()), path


def test_every_field_has_a_case() -> None:
    """Each field of the resource is written in some case, those of metadata aside."""
    used: set[tuple[type[Struct], str]] = set()
    for case in CASES:
        try:
            document = case.documents()[0]
        except RenderError:
            continue
        used |= set(written(document.value, RESOURCE))
    known = {(cls, name) for cls, name in fields(RESOURCE, set()) if cls not in (spec.Metadata, spec.Django)}
    assert sorted(f"{cls.__name__}.{name}" for cls, name in known - used) == []


def fields(shape: Shape, seen: set[type[Struct]]) -> Iterator[tuple[type[Struct], str]]:
    """Yield every field that can be reached from a shape."""
    if shape.cls is not None and shape.cls not in seen:
        seen.add(shape.cls)
        for name, field in shape.fields.items():
            yield shape.cls, name
            yield from fields(field.shape, seen)
    if shape.item is not None:
        yield from fields(shape.item, seen)


def written(value: Any, shape: Shape) -> Iterator[tuple[type[Struct], str]]:
    """Yield every field of a shape that a value has."""
    if shape.cls is not None and isinstance(value, dict):
        for name in value.keys() & shape.fields.keys():
            yield shape.cls, name
            yield from written(value[name], shape.fields[name].shape)
    elif shape.item is not None and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from written(item, shape.item)


def test_every_overlay_has_its_paragraph() -> None:
    """docs/overlays.md has a line and a section for each built-in overlay, and for no other."""
    text = (ROOT / "docs/overlays.md").read_text()
    known = list(library().overlays())
    assert re.findall(r"^\| \[`([a-z-]+)`\]", text, re.MULTILINE) == known
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == known


# --- What is rendered holds together --------------------------------------------------------------------------------

LIMITS = {"CronJob": 52, "StatefulSet": 52}


@EACH
def test_names_and_labels(case: Case) -> None:
    """Every name and label carries the site; names leave room for what controllers append; stages are in order."""
    result = rendered(case)
    prefix = f"{result.site.name}-"
    for body in result.objects:
        metadata = body["metadata"]
        where = f"{body['kind']}/{metadata['name']}"
        labels = metadata["labels"]
        assert metadata["name"].startswith(prefix), where
        assert len(metadata["name"]) <= LIMITS.get(body["kind"], 63), where
        assert metadata.get("namespace") == result.site.namespace, where
        assert labels[names.INSTANCE] == labels[names.PART_OF] == result.site.name, where
        assert labels[names.MANAGED_BY] == "django-operator", where
        if template := pod_of(body):
            labels = labels | template["metadata"]["labels"]
            assert template["metadata"]["labels"][names.INSTANCE] == result.site.name, where
            ports = [port["name"] for each in containers(template["spec"]) for port in each.get("ports", [])]
            assert all(len(name) <= 15 for name in ports), where
            assert len({each["name"] for each in containers(template["spec"])}) == len(containers(template["spec"]))
            assert all(len(each["name"]) <= 63 for each in containers(template["spec"])), where
        assert all(re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", text) for text in labels.values())
    assert [stage_of(body) for body in result.objects] == sorted(map(stage_of, result.objects), key=STAGES.index)
    ids = [(body["apiVersion"], body["kind"], body["metadata"]["name"]) for body in result.objects]
    assert len(set(ids)) == len(ids)


@EACH
def test_versions_are_in_no_selector(case: Case) -> None:
    """What changes with a release never stands where the API server forbids a change."""
    for body in rendered(case).objects:
        spec = body.get("spec") or {}
        fixed = [spec.get("selector"), spec.get("volumeClaimTemplates")]
        assert names.VERSION not in str(fixed), body["metadata"]["name"]


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Tell whether a label selector fits labels."""
    for each in selector.get("matchExpressions", []):
        key, operator, values = each["key"], each["operator"], each.get("values", [])
        fits = {"In": labels.get(key) in values, "Exists": key in labels}[operator]
        if not fits:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


@EACH
def test_selectors_fit_the_pods_that_are_meant(case: Case) -> None:
    """A workload, its Service and its budget select its own pods and no others, of this site and no other."""
    objects = rendered(case).objects
    pods = {
        (body["kind"], body["metadata"]["name"]): template["metadata"]["labels"]
        for body in objects
        if (template := pod_of(body))
    }
    for body in objects:
        kind, name = body["kind"], body["metadata"]["name"]
        if names.COMPONENT not in body["metadata"]["labels"]:
            continue  # an object of the user's own
        if kind in ("Deployment", "StatefulSet", "PodDisruptionBudget"):
            selector = body["spec"]["selector"]
        elif kind == "Service":
            selector = {"matchLabels": body["spec"]["selector"]}
        else:
            continue
        chosen = [who for who, labels in pods.items() if matches(selector, labels)]
        assert [found for _, found in chosen] == [name], (kind, name)
        assert selector["matchLabels"][names.INSTANCE] == rendered(case).site.name


@EACH
def test_policies_reach_every_pod(case: Case) -> None:
    """Where everything is closed, every pod of the image may still reach its data, and data takes it in."""
    objects = rendered(case).objects
    policies = {body["metadata"]["name"]: body["spec"] for body in objects if body["kind"] == "NetworkPolicy"}
    prefix = rendered(case).site.name
    if f"{prefix}-default-deny" not in policies:
        return
    for body in objects:
        template = pod_of(body)
        if template is None or "django" not in [each["name"] for each in template["spec"]["containers"]]:
            continue
        labels = template["metadata"]["labels"]
        for name in ("data", "internet", "dns"):
            assert matches(policies[f"{prefix}-{name}"]["podSelector"], labels), (body["metadata"]["name"], name)
        for name in ("redis", "postgres"):
            sources = policies[f"{prefix}-{name}"]["ingress"][0]["from"]
            assert any(matches(each["podSelector"], labels) for each in sources), (body["metadata"]["name"], name)


REFERENCES = {
    "serviceAccountName": "ServiceAccount",
    "configMapRef": "ConfigMap",
    "configMapKeyRef": "ConfigMap",
    "configMap": "ConfigMap",
    "claimName": "PersistentVolumeClaim",
    "service": "Service",
    "backendRefs": "Service",
    "scaleTargetRef": "Deployment",
    "secretName": "Secret",
    "secretRef": "Secret",
    "secretKeyRef": "Secret",
    "imagePullSecrets": "Secret",
}


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) of everything that a value refers to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for field, item in value.items():
            kind = REFERENCES.get(field)
            for each in item if isinstance(item, list) else [item]:
                if isinstance(each, dict) and each.get("optional"):
                    continue
                if kind and isinstance(each, str):
                    yield kind, each
                elif kind and isinstance(each, dict) and isinstance(each.get("name"), str):
                    yield kind, each["name"]
            yield from references(item)


def texts(value: Any) -> Iterator[str]:
    """Yield all texts of a value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from texts(item)


@EACH
def test_references_are_kept(case: Case) -> None:
    """What an object refers to is rendered, or named so by the user; a Secret may also be one that is asked for."""
    result = rendered(case)
    needs = required(result.site, result.objects)
    there = {(body["kind"], body["metadata"]["name"]) for body in result.objects}
    there |= {("Secret", need.name) for need in needs}
    for body in result.objects:
        if body["kind"] == "Certificate":
            there.add(("Secret", body["spec"]["secretName"]))
        if body["kind"] == "Cluster":
            there.add(("Secret", f"{body['metadata']['name']}-app"))
    said = {each for body in result.objects for each in references(body.get("spec") or {})}
    own = {text for document in case.documents() for text in texts(document.value)}
    assert not {(kind, name) for kind, name in said - there if kind == "Secret" or name not in own}
    called = names.names(result.site)
    made = {need.name for need in needs if need.made_by == "operator"}
    assert made <= {called.secret_key, called.redis, called.postgres}


@EACH
def test_urls_refer_to_what_is_rendered(case: Case) -> None:
    """Addresses inside texts, where no name reference reaches, are those of Services that are there."""
    result = rendered(case)
    services = {body["metadata"]["name"] for body in result.objects if body["kind"] == "Service"}
    for body in result.objects:
        for text in texts(body):
            for host in re.findall(rf"@({result.site.name}-[a-z]+):[0-9]+/", text):
                assert host in services, text
            if match := re.fullmatch(r"([a-z0-9-]+)\.([a-z0-9-]+)\.svc:6379", text):
                assert match[1] in services, text
                assert match[2] == result.site.namespace, text


@EACH
def test_environment_refers_back(case: Case) -> None:
    """Each `$(NAME)` in env stands below what it names, or names nothing of this container; no name comes twice."""
    for body in rendered(case).objects:
        template = pod_of(body)
        for each in containers(template["spec"]) if template else ():
            above: list[str] = []
            every = [item["name"] for item in each.get("env", [])]
            assert len(set(every)) == len(every)
            for item in each.get("env", []):
                for name in re.findall(r"\$\(([A-Za-z_0-9]+)\)", item.get("value") or ""):
                    assert name in above or name not in every, (body["metadata"]["name"], item)
                above.append(item["name"])


@EACH
def test_config_maps_are_hashed(case: Case) -> None:
    """A ConfigMap of ours is named after its content, so that pods of the version before keep theirs."""
    for body in rendered(case).objects:
        if body["kind"] == "ConfigMap" and names.COMPONENT in body["metadata"]["labels"]:
            assert re.fullmatch(r".+-[0-9a-z]{10}", body["metadata"]["name"])


@EACH
def test_an_autoscaler_owns_the_count(case: Case) -> None:
    """What an autoscaler scales has no count, and only one autoscaler."""
    objects = rendered(case).objects
    scaled = [
        body["spec"]["scaleTargetRef"]["name"]
        for body in objects
        if body["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")
    ]
    assert len(set(scaled)) == len(scaled)
    for body in objects:
        if body["kind"] == "Deployment" and body["metadata"]["name"] in scaled:
            assert "replicas" not in body["spec"]


def step_of(container: dict[str, Any]) -> list[str]:
    """Return the command of a step: what a script runs behind a lock, where there is a database to lock."""
    found: list[str] = container.get("args") or container["command"]
    return found


def test_jobs_of_one_name_run_the_same() -> None:
    """Cases whose Jobs have one name run the same commands of the same image, in containers of the same names."""
    seen: dict[str, list[Any]] = {}
    for case in GOOD:
        for body in rendered(case).objects:
            if body["kind"] == "Job" and "overlays" not in case.documents()[0].value["spec"]:
                every = containers(body["spec"]["template"]["spec"])
                # The last container of a release is `django` whatever its step is called.
                runs = [(each["name"], each["image"], step_of(each)) for each in every]
                assert seen.setdefault(body["metadata"]["name"], runs) == runs


JOBS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, set()),
    "env": ({"env": [{"name": "A", "value": "b"}]}, set()),
    "version": ({"version": "2"}, {"release", "post"}),
    "image": ({"image": "mirror.example.com/shop"}, {"release", "post"}),
    "manage": ({"manage": ["./manage.py"]}, {"release", "post"}),
    "preDeploy": ({"release": {"preDeploy": [{"args": ["check"]}]}}, {"release"}),
    "name of a step": ({"release": {"preDeploy": [{"args": ["migrate"], "name": "first"}]}}, {"release"}),
    "fixtures": ({"release": {"fixtures": ["more"]}}, {"release"}),
    "init": ({"release": {"init": [{"args": ["seed"]}]}}, {"release"}),
    "postDeploy": ({"release": {"postDeploy": [{"args": ["warm"]}]}}, {"post"}),
    "resources of a release": ({"release": {"resources": {"limits": {"memory": "1Gi"}}}}, set()),
    "always": ({"release": {"always": True}, "env": [{"name": "A", "value": "b"}]}, {"release", "post"}),
}
"""What is laid over a spec, and the components whose Job is a new one for it."""
RELEASE = {
    "preDeploy": [{"args": ["migrate"]}],
    "fixtures": ["first"],
    "init": [{"args": ["createadmin"]}],
    "postDeploy": [{"args": ["ping"]}],
}
RELEASED: dict[str, Any] = {"image": "shop", "version": "1", "project": "shop", "release": RELEASE}


def jobs(more: dict[str, Any], *, initialized: bool = False, retry: str = "") -> dict[str, Object]:
    """Return the Jobs of a spec by component."""
    spec = {**RELEASED, **more, "release": {**RELEASE, **more.get("release", {})}}
    metadata = {"name": "shop", "annotations": {"django-operator.io/retry": retry}}
    body = {"apiVersion": "django-operator.io/v1alpha1", "kind": "Django", "metadata": metadata, "spec": spec}
    objects = render(read(body, initialized=initialized), library()).objects
    return {each["metadata"]["labels"][names.COMPONENT]: each for each in objects if each["kind"] == "Job"}


@pytest.mark.parametrize("changed", JOBS)
def test_a_job_is_new_for_what_it_runs(changed: str) -> None:
    """Each Job is a new one when its own commands are others, or image and version; not for the other Job's."""
    more, wanted = JOBS[changed]
    before, after = jobs({}), jobs(more)
    assert {key for key in before if before[key]["metadata"]["name"] != after[key]["metadata"]["name"]} == wanted


def test_a_retry_is_of_all() -> None:
    """Another value of the annotation makes both Jobs new."""
    before, after = jobs({}), jobs({}, retry="1")
    assert all(before[key]["metadata"]["name"] != after[key]["metadata"]["name"] for key in before)


def test_what_runs_once_is_left_out_of_what_is_initialized() -> None:
    """The release Job then runs preDeploy alone, and keeps its name; where nothing else was to run, there is no Job."""
    before, after = jobs({}), jobs({}, initialized=True)
    assert [step_of(each)[-1] for each in containers(before["release"]["spec"]["template"]["spec"])] == [
        *("migrate", "first", "createadmin")
    ]
    assert [step_of(each)[-1] for each in containers(after["release"]["spec"]["template"]["spec"])] == ["migrate"]
    assert before["release"]["metadata"]["name"] == after["release"]["metadata"]["name"]
    assert before["post"] == after["post"]
    assert jobs({"release": {"preDeploy": []}}, initialized=True).keys() == {"post"}


def test_the_map_is_complete() -> None:
    """ARCHITECTURE.md names every module, and none that is not there."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for part in ("engine", "stack", "apply", "operator", "cli", "cli/live"):
        table = page.split(f"### {part}/\n")[1].split("\n#")[0]
        named = {
            word.rstrip("/")
            for row in table.splitlines()
            for word in re.findall(r"`([a-z0-9_]+/?)`", row.split("|")[1] if "|" in row else "")
        }
        folder = ROOT / "django_operator" / part
        there = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir() if path.is_dir()}
        assert named == there - {"__init__", "__pycache__"}
