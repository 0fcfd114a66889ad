"""Where the signals of a process go: the port and its adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from almenara.sink.noop import NoopSink
from almenara.sink.port import LogEntry, Sink

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource

    from almenara.metrics.registry import Metrics
    from almenara.settings import Settings

__all__ = ["LogEntry", "NoopSink", "Sink", "build"]


def build(settings: Settings, resource: Resource, metrics: Metrics | None = None) -> Sink:
    """The sink that the settings ask for; see `almenara.sink.factory`.

    The adapters are imported only here, because the encoders depend on the port.
    """
    from almenara.sink.factory import build as build_from

    return build_from(settings, resource, metrics)
