"""Data quality of a frame: what it holds, how good it is, and whether it keeps its thresholds.

Frames are pandas or polars DataFrames, polars LazyFrames, pyarrow Tables and DuckDB relations.
"""

from __future__ import annotations

from almenara.quality.checks import CheckResult, Thresholds, evaluate
from almenara.quality.frames import UnsupportedFrameError, schema_of, size_of
from almenara.quality.profile import ColumnProfile, Profile, profile

__all__ = [
    "CheckResult",
    "ColumnProfile",
    "Profile",
    "Thresholds",
    "UnsupportedFrameError",
    "evaluate",
    "profile",
    "schema_of",
    "size_of",
]
