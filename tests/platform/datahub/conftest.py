"""A stand-in of DataHub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.platform.datahub.datahub_stub import DataHub, serving


@pytest.fixture
def hub() -> Iterator[DataHub]:
    """A DataHub that asks for a token and knows nothing yet."""
    with serving(DataHub(token="secret")) as found:
        yield found
