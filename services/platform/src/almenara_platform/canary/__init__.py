"""A small canary: every minute a log, a span, a metric and a lineage event are written and read back."""
