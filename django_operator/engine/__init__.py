"""The layering engine: kustomize's input language with Kubernetes' merge semantics.

Knows nothing of Django, of clusters, of kopf or of kr8s. Every function is pure on plain data; files come in
through `files.Files`, and what the engine knows of Kubernetes kinds comes in as a `schema.Schema` value.
"""
