"""sortOptions and buildMetadata."""

from __future__ import annotations

from django_operator.engine.version import version
from tests.conformance.case import FAILS, case, differs, fails, table

_MANY = (
    "deployment.yaml, service.yaml, settings.yaml, token.yaml, statefulset.yaml, job.yaml, cronjob.yaml, ingress.yaml, "
    "autoscaler.yaml, budget.yaml, rbac.yaml, webhook.yaml, namespace.yaml, policy.yaml, claim.yaml, crd.yaml, gadget.yaml"
)

ORDER = table("order", {
    "as-the-command-line": f"resources: [{_MANY}]\n",
    "fifo": f"resources: [{_MANY}]\nsortOptions: {{order: fifo}}\n",
    "legacy": f"resources: [{_MANY}]\nsortOptions: {{order: legacy}}\n",
    "legacy-own": f"""
        resources: [{_MANY}]
        sortOptions:
          order: legacy
          legacySortOptions: {{orderFirst: [Service, Gadget], orderLast: [Namespace, Secret]}}
    """,
    "legacy-of-equal-kinds": """
        resources: [a.yaml]
        sortOptions: {order: legacy}
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: two}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: one}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
        ---
        {apiVersion: b.example.com/v1, kind: Thing, metadata: {name: a}}
        ---
        {apiVersion: a.example.com/v2, kind: Thing, metadata: {name: a}}
        ---
        {apiVersion: a.example.com/v1, kind: Thing, metadata: {name: a}}
    """,
    "of-the-top-only": f"resources: [base]\nsortOptions: {{order: legacy}}\n== base/kustomization.yaml\nresources: [{_MANY}]\nsortOptions: {{order: fifo}}\n",
    "of-the-base-is-ignored": f"resources: [base]\n== base/kustomization.yaml\nresources: [{_MANY}]\nsortOptions: {{order: fifo}}\n",
    "unknown": fails("resources: [service.yaml]\nsortOptions: {order: alphabetical}\n", "alphabetical"),
    "own-with-fifo": fails(
        "resources: [service.yaml]\nsortOptions: {order: fifo, legacySortOptions: {orderFirst: [Service]}}\n", "legacySortOptions"
    ),
    "fifo-with-generators-and-components": """
        resources: [service.yaml, base]
        components: [extra]
        configMapGenerator: [{name: a, literals: [k=v]}]
        secretGenerator: [{name: a, literals: [k=v]}]
        sortOptions: {order: fifo}
        == base/kustomization.yaml
        resources: [settings.yaml]
        == extra/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        resources: [token.yaml]
    """,
})  # fmt: skip

METADATA = table("metadata", {
    "managed-by": differs(
        "managed-by", "resources: [service.yaml, deployment.yaml]\nbuildMetadata: [managedByLabel]\n",
        'Service/web metadata.labels."app.kubernetes.io/managed-by"', ours=f"django-operator-{version()}", theirs="kustomize-v5.8.1",
    ),
    "origin": """
        resources: [service.yaml, base]
        configMapGenerator: [{name: a, literals: [k=v]}]
        buildMetadata: [originAnnotations]
        == base/kustomization.yaml
        resources: [settings.yaml]
    """,
    "transformers": """
        resources: [service.yaml, base]
        namePrefix: my-
        labels: [{pairs: {a: b}}]
        buildMetadata: [transformerAnnotations]
        == base/kustomization.yaml
        resources: [settings.yaml]
        nameSuffix: -x
    """,
    "of-a-base-is-ignored": """
        resources: [base]
        namePrefix: my-
        == base/kustomization.yaml
        resources: [settings.yaml]
        buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
    """,
    "origin-of-the-same-base-twice": case("""
        == overlay/kustomization.yaml
        resources: [one, two]
        buildMetadata: [originAnnotations, transformerAnnotations]
        == overlay/one/kustomization.yml
        resources: [../../base]
        namePrefix: one-
        == overlay/two/Kustomization
        resources: [../../base]
        nameSuffix: -two
        patches: [{target: {kind: Deployment}, patch: "[{op: remove, path: /spec/replicas}]"}]
        == base/kustomization.yaml
        resources: [deployment.yaml, settings.yaml]
        commonLabels: {a: b}
        == base/deployment.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1}}
        == base/settings.yaml
        {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]}
    """.replace("[{op: remove, path: /spec/replicas}]", "- {op: remove, path: /spec/replicas}"), root="overlay"),
    "origin-of-generated": """
        resources: [base]
        configMapGenerator:
          - {name: a, behavior: merge, literals: [k=v]}
          - {name: b, behavior: replace, literals: [k=v]}
          - {name: settings, behavior: merge, literals: [k=v]}
        secretGenerator: [{name: c, literals: [k=v]}]
        generators:
          - deep/g.yaml
          - folder
          - |
            {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: inline}, literals: [k=v]}
        nameSuffix: -x
        buildMetadata: [transformerAnnotations, originAnnotations]
        == base/kustomization.yaml
        resources: [settings.yaml]
        namePrefix: my-
        configMapGenerator:
          - {name: a, literals: [k=v]}
          - {name: b, literals: [k=v]}
        == deep/g.yaml
        {apiVersion: builtin, kind: SecretGenerator, metadata: {name: d, namespace: shop}, literals: [k=v]}
        == folder/kustomization.yaml
        resources: [g.yaml]
        == folder/g.yaml
        {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: e}, literals: [k=v]}
    """,
    "transformers-of-components-and-plugins": """
        resources: [deployment.yaml]
        components: [one, two]
        transformers: [t.yaml, t]
        images: [{name: nginx, newTag: v2}, {name: other, newTag: v2}]
        imageTags: [{name: nginx, newTag: v3}]
        replicas: [{name: web, count: 4}]
        commonAnnotations: {a: b}
        namespace: shop
        patchesStrategicMerge: [p.yaml]
        patchesJson6902: [{target: {version: v1, kind: Deployment, name: web}, patch: "- {op: remove, path: /spec/paused}"}]
        replacements: [{sourceValue: a, targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]}]
        buildMetadata: [transformerAnnotations]
        == p.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {paused: true}}
        == t.yaml
        {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: p}, prefix: one-, fieldSpecs: [{path: metadata/name}]}
        == t/kustomization.yaml
        resources: [t.yaml]
        == t/t.yaml
        {apiVersion: builtin, kind: PrefixTransformer, metadata: {name: q, namespace: n}, prefix: one-, fieldSpecs: [{path: metadata/name}]}
        == one/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        resources: [settings.yaml]
        labels: [{pairs: {one: "1"}}, {pairs: {two: "2"}}]
        == two/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        resources: [token.yaml]
        nameSuffix: -two
    """,
    "origin-and-transformers": """
        resources: [deployment.yaml]
        nameSuffix: -x
        buildMetadata: [transformerAnnotations, originAnnotations]
        patches: [{target: {kind: Deployment}, patch: "{kind: Any, metadata: {name: any, annotations: {a: b}}}"}]
        transformers:
          - |-
            apiVersion: builtin
            kind: LabelTransformer
            metadata: {name: last}
            labels: {app.kubernetes.io/managed-by: someone}
            fieldSpecs: [{path: metadata/labels, create: true}]
    """,
    "unknown": differs(
        "unchecked-words", "resources: [service.yaml]\nbuildMetadata: [everything]\n", "Service/web metadata.name", ours=FAILS, theirs="web"
    ),
})  # fmt: skip
