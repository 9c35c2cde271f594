"""Measurements against kustomize: `make bench` writes docs/performance.md."""
