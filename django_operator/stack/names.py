"""The names and labels of a stack's objects. Knows nothing of what the objects hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_operator.engine.field_tables import POD_TEMPLATES

if TYPE_CHECKING:
    from django_operator.stack.site import Site

INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
COMPONENTS = frozenset({"app", "worker", "beat", "redis", "postgres", "release", "post", "cron", "manage"})
"""Values of the component label that the stack's own pods have; `manage` those of `django-operator manage`."""
PODS = {kind: (*POD_TEMPLATES[kind], "spec") for kind in ("CronJob", "Deployment", "Job", "StatefulSet")}
"""Kinds that have pods, and where the pod stands."""
PART_OF = "app.kubernetes.io/part-of"
MANAGED_BY = "app.kubernetes.io/managed-by"
VERSION = "app.kubernetes.io/version"
STAGE = "django-operator.io/stage"
POOL = "django-operator.io/pool"
CRON = "django-operator.io/cron"
COLOUR = "django-operator.io/colour"

LIMIT = 63
"""Characters of a Job's, Service's or label's name."""
CONTROLLED_LIMIT = 52
"""Characters of a CronJob's or StatefulSet's name: the controllers append 11 for what they make."""


@dataclass(frozen=True, slots=True)
class Names:
    """Final names of what is referred to inside strings, which no name reference reaches, and of Secrets."""

    instance: str

    @property
    def prefix(self) -> str:
        """Return what stands before every name."""
        return f"{self.instance}-"

    @property
    def secret_key(self) -> str:
        """Return the Secret with Django's SECRET_KEY."""
        return f"{self.instance}-django"

    @property
    def redis(self) -> str:
        """Return the Service of the managed Redis, and the Secret with its password."""
        return f"{self.instance}-redis"

    @property
    def postgres(self) -> str:
        """Return the Service of the managed database, the Secret with its password, and CloudNativePG's Cluster."""
        return f"{self.instance}-postgres"

    @property
    def tls(self) -> str:
        """Return the Secret that cert-manager puts the certificate into."""
        return f"{self.instance}-tls"


def names(site: Site) -> Names:
    """Return the names of a stack."""
    return Names(site.name)


def suffix(name: str, taken: str, limit: int) -> str:
    """Return `-name`, shortened so that `taken` and it keep to `limit` characters.

    A shortened name ends in a hash of the whole one: two long names that begin alike stay different.
    """
    room = limit - len(taken) - 1
    return "-" + shorten(name, room)


def shorten(name: str, limit: int) -> str:
    """Return a name of at most `limit` characters, the end of a longer one replaced by a hash of it."""
    if len(name) <= limit:
        return name
    mark = digest(name)[: max(4, min(8, limit))]
    head = name[: max(0, limit - len(mark) - 1)].rstrip("-._")
    return f"{head}-{mark}" if head else mark


def digest(*parts: object) -> str:
    """Return a hash of values in hexadecimal, the same on every machine."""
    import hashlib  # noqa: PLC0415 - start-up time
    import json  # noqa: PLC0415 - as above

    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def label_value(text: str) -> str:
    """Return a text as a label value: at most 63 letters, digits, `-`, `_` and `.`, letters at both ends."""
    clean = re.sub(r"[^A-Za-z0-9._-]", "-", text).strip("-._")
    return shorten(clean, LIMIT)


def slug(text: str) -> str:
    """Return a text as a DNS label, empty where nothing of it can stand in one."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
