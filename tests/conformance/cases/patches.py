"""`patches` and `patchesStrategicMerge`: strategic patches and what they do."""

from __future__ import annotations

from tests.conformance.case import fails, table, unordered

CASES = table("patches", {
    "inline-names-its-object": """
        resources: [deployment.yaml, service.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {replicas: 4}
    """,
    "file": """
        resources: [deployment.yaml]
        patches: [{path: more.yaml}]
        == more.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          annotations: {note: second, other: new}
        spec:
          template:
            spec:
              terminationGracePeriodSeconds: 5
    """,
    "several-documents-without-target": """
        resources: [deployment.yaml, service.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {replicas: 4}
              ---
              apiVersion: v1
              kind: Service
              metadata: {name: web}
              spec: {type: NodePort}
    """,
    "several-documents-with-target": fails("""
        resources: [deployment.yaml]
        patches:
          - target: {kind: Deployment}
            patch: |-
              {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 4}}
              ---
              {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}, spec: {paused: true}}
    """, "target"),
    "same-object-twice": """
        resources: [deployment.yaml]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4, paused: true}}"
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 5}}"
    """,
    "object-not-there": fails("""
        resources: [deployment.yaml]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: wbe}, spec: {replicas: 4}}"
    """, "no Deployment/wbe"),
    "other-api-version": fails("""
        resources: [deployment.yaml]
        patches:
          - patch: "{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}"
    """, "apiVersion"),
    "neither-path-nor-patch": fails("""
        resources: [deployment.yaml]
        patches: [{target: {kind: Deployment}}]
    """, "path or patch"),
    "both-path-and-patch": fails("""
        resources: [deployment.yaml]
        patches: [{path: more.yaml, patch: "[{op: remove, path: /spec/replicas}]", target: {kind: Deployment}}]
        == more.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}
    """, "path or patch"),
    "null-deletes": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web, annotations: null}
              spec: {replicas: null, paused: null, template: {spec: {serviceAccountName: null}}}
    """,
    "delete-object": """
        resources: [deployment.yaml, service.yaml]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, $patch: delete}"
    """,
    "delete-objects-by-target": """
        resources: [deployment.yaml, service.yaml, settings.yaml]
        patches:
          - target: {name: web}
            patch: "{kind: Any, metadata: {name: any}, $patch: delete}"
    """,
    "delete-item": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {containers: [{name: proxy, $patch: delete}]}}}
    """,
    "delete-env-item": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {containers: [{name: web, env: [{name: MODE, $patch: delete}]}]}}}
    """,
    "delete-item-that-is-not-there": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {volumes: [{name: nothing, $patch: delete}]}}}
    """,
    "replace-map": """
        resources: [service.yaml]
        patches:
          - patch: |-
              apiVersion: v1
              kind: Service
              metadata: {name: web}
              spec: {$patch: replace, type: ExternalName, externalName: example.com}
    """,
    "replace-list": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {containers: [{$patch: replace}, {name: only, image: only}]}}}
    """,
    "delete-map": """
        resources: [deployment.yaml]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {$patch: delete}}}"
    """,
    "merge-directive": """
        resources: [service.yaml]
        patches:
          - patch: |-
              {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {$patch: merge, tier: front}}}
    """,
    "container-merged-by-name": unordered("""
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec:
                template:
                  spec:
                    containers:
                      - name: proxy
                        image: other:1
                        resources: {limits: {memory: 64Mi}}
                      - name: extra
                        image: extra:1
    """),
    "atomic-list-replaced": """
        resources: [deployment.yaml, ingress.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {containers: [{name: web, args: [one]}]}}}
          - patch: |-
              apiVersion: networking.k8s.io/v1
              kind: Ingress
              metadata: {name: web}
              spec: {tls: [{hosts: [other.example.com]}]}
    """,
    "empty-list": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {volumes: [], containers: [{name: web, args: []}]}}}
    """,
    "new-list-where-there-was-none": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec:
                template:
                  spec:
                    tolerations: [{key: a}, {key: b}]
                    containers: [{name: proxy, env: [{name: Z, value: z}, {name: A, value: a}]}]
    """,
    "volume-source-changed": """
        resources: [deployment.yaml]
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {template: {spec: {volumes: [{name: data, persistentVolumeClaim: null, emptyDir: {}}]}}}
    """,
    "object-of-a-custom-kind": """
        resources: [gadget.yaml]
        patches:
          - patch: |-
              {apiVersion: example.com/v1, kind: Gadget, metadata: {name: toy}, spec: {replicas: 2, tags: [big], new: {a: 1}}}
    """,
    "strategic-merge-inline": """
        resources: [deployment.yaml]
        patchesStrategicMerge:
          - |-
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: {replicas: 4}
    """,
    "strategic-merge-file": """
        resources: [deployment.yaml, service.yaml]
        patchesStrategicMerge: [both.yaml]
        == both.yaml
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4}}
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web}, $patch: delete}
    """,
    "strategic-merge-comes-before-patches": """
        resources: [deployment.yaml]
        patches:
          - patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 5}}"
        patchesStrategicMerge:
          - "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4, paused: true}}"
    """,
    "strategic-merge-not-there": fails("""
        resources: [deployment.yaml]
        patchesStrategicMerge: ["{apiVersion: v1, kind: Secret, metadata: {name: web}}"]
    """, "no Secret/web"),
    "ambiguous-object": fails("""
        resources: [one, two]
        patches:
          - patch: "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort}}"
        == one/kustomization.yaml
        resources: [service.yaml]
        namePrefix: one-
        == two/kustomization.yaml
        resources: [service.yaml]
        namePrefix: two-
    """, "more than one"),
    "in-the-right-namespace": """
        resources: [a.yaml]
        patches:
          - patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}, data: {k: v}}"
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}}
    """,
})  # fmt: skip
