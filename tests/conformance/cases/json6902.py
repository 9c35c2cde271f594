"""JSON patches (RFC 6902), in `patches` and in `patchesJson6902`."""

from __future__ import annotations

from tests.conformance.case import ABSENT, FAILS, differs, fails, table


def _on(operations: str, kind: str = "Deployment", file: str = "deployment.yaml") -> str:
    return f"resources: [{file}]\npatches:\n  - target: {{kind: {kind}}}\n    patch: '[{operations}]'\n"


CASES = table("json6902", {
    "replace": _on('{"op": "replace", "path": "/spec/replicas", "value": 4}'),
    "add-member": _on('{"op": "add", "path": "/spec/paused", "value": true}'),
    "add-over-a-member": _on('{"op": "add", "path": "/spec/replicas", "value": 9}'),
    "add-to-list": _on('{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--debug"}'),
    "insert-in-list": _on('{"op": "add", "path": "/spec/template/spec/containers/0/args/1", "value": "x"}'),
    "remove": _on('{"op": "remove", "path": "/spec/replicas"}'),
    "remove-from-list": _on('{"op": "remove", "path": "/spec/template/spec/containers/0/env/1"}'),
    "move": _on('{"op": "move", "from": "/metadata/labels/app", "path": "/metadata/labels/name"}'),
    "copy": _on('{"op": "copy", "from": "/metadata/labels/app", "path": "/metadata/labels/name"}'),
    "test-holds": _on('{"op": "test", "path": "/spec/replicas", "value": 1}, {"op": "remove", "path": "/spec/replicas"}'),
    "test-fails": fails(_on('{"op": "test", "path": "/spec/replicas", "value": 2}'), "test"),
    "escaped-pointer": _on('{"op": "add", "path": "/metadata/labels/example.com~1tier", "value": "front"}'),
    "null-value": _on('{"op": "add", "path": "/spec/template/spec/nodeName", "value": null}'),
    "remove-what-is-not-there": fails(_on('{"op": "remove", "path": "/spec/nothing"}'), "/spec/nothing"),
    "add-below-what-is-not-there": fails(_on('{"op": "add", "path": "/spec/nothing/more", "value": 1}'), "/spec/nothing"),
    "index-out-of-range": fails(_on('{"op": "replace", "path": "/spec/template/spec/containers/9", "value": 1}'), "9"),
    "unknown-operation": fails(_on('{"op": "merge", "path": "/spec", "value": 1}'), "merge"),
    "name-and-references-follow": """
        resources: [service.yaml, ingress.yaml]
        patches:
          - target: {kind: Service}
            patch: '[{"op": "replace", "path": "/metadata/name", "value": "other"}]'
    """,
    "yaml": """
        resources: [deployment.yaml]
        patches:
          - target: {kind: Deployment, name: web}
            patch: |-
              - op: replace
                path: /spec/template/spec/containers/0/image
                value: other:1
              - op: add
                path: /spec/template/spec/containers/0/resources
                value: {limits: {cpu: 500m, memory: 64Mi}}
    """,
    "file-many-targets": """
        resources: [deployment.yaml, statefulset.yaml]
        patches: [{path: scale.json, target: {kind: Deployment|StatefulSet}}]
        == scale.json
        [{"op": "replace", "path": "/spec/replicas", "value": 3}]
    """,
    "old-field-file": """
        resources: [deployment.yaml]
        patchesJson6902:
          - {path: scale.yaml, target: {group: apps, version: v1, kind: Deployment, name: web}}
        == scale.yaml
        - {op: replace, path: /spec/replicas, value: 3}
    """,
    "old-field-inline": """
        resources: [deployment.yaml]
        patchesJson6902:
          - target: {kind: Deployment, name: web}
            patch: |-
              - {op: replace, path: /spec/replicas, value: 3}
    """,
    "old-field-comes-after-the-prefix-and-labels": """
        resources: [deployment.yaml]
        namePrefix: my-
        commonLabels: {tier: front}
        patchesJson6902:
          - target: {kind: Deployment, name: web}
            patch: |-
              - {op: replace, path: /metadata/labels/tier, value: back}
              - {op: test, path: /metadata/name, value: my-web}
    """,
    "without-target": fails("""
        resources: [deployment.yaml]
        patches: [{patch: '[{"op": "remove", "path": "/spec/replicas"}]'}]
    """, "target"),
    "replace-what-is-not-there": differs(
        "json-patch-not-rfc", _on('{"op": "replace", "path": "/spec/paused", "value": true}'),
        "Deployment/web spec.paused", ours=FAILS, theirs=True,
    ),
    "negative-index": differs(
        "json-patch-not-rfc", _on('{"op": "remove", "path": "/spec/template/spec/containers/-1"}'),
        "Deployment/web spec.template.spec.containers.*.name", ours=FAILS, theirs=["web"],
    ),
    "large-integer": differs(
        "json-patch-not-rfc",
        _on('{"op": "add", "path": "/data/a", "value": "x"}', "ConfigMap", "a.yaml")
        + "== a.yaml\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {}, big: 12345678901234567}\n",
        "ConfigMap/a big", ours=12345678901234567, theirs=12345678901234568,
    ),
    "annotations-are-there-by-accident": differs(
        "internal-annotations", _on('{"op": "add", "path": "/metadata/annotations/a", "value": "b"}', "Service", "service.yaml"),
        "Service/web metadata.annotations", ours=FAILS, theirs={"a": "b"},
    ),
    "labels-must-be-there": fails(_on('{"op": "add", "path": "/metadata/labels/a", "value": "b"}', "Service", "service.yaml")),
    "leaves-no-trace-of-a-test": differs(
        "json-patch-not-rfc", _on('{"op": "remove", "path": "/spec/template/spec/containers/01"}'),
        "Deployment/web spec.template.spec.containers.1", ours=FAILS, theirs=ABSENT,
    ),
})  # fmt: skip
