"""`django-operator explain`: for each field of an object, its value and the layer that wrote it.

Knows nothing of how writers are found (engine.explain).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django_operator.cli import arguments

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from django_operator.engine.errors import Origin
    from django_operator.engine.explain import Field, Recorder
    from django_operator.engine.paths import Json, Path
    from django_operator.engine.resources import ResId, Resource

EXAMPLES = """\
examples:
  django-operator explain sample.yaml                       the objects
  django-operator explain sample.yaml Deployment/app
  django-operator explain sample.yaml Deployment/shop-worker-default spec.replicas
  django-operator explain sample.yaml Deployment/app 'spec.template.spec.containers[django].env'
  django-operator explain overlays/production Deployment/web     any kustomization

An object is called by its name in the base, or its final one, its kind as kubectl takes it (deploy/app); an item of a
list by its place or its name.
A field belongs to the last layer that spoke of it; what a replacement copies, to who wrote it where it comes from.
"""

MASK = "***"
"""Shown in place of what a Secret holds."""


SHORT = {
    "cert": "certificate",
    "cj": "cronjob",
    "cm": "configmap",
    "deploy": "deployment",
    "ds": "daemonset",
    "ep": "endpoints",
    "hpa": "horizontalpodautoscaler",
    "ing": "ingress",
    "netpol": "networkpolicy",
    "ns": "namespace",
    "pdb": "poddisruptionbudget",
    "po": "pod",
    "promrule": "prometheusrule",
    "pv": "persistentvolume",
    "pvc": "persistentvolumeclaim",
    "quota": "resourcequota",
    "rs": "replicaset",
    "sa": "serviceaccount",
    "smon": "servicemonitor",
    "so": "scaledobject",
    "sts": "statefulset",
    "svc": "service",
}
"""What kubectl calls kinds for short."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "-f", "--filename", metavar="FILE", action="append", default=[], help="file, folder, or - for stdin"
    )
    parser.usage = "%(prog)s [options] FILE [KIND/NAME [FIELD]]"
    parser.add_argument("words", metavar="[FILE] KIND/NAME [FIELD]", nargs="*", help="the object, and a field of it")
    arguments.add_namespace(parser)


def run(args: argparse.Namespace) -> int:
    """Explain an object, or list what there is."""
    from django_operator.cli import console  # noqa: PLC0415 - help needs none of it

    words = list(args.words)
    names = args.filename or words[:1]
    rest = words if args.filename else words[1:]
    if not names:
        raise arguments.UsageError("no file given", "name a file with a Django resource, or `-f -` for stdin")
    if len(rest) > 2:  # noqa: PLR2004 - object and field
        hint = "write FILE KIND/NAME FIELD; -f names more files"
        raise arguments.UsageError(f"{rest[2]!r} is one word too many", hint)
    recorder, resources, sites = _built(names, args)
    if not rest:
        console.print_table([(_name(each), str(each.origin)) for each in resources], ("bold", "dim"))
        return 0
    resource = find_object(resources, rest[0])
    path = find_field(resource, rest[1]) if len(rest) > 1 else ()
    _print(recorder.fields(resource, path), sites, secret=resource.id.kind == "Secret")
    return 0


def _built(names: Sequence[str], args: argparse.Namespace) -> tuple[Recorder, list[Resource], frozenset[str]]:
    """Return who wrote what, the objects, and the sources whose fields are those of a Django resource."""
    from django_operator.engine.explain import Recorder  # noqa: PLC0415 - as above

    recorder = Recorder()
    if len(names) == 1 and os.path.isdir(names[0]):  # noqa: PTH112 - pathlib costs 4 ms of start-up
        from django_operator.engine.build import build_resources  # noqa: PLC0415 - as above
        from django_operator.engine.files import DiskFiles  # noqa: PLC0415 - as above

        return recorder, list(build_resources(DiskFiles(names[0]), order="legacy", observer=recorder)), frozenset()
    from django_operator.cli import inputs  # noqa: PLC0415 - as above
    from django_operator.cli.render import render_all  # noqa: PLC0415 - as above

    stacks = render_all(
        inputs.read(names, args.namespace), inputs.overlays(args), recorder, initialized=args.initialized
    )
    sites = frozenset(stack.site.document.source for stack in stacks)
    return recorder, [resource for stack in stacks for resource in stack.resources], sites


def find_object(resources: Sequence[Resource], text: str) -> Resource:
    """Return the object meant by `Kind/name`, kinds as kubectl has them. Raises RenderError for none, or several."""
    from django_operator.engine.errors import Origin, fail, near  # noqa: PLC0415 - as above

    kind, _, name = text.partition("/")
    same_kind = [each for each in resources if _is_kind(each.id, kind.lower())]
    namespace, _, last = name.rpartition("/")
    here = [each for each in same_kind if not namespace or each.id.namespace == namespace]
    found = [each for each in here if each.id.name == last] or [
        each for each in here if any(known.name == last for known in each.ids)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(_name(each) for each in found)
        raise fail(f"{text} could be {several}", Origin(""), "name one of them")
    known = [_name(each) for each in same_kind or resources]
    raise fail(f"no object {text}", Origin(""), near(text, known) or "without an object, all are listed")


def _is_kind(identity: ResId, text: str) -> bool:
    """Tell whether `deployment`, `deployments`, `deploy` or `deployments.apps` is what an object is."""
    word, _, group = text.partition(".")
    if group not in ("", identity.group, f"{identity.version}.{identity.group}", identity.version):
        return False
    kind = identity.kind.lower()
    if kind.endswith("y") and kind[-2:-1] not in "aeiou":
        plural = f"{kind[:-1]}ies"
    else:
        plural = f"{kind}es" if kind.endswith(("s", "x", "ch", "sh")) else f"{kind}s"
    return SHORT.get(word, word) in (kind, plural)


def find_field(resource: Resource, text: str) -> Path:
    """Return the path meant by `spec.containers[0].env[DEBUG]`. Raises RenderError naming the fields there are."""
    from django_operator.engine.errors import Origin, fail, near  # noqa: PLC0415 - as above
    from django_operator.engine.paths import dotted  # noqa: PLC0415 - as above

    value: Json = resource.body
    path: Path = ()
    rest = text
    while rest:
        step, rest = _step(value, rest)
        if step is None:
            fields = value if isinstance(value, dict) else [each.get("name") or "" for each in _maps(value)]
            where = dotted(path) or _name(resource)
            raise fail(f"{where} has no {rest}", Origin(""), near(rest, filter(None, fields)))
        path, value = (*path, step), value[step]
    return path


def _maps(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _step(value: Json, text: str) -> tuple[str | int | None, str]:
    """Return the first step of a path and the text after it; None and the step's text where there is none."""
    if text.startswith("["):
        word, _, rest = text[1:].partition("]")
        word = word.strip("\"'")
        if isinstance(value, dict) and word in value:
            return word, rest.removeprefix(".")
        index = _item(value, word)
        return (None, f"[{word}]") if index is None else (index, rest.removeprefix("."))
    if isinstance(value, dict):
        # Keys of labels and annotations hold dots: the longest key that the text begins with is meant.
        for key in sorted(value, key=len, reverse=True):
            if text == key or text.startswith((f"{key}.", f"{key}[")):
                return key, text[len(key) :].removeprefix(".")
    word = text.partition(".")[0].partition("[")[0]
    index = _item(value, word)
    return (None, word) if index is None else (index, text[len(word) :].removeprefix("."))


def _item(value: Json, word: str) -> int | None:
    """Return where the item stands that is called by its place or its name."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if str(index) == word or (isinstance(item, dict) and word in (item.get("name"), item.get("mountPath"))):
            return index
    return None


def _print(fields: Sequence[Field], sites: frozenset[str], *, secret: bool) -> None:
    from django_operator.cli import console  # noqa: PLC0415 - as above
    from django_operator.engine.paths import dotted  # noqa: PLC0415 - as above

    rows = [
        (
            dotted(each.path),
            MASK if secret and each.path[0] in ("data", "stringData") else _text(each.value),
            _place(each.origin, sites),
        )
        for each in fields
    ]
    if not rows:
        return
    columns = console.width()
    longest = columns - max(len(row[0]) for row in rows) - max(len(row[2]) for row in rows) - 4 if columns else 0
    if longest > 10:  # noqa: PLR2004 - less says nothing; then lines may wrap
        rows = [
            (path, text if len(text) <= longest else text[: longest - 1] + "…", place) for path, text, place in rows
        ]
    console.print_table(rows, ("", "bold", "dim"))


def _place(origin: Origin, sites: frozenset[str]) -> str:
    """Return the line of a file; in a Django resource the field too, for it says which value was at work."""
    if origin.line is None or origin.source in sites:
        return str(origin)
    return f"{origin.source}:{origin.line}"


def _text(value: Json) -> str:
    """Return a leaf in one line, as YAML or JSON would have it."""
    import json  # noqa: PLC0415 - as above

    from django_operator.engine.emit import dump  # noqa: PLC0415 - as above

    return (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, str) and "\n" in value
        else dump([value]).rstrip("\n")
    )


def _name(resource: Resource) -> str:
    return f"{resource.id.kind}/{resource.id.name}"
