"""configMapGenerator, secretGenerator and generatorOptions: content, hash, behaviours, references."""

from __future__ import annotations

from tests.conformance.case import FAILS, differs, fails, table

_BASE = "== base/kustomization.yaml\nresources: [deployment.yaml]\nconfigMapGenerator: [{name: settings, literals: [a=1, b=2]}]\n"

CASES = table("generators", {
    "literals": """
        configMapGenerator:
          - name: a
            literals: [plain=x, "quoted='y z'", 'double="y z"', equals=a=b, empty=, "number=1", "flag=true", "space= x "]
    """,
    "files": """
        configMapGenerator: [{name: a, files: [one.txt, key=two.txt, sub/three.txt]}]
        == one.txt
        first
        line
        == two.txt
        second
        == sub/three.txt
        third
    """,
    "envs": """
        configMapGenerator: [{name: a, envs: [one.env, two.env]}]
        == one.env
        # a comment
        A=1

        B=two words
        C="quoted"
          D=indented
        E=a=b
        == two.env
        F=6
    """,
    "env-without-value": """
        configMapGenerator: [{name: a, envs: [one.env]}]
        == one.env
        NOTHING
        A=1
    """,
    "old-env": """
        configMapGenerator: [{name: a, env: one.env}]
        == one.env
        A=1
    """,
    "everything": """
        configMapGenerator: [{name: a, literals: [l=1], files: [f.txt], envs: [e.env]}]
        == f.txt
        text
        == e.env
        E=1
    """,
    "text-with-odd-characters": """
        configMapGenerator: [{name: a, files: [f.txt]}]
        == f.txt
        tab	here
        ünïcode ✓
          - looks: like yaml
        "quotes" 'and' \\ backslash
    """,
    "trailing-blanks": "configMapGenerator: [{name: a, files: [f.txt]}]\n== f.txt\nblanks   \n\n\n",
    "no-final-newline": "configMapGenerator: [{name: a, files: [f.txt]}]\n== f.txt\nno newline",
    "empty": "configMapGenerator: [{name: a}]\n",
    "namespace": "configMapGenerator: [{name: a, namespace: shop, literals: [k=v]}]\n",
    "name-with-hash-in-every-reference": """
        resources: [deployment.yaml, job.yaml, cronjob.yaml, ingress.yaml, rbac.yaml]
        configMapGenerator: [{name: settings, literals: [colour=blue]}]
        secretGenerator: [{name: token, literals: [token=s3cr3t]}]
    """,
    "hash-and-prefix": """
        resources: [deployment.yaml]
        namePrefix: my-
        nameSuffix: -x
        configMapGenerator: [{name: settings, literals: [colour=blue]}]
        secretGenerator: [{name: token, literals: [token=s3cr3t]}]
    """,
    "hash-covers-labels-not": """
        commonLabels: {tier: front}
        commonAnnotations: {note: a}
        configMapGenerator: [{name: a, literals: [k=v]}]
    """,
    "hash-after-patch": """
        configMapGenerator: [{name: a, literals: [k=v]}]
        patches:
          - patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: other, more: 'yes'}}"
    """,
    "no-hash": "configMapGenerator: [{name: a, literals: [k=v], options: {disableNameSuffixHash: true}}]\n",
    "options": """
        configMapGenerator:
          - name: a
            literals: [k=v]
            options: {labels: {tier: front}, annotations: {note: own}, immutable: true}
    """,
    "general-options": """
        generatorOptions: {labels: {all: "1"}, annotations: {all: "1"}, disableNameSuffixHash: true, immutable: true}
        configMapGenerator:
          - {name: a, literals: [k=v]}
          - {name: b, literals: [k=v], options: {labels: {tier: front, all: "2"}, disableNameSuffixHash: false, immutable: false}}
        secretGenerator: [{name: c, literals: [k=v]}]
    """,
    "general-options-of-the-layer-only": """
        resources: [base]
        generatorOptions: {disableNameSuffixHash: true}
        configMapGenerator: [{name: a, literals: [k=v]}]
        == base/kustomization.yaml
        configMapGenerator: [{name: b, literals: [k=v]}]
    """,
    "merge": f"resources: [base]\nconfigMapGenerator: [{{name: settings, behavior: merge, literals: [b=3, c=4]}}]\n{_BASE}",
    "replace": f"resources: [base]\nconfigMapGenerator: [{{name: settings, behavior: replace, literals: [c=4]}}]\n{_BASE}",
    "create-again": fails(f"resources: [base]\nconfigMapGenerator: [{{name: settings, literals: [c=4]}}]\n{_BASE}", "settings"),
    "merge-into-nothing": fails("configMapGenerator: [{name: a, behavior: merge, literals: [c=4]}]\n", "merge"),
    "replace-nothing": fails("configMapGenerator: [{name: a, behavior: replace, literals: [c=4]}]\n", "replace"),
    "unknown-behaviour": differs(
        "unchecked-words", "configMapGenerator: [{name: a, behavior: append, literals: [c=4]}]\n", "* ", ours=FAILS, theirs=["ConfigMap/a-257h29ftfg"]
    ),
    "merge-labels-and-annotations": """
        resources: [base]
        configMapGenerator:
          - {name: a, behavior: merge, literals: [c=3], options: {labels: {two: "2"}, annotations: {two: "2"}}}
        == base/kustomization.yaml
        configMapGenerator:
          - {name: a, literals: [b=2], options: {labels: {one: "1"}, annotations: {one: "1"}}}
    """,
    "merge-under-a-prefix": """
        resources: [base]
        namePrefix: outer-
        configMapGenerator: [{name: settings, behavior: merge, literals: [b=3]}]
        == base/kustomization.yaml
        namePrefix: inner-
        resources: [deployment.yaml]
        configMapGenerator: [{name: settings, literals: [a=1, b=2]}]
    """,
    "merge-in-a-namespace": """
        resources: [base]
        configMapGenerator: [{name: a, namespace: shop, behavior: merge, literals: [b=3]}]
        == base/kustomization.yaml
        namespace: shop
        configMapGenerator: [{name: a, literals: [a=1]}]
    """,
    "merge-without-the-namespace": """
        resources: [base]
        configMapGenerator: [{name: a, behavior: merge, literals: [b=3]}]
        == base/kustomization.yaml
        namespace: shop
        configMapGenerator: [{name: a, literals: [a=1]}]
    """,
    "merge-into-a-resource": """
        resources: [settings.yaml]
        configMapGenerator: [{name: settings, behavior: merge, literals: [b=3]}]
    """,
    "merge-in-component": """
        configMapGenerator: [{name: a, literals: [a=1]}]
        components: [extra]
        == extra/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        configMapGenerator: [{name: a, behavior: merge, literals: [b=2]}]
    """,
    "same-name-in-two-layers": """
        resources: [one, two]
        == one/kustomization.yaml
        namePrefix: one-
        resources: [deployment.yaml]
        configMapGenerator: [{name: settings, literals: [a=1]}]
        == two/kustomization.yaml
        namePrefix: two-
        resources: [deployment.yaml]
        configMapGenerator: [{name: settings, literals: [a=2]}]
    """,
    "duplicate-key": fails("configMapGenerator: [{name: a, literals: [k=1, k=2]}]\n", "k"),
    "literal-without-equals": fails("configMapGenerator: [{name: a, literals: [novalue]}]\n", "novalue"),
    "missing-file": fails("configMapGenerator: [{name: a, files: [nothing.txt]}]\n", "nothing.txt"),
    "bad-key": differs(
        "unchecked-words", "configMapGenerator: [{name: a, literals: ['a b=1']}]\n", "* ", ours=FAILS, theirs=["ConfigMap/a-5ck52bh8kf"]
    ),
    "without-name": fails("configMapGenerator: [{literals: [a=1]}]\n", "name"),
    "file-outside": fails("""
        resources: [deep]
        == deep/kustomization.yaml
        configMapGenerator: [{name: a, files: [../secret.txt]}]
        == secret.txt
        text
    """, "outside"),
    "local-config-is-dropped": """
        configMapGenerator:
          - {name: a, literals: [k=v], options: {annotations: {config.kubernetes.io/local-config: "true"}}}
          - {name: b, literals: [k=v]}
    """,
    "patched-away": """
        resources: [base]
        patches: [{patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, $patch: delete}"}]
        == base/kustomization.yaml
        configMapGenerator: [{name: a, literals: [k=v]}, {name: b, literals: [k=v]}]
    """,
    "needs-hash-annotation": """
        resources: [a.yaml]
        == a.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a, annotations: {kustomize.config.k8s.io/needs-hash: "true"}}
        data: {k: v}
    """,
})  # fmt: skip

SECRETS = table("secrets", {
    "nothing-merged-into-nothing": """
        resources: [base]
        secretGenerator: [{name: a, behavior: merge}, {name: b, behavior: replace}]
        configMapGenerator: [{name: a, behavior: merge}, {name: b, behavior: replace}]
        == base/kustomization.yaml
        secretGenerator: [{name: a}, {name: b}]
        configMapGenerator: [{name: a}, {name: b}]
    """,
    "literals": "secretGenerator: [{name: a, literals: [user=me, password=s3cr3t, empty=]}]\n",
    "type": "secretGenerator: [{name: a, type: kubernetes.io/basic-auth, literals: [username=me, password=s3cr3t]}]\n",
    "tls": """
        secretGenerator: [{name: a, type: kubernetes.io/tls, files: [tls.crt, tls.key]}]
        == tls.crt
        certificate
        == tls.key
        key
    """,
    "files-and-envs": """
        secretGenerator: [{name: a, files: [f.txt], envs: [e.env]}]
        == f.txt
        text ünïcode
        == e.env
        E=1
    """,
    "long-value": "secretGenerator: [{name: a, literals: ['k=" + "0123456789" * 20 + "']}]\n",
    "merge": """
        resources: [base]
        secretGenerator: [{name: a, behavior: merge, literals: [b=3]}]
        == base/kustomization.yaml
        secretGenerator: [{name: a, type: example.com/kind, literals: [a=1, b=2]}]
    """,
    "replace": """
        resources: [base]
        secretGenerator: [{name: a, behavior: replace, literals: [b=3]}]
        == base/kustomization.yaml
        secretGenerator: [{name: a, literals: [a=1, b=2]}]
    """,
    "immutable": "secretGenerator: [{name: a, literals: [a=1], options: {immutable: true}}]\n",
    "string-data-patched-in": """
        secretGenerator: [{name: a, literals: [a=1]}]
        patches: [{patch: "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {b: text}}"}]
    """,
    "hash-of-type": "secretGenerator: [{name: a, type: one, literals: [a=1]}, {name: b, type: two, literals: [a=1]}]\n",
})  # fmt: skip
