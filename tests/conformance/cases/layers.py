"""resources, bases and components."""

from __future__ import annotations

from tests.conformance.case import case, fails, refused, table

_COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"

CASES = table("resources", {
    "nothing": "== kustomization.yaml\nresources: []\n",
    "empty-kustomization": fails("== kustomization.yaml\n\n"),
    "several-objects-in-a-file": "resources: [rbac.yaml]\n",
    "json-file": """
        resources: [a.json]
        == a.json
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
    """,
    "list": """
        resources: [a.yaml]
        == a.yaml
        apiVersion: v1
        kind: List
        items:
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
    """,
    "list-of-a-kind": """
        resources: [a.yaml]
        == a.yaml
        apiVersion: v1
        kind: ConfigMapList
        items:
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
          - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
    """,
    "empty-documents": "resources: [a.yaml]\n== a.yaml\n---\n# nothing\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n",
    "folder": "resources: [base]\n== base/kustomization.yaml\nresources: [service.yaml]\n",
    "folder-above": case("== overlay/kustomization.yaml\nresources: [../base]\n== base/kustomization.yaml\nresources: [service.yaml]\n", root="overlay"),
    "old-bases": "bases: [base]\nresources: [settings.yaml]\n== base/kustomization.yaml\nresources: [service.yaml]\n",
    "yml": "resources: [base]\n== base/kustomization.yml\nresources: [service.yaml]\n",
    "kustomization-without-ending": "resources: [base]\n== base/Kustomization\nresources: [service.yaml]\n",
    "two-kustomizations": fails("""
        resources: [base]
        == base/kustomization.yaml
        resources: [service.yaml]
        == base/kustomization.yml
        resources: [service.yaml]
    """, "kustomization"),
    "no-kustomization": fails("resources: [base]\n== base/other.yaml\na: 1\n", "kustomization"),
    "missing-file": fails("resources: [nothing.yaml]\n", "nothing.yaml"),
    "file-outside": fails("""
        resources: [deep]
        == outside.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
        == deep/kustomization.yaml
        resources: [../outside.yaml]
    """, "outside"),
    "cycle": fails("resources: [a]\n== a/kustomization.yaml\nresources: [../b]\n== b/kustomization.yaml\nresources: [../a]\n", "cycle"),
    "itself": fails("resources: [.]\n", "cycle|itself"),
    "duplicate": fails("resources: [service.yaml, again.yaml]\n== again.yaml\n{apiVersion: v1, kind: Service, metadata: {name: web}}\n", "web"),
    "diamond": fails("""
        resources: [one, two]
        == base/kustomization.yaml
        resources: [service.yaml]
        == one/kustomization.yaml
        resources: [../base]
        == two/kustomization.yaml
        resources: [../base]
    """, "web"),
    "same-name-other-kind-or-version": """
        resources: [a.yaml]
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: Secret, metadata: {name: a}}
        ---
        {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}}
        ---
        {apiVersion: example.com/v2, kind: Thing, metadata: {name: a}}
        ---
        {apiVersion: other.com/v1, kind: Thing, metadata: {name: a}}
    """,
    "without-kind": fails("resources: [a.yaml]\n== a.yaml\n{apiVersion: v1, metadata: {name: a}}\n", "kind"),
    "without-name": fails("resources: [a.yaml]\n== a.yaml\n{apiVersion: v1, kind: ConfigMap}\n", "name"),
    "not-an-object": fails("resources: [a.yaml]\n== a.yaml\njust text\n"),
    "broken-yaml": fails("resources: [a.yaml]\n== a.yaml\na: [1\n", "a.yaml"),
    "unknown-field": fails("resources: [service.yaml]\nresource: [a]\n", "resource"),
    "wrong-type": fails("resources: service.yaml\n", "resources"),
    "wrong-kind": fails("kind: Other\nresources: [service.yaml]\n", "Other"),
    "helm": fails("helmCharts: [{name: a, repo: 'https://example.com'}]\n", "helm"),
    "remote": refused("resources: ['https://example.com/a.yaml']\n", "remote"),
    "local-config": """
        resources: [a.yaml]
        == a.yaml
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {config.kubernetes.io/local-config: "true"}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b, annotations: {config.kubernetes.io/local-config: "false"}}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
    """,
    "metadata-of-the-kustomization": """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        metadata: {name: any, labels: {a: b}, annotations: {config.kubernetes.io/local-config: "true"}}
        resources: [service.yaml]
    """,
    "anchors": """
        resources: [a.yaml]
        == a.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a, labels: &all {x: "1"}, annotations: *all}
        data: {k: &v text, l: *v}
    """,
    "scalars": """
        resources: [a.yaml]
        namePrefix: my-
        == a.yaml
        apiVersion: example.com/v1
        kind: Thing
        metadata: {name: a}
        spec:
          integer: 12345678901234567
          negative: -1
          float: 1.5
          word: yes
          other: on
          letter: y
          flag: true
          quoted: "1"
          nothing: null
          tilde: ~
          empty: ""
          time: 22:22
          exponent: 1e3
          hexadecimal: 0x1F
          text: |
            one
            two
          folded: >-
            one
            two
          emptyMap: {}
          emptyList: []
    """,
})  # fmt: skip

COMPONENTS = table("components", {
    "patches-the-parent": f"""
        resources: [deployment.yaml]
        components: [extra]
        == extra/kustomization.yaml
        {_COMPONENT.replace(chr(10), chr(10) + "        ").rstrip(" ")}        patches:
          - target: {{kind: Deployment}}
            patch: '[{{"op": "replace", "path": "/spec/replicas", "value": 3}}]'
    """,
    "in-order": f"resources: [deployment.yaml]\ncomponents: [one, two]\n"
                f"== one/kustomization.yaml\n{_COMPONENT}replicas: [{{name: web, count: 2}}]\ncommonAnnotations: {{one: '1', last: one}}\n"
                f"== two/kustomization.yaml\n{_COMPONENT}replicas: [{{name: web, count: 3}}]\ncommonAnnotations: {{last: two}}\n",
    "adds-objects": f"resources: [deployment.yaml]\ncomponents: [extra]\nnamePrefix: my-\n"
                    f"== extra/kustomization.yaml\n{_COMPONENT}resources: [settings.yaml, token.yaml]\n",
    "sees-generated-objects": f"configMapGenerator: [{{name: a, literals: [k=v]}}]\ncomponents: [extra]\n"
                              f"== extra/kustomization.yaml\n{_COMPONENT}patches:\n"
                              "  - patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: other}}'\n",
    "comes-before-the-parents-patches": f"resources: [deployment.yaml]\ncomponents: [extra]\nreplicas: [{{name: web, count: 9}}]\n"
                                        f"== extra/kustomization.yaml\n{_COMPONENT}replicas: [{{name: web, count: 2}}]\n",
    "nested": f"resources: [deployment.yaml]\ncomponents: [outer]\n"
              f"== outer/kustomization.yaml\n{_COMPONENT}components: [../inner]\ncommonAnnotations: {{by: outer}}\n"
              f"== inner/kustomization.yaml\n{_COMPONENT}commonAnnotations: {{by: inner, deep: 'yes'}}\n",
    "in-a-base": f"resources: [base]\ncomponents: [extra]\n"
                 f"== base/kustomization.yaml\nresources: [deployment.yaml]\ncomponents: [../extra]\n"
                 f"== extra/kustomization.yaml\n{_COMPONENT}nameSuffix: -x\n",
    "listed-under-resources": fails(f"resources: [extra]\n== extra/kustomization.yaml\n{_COMPONENT}resources: [service.yaml]\n", "omponent"),
    "kustomization-listed-as-component": fails("components: [base]\n== base/kustomization.yaml\nresources: [service.yaml]\n", "omponent"),
    "file-listed-as-component": fails("components: [service.yaml]\n"),
    "with-namespace": f"resources: [deployment.yaml]\ncomponents: [extra]\n"
                      f"== extra/kustomization.yaml\n{_COMPONENT}namespace: shop\nresources: [rbac.yaml]\n",
    "with-generator": f"resources: [deployment.yaml]\ncomponents: [extra]\n"
                      f"== extra/kustomization.yaml\n{_COMPONENT}configMapGenerator: [{{name: settings, literals: [k=v]}}]\n",
    "duplicate": fails(f"resources: [service.yaml]\ncomponents: [extra]\n"
                       f"== extra/kustomization.yaml\n{_COMPONENT}resources: [service.yaml]\n", "web"),
    "as-the-root": f"{_COMPONENT}resources: [service.yaml]\n",
})  # fmt: skip
