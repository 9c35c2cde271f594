"""An app with two migrations, the second of which builds an index while others work."""
