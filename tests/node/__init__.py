"""A node with real containers for tests and developers."""
