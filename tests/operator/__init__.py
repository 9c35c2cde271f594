"""The operator's runtime."""
