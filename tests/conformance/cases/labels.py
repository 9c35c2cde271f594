"""labels, commonLabels and commonAnnotations."""

from __future__ import annotations

from tests.conformance.case import differs, table

_ALL = (
    "deployment.yaml, service.yaml, settings.yaml, statefulset.yaml, job.yaml, cronjob.yaml, budget.yaml, policy.yaml, "
    "claim.yaml, gadget.yaml, rbac.yaml"
)

CASES = table("labels", {
    "pairs": f"resources: [{_ALL}]\nlabels: [{{pairs: {{tier: front, owner: me}}}}]\n",
    "selectors": f"resources: [{_ALL}]\nlabels: [{{pairs: {{tier: front}}, includeSelectors: true}}]\n",
    "templates": f"resources: [{_ALL}]\nlabels: [{{pairs: {{tier: front}}, includeTemplates: true}}]\n",
    "selectors-and-templates": f"resources: [{_ALL}]\nlabels: [{{pairs: {{tier: front}}, includeSelectors: true, includeTemplates: true}}]\n",
    "several": """
        resources: [deployment.yaml, service.yaml]
        labels:
          - {pairs: {tier: front}, includeSelectors: true}
          - {pairs: {owner: me}}
    """,
    "label-after-selector": differs("shared-nodes", """
        resources: [service.yaml]
        labels:
          - {pairs: {tier: front}, includeSelectors: true}
          - {pairs: {tier: back}}
    """, "Service/web spec.selector.tier", ours="front", theirs="back"),
    "over-existing": "resources: [deployment.yaml]\nlabels: [{pairs: {app: other}}]\n",
    "selectors-over-existing": "resources: [deployment.yaml, service.yaml]\nlabels: [{pairs: {app: other}, includeSelectors: true}]\n",
    "fields": """
        resources: [gadget.yaml, deployment.yaml]
        labels:
          - pairs: {tier: front}
            fields:
              - {path: spec/selector/labels, kind: Gadget, create: true}
              - {path: spec/template/metadata/annotations, group: apps, create: true}
              - {path: spec/nothing/here, kind: Deployment}
    """,
    "fields-with-selectors": """
        resources: [gadget.yaml, deployment.yaml]
        labels:
          - pairs: {tier: front}
            includeSelectors: true
            fields: [{path: spec/selector/labels, kind: Gadget, create: true}]
    """,
    "values-that-look-like-numbers": "resources: [service.yaml]\nlabels: [{pairs: {release: '1', flag: 'true', nothing: ''}}]\n",
    "key-with-slash": "resources: [service.yaml]\nlabels: [{pairs: {app.kubernetes.io/part-of: shop}, includeSelectors: true}]\n",
    "common": f"resources: [{_ALL}]\ncommonLabels: {{tier: front}}\n",
    "common-with-labels": """
        resources: [deployment.yaml, service.yaml]
        labels: [{pairs: {owner: me}}]
        commonLabels: {tier: front}
    """,
    "nested": """
        resources: [base, service.yaml]
        labels: [{pairs: {tier: outer}, includeSelectors: true}]
        == base/kustomization.yaml
        resources: [deployment.yaml, statefulset.yaml]
        labels: [{pairs: {tier: inner, layer: inner}, includeSelectors: true}]
    """,
    "selector-is-made-where-there-is-none": """
        resources: [a.yaml]
        labels: [{pairs: {tier: front}, includeSelectors: true}]
        == a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}
        ---
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {containers: []}}}}
        ---
        {apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {containers: []}}}}
    """,
    "affinity-and-spread": """
        resources: [a.yaml]
        commonLabels: {tier: front}
        == a.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a}
        spec:
          template:
            spec:
              containers: [{name: a, image: a}]
              topologySpreadConstraints:
                - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: a}}}
              affinity:
                podAntiAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - {topologyKey: host, labelSelector: {matchLabels: {app: a}}}
    """,
    "generated-objects-too": """
        labels: [{pairs: {tier: front}}]
        configMapGenerator: [{name: a, literals: [k=v]}]
    """,
})  # fmt: skip

ANNOTATIONS = table("annotations", {
    "patched-later": differs("shared-nodes", """
        resources: [base]
        patches: [{patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {other: patched}}}"}]
        == base/kustomization.yaml
        resources: [deployment.yaml]
        commonAnnotations: {other: new}
    """, "Deployment/web spec.template.metadata.annotations.other", ours="new", theirs="patched"),
    "everything": f"resources: [{_ALL}]\ncommonAnnotations: {{note: second, other: new}}\n",
    "with-slash": "resources: [deployment.yaml]\ncommonAnnotations: {example.com/a: 'true', b: '1'}\n",
    "nested": """
        resources: [base]
        commonAnnotations: {note: outer}
        == base/kustomization.yaml
        resources: [deployment.yaml]
        commonAnnotations: {note: inner, layer: inner}
    """,
    "empty-value": "resources: [service.yaml]\ncommonAnnotations: {note: ''}\n",
    "from-component": """
        resources: [service.yaml]
        components: [extra]
        == extra/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        commonAnnotations: {note: component}
    """,
})  # fmt: skip
