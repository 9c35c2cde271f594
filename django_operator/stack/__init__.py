"""The Django stack: the typed resource, its values as patches, and the pure `render`. Knows nothing of clusters."""
