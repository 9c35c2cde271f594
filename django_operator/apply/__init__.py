"""Server-side apply: the only door to the API server, and the only importer of kr8s."""
