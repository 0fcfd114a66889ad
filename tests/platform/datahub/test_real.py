"""A real DataHub, where ALMENARA_TEST_DATAHUB_URL names its GMS (and ALMENARA_TEST_DATAHUB_TOKEN a token)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from almenara_platform.datahub.aspects import description_of, lineage_of
from almenara_platform.datahub.client import DataHub
from almenara_platform.datahub.urns import dataset_urn, field_urn

INDEXED_SECONDS = 120


@pytest.fixture
def there() -> Iterator[DataHub]:
    """A client of the real one."""
    url = os.environ.get("ALMENARA_TEST_DATAHUB_URL")
    if not url:
        pytest.skip("ALMENARA_TEST_DATAHUB_URL names no DataHub")
    found = DataHub(url, os.environ.get("ALMENARA_TEST_DATAHUB_TOKEN", ""))
    yield found
    found.close()


def test_what_is_registered_and_emitted_is_answered(there: DataHub) -> None:
    """Two datasets with an edge between their columns; its search index takes a moment."""
    raw, sales = (f"almenara_test.{name}_{uuid4().hex}" for name in ("raw", "sales"))
    schema = [{"name": "id", "type": "bigint", "description": None}]
    known = [
        {"namespace": "postgres://db", "name": name, "schema": schema, "owners": []} for name in (raw, sales)
    ]
    edge = {
        "source": ["postgres://db", raw, "id"],
        "target": ["postgres://db", sales, "id"],
        "type": "DIRECT",
        "transformations": [{"subtype": "IDENTITY", "description": None, "masking": False}],
    }
    there.put([description_of(each, "PROD") for each in known])
    there.put([lineage_of(known[1] | {"lineage": [edge]}, [], "PROD")])
    start = dataset_urn("postgres://db", raw)
    assert there.knows(start)
    deadline = time.monotonic() + INDEXED_SECONDS
    while not (found := list(there.lineage(start, "DOWNSTREAM", None, 10))) and time.monotonic() < deadline:
        time.sleep(2)
    assert [hit.place for hit in found] == [("postgres", sales, None)]
    columns = list(there.lineage(field_urn(start, "id"), "DOWNSTREAM", None, 10))
    assert [hit.place for hit in columns] == [("postgres", sales, "id")]
