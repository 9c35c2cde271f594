"""images, imageTags and replicas."""

from __future__ import annotations

from tests.conformance.case import FAILS, differs, fails, table

_ALL = "deployment.yaml, job.yaml, cronjob.yaml, statefulset.yaml, gadget.yaml"
_DIGEST = "sha256:" + "24a0c4b4" * 8


def _images(entries: str) -> str:
    return f"resources: [{_ALL}]\nimages: [{entries}]\n"


_ODD = """
== odd.yaml
apiVersion: v1
kind: Pod
metadata: {name: odd}
spec:
  containers:
    - {name: a, image: nginx}
    - {name: b, image: "docker.io/nginx:1"}
    - {name: c, image: "nginx@sha256:aaaa"}
    - {name: d, image: "nginx:1.2@sha256:aaaa"}
    - {name: e, image: "localhost:5000/nginx"}
    - {name: f, image: "localhost:5000/nginx:1"}
    - {name: g, image: "nginx-extra:1"}
    - {name: h, image: "library/nginx:1"}
"""


def _odd(entries: str) -> str:
    return f"resources: [odd.yaml]\nimages: [{entries}]\n{_ODD}"


CASES = table("images", {
    "new-tag": _images("{name: nginx, newTag: v2}"),
    "new-name": _images("{name: nginx, newName: other/nginx}"),
    "new-name-and-tag": _images("{name: nginx, newName: other/nginx, newTag: v2}"),
    "digest": _images(f"{{name: nginx, digest: '{_DIGEST}'}}"),
    "digest-and-tag": _images(f"{{name: nginx, newTag: v2, digest: '{_DIGEST}'}}"),
    "tag-suffix": _images("{name: nginx, tagSuffix: -slim}"),
    "tag-suffix-and-tag": _images("{name: nginx, newTag: v2, tagSuffix: -slim}"),
    "registry-with-port": _images("{name: registry.example.com:5000/team/proxy, newTag: v2}"),
    "to-registry-with-port": _images("{name: nginx, newName: 'localhost:5000/nginx'}"),
    "several": _images("{name: nginx, newTag: v2}, {name: busybox, newTag: v3}, {name: nothing, newTag: v4}"),
    "one-after-the-other": _images("{name: nginx, newName: busybox}, {name: busybox, newTag: v3}"),
    "numeric-tag-in-quotes": _images("{name: nginx, newTag: '1.10'}"),
    "odd-tag": _odd("{name: nginx, newTag: v2}"),
    "odd-name": _odd("{name: nginx, newName: other}"),
    "odd-digest": _odd(f"{{name: nginx, digest: '{_DIGEST}'}}"),
    "odd-tag-suffix": _odd("{name: nginx, tagSuffix: -slim}"),
    "odd-port": _odd("{name: 'localhost:5000/nginx', newTag: v2}"),
    "pattern": _odd("{name: '.*nginx', newTag: v2}"),
    "old-field": f"resources: [{_ALL}]\nimageTags: [{{name: nginx, newTag: v2}}]\n",
    "custom-path": f"""
        resources: [{_ALL}]
        images: [{{name: nginx, newTag: v2}}]
        configurations: [images.yaml]
        == images.yaml
        images: [{{path: spec/image, kind: Gadget}}]
    """,
    "without-name": differs(
        "unchecked-words", "resources: [job.yaml]\nimages: [{newTag: v2}]\n",
        "Job/migrate spec.template.spec.containers.0.image", ours=FAILS, theirs="nginx:1.25",
    ),
    "nested": """
        resources: [base]
        images: [{name: other, newTag: v3}]
        == base/kustomization.yaml
        resources: [deployment.yaml]
        images: [{name: nginx, newName: other, newTag: v2}]
    """,
    "empty-entry": _images("{name: nginx}"),
    "containers-of-any-kind": """
        resources: [a.yaml]
        images: [{name: nginx, newTag: v2}]
        == a.yaml
        apiVersion: example.com/v1
        kind: Thing
        metadata: {name: a}
        spec:
          deep: {containers: [{image: nginx}], initContainers: [{image: "nginx:1"}], others: [{image: nginx}]}
    """,
})  # fmt: skip

REPLICAS = table("replicas", {
    "deployment": "resources: [deployment.yaml, service.yaml]\nreplicas: [{name: web, count: 5}]\n",
    "stateful-set": "resources: [statefulset.yaml]\nreplicas: [{name: db, count: 0}]\n",
    "several": "resources: [deployment.yaml, statefulset.yaml]\nreplicas: [{name: web, count: 5}, {name: db, count: 2}]\n",
    "all-of-a-name": """
        resources: [deployment.yaml, a.yaml]
        replicas: [{name: web, count: 5}]
        == a.yaml
        {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {}}
        ---
        {apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web}, spec: {}}
        ---
        {apiVersion: v1, kind: ReplicationController, metadata: {name: web}, spec: {}}
    """,
    "not-there": fails("resources: [deployment.yaml]\nreplicas: [{name: wbe, count: 5}]\n", "wbe"),
    "other-kind": fails("resources: [service.yaml]\nreplicas: [{name: web, count: 5}]\n", "web"),
    "by-the-name-before-the-prefix": """
        resources: [base]
        replicas: [{name: web, count: 5}]
        == base/kustomization.yaml
        resources: [deployment.yaml]
        namePrefix: my-
    """,
    "by-the-name-before-the-prefix-beside-it": "resources: [deployment.yaml]\nnamePrefix: my-\nreplicas: [{name: web, count: 5}]\n",
    "custom-kind": """
        resources: [gadget.yaml]
        replicas: [{name: toy, count: 5}]
        configurations: [replicas.yaml]
        == replicas.yaml
        replicas: [{path: spec/replicas, kind: Gadget, create: true}]
    """,
})  # fmt: skip
