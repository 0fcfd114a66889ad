"""The sink that the settings ask for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource

from almenara.exceptions import SettingsError
from almenara.metrics.registry import Metrics
from almenara.settings import Settings
from almenara.sink.composite import CompositeSink
from almenara.sink.console import ConsoleSink
from almenara.sink.metering import MetricsMeter, spool_bytes
from almenara.sink.noop import NoopSink
from almenara.sink.openlineage import OpenLineageSink, lineage_route
from almenara.sink.otlp import OtlpSink, log_route, span_route
from almenara.sink.port import Sink
from almenara.spool import Limits, Outbox
from almenara.spool.lane import Route

CONSOLE = "console"


def build(settings: Settings, resource: Resource, metrics: Metrics | None = None) -> Sink:
    """No sending without an address, lines on stderr for `ALMENARA_URL=console`, else the servers named.

    Spans, logs and lineage share one spool. `metrics` are told what was sent, dropped and spooled. Raises
    SettingsError for an address that is none.
    """
    if settings.url == CONSOLE:
        return ConsoleSink()
    otlp = _address(settings, "otlp_endpoint")
    lineage = _address(settings, "lineage_url")
    routes = _routes(settings, resource, otlp, lineage)
    if not routes:
        return NoopSink()
    outbox = _outbox(settings, routes, metrics)
    sinks: list[Sink] = []
    if otlp:
        sinks.append(OtlpSink(outbox, outbox.lane(0), outbox.lane(1)))
    if lineage:
        sinks.append(OpenLineageSink(outbox, outbox.lane(len(routes) - 1)))
    return sinks[0] if len(sinks) == 1 else CompositeSink(sinks)


def _routes(settings: Settings, resource: Resource, otlp: str, lineage: str) -> list[Route]:
    token = {"Authorization": f"Bearer {settings.api_token}"} if settings.api_token else {}
    routes = []
    if otlp:
        headers = {**token, **settings.otlp_headers}
        routes += [span_route(otlp, headers), log_route(otlp, headers, resource)]
    if lineage:
        routes.append(lineage_route(lineage, token))
    return routes


def _outbox(settings: Settings, routes: list[Route], metrics: Metrics | None) -> Outbox:
    root = Path(settings.spool_dir)
    if metrics is not None:
        metrics.spool_size.set_function(partial(spool_bytes, root))
    return Outbox(
        routes,
        root,
        limits=Limits(settings.spool_max_mb * 1024 * 1024, settings.spool_max_age_hours * 3600.0),
        max_items=settings.queue_max_items,
        exit_timeout_seconds=settings.exit_timeout_seconds,
        meter=MetricsMeter(metrics) if metrics is not None else None,
    )


def _address(settings: Settings, name: str) -> str:
    """The address of one kind of server: its own setting, else the platform's."""
    chosen = name if getattr(settings, name) else "url"
    address = str(getattr(settings, chosen))
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingsError(
            f"{chosen} ({settings.origin(chosen)}): {address!r} is no address; write one such as "
            f"http://127.0.0.1:8080"
        )
    return address
