"""Server-side apply of a rendered stack: plan, stages, inventory, readiness. The only door to a cluster.

Knows nothing of kopf, of work queues or of terminals; what wakes it is not its business.
"""
