"""What every test of the SDK begins with."""

from __future__ import annotations

import pytest
from loguru import logger


@pytest.fixture(autouse=True, scope="module")
def no_handlers_of_other_tests() -> None:
    """Suites that ran a whole program in this process leave its log handlers behind."""
    logger.remove()
