"""The canary of a platform process, put together as its settings say."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from almenara.settings import SECTION, TABLE, Settings, load
from almenara_platform.canary.canary import Canary, CanaryMetrics
from almenara_platform.canary.port import RoundTrip
from almenara_platform.canary.signals import LineageTrip, LogTrip, MetricTrip, TraceTrip
from almenara_platform.platform import Platform
from almenara_platform.reliability import Reliability

TIMEOUT_SECONDS = 10.0
EVERYWHERE = ("0.0.0.0", "::", "")


def start_canary(app: FastAPI) -> None:
    """Start rounds that end with the application; none where the period is 0 or the port is not known yet."""
    settings: Settings = app.state.settings
    if not settings.canary_seconds or not settings.port:
        return
    metrics = CanaryMetrics(app.state.registry)
    trips = _trips(settings, app.state.platform, app.state.reliability, metrics)
    canary = Canary(trips, metrics, settings.canary_seconds)
    app.state.exit_stack.callback(canary.stop)
    canary.start()


def _trips(
    settings: Settings, platform: Platform, watch: Reliability, metrics: CanaryMetrics
) -> list[RoundTrip]:
    own = _own_address(settings)
    otlp = load(TABLE, section=SECTION).otlp_endpoint or own
    trips: list[RoundTrip] = [
        LogTrip(_client(otlp, settings), platform.logs),
        TraceTrip(_client(otlp, settings), platform.traces),
        LineageTrip(_client(own, settings), platform.lineage),
    ]
    if not watch.prometheus.missing():
        trips.append(MetricTrip(metrics.beat, watch.prometheus, watch.clock))
    return trips


def _own_address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://{host}:{settings.port}"


def _client(base_url: str, settings: Settings) -> httpx.Client:
    headers = {"Authorization": f"Bearer {settings.api_token}"} if settings.api_token else {}
    return httpx.Client(base_url=base_url, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)
