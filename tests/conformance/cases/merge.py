"""How lists and maps merge, where it is not as kustomize does it."""

from __future__ import annotations

from tests.conformance.case import ABSENT, FAILS, differs, table

_DEPLOYMENT = (
    "resources: [deployment.yaml]\npatches:\n  - patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n"
)


def _patched(spec: str) -> str:
    return f"{_DEPLOYMENT}      metadata: {{name: web}}\n      spec: {{template: {{spec: {{{spec}}}}}}}\n"


_NAMES = "Deployment/web spec.template.spec.containers.*.name"
_WEB = "Deployment/web spec.template.spec.containers.0"

CASES = table("merge", {
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
    "replace-of-a-list-that-is-not-there": differs(
        "directives-leak", _patched("tolerations: [{$patch: replace}, {key: a}]"),
        "Deployment/web spec.template.spec.tolerations",
        ours=[{"key": "a"}], theirs=[{"$patch": "replace"}, {"key": "a"}],
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
    "null-where-there-is-no-map": differs(
        "null-becomes-text", """
        resources: [service.yaml]
        patches: [{target: {kind: Service}, patch: "{kind: Any, metadata: {name: any, annotations: {a: null}}}"}]
        """, "Service/web metadata.annotations.a", ours=ABSENT, theirs="null",
    ),
    "null-under-a-target": differs(
        "null-becomes-text", """
        resources: [a.yaml]
        patches: [{target: {kind: Service}, patch: "{kind: Any, metadata: {name: any, annotations: {a: null}}}"}]
        == a.yaml
        {apiVersion: v1, kind: Service, metadata: {name: web, annotations: {a: b, c: d}}}
        """, "Service/web metadata.annotations", ours={"c": "d"}, theirs={"a": "null", "c": "d"},
    ),
    "volume-source-on-top-of-another": differs(
        "two-sources", _patched("volumes: [{name: config, emptyDir: {}}]"),
        "Deployment/web spec.template.spec.volumes.0",
        ours={"name": "config", "emptyDir": {}},
        theirs={"name": "config", "emptyDir": {}, "configMap": {"name": "settings"}},
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
