"""The one settings mechanism: a table of ``Setting`` and ``load``, for the SDK and for whoever builds on it.

Order: runtime, environment, ``almenara.toml``, default. Unknown keys are refused with the nearest known one.

>>> from almenara.settings import Setting, load
>>> table = [Setting("port", "ALMENARA_PORT_DEMO", int, 8000, "Where the demo listens.")]
>>> load(table, environ={}).port
8000
"""

from __future__ import annotations

from almenara.settings.loader import Described, Origin, Settings, load
from almenara.settings.setting import Setting
from almenara.settings.table import SECTION, TABLE

__all__ = ["SECTION", "TABLE", "Described", "Origin", "Setting", "Settings", "load"]
