"""configurations, crds and openapi."""

from __future__ import annotations

from tests.conformance.case import differs, fails, table

CONFIGURATIONS = table("configurations", {
    "name-reference": """
        resources: [gadget.yaml, settings.yaml]
        namePrefix: my-
        configurations: [c.yaml]
        == c.yaml
        nameReference:
          - {kind: ConfigMap, version: v1, fieldSpecs: [{path: spec/settings/name, kind: Gadget}]}
    """,
    "name-reference-of-a-custom-kind": """
        resources: [gadget.yaml, a.yaml]
        namePrefix: my-
        configurations: [c.yaml]
        == a.yaml
        {apiVersion: example.com/v1, kind: User, metadata: {name: a}, spec: {gadgetRef: {name: toy}, gadgets: [{name: toy}]}}
        == c.yaml
        nameReference:
          - kind: Gadget
            group: example.com
            fieldSpecs: [{path: spec/gadgetRef/name, kind: User}, {path: spec/gadgets/name, kind: User}]
    """,
    "name-prefix": """
        resources: [gadget.yaml, service.yaml]
        namePrefix: my-
        configurations: [c.yaml]
        == c.yaml
        namePrefix: [{path: spec/settings/name, kind: Gadget}]
    """,
    "name-prefix-of-one-kind": differs("narrow-hides-wide", """
        resources: [gadget.yaml, service.yaml]
        namePrefix: my-
        configurations: [c.yaml]
        == c.yaml
        namePrefix: [{path: metadata/name, kind: Gadget}]
    """, "*", ours=["Service/my-web", "Gadget/my-toy"], theirs=["Service/web", "Gadget/my-toy"]),
    "common-labels": """
        resources: [gadget.yaml]
        commonLabels: {tier: front}
        configurations: [c.yaml]
        == c.yaml
        commonLabels: [{path: spec/selector, kind: Gadget, create: true}]
    """,
    "common-annotations": """
        resources: [gadget.yaml]
        commonAnnotations: {tier: front}
        configurations: [c.yaml]
        == c.yaml
        commonAnnotations: [{path: spec/annotations, kind: Gadget, create: true}]
    """,
    "namespace": """
        resources: [gadget.yaml]
        namespace: shop
        configurations: [c.yaml]
        == c.yaml
        namespace: [{path: spec/settings/namespace, kind: Gadget, create: true}]
    """,
    "inherited-from-a-base": """
        resources: [base]
        namePrefix: my-
        == base/kustomization.yaml
        resources: [gadget.yaml, settings.yaml]
        configurations: [c.yaml]
        == base/c.yaml
        nameReference:
          - {kind: ConfigMap, version: v1, fieldSpecs: [{path: spec/settings/name, kind: Gadget}]}
    """,
    "unknown-field": fails("resources: [gadget.yaml]\nconfigurations: [c.yaml]\n== c.yaml\nnothing: []\n", "nothing"),
    "missing": fails("resources: [gadget.yaml]\nconfigurations: [nothing.yaml]\n", "nothing.yaml"),
})  # fmt: skip

_OPENAPI = """
== schema.json
{"definitions": {"v1.Gadget": {"type": "object",
  "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Gadget", "version": "v1"}],
  "properties": {"spec": {"type": "object", "properties": {"parts": {"type": "array",
    "items": {"type": "object", "properties": {"id": {"type": "string"}}},
    "x-kubernetes-patch-merge-key": "id", "x-kubernetes-patch-strategy": "merge"}}}}}}}
"""

SCHEMAS = table("schemas", {
    "openapi": """
        resources: [gadget.yaml]
        openapi: {path: schema.json}
        patches:
          - patch: "{apiVersion: example.com/v1, kind: Gadget, metadata: {name: toy}, spec: {parts: [{id: left, colour: red}]}}"
    """ + _OPENAPI.replace("\n", "\n    "),
    "openapi-missing": fails("resources: [gadget.yaml]\nopenapi: {path: nothing.json}\n", "nothing.json"),
    "openapi-version": "resources: [service.yaml]\nopenapi: {version: v1.21.2}\n",
    "openapi-unknown-version": fails("resources: [service.yaml]\nopenapi: {version: v1.0.0}\n", "v1.0.0"),
    "crds": """
        resources: [gadget.yaml, settings.yaml]
        namePrefix: my-
        crds: [crd.json]
        == crd.json
        {"github.com/example/v1.Gadget": {"Schema": {
           "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
                          "spec": {"$ref": "github.com/example/v1.GadgetSpec"}}}},
         "github.com/example/v1.GadgetSpec": {"Schema": {
           "properties": {"settings": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap",
                                       "type": "object"}}}}}
    """,
    "crds-missing": fails("resources: [gadget.yaml]\ncrds: [nothing.json]\n", "nothing.json"),
})  # fmt: skip
