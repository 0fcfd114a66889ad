"""What the pages of datasets make of what is known."""

from __future__ import annotations

import pytest
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import column_lineage

from almenara_platform.lineage.service import Lineage, lineage_of
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.platform import Platform
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.ui.pages.dataset import sources
from almenara_platform.ui.pages.datasets import find, matches, some

LINEAGE = column_lineage(("crm.email", "email"), ("crm.email?", "email"), ("crm.zip", "area"))


@pytest.fixture
def known() -> tuple[Platform, Lineage]:
    """A dataset of which only column lineage tells the columns, and its source without lineage of its own."""
    store = MemoryLineageStore()
    written = dataset("people", facets=LINEAGE)
    store.apply([run_event("COMPLETE", inputs=[dataset("crm", "id")], outputs=[written])], NOON)
    return Platform(store, MemoryTraceStore(), MemoryLogStore()), lineage_of(store)


def test_columns_without_a_schema_are_those_of_lineage(known: tuple[Platform, Lineage]) -> None:
    """The list tells and finds the columns that lineage names; a schema that was told stays as told."""
    items = {each.name: each for each in find(*known).page.items}
    assert [(column.name, column.type) for column in items["people"].schema] == [
        ("area", None),
        ("email", None),
    ]
    assert matches(items["people"], "area")
    assert [column.name for column in items["crm"].schema] == ["id"]
    assert some(*known).items == find(*known).page.items


def test_a_source_is_named_once() -> None:
    """A column that is taken and filtered by stands once, with both ways on hover."""
    said = [{"subtype": "IDENTITY", "masking": False}]
    edges = [
        {"source": ("file", "crm", "email"), "type": "DIRECT", "transformations": said},
        {"source": ("file", "crm", "zip"), "type": "DIRECT", "transformations": []},
        {"source": ("file", "crm", "email"), "type": "INDIRECT", "transformations": []},
        {"source": ("file", "crm", "email"), "type": "DIRECT", "transformations": said},
    ]
    assert [(each["text"], each["title"]) for each in sources(edges)] == [
        ("crm.email", "DIRECT IDENTITY; INDIRECT"),
        ("crm.zip", "DIRECT"),
    ]
