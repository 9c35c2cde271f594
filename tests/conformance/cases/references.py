"""References by name in the places where they are hard to mend: many layers, instances, namespaces, generated names."""

from __future__ import annotations

from tests.conformance.case import differs, fails, table


def _lines(*bodies: str) -> str:
    """Return objects, a document each."""
    return "".join(f"---\n{body}\n" for body in bodies)


def _pod(name: str, spec: str, more: str = "") -> str:
    return f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}{more}}}, spec: {{containers: [{{name: a, image: a}}], {spec}}}}}"


def _settings(name: str, more: str = "") -> str:
    return f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}{more}}}}}"


def _uses(name: str, more: str = "") -> str:
    return _pod(f"of-{name}", f"volumes: [{{name: v, configMap: {{name: {name}}}}}]", more)


_COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"

_WORKER = _lines(
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: worker}, spec: {selector: {matchLabels: {app: worker}},"
    " template: {metadata: {labels: {app: worker}}, spec: {serviceAccountName: worker, containers: [{name: a, image: a,"
    " env: [{name: A, valueFrom: {configMapKeyRef: {name: worker, key: a}}}, {name: B, valueFrom: {secretKeyRef: {name: shared, key: b}}}],"
    " envFrom: [{configMapRef: {name: shared}}]}]}}}}",
    "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: worker},"
    " spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}}}",
    "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: worker}, spec: {selector: {matchLabels: {app: worker}}}}",
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker}}",
    _settings("worker"),
)

_SHARED = _lines(_settings("shared"), "{apiVersion: v1, kind: Secret, metadata: {name: shared}}")

_INSTANCES = f"""== worker/kustomization.yaml
resources: [w.yaml]
== worker/w.yaml
{_WORKER}== shared/kustomization.yaml
resources: [s.yaml]
== shared/s.yaml
{_SHARED}"""


def _instance(name: str, more: str = "") -> str:
    labels = f"labels: [{{pairs: {{pool: {name}}}, includeSelectors: true}}]"
    return f"== {name}/kustomization.yaml\nresources: [../worker]\nnameSuffix: -{name}\n{labels}\n{more}"


_ACCOUNT = "{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: {0}, namespace: {1}}}}}".format
_BINDING = (
    "{{apiVersion: rbac.authorization.k8s.io/v1, kind: {0}, metadata: {{name: b{1}}},"
    " roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {2}, name: r}}, subjects: [{3}]}}"
).format
_ROLE = "{{apiVersion: rbac.authorization.k8s.io/v1, kind: {0}, metadata: {{name: r{1}}}, rules: [{2}]}}".format

REFERENCES = table("references", {
    "one-base-twice": f"resources: [one, two, shared]\n{_INSTANCES}{_instance('one')}{_instance('two')}",
    "one-base-three-times-with-a-prefix": f"resources: [one, two, three, shared]\nnamePrefix: shop-\n{_INSTANCES}{_instance('one')}{_instance('two')}{_instance('three')}",
    "one-base-twice-namespaced": f"resources: [one, two, shared]\nnamePrefix: shop-\nnamespace: shop\n{_INSTANCES}{_instance('one')}{_instance('two')}",
    "one-base-twice-in-a-stack": f"resources: [stack]\nnamePrefix: shop-\nnamespace: shop\nconfigMapGenerator: [{{name: shared, behavior: merge, literals: [a=b]}}]\n"
                                 f"== stack/kustomization.yaml\nresources: [../one, ../two, ../shared]\n"
                                 f"{_INSTANCES.replace('resources: [s.yaml]', 'configMapGenerator: [{name: shared, literals: [k=v]}]')}"
                                 f"{_instance('one')}{_instance('two')}",
    "one-base-twice-each-generates": f"resources: [one, two]\n{_INSTANCES}"
                                     f"{_instance('one', 'configMapGenerator: [{name: shared, literals: [k=1]}]')}\n"
                                     f"{_instance('two', 'configMapGenerator: [{name: shared, literals: [k=2]}]')}\n",
    "siblings-of-the-same-names": f"""resources: [one, two]
== one/kustomization.yaml
resources: [a.yaml]
namePrefix: one-
== one/a.yaml
{_lines(_settings("a"), _uses("a"))}== two/kustomization.yaml
resources: [a.yaml]
namePrefix: two-
== two/a.yaml
{_lines(_settings("a"), _uses("a"))}""",
    "siblings-one-without-prefix": f"""resources: [one, two]
== one/kustomization.yaml
resources: [a.yaml]
namePrefix: one-
== one/a.yaml
{_lines(_settings("a"), _uses("a"))}== two/kustomization.yaml
resources: [b.yaml]
== two/b.yaml
{_lines(_settings("b"), _pod("p", "volumes: [{name: v, configMap: {name: a}}]"))}""",
    "siblings-by-prefix-or-suffix": fails(f"""resources: [one, two]
namePrefix: all-
nameSuffix: -all
== base/kustomization.yaml
resources: [a.yaml]
== base/a.yaml
{_lines(_settings("a"), _uses("a"))}== one/kustomization.yaml
resources: [../base]
namePrefix: x-
== two/kustomization.yaml
resources: [../base]
nameSuffix: -x
""", "could be"),
    "siblings-by-prefix-and-suffix": fails(f"""resources: [one, two]
namePrefix: all-
nameSuffix: -all
== base/kustomization.yaml
resources: [a.yaml]
== base/a.yaml
{_lines(_settings("a"), _uses("a"))}== one/kustomization.yaml
resources: [../base]
namePrefix: x-
== two/kustomization.yaml
resources: [../base]
namePrefix: x-
nameSuffix: -x
""", "could be"),
    "same-prefix-at-two-depths": f"""resources: [one, b.yaml]
namePrefix: x-
== one/kustomization.yaml
resources: [two, a.yaml]
namePrefix: x-
== one/a.yaml
{_lines(_settings("a"))}== one/two/kustomization.yaml
resources: [c.yaml]
namePrefix: x-
== one/two/c.yaml
{_lines(_settings("c"), _uses("a"))}== b.yaml
{_lines(_pod("p", "volumes: [{name: v, configMap: {name: a}}, {name: w, configMap: {name: c}}]"))}""",
    "which-of-two-is-meant": f"""resources: [one, two, p.yaml]
== one/kustomization.yaml
resources: [a.yaml]
namePrefix: one-
== one/a.yaml
{_lines(_settings("a"))}== two/kustomization.yaml
resources: [a.yaml]
namePrefix: two-
== two/a.yaml
{_lines(_settings("a"))}== p.yaml
{_lines(_uses("a"))}""",
    "which-of-two-is-meant-below-a-prefix": fails(f"""resources: [one, two, p.yaml]
namePrefix: all-
== one/kustomization.yaml
resources: [a.yaml]
namePrefix: one-
== one/a.yaml
{_lines(_settings("a"))}== two/kustomization.yaml
resources: [a.yaml]
namePrefix: two-
== two/a.yaml
{_lines(_settings("a"))}== p.yaml
{_lines(_uses("a"))}""", "could be"),
    "stateful-set": f"""resources: [base]
namePrefix: my-
nameSuffix: -x
== base/kustomization.yaml
resources: [a.yaml]
nameSuffix: -db
== base/a.yaml
{_lines("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: None}}",
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {serviceName: a, selector: {}, template: {spec: {containers: []}},"
        " volumeClaimTemplates: [{metadata: {name: a}, spec: {storageClassName: fast}}]}}",
        "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: a}")}""",
    "ingress-backends": f"""resources: [base, i.yaml]
namePrefix: my-
== base/kustomization.yaml
resources: [service.yaml, more.yaml]
nameSuffix: -x
== base/more.yaml
{_lines("{apiVersion: v1, kind: Service, metadata: {name: api}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: tls}}")}== i.yaml
{_lines("{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, annotations: {nginx.ingress.kubernetes.io/auth-tls-secret: tls,"
        " ingress.kubernetes.io/auth-secret: other}}, spec: {ingressClassName: nginx, tls: [{secretName: tls}],"
        " defaultBackend: {service: {name: web, port: {number: 80}}}, rules: [{http: {paths: [{path: /, backend: {service: {name: api}}},"
        " {path: /b, backend: {service: {name: nobody}}}]}}]}}",
        "{apiVersion: networking.k8s.io/v1beta1, kind: Ingress, metadata: {name: old}, spec: {backend: {serviceName: web},"
        " rules: [{http: {paths: [{backend: {serviceName: api}}]}}]}}")}""",
    "ingress-class": differs("ingress-class", f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines("{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}}",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {ingressClassName: nginx}}")}""",
        "Ingress/my-web spec.ingressClassName", ours="my-nginx", theirs="nginx"),
    "binding-subjects": f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines(_ACCOUNT("robot", "one"), _ACCOUNT("robot", "two"), _ROLE("Role", ", namespace: one", ""), _ROLE("ClusterRole", "", ""),
        _BINDING("RoleBinding", ", namespace: one", "Role", "{kind: ServiceAccount, name: robot, namespace: one}, {kind: ServiceAccount, name: robot, namespace: two}"),
        _BINDING("ClusterRoleBinding", "", "ClusterRole", "{kind: ServiceAccount, name: robot, namespace: two}, {kind: User, name: someone}"),
        _BINDING("RoleBinding", "b, namespace: two", "ClusterRole", "{kind: ServiceAccount, name: robot, namespace: two}, {kind: Group, name: others}"))}""",
    "binding-of-a-user-called-as-an-account": differs("kind-of-a-reference", f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines(_ACCOUNT("robot", "one"), _ROLE("ClusterRole", "", ""), _BINDING("ClusterRoleBinding", "", "ClusterRole", "{kind: User, name: robot}"))}""",
        "ClusterRoleBinding/my-b subjects", ours=[{"kind": "User", "name": "robot"}],
        theirs=[{"kind": "User", "name": "my-robot", "namespace": "one"}]),
    "binding-subject-without-namespace": f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines(_ACCOUNT("robot", "one"), _ROLE("Role", ", namespace: one", ""),
        _BINDING("RoleBinding", ", namespace: one", "Role", "{kind: ServiceAccount, name: robot}"))}""",
    "binding-subject-without-namespace-of-two": fails(f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines(_ACCOUNT("robot", "one"), _ACCOUNT("robot", "two"), _ROLE("ClusterRole", "", ""),
        _BINDING("ClusterRoleBinding", "", "ClusterRole", "{kind: ServiceAccount, name: robot}"))}""", "could be"),
    "binding-of-accounts-that-move": f"""resources: [one, two]
== one/kustomization.yaml
resources: [a.yaml]
namespace: one
namePrefix: one-
== one/a.yaml
{_lines("{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}", _ROLE("Role", "", ""),
        _BINDING("RoleBinding", "", "Role", "{kind: ServiceAccount, name: robot, namespace: default}"))}== two/kustomization.yaml
resources: [a.yaml]
namespace: two
nameSuffix: -two
== two/a.yaml
{_lines("{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}", _ROLE("Role", "", ""),
        _BINDING("RoleBinding", "", "Role", "{kind: ServiceAccount, name: robot}"))}""",
    "binding-of-an-account-that-moves-there": f"""resources: [one, b.yaml]
namePrefix: my-
== one/kustomization.yaml
resources: [a.yaml]
namespace: one
== one/a.yaml
{_lines("{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}")}== b.yaml
{_lines(_BINDING("RoleBinding", "", "Role", "{kind: ServiceAccount, name: robot, namespace: one}"))}""",
    "binding-of-an-account-that-moves-there-beside-others": differs("account-by-chance", f"""resources: [one, b.yaml]
namePrefix: my-
== one/kustomization.yaml
resources: [a.yaml]
namespace: one
== one/a.yaml
{_lines("{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}", _settings("any", ", namespace: one"))}== b.yaml
{_lines(_BINDING("RoleBinding", "", "Role", "{kind: ServiceAccount, name: robot, namespace: one}"))}""",
        "RoleBinding/my-b subjects.0.name", ours="my-robot", theirs="robot"),
    "resource-names": f"""resources: [a.yaml]
namePrefix: my-
configMapGenerator: [{{name: c, literals: [k=v]}}]
secretGenerator: [{{name: s, literals: [k=v]}}]
== a.yaml
{_lines(_ROLE("Role", "", "{apiGroups: [''], resources: [configmaps, secrets], resourceNames: [c, s, other], verbs: [get]}"),
        _ROLE("ClusterRole", "", "{apiGroups: [''], resources: [secrets], resourceNames: [s], verbs: [get]}, {resources: [persistentvolumes], resourceNames: [v]}"),
        "{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}}")}""",
    "resource-names-of-two-kinds-of-one-name": f"""resources: [a.yaml]
configMapGenerator: [{{name: c, literals: [k=v]}}]
secretGenerator: [{{name: c, literals: [k=v]}}]
== a.yaml
{_lines(_ROLE("Role", "", "{resources: [configmaps, secrets], resourceNames: [c]}"))}""",
    "projected-volumes-of-generated": f"""resources: [base]
nameSuffix: -x
== base/kustomization.yaml
resources: [a.yaml]
namePrefix: my-
configMapGenerator: [{{name: c, literals: [k=v]}}]
secretGenerator: [{{name: s, literals: [k=v]}}]
== base/a.yaml
{_lines(_pod("p", "imagePullSecrets: [{name: s}], initContainers: [{name: i, envFrom: [{secretRef: {name: s}}]}],"
             " volumes: [{name: v, projected: {sources: [{configMap: {name: c}}, {secret: {name: s}}, {configMap: {name: other}}]}}]"),
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: j}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a,"
        " envFrom: [{configMapRef: {name: c}}], env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]}]}}}}}}")}""",
    "generated-merged-above": f"""resources: [base]
namePrefix: top-
configMapGenerator: [{{name: c, behavior: merge, literals: [l=w]}}]
secretGenerator: [{{name: s, behavior: replace, literals: [l=w]}}]
== base/kustomization.yaml
resources: [a.yaml]
namePrefix: base-
configMapGenerator: [{{name: c, literals: [k=v]}}]
secretGenerator: [{{name: s, literals: [k=v]}}]
== base/a.yaml
{_lines(_uses("c"), _pod("p", "imagePullSecrets: [{name: s}]"))}""",
    "generated-merged-by-its-prefixed-name": f"""resources: [base, b.yaml]
namePrefix: top-
configMapGenerator: [{{name: base-c, behavior: merge, literals: [l=w]}}]
== base/kustomization.yaml
resources: [a.yaml]
namePrefix: base-
configMapGenerator: [{{name: c, literals: [k=v]}}]
== base/a.yaml
{_lines(_uses("c"))}== b.yaml
{_lines(_uses("base-c"))}""",
    "generated-below-used-above": f"""resources: [base, b.yaml]
namePrefix: top-
== base/kustomization.yaml
resources: [inner]
nameSuffix: -base
configMapGenerator: [{{name: c, literals: [k=v]}}]
== base/inner/kustomization.yaml
secretGenerator: [{{name: s, literals: [k=v], options: {{disableNameSuffixHash: true}}}}]
== b.yaml
{_lines(_uses("c"), _pod("p", "volumes: [{name: v, secret: {secretName: s}}]"))}""",
    "generated-above-used-below": f"""resources: [base]
namePrefix: top-
configMapGenerator: [{{name: c, literals: [k=v]}}]
== base/kustomization.yaml
resources: [a.yaml]
namePrefix: base-
== base/a.yaml
{_lines(_uses("c"))}""",
    "generated-in-a-component": f"resources: [base]\ncomponents: [extra]\nnameSuffix: -x\n"
                                f"== base/kustomization.yaml\nresources: [a.yaml]\nnamePrefix: base-\n== base/a.yaml\n{_lines(_uses('c'))}"
                                f"== extra/kustomization.yaml\n{_COMPONENT}configMapGenerator: [{{name: c, literals: [k=v]}}]\nnamePrefix: extra-\n",
    "generated-in-a-namespace": f"""resources: [a.yaml]
configMapGenerator: [{{name: c, namespace: one, literals: [k=v]}}, {{name: c, namespace: two, literals: [k=w]}}]
== a.yaml
{_lines(_uses("c", ", namespace: one"), _uses("c", ", namespace: two"), _uses("c", ", namespace: three"))}""",
    "patched-name": f"""resources: [a.yaml]
patches:
  - target: {{kind: ConfigMap}}
    options: {{allowNameChange: true}}
    patch: "{{kind: ConfigMap, apiVersion: v1, metadata: {{name: new}}}}"
== a.yaml
{_lines(_settings("c"), _uses("c"))}""",
    "name-patched-by-json": f"""resources: [base]
nameSuffix: -x
patches: [{{target: {{kind: ConfigMap}}, patch: '[{{"op": "replace", "path": "/metadata/name", "value": "new"}}]'}}]
== base/kustomization.yaml
resources: [a.yaml]
namePrefix: my-
== base/a.yaml
{_lines(_settings("c"), _uses("c"))}""",
    "volume-claims": f"""resources: [one, two]
== base/kustomization.yaml
resources: [claim.yaml, p.yaml]
== base/p.yaml
{_lines(_pod("p", "priorityClassName: high, serviceAccountName: me, volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]"),
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: me}, imagePullSecrets: [{name: s}], secrets: [{name: s}]}",
        "{apiVersion: v1, kind: Secret, metadata: {name: s}}")}== one/kustomization.yaml
resources: [../base]
namePrefix: one-
== two/kustomization.yaml
resources: [../base]
namePrefix: two-
""",
    "autoscaler-of-every-kind": f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines(*(f"{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: {name}}}, spec: {{template: {{spec: {{containers: []}}}}}}}}"
          for kind, name in (("Deployment", "a"), ("StatefulSet", "b"), ("ReplicaSet", "c"))),
        *(f"{{apiVersion: autoscaling/{version}, kind: HorizontalPodAutoscaler, metadata: {{name: {name}}},"
          f" spec: {{scaleTargetRef: {{kind: {kind}, name: {name}}}}}}}"
          for version, kind, name in (("v1", "Deployment", "a"), ("v2", "StatefulSet", "b"), ("v2beta2", "ReplicaSet", "c"), ("v2", "Deployment", "d"))))}""",
    "autoscaler-names-another-kind": differs("kind-of-a-reference", f"""resources: [a.yaml, base]
== a.yaml
{_lines("{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}}")}== base/kustomization.yaml
resources: [b.yaml]
namePrefix: my-
== base/b.yaml
{_lines("{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: {template: {spec: {containers: []}}}}")}""",
        "HorizontalPodAutoscaler/a spec.scaleTargetRef.name", ours="a", theirs="my-a"),
    "policy-binding": f"""resources: [a.yaml]
namePrefix: my-
== a.yaml
{_lines("{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: a}}",
        "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: a}, spec: {policyName: a}}",
        "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: a},"
        " webhooks: [{clientConfig: {service: {name: s, namespace: n}}}, {clientConfig: {service: {name: s, namespace: other}}}]}",
        "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}}",
        "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.a}, spec: {service: {name: s, namespace: n}}}")}""",
    "name-that-was-another-objects": f"""resources: [base, b.yaml]
== base/kustomization.yaml
resources: [a.yaml]
nameSuffix: -x
== base/a.yaml
{_lines(_settings("a"), _settings("b"), _uses("a"))}== b.yaml
{_lines(_pod("p", "volumes: [{name: v, configMap: {name: a-x}}, {name: w, configMap: {name: b-x}}]"))}""",
    "swapped-by-patches": f"""resources: [base]
namePrefix: p-
== base/kustomization.yaml
resources: [a.yaml]
nameSuffix: -s
namespace: shop
== base/a.yaml
{_lines(_settings("a"), _settings("a-s", ", namespace: m") , _uses("a"))}""",
})  # fmt: skip
