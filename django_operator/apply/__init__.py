"""Server-side apply of a stack: plan, stages, inventory, readiness, drift. The only part that talks to a cluster."""
