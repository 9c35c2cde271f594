"""sortOptions and buildMetadata."""

from __future__ import annotations

from tests.conformance.case import FAILS, differs, fails, table

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
    "managed-by": "resources: [service.yaml, deployment.yaml]\nbuildMetadata: [managedByLabel]\n",
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
    "unknown": differs(
        "unchecked-words", "resources: [service.yaml]\nbuildMetadata: [everything]\n", "Service/web metadata.name", ours=FAILS, theirs="web"
    ),
})  # fmt: skip
