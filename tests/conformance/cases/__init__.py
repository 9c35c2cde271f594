"""Every written case, by name `<field>-<what>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.conformance.cases import generators, images, json6902, labels, layers, names, patches, plugins, replacements

if TYPE_CHECKING:
    from tests.conformance.case import Case

CASES: Final[dict[str, Case]] = {
    **patches.CASES,
    **patches.DIFFERENCES,
    **json6902.CASES,
    **names.CASES,
    **names.NAMESPACES,
    **labels.CASES,
    **labels.ANNOTATIONS,
    **images.CASES,
    **images.REPLICAS,
    **generators.CASES,
    **generators.SECRETS,
    **replacements.CASES,
    **layers.CASES,
    **layers.COMPONENTS,
    **layers.ORDER,
    **layers.METADATA,
    **layers.VARS,
    **layers.YAML,
    **plugins.CASES,
    **plugins.GENERATORS,
    **plugins.CONFIGURATIONS,
    **plugins.SCHEMAS,
}
