"""The engine against kustomize v5.8.1: written cases, generated ones, and RFC 6902's vectors."""
