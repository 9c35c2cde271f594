"""replacements: sources, targets, paths, options."""

from __future__ import annotations

from tests.conformance.case import FAILS, differs, fails, table


def _replace(source: str, targets: str, resources: str = "deployment.yaml, service.yaml, settings.yaml") -> str:
    return f"resources: [{resources}]\nreplacements:\n  - source: {{{source}}}\n    targets: [{targets}]\n"


_COLOUR = "kind: ConfigMap, name: settings, fieldPath: data.colour"
_WEB = "select: {kind: Deployment, name: web}"

CASES = table("replacements", {
    "source-value-like-a-number": differs("text-becomes-number", """
        resources: [service.yaml]
        replacements:
          - sourceValue: "1"
            targets: [{select: {kind: Service}, fieldPaths: [metadata.labels.size], options: {create: true}}]
    """, "Service/web metadata.labels.size", ours="1", theirs=1),
    "text-like-a-word": differs("text-becomes-number", """
        resources: [service.yaml, a.yaml]
        replacements:
          - source: {kind: Secret, fieldPath: metadata.annotations.note}
            targets: [{select: {kind: Service}, fieldPaths: [metadata.labels.part], options: {create: true}}]
        == a.yaml
        {apiVersion: v1, kind: Secret, metadata: {name: part, annotations: {note: "true"}}}
    """, "Service/web metadata.labels.part", ours="true", theirs=True),
    "text-like-a-word-over-another": """
        resources: [service.yaml, a.yaml]
        replacements:
          - source: {kind: Secret, fieldPath: metadata.annotations.note}
            targets: [{select: {kind: Service}, fieldPaths: [metadata.annotations.part], options: {create: true}}]
        == a.yaml
        {apiVersion: v1, kind: Secret, metadata: {name: part, annotations: {note: "true"}}}
    """,
    "piece-like-a-number": differs("text-becomes-number", """
        resources: [service.yaml, a.yaml]
        replacements:
          - source: {kind: Secret, name: part-7, options: {delimiter: "-", index: 1}}
            targets: [{select: {kind: Service}, fieldPaths: [metadata.labels.part], options: {create: true}}]
        == a.yaml
        {apiVersion: v1, kind: Secret, metadata: {name: part-7}}
    """, "Service/web metadata.labels.part", ours="7", theirs=7),
    "to-a-scalar": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: [metadata.annotations.note]}}"),
    "default-field-is-the-name": _replace("kind: ConfigMap, name: settings", f"{{{_WEB}, fieldPaths: [metadata.annotations.note]}}"),
    "item-by-name": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].image']}}"),
    "item-by-two-steps": _replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].env.[name=MODE].value']}}"
    ),
    "item-by-index": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: [spec.template.spec.containers.1.image]}}"),
    "every-item": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.*.image']}}"),
    "item-not-there": fails(_replace(_COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=no].image']}}"), "no"),
    "index-out-of-range": fails(_replace(_COLOUR, f"{{{_WEB}, fieldPaths: [spec.template.spec.containers.7.image]}}"), "7"),
    "field-not-there": fails(_replace(_COLOUR, f"{{{_WEB}, fieldPaths: [spec.nothing.here]}}"), "spec.nothing"),
    "create": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: [spec.template.metadata.annotations.colour], options: {{create: true}}}}"),
    "create-item": _replace(
        _COLOUR,
        f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=proxy].env.[name=NEW].value'], options: {{create: true}}}}",
    ),
    "key-with-dots": _replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['metadata.annotations.[example.com/colour]'], options: {{create: true}}}}"
    ),
    "key-with-escaped-dots": _replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['metadata.annotations.example\\.com/colour'], options: {{create: true}}}}"
    ),
    "map": _replace(
        "kind: Service, name: web, fieldPath: spec.selector",
        f"{{{_WEB}, fieldPaths: [spec.template.spec.nodeSelector], options: {{create: true}}}}",
    ),
    "list": _replace(
        "kind: Service, name: web, fieldPath: spec.ports",
        f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=proxy].ports'], options: {{create: true}}}}",
    ),
    "number": _replace(
        "kind: Service, name: web, fieldPath: spec.ports.0.targetPort",
        f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].ports.0.containerPort', spec.replicas]}}",
    ),
    "number-into-a-string": _replace(
        "kind: Service, name: web, fieldPath: spec.ports.0.port",
        f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].env.[name=MODE].value']}}",
    ),
    "part-of-the-target": _replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].image'], options: {{delimiter: ':', index: 1}}}}"
    ),
    "part-before-the-target": _replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].image'], options: {{delimiter: ':', index: -1}}}}"
    ),
    "part-after-the-target": _replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=web].image'], options: {{delimiter: ':', index: 9}}}}"
    ),
    "part-of-the-source": _replace(
        "kind: Deployment, name: web, fieldPath: 'spec.template.spec.containers.[name=web].image', options: {delimiter: ':', index: 1}",
        "{select: {kind: Service}, fieldPaths: ['spec.selector.version'], options: {create: true}}",
    ),
    "source-index-out-of-range": fails(_replace(
        "kind: Deployment, name: web, fieldPath: 'spec.template.spec.containers.[name=web].image', options: {delimiter: ':', index: 5}",
        "{select: {kind: Service}, fieldPaths: ['spec.selector.version'], options: {create: true}}",
    ), "5"),
    "several-targets": _replace(
        _COLOUR,
        f"{{{_WEB}, fieldPaths: [metadata.annotations.note, metadata.labels.app]}}, "
        "{select: {kind: Service}, fieldPaths: [spec.selector.app]}",
    ),
    "reject": _replace(
        _COLOUR,
        "{select: {name: web}, reject: [{kind: Service}], fieldPaths: [metadata.labels.colour], options: {create: true}}",
    ),
    "reject-several": _replace(
        _COLOUR,
        "{select: {version: v1}, reject: [{kind: Service}, {name: settings}], fieldPaths: [metadata.labels.colour], "
        "options: {create: true}}",
    ),
    "select-by-regex": _replace(
        _COLOUR, "{select: {name: w.*}, fieldPaths: [metadata.labels.colour], options: {create: true}}"
    ),
    "select-by-label": _replace(
        _COLOUR, "{select: {labelSelector: app=web}, fieldPaths: [metadata.labels.colour], options: {create: true}}"
    ),
    "select-nothing": differs(
        "fits-nothing", _replace(_COLOUR, "{select: {kind: Job}, fieldPaths: [metadata.labels.colour]}"),
        "Deployment/web metadata.name", ours=FAILS, theirs="web",
    ),
    "source-not-there": fails(_replace("kind: ConfigMap, name: nothing", f"{{{_WEB}, fieldPaths: [metadata.labels.app]}}"), "nothing"),
    "source-field-not-there": fails(_replace(
        "kind: ConfigMap, name: settings, fieldPath: data.nothing", f"{{{_WEB}, fieldPaths: [metadata.labels.app]}}"
    ), "data.nothing"),
    "ambiguous-source": fails(_replace("name: web", f"{{{_WEB}, fieldPaths: [metadata.labels.app]}}"), "more than one|several|multiple"),
    "without-source": fails("resources: [deployment.yaml]\nreplacements: [{targets: [{select: {kind: Deployment}}]}]\n", "source"),
    "source-value": """
        resources: [deployment.yaml]
        replacements:
          - sourceValue: green
            targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app, spec.template.metadata.labels.app]}]
    """,
    "file": """
        resources: [deployment.yaml, settings.yaml]
        replacements: [{path: colour.yaml}]
        == colour.yaml
        source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
        targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]
    """,
    "file-with-a-list": """
        resources: [deployment.yaml, settings.yaml]
        replacements: [{path: colour.yaml}]
        == colour.yaml
        - source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
          targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]
        - source: {kind: ConfigMap, name: settings}
          targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]
    """,
    "name-after-prefix": """
        resources: [deployment.yaml, service.yaml]
        namePrefix: my-
        replacements:
          - source: {kind: Service, name: web}
            targets: [{select: {kind: Deployment, name: web}, fieldPaths: [metadata.annotations.note]}]
    """,
    "generated-name-has-no-hash-yet": """
        resources: [deployment.yaml]
        configMapGenerator: [{name: settings, literals: [colour=red]}]
        replacements:
          - source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
            targets: [{select: {kind: Deployment, name: web}, fieldPaths: [metadata.annotations.note]}]
    """,
    "one-after-the-other": """
        resources: [deployment.yaml, service.yaml, settings.yaml]
        replacements:
          - source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
            targets: [{select: {kind: Service}, fieldPaths: [spec.selector.app]}]
          - source: {kind: Service, fieldPath: spec.selector.app}
            targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]
    """,
    "item-by-part-of-its-name": differs(
        "unanchored-regex", _replace(_COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.[name=e].image']}}"),
        "Deployment/web spec.template.spec.containers.*.image", ours=FAILS, theirs=["blue", "registry.example.com:5000/team/proxy:2.1"],
    ),
    "scalar-list-item": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.0.args.1']}}"),
    "scalar-list-item-by-value": _replace(_COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.0.args.[=8080]']}}"),
    "append-to-list": fails(_replace(
        _COLOUR, f"{{{_WEB}, fieldPaths: ['spec.template.spec.containers.0.args.-'], options: {{create: true}}}}"
    )),
    "into-yaml-inside-text": _replace(
        "kind: Deployment, name: web, fieldPath: spec.replicas",
        "{select: {kind: ConfigMap}, fieldPaths: [data.nested.size]}",
    ),
    "into-json-inside-text": """
        resources: [deployment.yaml, a.yaml]
        replacements:
          - source: {kind: Deployment, name: web, fieldPath: metadata.name}
            targets: [{select: {kind: ConfigMap}, fieldPaths: ['data.[conf.json].server.name']}]
        == a.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a}
        data:
          conf.json: '{"server": {"name": "x", "port": 80}}'
    """,
    "base-then-overlay": """
        resources: [base]
        replacements:
          - source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
            targets: [{select: {kind: Deployment}, fieldPaths: [metadata.labels.app]}]
        == base/kustomization.yaml
        resources: [deployment.yaml, settings.yaml]
        replacements:
          - source: {kind: ConfigMap, name: settings}
            targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]
    """,
    "encoding": differs(
        "unchecked-words", """
        resources: [settings.yaml, token.yaml]
        replacements:
          - source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
            targets: [{select: {kind: Secret}, fieldPaths: [data.token], options: {encoding: base64}}]
        """, "Secret/token data.token", ours=FAILS, theirs="blue",
    ),
})  # fmt: skip
