"""`patches`: targets and options."""

from __future__ import annotations

from tests.conformance.case import FAILS, differs, table

CASES = table("patches", {
    "target-kind": """
        resources: [deployment.yaml, statefulset.yaml, service.yaml]
        patches:
          - target: {kind: StatefulSet}
            patch: "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: any}, spec: {replicas: 4}}"
    """,
    "target-name-regex": """
        resources: [deployment.yaml, service.yaml, settings.yaml, token.yaml]
        patches:
          - target: {name: w.*|settings}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
    """,
    "target-regex-is-anchored": """
        resources: [deployment.yaml, settings.yaml, statefulset.yaml]
        patches:
          - target: {name: e|db|ting}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
    """,
    "target-group-and-version": """
        resources: [deployment.yaml, job.yaml, cronjob.yaml, service.yaml]
        patches:
          - target: {group: batch, version: v1}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
    """,
    "target-kind-regex": """
        resources: [deployment.yaml, job.yaml, cronjob.yaml, service.yaml]
        patches:
          - target: {kind: .*Job}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
    """,
    "target-namespace": """
        resources: [a.yaml]
        patches:
          - target: {namespace: one}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
    """,
    "target-label-selector": """
        resources: [a.yaml]
        patches:
          - target: {labelSelector: "tier in (front,back),!frozen"}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {tier: front}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b, labels: {tier: back, frozen: "true"}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: c, labels: {tier: other}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: d}}
    """,
    "target-label-selector-operators": """
        resources: [a.yaml]
        patches:
          - target: {labelSelector: "tier!=front"}
            patch: "{kind: Any, metadata: {name: any, annotations: {unequal: 'yes'}}}"
          - target: {labelSelector: "tier notin (front), tier"}
            patch: "{kind: Any, metadata: {name: any, annotations: {notin: 'yes'}}}"
          - target: {labelSelector: "tier == front"}
            patch: "{kind: Any, metadata: {name: any, annotations: {equal: 'yes'}}}"
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {tier: front}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b, labels: {tier: back}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
    """,
    "target-annotation-selector": """
        resources: [deployment.yaml, service.yaml]
        patches:
          - target: {annotationSelector: note=first}
            patch: "{kind: Any, metadata: {name: any, annotations: {hit: 'yes'}}}"
    """,
    "target-fits-by-the-name-before-the-prefix": """
        resources: [base]
        patches:
          - target: {kind: Deployment, name: web}
            patch: "{kind: Any, metadata: {name: any}, spec: {replicas: 4}}"
        == base/kustomization.yaml
        resources: [deployment.yaml]
        namePrefix: my-
    """,
    "named-by-the-name-before-the-prefix": """
        resources: [base]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}"
        == base/kustomization.yaml
        resources: [deployment.yaml]
        namePrefix: my-
        nameSuffix: -x
    """,
    "named-by-the-name-after-the-prefix": """
        resources: [base]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: my-web}, spec: {replicas: 4}}"
        == base/kustomization.yaml
        resources: [deployment.yaml]
        namePrefix: my-
    """,
    "target-not-there": differs("fits-nothing", """
        resources: [service.yaml]
        patches:
          - target: {kind: Deployment}
            patch: "{kind: Any, metadata: {name: any}, spec: {replicas: 4}}"
    """, "Service/web metadata.name", ours=FAILS, theirs="web"),
    "name-is-not-changed": """
        resources: [service.yaml]
        patches:
          - target: {kind: Service}
            patch: "{apiVersion: v1, kind: Other, metadata: {name: other}, spec: {type: NodePort}}"
    """,
    "api-version-is-not-changed": """
        resources: [deployment.yaml]
        patches:
          - target: {kind: Deployment}
            patch: "{apiVersion: v9, kind: Any, metadata: {name: any}, spec: {replicas: 4}}"
    """,
    "allow-name-change": """
        resources: [service.yaml, ingress.yaml]
        patches:
          - target: {kind: Service}
            patch: "{apiVersion: v1, kind: Service, metadata: {name: other}}"
            options: {allowNameChange: true}
    """,
    "allow-kind-change": """
        resources: [deployment.yaml]
        patches:
          - target: {kind: Deployment}
            patch: "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: other}}"
            options: {allowKindChange: true}
    """,
    "both-changes": """
        resources: [deployment.yaml]
        patches:
          - target: {kind: Deployment}
            patch: "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: other}}"
            options: {allowKindChange: true, allowNameChange: true}
    """,
    "namespace-of-what-is-in-none": """
        resources: [a.yaml]
        namePrefix: my-
        patches:
          - target: {namespace: default}
            patch: "{kind: Any, metadata: {name: any, annotations: {in: default}}}"
          - target: {namespace: .*}
            patch: "{kind: Any, metadata: {name: any, annotations: {in: any}}}"
        == a.yaml
        {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
        ---
        {apiVersion: example.com/v1, kind: Gadget, metadata: {name: a, namespace: default}}
    """,
    "namespace-is-not-changed": """
        resources: [service.yaml]
        patches:
          - target: {kind: Service}
            patch: "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: other}, spec: {type: NodePort}}"
    """,
})  # fmt: skip
