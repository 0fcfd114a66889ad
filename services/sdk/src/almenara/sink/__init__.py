"""Where the signals of a process go: the port and its adapters."""

from __future__ import annotations

from almenara.sink.noop import NoopSink
from almenara.sink.port import LogEntry, Sink

__all__ = ["LogEntry", "NoopSink", "Sink"]
