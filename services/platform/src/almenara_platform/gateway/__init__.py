"""Takes signals in: OTLP/HTTP and OpenLineage, checked before anything is stored."""
