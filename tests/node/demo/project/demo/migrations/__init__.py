"""What has become of the tables."""
