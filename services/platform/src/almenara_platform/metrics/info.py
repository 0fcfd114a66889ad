"""What dashboards need to know of this platform: its version and where its pages are."""

from __future__ import annotations

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge

from almenara.settings import Settings


def export_info(settings: Settings, registry: CollectorRegistry) -> None:
    """Export ``almenara_platform_info``, whose labels are addresses as browsers reach them."""
    gauge = Gauge(
        "almenara_platform_info",
        "1; the labels are the version and where browsers find the console and Marquez.",
        ["version", "console", "marquez"],
        registry=registry,
    )
    gauge.labels(version("almenara-platform"), console_url(settings), settings.marquez_web_url).set(1)


def console_url(settings: Settings) -> str:
    """Where browsers reach the console, without a slash at the end."""
    own = f"http://{settings.host}:{settings.port}"
    return (settings.console_url or own).rstrip("/")
