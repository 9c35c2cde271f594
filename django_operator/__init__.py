"""django-operator: a layering engine for Kubernetes manifests, and the Django stack built with it."""
