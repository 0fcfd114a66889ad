"""Spans: provider, sampling, bounds and propagation."""

from __future__ import annotations

from almenara.traces.propagation import carrier, context_from
from almenara.traces.provider import build_provider

__all__ = ["build_provider", "carrier", "context_from"]
