"""How metrics leave the process."""

from __future__ import annotations

from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Gauge, start_http_server
from prometheus_client.exposition import choose_encoder

from almenara import runtime

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def registry() -> CollectorRegistry:
    """The registry of this process; the caller's own metrics may be registered in it as well."""
    return runtime.current().metrics.registry


def exposition(accept: str = OPENMETRICS) -> tuple[bytes, str]:
    """Body and content type of ``/metrics`` in the format that the ``Accept`` header asks for.

    OpenMetrics is the one with exemplars.
    """
    encoder, content_type = choose_encoder(accept)
    return encoder(registry()), content_type


def serve(port: int, host: str = "127.0.0.1") -> tuple[WSGIServer, Thread]:
    """Serve ``/metrics`` in a daemon thread; port 0 takes a free one (``server.server_port``)."""
    return start_http_server(port, host, registry=registry())


def queue_size(name: str) -> Gauge:
    """The gauge ``queue_size{queue_name=name}``; call its ``set``, or ``set_function`` for one who knows.

    A function that raises makes it NaN, and is counted and told once.
    """
    return runtime.current().metrics.queue_size.labels(name)
