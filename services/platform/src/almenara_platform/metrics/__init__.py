"""What the platform tells Prometheus: pipelines from run records, and itself."""
