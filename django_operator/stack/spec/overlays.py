"""The user's own layers: a built-in overlay by name, one from a ConfigMap, or kustomization fields inline."""

from typing import Annotated, Literal

from msgspec import Meta

from django_operator.stack import k8stypes as k
from django_operator.stack.spec.base import Spec

Pattern = Annotated[str, Meta(max_length=512)]
Flag = bool | None


class ConfigMapRef(Spec, frozen=True, kw_only=True):
    """A ConfigMap in the resource's own namespace that holds a kustomization."""

    name: k.ObjectName
    """Name of the ConfigMap."""
    key: k.DataKey | None = None
    """The key that holds the kustomization; others are files it may refer to. Left out: kustomization.yaml."""


class Target(Spec, frozen=True, kw_only=True):
    """Which objects a patch is for; every given field must fit. Names are the base's, e.g. app or worker-default.

    No namespace: objects get theirs after all patches, the same for all.
    """

    group: Pattern | None = None
    """API group."""
    version: Pattern | None = None
    """API version."""
    kind: Pattern | None = None
    """Kind, e.g. Deployment; a regular expression for the whole word."""
    name: Pattern | None = None
    """Name, e.g. app; a regular expression for the whole word."""
    label_selector: Pattern | None = None
    """Labels of the object, e.g. app.kubernetes.io/component=worker."""
    annotation_selector: Pattern | None = None
    """Annotations of the object."""


class PatchOptions(Spec, frozen=True, kw_only=True):
    """What a patch may change besides the content."""

    allow_name_change: Flag = None
    """Whether the patch may change the name."""
    allow_kind_change: Flag = None
    """Whether the patch may change the kind."""


class Patch(Spec, frozen=True, kw_only=True):
    """A strategic merge patch (an object) or a JSON patch (a list of operations)."""

    patch: k.Anything
    """The patch: an object, a list of operations, or either as YAML text."""
    target: Target | None = None
    """Objects the patch is for. Left out, the patch names its own object."""
    optional: Flag = None
    """True lets the patch fit nothing; else that is an error."""
    expects: Annotated[int, Meta(ge=0, le=1000)] | None = None
    """How many objects the patch must fit."""
    options: PatchOptions | None = None
    """What the patch may change besides the content."""


class GeneratorOptions(Spec, frozen=True, kw_only=True):
    """Labels, annotations and naming of generated ConfigMaps and Secrets."""

    labels: k.Labels | None = None
    """Labels added."""
    annotations: k.Annotations | None = None
    """Annotations added."""
    disable_name_suffix_hash: Flag = None
    """True leaves the hash of the content off the name; a change then does not restart pods by itself."""
    immutable: Flag = None
    """True makes the object immutable."""


class ConfigMapGenerator(Spec, frozen=True, kw_only=True):
    """A ConfigMap made from literals."""

    name: k.ObjectName
    """Name, before the prefix and the hash."""
    behavior: Literal["create", "merge", "replace"] | None = None
    """What becomes of one of that name that is there already, e.g. the common ConfigMap `django`."""
    literals: Annotated[list[Annotated[str, Meta(max_length=262_144)]], Meta(max_length=512)] | None = None
    """Values, each as KEY=value."""
    options: GeneratorOptions | None = None
    """Labels, annotations and naming."""


class SecretGenerator(ConfigMapGenerator, frozen=True, kw_only=True):
    """A Secret made from literals. They can be read in the resource: prefer a Secret of your own and `envFrom`."""

    type: k.Word | None = None
    """Type of the Secret."""


class LabelSet(Spec, frozen=True, kw_only=True):
    """Labels for every object."""

    pairs: k.Labels
    """The labels."""
    include_selectors: Flag = None
    """Whether selectors get them too."""
    include_templates: Flag = None
    """Whether pod templates get them too."""
    include_volume_claim_templates: Flag = None
    """Whether templates of volume claims get them too."""
    fields: Annotated[list[k.FreeObject], Meta(max_length=64)] | None = None
    """Further places, as kustomize's field specs."""


class ImageChange(Spec, frozen=True, kw_only=True):
    """Another name, tag or digest for an image."""

    name: k.Word
    """The image as it is, without tag."""
    new_name: k.Word | None = None
    """Its new name."""
    new_tag: k.Word | None = None
    """Its new tag."""
    tag_suffix: k.Word | None = None
    """What is put behind its tag."""
    digest: k.Word | None = None
    """Its digest."""


class ReplicaChange(Spec, frozen=True, kw_only=True):
    """Another number of replicas."""

    name: k.ObjectName
    """Name of the object, e.g. app."""
    count: k.Count
    """How many replicas."""


class Overlay(Spec, frozen=True, kw_only=True):
    """One layer: `builtin`, `configMapRef`, or the other fields, which are kustomize's."""

    name: k.Label | None = None
    """What this overlay is called in messages and folders."""
    builtin: k.Label | None = None
    """A variant that comes with the operator, e.g. restricted or high-availability."""
    config_map_ref: ConfigMapRef | None = None
    """A kustomization in a ConfigMap."""
    optional: Flag = None
    """True goes on without the ConfigMap when it is not there."""
    resources: Annotated[list[k.FreeObject], Meta(max_length=64)] | None = None
    """Further objects, namespaced ones only; they get the resource's name as a prefix."""
    patches: Annotated[list[Patch], Meta(max_length=128)] | None = None
    """Changes to the objects so far, in this order."""
    config_map_generator: Annotated[list[ConfigMapGenerator], Meta(max_length=32)] | None = None
    """ConfigMaps made from literals."""
    secret_generator: Annotated[list[SecretGenerator], Meta(max_length=32)] | None = None
    """Secrets made from literals."""
    generator_options: GeneratorOptions | None = None
    """Labels, annotations and naming of all generated objects."""
    labels: Annotated[list[LabelSet], Meta(max_length=16)] | None = None
    """Labels for every object."""
    common_annotations: k.Annotations | None = None
    """Annotations for every object and pod template."""
    images: Annotated[list[ImageChange], Meta(max_length=64)] | None = None
    """Other names, tags or digests for images."""
    replicas: Annotated[list[ReplicaChange], Meta(max_length=64)] | None = None
    """Other numbers of replicas."""
    replacements: Annotated[list[k.FreeObject], Meta(max_length=64)] | None = None
    """Values copied from one object into others, as kustomize's replacements."""


INLINE = tuple(
    field for field in Overlay.__struct_encode_fields__ if field not in ("name", "builtin", "configMapRef", "optional")
)
"""The fields of an overlay that are kustomize's."""
