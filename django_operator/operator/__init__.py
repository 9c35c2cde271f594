"""The operator: watches in, a queue of resources to look at, workers out. Leads when it holds the Lease.

The only importer of kopf. Knows nothing of what a reconcile does.
"""
