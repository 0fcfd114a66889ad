"""Questions to Prometheus: named queries and the way to ask them."""
