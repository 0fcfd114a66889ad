"""The log: loguru in front, one JSON object a line behind it."""

from __future__ import annotations

from loguru import logger as log

__all__ = ["log"]
