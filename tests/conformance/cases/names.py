"""namePrefix, nameSuffix and namespace, and the references that follow them."""

from __future__ import annotations

from tests.conformance.case import FAILS, differs, fails, table

_ALL = (
    "deployment.yaml, service.yaml, settings.yaml, token.yaml, statefulset.yaml, job.yaml, cronjob.yaml, ingress.yaml, "
    "autoscaler.yaml, budget.yaml, rbac.yaml, webhook.yaml, namespace.yaml, policy.yaml, claim.yaml, crd.yaml, gadget.yaml"
)

CASES = table("names", {
    "prefix": f"resources: [{_ALL}]\nnamePrefix: my-\n",
    "suffix": f"resources: [{_ALL}]\nnameSuffix: -x\n",
    "prefix-and-suffix": f"resources: [{_ALL}]\nnamePrefix: my-\nnameSuffix: -x\n",
    "nested-prefixes": f"resources: [base]\nnamePrefix: outer-\n== base/kustomization.yaml\nresources: [{_ALL}]\nnamePrefix: inner-\n",
    "nested-suffixes": f"resources: [base]\nnameSuffix: -outer\n== base/kustomization.yaml\nresources: [{_ALL}]\nnameSuffix: -inner\n",
    "siblings-of-one-base": """
        resources: [one, two]
        == base/kustomization.yaml
        resources: [deployment.yaml, service.yaml, settings.yaml, token.yaml, ingress.yaml, autoscaler.yaml]
        == one/kustomization.yaml
        resources: [../base]
        namePrefix: one-
        == two/kustomization.yaml
        resources: [../base]
        nameSuffix: -two
    """,
    "siblings-below-a-prefix": """
        resources: [one, two]
        namePrefix: all-
        == base/kustomization.yaml
        resources: [deployment.yaml, settings.yaml, token.yaml]
        == one/kustomization.yaml
        resources: [../base]
        namePrefix: one-
        == two/kustomization.yaml
        resources: [../base]
        namePrefix: two-
    """,
    "reference-from-a-sibling": """
        resources: [one, ingress.yaml]
        == one/kustomization.yaml
        resources: [service.yaml]
        namePrefix: one-
    """,
    "reference-to-an-outer-object": """
        resources: [one, settings.yaml, token.yaml]
        namePrefix: my-
        == one/kustomization.yaml
        resources: [deployment.yaml]
        namePrefix: one-
    """,
    "reference-to-what-is-not-there": """
        resources: [deployment.yaml]
        namePrefix: my-
    """,
    "reference-to-an-object-of-that-very-name": differs("renamed-wins", """
        resources: [base, pod.yaml, settings.yaml]
        == base/kustomization.yaml
        namePrefix: base-
        configMapGenerator: [{name: settings, literals: [k=v], options: {disableNameSuffixHash: true}}]
        == pod.yaml
        {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, envFrom: [{configMapRef: {name: settings}}]}]}}
    """, "Pod/a spec.containers.0.envFrom.0.configMapRef.name", ours="settings", theirs="base-settings"),
    "reference-by-the-new-name": """
        resources: [base, ingress.yaml]
        namePrefix: outer-
        == base/kustomization.yaml
        resources: [service.yaml]
        namePrefix: my-
        == ingress.yaml
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web}
        spec: {defaultBackend: {service: {name: my-web, port: {number: 80}}}}
    """,
    "stateful-set-service-name": """
        resources: [statefulset.yaml, service.yaml]
        namePrefix: my-
        patches:
          - target: {kind: Service}
            patch: '[{"op": "replace", "path": "/metadata/name", "value": "db"}]'
    """,
    "service-account": """
        resources: [deployment.yaml, rbac.yaml]
        nameSuffix: -x
    """,
    "role-reference-and-resource-names": """
        resources: [rbac.yaml, token.yaml]
        namePrefix: my-
    """,
    "projected-volumes": """
        resources: [settings.yaml, token.yaml, pod.yaml]
        namePrefix: my-
        == pod.yaml
        apiVersion: v1
        kind: Pod
        metadata: {name: pod}
        spec:
          imagePullSecrets: [{name: token}]
          containers: [{name: a, image: a}]
          volumes:
            - name: all
              projected:
                sources:
                  - configMap: {name: settings}
                  - secret: {name: token}
    """,
    "storage-class-and-volume": """
        resources: [claim.yaml, more.yaml]
        namePrefix: my-
        == more.yaml
        {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: a}
        ---
        {apiVersion: v1, kind: PersistentVolume, metadata: {name: disk}, spec: {storageClassName: fast, claimRef: {name: data, namespace: default}}}
        ---
        {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: other}, spec: {volumeName: disk, storageClassName: fast}}
    """,
    "priority-class": """
        resources: [more.yaml]
        namePrefix: my-
        == more.yaml
        {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: pod}, spec: {priorityClassName: high, containers: [{name: a, image: a}]}}
    """,
    "annotation-of-ingress": """
        resources: [token.yaml, more.yaml]
        namePrefix: my-
        == more.yaml
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: web
          annotations: {nginx.ingress.kubernetes.io/auth-secret: token}
        spec: {}
    """,
    "empty-prefix": "resources: [service.yaml]\nnamePrefix: ''\n",
    "generate-name": differs("generate-name", """
        resources: [job.yaml]
        namePrefix: my-
        == job.yaml
        apiVersion: batch/v1
        kind: Job
        metadata: {generateName: run-}
        spec: {template: {spec: {containers: [{name: a, image: a}]}}}
    """, "Job/ metadata.generateName", ours="run-", theirs=FAILS),
    "component-prefixes-what-is-there": """
        resources: [service.yaml]
        components: [extra]
        namePrefix: my-
        == extra/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        namePrefix: extra-
        resources: [settings.yaml]
    """,
})  # fmt: skip

NAMESPACES = table("namespace", {
    "everything": f"resources: [{_ALL}]\nnamespace: shop\n",
    "with-prefix": f"resources: [{_ALL}]\nnamespace: shop\nnamePrefix: my-\n",
    "nested": """
        resources: [base, settings.yaml]
        namespace: outer
        == base/kustomization.yaml
        resources: [deployment.yaml, rbac.yaml]
        namespace: inner
    """,
    "of-one-base-only": """
        resources: [base, settings.yaml]
        == base/kustomization.yaml
        resources: [deployment.yaml, rbac.yaml, settings.yaml]
        namespace: inner
    """,
    "role-binding-subjects": """
        resources: [rbac.yaml, more.yaml]
        namespace: shop
        == more.yaml
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: others}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
        subjects:
          - {kind: ServiceAccount, name: robot}
          - {kind: ServiceAccount, name: stranger, namespace: elsewhere}
          - {kind: ServiceAccount, name: default, namespace: elsewhere}
          - {kind: User, name: someone}
    """,
    "webhook-service": "resources: [webhook.yaml, service.yaml]\nnamespace: shop\n",
    "webhook-without-its-service": "resources: [webhook.yaml]\nnamespace: shop\n",
    "object-has-one": """
        resources: [a.yaml]
        namespace: shop
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: other}}
    """,
    "two-become-one": fails("""
        resources: [a.yaml]
        namespace: shop
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}}
    """),
    "same-name-in-two": """
        resources: [a.yaml]
        namePrefix: my-
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: pod, namespace: two}
        spec: {containers: [{name: a, image: a, envFrom: [{configMapRef: {name: a}}]}]}
    """,
    "reference-across": """
        resources: [a.yaml]
        namePrefix: my-
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: pod, namespace: two}
        spec: {containers: [{name: a, image: a, envFrom: [{configMapRef: {name: a}}]}]}
    """,
    "default-means-none": """
        resources: [a.yaml]
        namePrefix: my-
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: pod}
        spec: {containers: [{name: a, image: a, envFrom: [{configMapRef: {name: a}}]}]}
    """,
    "cluster-scoped-kinds": """
        resources: [crd.yaml, namespace.yaml, more.yaml]
        namespace: other
        == more.yaml
        {apiVersion: v1, kind: Node, metadata: {name: node}}
        ---
        {apiVersion: v1, kind: PersistentVolume, metadata: {name: disk}}
        ---
        {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: a}
        ---
        {apiVersion: example.com/v1, kind: Unknown, metadata: {name: thing}}
    """,
    "transformer-keeps-what-is-set": """
        resources: [a.yaml]
        transformers: [namespace.yaml]
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: other}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
        == namespace.yaml
        apiVersion: builtin
        kind: NamespaceTransformer
        metadata: {name: any, namespace: shop}
        unsetOnly: true
    """,
    "transformer-subjects": """
        resources: [rbac.yaml]
        transformers: [all.yaml]
        == all.yaml
        apiVersion: builtin
        kind: NamespaceTransformer
        metadata: {name: any, namespace: shop}
        setRoleBindingSubjects: allServiceAccounts
        fieldSpecs: [{path: metadata/namespace, create: true}]
    """,
    "transformer-no-subjects": """
        resources: [rbac.yaml]
        transformers: [all.yaml]
        == all.yaml
        apiVersion: builtin
        kind: NamespaceTransformer
        metadata: {name: any, namespace: shop}
        setRoleBindingSubjects: none
        fieldSpecs: [{path: metadata/namespace, create: true}]
    """,
})  # fmt: skip
