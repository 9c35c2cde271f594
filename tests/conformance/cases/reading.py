"""vars, and how YAML is read."""

from __future__ import annotations

from tests.conformance.case import ABSENT, FAILS, differs, fails, table

VARS = table("vars", {
    "object-of-another-kustomization": differs("vars-look-everywhere", """
        resources: [base, settings.yaml]
        == base/kustomization.yaml
        resources: [a.yaml]
        vars: [{name: NAME, objref: {apiVersion: v1, kind: ConfigMap, name: settings}}]
        == base/a.yaml
        {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a, args: [$(NAME)]}]}}
    """, "Pod/a spec.containers.0.args", ours=["settings"], theirs=FAILS),
    "in-arguments": """
        resources: [deployment.yaml, service.yaml]
        namePrefix: my-
        vars:
          - {name: SERVICE, objref: {apiVersion: v1, kind: Service, name: web}}
          - {name: PORT, objref: {apiVersion: v1, kind: Service, name: web}, fieldref: {fieldpath: "spec.ports[0].port"}}
        patches:
          - target: {kind: Deployment}
            patch: |-
              - op: replace
                path: /spec/template/spec/containers/0/args
                value: ["http://$(SERVICE):$(PORT)/", "$(OTHER)", "$$(SERVICE)"]
    """,
    "in-env": """
        resources: [deployment.yaml, settings.yaml]
        vars: [{name: COLOUR, objref: {apiVersion: v1, kind: ConfigMap, name: settings}, fieldref: {fieldPath: data.colour}}]
        patches:
          - target: {kind: Deployment}
            patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/env/0/value", "value": "is $(COLOUR)"}]'
    """,
    "of-a-generated-name": """
        resources: [deployment.yaml]
        configMapGenerator: [{name: settings, literals: [colour=red]}]
        vars: [{name: NAME, objref: {apiVersion: v1, kind: ConfigMap, name: settings}}]
        patches:
          - target: {kind: Deployment}
            patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "$(NAME)"}]'
    """,
    "of-a-base": """
        resources: [base]
        namePrefix: my-
        == base/kustomization.yaml
        resources: [deployment.yaml, service.yaml]
        vars: [{name: SERVICE, objref: {apiVersion: v1, kind: Service, name: web}}]
        patches:
          - target: {kind: Deployment}
            patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "$(SERVICE)"}]'
    """,
    "whole-number": """
        resources: [deployment.yaml, service.yaml]
        vars: [{name: PORT, objref: {apiVersion: v1, kind: Service, name: web}, fieldref: {fieldpath: "spec.ports[0].targetPort"}}]
        configurations: [fields.yaml]
        patches:
          - target: {kind: Deployment}
            patch: '[{"op": "replace", "path": "/spec/replicas", "value": "$(PORT)"}]'
        == fields.yaml
        varReference: [{path: spec/replicas, kind: Deployment}]
    """,
    "object-not-there": fails("""
        resources: [deployment.yaml]
        vars: [{name: SERVICE, objref: {apiVersion: v1, kind: Service, name: web}}]
        patches:
          - target: {kind: Deployment}
            patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "$(SERVICE)"}]'
    """, "web"),
    "twice": fails("""
        resources: [deployment.yaml, service.yaml]
        vars:
          - {name: A, objref: {apiVersion: v1, kind: Service, name: web}}
          - {name: A, objref: {apiVersion: apps/v1, kind: Deployment, name: web}}
    """, "A"),
    "unused": "resources: [service.yaml]\nvars: [{name: A, objref: {apiVersion: v1, kind: Service, name: web}}]\n",
})  # fmt: skip

YAML = table("yaml", {
    "date": differs(
        "dates-become-times", """
        resources: [a.yaml]
        namePrefix: my-
        == a.yaml
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {date: 2026-01-31}}
        """, "Thing/my-a spec.date", ours="2026-01-31", theirs="2026-01-31T00:00:00Z",
    ),
    "key-that-looks-like-a-number-or-flag": """
        resources: [a.yaml]
        == a.yaml
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {"1": one, "true": two, "null": three}}
    """,
    "word-as-a-key-of-the-kustomization": differs(
        "words-of-yaml-1-1", "resources: [service.yaml]\ncommonAnnotations: {n: '1'}\n",
        "Service/web metadata.annotations", ours={"n": "1"}, theirs=FAILS,
    ),
    "octal": """
        resources: [a.yaml]
        == a.yaml
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {mode: 0o644}}
    """,
    "octal-of-yaml-1-1": differs(
        "numbers-of-yaml-1-1", """
        resources: [a.yaml]
        == a.yaml
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {mode: 0644}}
        """, "Thing/a spec.mode", ours="0644", theirs=420,
    ),
    "numbers": """
        resources: [a.yaml]
        == a.yaml
        apiVersion: example.com/v1
        kind: Thing
        metadata: {name: a}
        spec: {plus: +1, point: .5, whole: 1.0, large: 12345678901234567890, exponent: 1e3, hexadecimal: 0x1F, time: 22:22, version: 1.2.3}
    """,
    "underscore-and-binary": differs(
        "numbers-of-yaml-1-1", """
        resources: [a.yaml]
        == a.yaml
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {number: 1_000, binary: 0b11}}
        """, "Thing/a spec", ours={"number": "1_000", "binary": "0b11"}, theirs={"number": 1000, "binary": 3},
    ),
    "duplicate-key": fails("resources: [a.yaml]\n== a.yaml\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b, a: c}}\n", "a"),
    "field-in-other-case": differs(
        "fields-in-any-case", "resources: [service.yaml]\nnameprefix: my-\n", "* ", ours=FAILS, theirs=["Service/my-web"]
    ),
    "merge-key": """
        resources: [a.yaml]
        == a.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a, labels: &all {x: "1"}, annotations: {<<: *all, y: "2"}}
    """,
    "json-patch-in-flow-style": differs(
        "flow-style-patch", """
        resources: [deployment.yaml]
        patches: [{target: {kind: Deployment}, patch: "[{op: remove, path: /spec/replicas}]"}]
        """, "Deployment/web spec.replicas", ours=ABSENT, theirs=FAILS,
    ),
})  # fmt: skip
