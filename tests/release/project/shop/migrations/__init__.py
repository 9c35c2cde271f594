"""What has become of its tables."""
