"""`patches` and `patchesStrategicMerge`: strategic patches, targets, options."""

from __future__ import annotations

from tests.conformance.case import ABSENT, FAILS, differs, fails, table, unordered

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
    "namespace-is-not-changed": """
        resources: [service.yaml]
        patches:
          - target: {kind: Service}
            patch: "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: other}, spec: {type: NodePort}}"
    """,
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

_DEPLOYMENT = "resources: [deployment.yaml]\npatches:\n  - patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n"


def _patched(spec: str) -> str:
    return f"{_DEPLOYMENT}      metadata: {{name: web}}\n      spec: {{template: {{spec: {{{spec}}}}}}}\n"


_NAMES = "Deployment/web spec.template.spec.containers.*.name"
_WEB = "Deployment/web spec.template.spec.containers.0"

DIFFERENCES = table("merge", {
    "patched-item-keeps-its-place": differs(
        "item-moves", _patched("containers: [{name: proxy, image: other}]"), _NAMES,
        ours=["web", "proxy"], theirs=["proxy", "web"],
    ),
    "new-item-is-appended": differs(
        "item-moves", _patched("containers: [{name: new, image: new}]"), _NAMES,
        ours=["web", "proxy", "new"], theirs=["new", "web", "proxy"],
    ),
    "patched-env-keeps-its-place": differs(
        "item-moves", _patched("containers: [{name: web, env: [{name: NEW, value: a}, {name: TOKEN, valueFrom: {x: y}}]}]"),
        f"{_WEB}.env.*.name",
        ours=["MODE", "COLOUR", "TOKEN", "NEW"], theirs=["NEW", "TOKEN", "MODE", "COLOUR"],
    ),
    "new-init-container-is-appended": differs(
        "item-moves", _patched("initContainers: [{name: late, image: late}]"),
        "Deployment/web spec.template.spec.initContainers.*.name",
        ours=["wait", "late"], theirs=["late", "wait"],
    ),
    "set-element-order": differs(
        "directives-leak",
        _patched("$setElementOrder/containers: [{name: proxy}, {name: web}], containers: [{name: web, tty: true}]"),
        'Deployment/web spec.template.spec."$setElementOrder/containers"',
        ours=ABSENT, theirs=[{"name": "proxy"}, {"name": "web"}],
    ),
    "retain-keys": differs(
        "directives-leak", _patched("volumes: [{name: data, $retainKeys: [name, emptyDir], emptyDir: {}}]"),
        "Deployment/web spec.template.spec.volumes.0.$retainKeys",
        ours=ABSENT, theirs=["name", "emptyDir"],
    ),
    "delete-from-primitive-list": differs(
        "directives-leak",
        _DEPLOYMENT + "      metadata: {name: web, $deleteFromPrimitiveList/finalizers: [a]}\n",
        'Deployment/web metadata."$deleteFromPrimitiveList/finalizers"',
        ours=ABSENT, theirs=["a"],
    ),
    "item-without-its-key": differs(
        "item-without-key", _patched("containers: [{image: other}]"),
        "Deployment/web spec.template.spec.containers",
        ours=FAILS, theirs=[],
    ),
    "port-without-protocol": differs(
        "default-of-a-key", _patched("containers: [{name: web, ports: [{containerPort: 8080, hostPort: 80}]}]"),
        f"{_WEB}.ports",
        ours=[{"containerPort": 8080, "name": "http", "hostPort": 80}],
        theirs=[{"containerPort": 8080, "hostPort": 80, "name": "http"}],
    ),
    "volume-source-on-top-of-another": differs(
        "two-sources", _patched("volumes: [{name: data, emptyDir: {}}]"),
        "Deployment/web spec.template.spec.volumes.0",
        ours=FAILS, theirs={"name": "data", "emptyDir": {}, "persistentVolumeClaim": {"claimName": "data"}},
    ),
    "custom-kind-merged-by-its-own-schema": differs(
        "custom-list-keys", """
        resources: [crd.yaml, gadget.yaml]
        patches:
          - patch: |-
              {apiVersion: example.com/v1, kind: Gadget, metadata: {name: toy}, spec: {parts: [{id: right, colour: red}]}}
        """, "Gadget/toy spec.parts",
        ours=[{"id": "left", "size": 1}, {"id": "right", "size": 2, "colour": "red"}],
        theirs=[{"id": "right", "colour": "red"}],
    ),
})  # fmt: skip
