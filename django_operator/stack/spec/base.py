"""What every part of the spec has in common. Knows nothing of the parts."""

from typing import Annotated

from msgspec import Meta, Struct

from django_operator.stack.k8stypes import DataKey, ObjectName

IntOrPercent = (
    Annotated[int, Meta(ge=0, le=10_000)]
    | Annotated[str, Meta(extra={"is": "per cent", "pattern": "^(100|[1-9]?[0-9])%$"})]
)


class Spec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """A part of the resource: immutable, camelCase in YAML, every unknown field an error.

    A field left out (None) leaves the base manifests as they are; no value of theirs is repeated here.
    """


class SecretKeyRef(Spec, frozen=True, kw_only=True):
    """A key of a Secret in the resource's own namespace."""

    name: ObjectName
    """Name of the Secret."""
    key: DataKey | None = None
    """Key in the Secret; each use names the one that is read when this is left out."""
