"""Traces as other systems write them: OTLP as JSON or protobuf, Jaeger's JSON and the platform's own."""
