"""The pytest plugin; pytest finds it by its entry point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from almenara.testing.signals import Signals


@pytest.fixture
def signals() -> Iterator[Signals]:
    """All four signals of the test, in memory; fails the test when telemetry itself failed."""
    from almenara.testing.capture import capture

    with capture() as captured:
        yield captured
    if captured.errors:
        raise AssertionError("telemetry failed: " + "; ".join(captured.errors))
