"""Every written case, by name `<field>-<what>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.conformance.cases import (
    configurations,
    generators,
    images,
    json6902,
    labels,
    layers,
    merge,
    names,
    order,
    patches,
    plugins,
    reading,
    references,
    replacements,
    targets,
)

if TYPE_CHECKING:
    from tests.conformance.case import Case

CASES: Final[dict[str, Case]] = {
    **patches.CASES,
    **targets.CASES,
    **merge.CASES,
    **json6902.CASES,
    **names.CASES,
    **names.NAMESPACES,
    **references.REFERENCES,
    **labels.CASES,
    **labels.ANNOTATIONS,
    **images.CASES,
    **images.REPLICAS,
    **generators.CASES,
    **generators.SECRETS,
    **replacements.CASES,
    **layers.CASES,
    **layers.COMPONENTS,
    **order.ORDER,
    **order.METADATA,
    **reading.VARS,
    **reading.YAML,
    **plugins.CASES,
    **plugins.GENERATORS,
    **configurations.CONFIGURATIONS,
    **configurations.SCHEMAS,
}
