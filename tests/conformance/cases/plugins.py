"""transformers, generators and validators: every builtin."""

from __future__ import annotations

from tests.conformance.case import differs, fails, table

_ALL = "deployment.yaml, service.yaml, settings.yaml, gadget.yaml, rbac.yaml, namespace.yaml, crd.yaml"


def _transform(body: str, resources: str = _ALL, more: str = "") -> str:
    return f"resources: [{resources}]\ntransformers: [t.yaml]\n{more}== t.yaml\napiVersion: builtin\n{body}"


CASES = table("transformers", {
    "prefix": _transform("kind: PrefixTransformer\nmetadata: {name: t}\nprefix: my-\nfieldSpecs: [{path: metadata/name}]\n"),
    "suffix": _transform("kind: SuffixTransformer\nmetadata: {name: t}\nsuffix: -x\nfieldSpecs: [{path: metadata/name, kind: Service}]\n"),
    "prefix-and-suffix": _transform(
        "kind: PrefixSuffixTransformer\nmetadata: {name: t}\nprefix: my-\nsuffix: -x\nfieldSpecs: [{path: metadata/name}]\n"
    ),
    "prefix-of-another-field": _transform(
        "kind: PrefixTransformer\nmetadata: {name: t}\nprefix: my-\nfieldSpecs: [{path: spec/settings/name, kind: Gadget}]\n"
    ),
    "namespace": _transform(
        "kind: NamespaceTransformer\nmetadata: {name: t, namespace: shop}\nfieldSpecs: [{path: metadata/namespace, create: true}]\n"
    ),
    "labels": _transform(
        "kind: LabelTransformer\nmetadata: {name: t}\nlabels: {tier: front}\n"
        "fieldSpecs: [{path: metadata/labels, create: true}, {path: spec/deep/labels, kind: Gadget, create: true}]\n"
    ),
    "annotations": _transform(
        "kind: AnnotationsTransformer\nmetadata: {name: t}\nannotations: {note: other}\n"
        "fieldSpecs: [{path: metadata/annotations, create: true}]\n"
    ),
    "annotations-only-where-there-are-some": _transform(
        "kind: AnnotationsTransformer\nmetadata: {name: t}\nannotations: {note: other}\nfieldSpecs: [{path: metadata/annotations}]\n"
    ),
    "image": _transform(
        "kind: ImageTagTransformer\nmetadata: {name: t}\nimageTag: {name: nginx, newTag: v2}\n"
        "fieldSpecs: [{path: spec/image, kind: Gadget}]\n"
    ),
    "replicas": _transform(
        "kind: ReplicaCountTransformer\nmetadata: {name: t}\nreplica: {name: toy, count: 7}\n"
        "fieldSpecs: [{path: spec/replicas, kind: Gadget, create: true}]\n"
    ),
    "patch-strategic": _transform(
        "kind: PatchTransformer\nmetadata: {name: t}\ntarget: {kind: Deployment}\n"
        "patch: '{apiVersion: v1, kind: Any, metadata: {name: any}, spec: {replicas: 4}}'\n"
    ),
    "patch-json": _transform(
        "kind: PatchTransformer\nmetadata: {name: t}\ntarget: {kind: Deployment}\npatch: '[{\"op\": \"remove\", \"path\": \"/spec/replicas\"}]'\n"
    ),
    "patch-file": _transform(
        "kind: PatchTransformer\nmetadata: {name: t}\npath: p.yaml\n"
        "== p.yaml\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}\n"
    ),
    "patch-strategic-merge": _transform(
        "kind: PatchStrategicMergeTransformer\nmetadata: {name: t}\npaths: [p.yaml]\n"
        "== p.yaml\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}\n"
    ),
    "patch-strategic-merge-inline": _transform(
        "kind: PatchStrategicMergeTransformer\nmetadata: {name: t}\n"
        "patches: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}'\n"
    ),
    "patch-json6902": _transform(
        "kind: PatchJson6902Transformer\nmetadata: {name: t}\ntarget: {group: apps, version: v1, kind: Deployment, name: web}\n"
        "jsonOp: '[{\"op\": \"remove\", \"path\": \"/spec/replicas\"}]'\n"
    ),
    "patch-json6902-file": _transform(
        "kind: PatchJson6902Transformer\nmetadata: {name: t}\ntarget: {kind: Deployment, name: web}\npath: p.yaml\n"
        "== p.yaml\n- {op: remove, path: /spec/replicas}\n"
    ),
    "replacement": _transform(
        "kind: ReplacementTransformer\nmetadata: {name: t}\nreplacements:\n"
        "  - source: {kind: ConfigMap, fieldPath: data.colour}\n"
        "    targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]\n"
    ),
    "value-add": _transform(
        "kind: ValueAddTransformer\nmetadata: {name: t}\nvalue: extra\n"
        "targets:\n  - {selector: {kind: Deployment}, fieldPath: metadata/labels/extra}\n"
    ),
    "value-add-into-path": _transform(
        "kind: ValueAddTransformer\nmetadata: {name: t}\nvalue: extra\n"
        "targets:\n  - {selector: {kind: Deployment}, fieldPath: metadata/annotations/note, filePathPosition: 1}\n"
    ),
    "hash": differs(
        "hash-twice",
        _transform("kind: HashTransformer\nmetadata: {name: t}\n", "", "configMapGenerator: [{name: a, literals: [k=v]}]\n"),
        "* ", ours=["ConfigMap/a-bdg947hgcc"], theirs=["ConfigMap/a-bdg947hgcc-bdg947hgcc"],
    ),
    "inline": """
        resources: [service.yaml]
        transformers:
          - |-
            apiVersion: builtin
            kind: PrefixTransformer
            metadata: {name: t}
            prefix: my-
            fieldSpecs: [{path: metadata/name}]
    """,
    "several-in-a-file": """
        resources: [service.yaml]
        transformers: [t.yaml]
        == t.yaml
        {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: a}, prefix: one-, fieldSpecs: [{path: metadata/name}]}
        ---
        {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: b}, prefix: two-, fieldSpecs: [{path: metadata/name}]}
    """,
    "from-a-folder": """
        resources: [service.yaml]
        transformers: [t]
        == t/kustomization.yaml
        resources: [t.yaml]
        == t/t.yaml
        {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: a}, prefix: one-, fieldSpecs: [{path: metadata/name}]}
    """,
    "come-after-the-fields": """
        resources: [deployment.yaml]
        images: [{name: nginx, newTag: field}]
        transformers: [t.yaml]
        == t.yaml
        apiVersion: builtin
        kind: ImageTagTransformer
        metadata: {name: t}
        imageTag: {name: nginx, newTag: transformer}
        fieldSpecs: []
    """,
    "unknown-kind": fails(_transform("kind: MagicTransformer\nmetadata: {name: t}\n"), "MagicTransformer"),
    "exec": fails("""
        resources: [service.yaml]
        transformers: [t.yaml]
        == t.yaml
        apiVersion: example.com/v1
        kind: Exec
        metadata:
          name: t
          annotations: {config.kubernetes.io/function: "exec: {path: ./run.sh}"}
    """),
    "container": fails("""
        resources: [service.yaml]
        transformers: [t.yaml]
        == t.yaml
        apiVersion: example.com/v1
        kind: Container
        metadata:
          name: t
          annotations: {config.kubernetes.io/function: "container: {image: example.com/a}"}
    """),
})  # fmt: skip

GENERATORS = table("plugins", {
    "config-map": """
        resources: [deployment.yaml]
        generators: [g.yaml]
        == g.yaml
        apiVersion: builtin
        kind: ConfigMapGenerator
        metadata: {name: settings}
        literals: [a=1]
        files: [f.txt]
        == f.txt
        text
    """,
    "secret": """
        resources: [deployment.yaml]
        generators: [g.yaml]
        == g.yaml
        apiVersion: builtin
        kind: SecretGenerator
        metadata: {name: token, namespace: shop}
        type: example.com/kind
        literals: [a=1]
        options: {labels: {a: b}, disableNameSuffixHash: true}
    """,
    "behaviour": """
        resources: [base]
        generators: [g.yaml]
        == base/kustomization.yaml
        configMapGenerator: [{name: a, literals: [a=1]}]
        == g.yaml
        {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: a}, behavior: merge, literals: [b=2]}
    """,
    "iam-policy": """
        generators: [g.yaml]
        == g.yaml
        apiVersion: builtin
        kind: IAMPolicyGenerator
        metadata: {name: g}
        cloud: gke
        kubernetesService: {name: account, namespace: shop}
        serviceAccount: {name: robot, projectId: project}
    """,
    "validator-that-agrees": """
        resources: [deployment.yaml]
        validators: [v.yaml]
        == v.yaml
        {apiVersion: builtin, kind: LabelTransformer, metadata: {name: v}, labels: {}, fieldSpecs: [{path: metadata/labels}]}
    """,
    "validator-that-changes": fails("""
        resources: [service.yaml]
        validators: [v.yaml]
        == v.yaml
        {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: v}, prefix: my-, fieldSpecs: [{path: metadata/name}]}
    """, "validator"),
})  # fmt: skip
