"""The blast radius from the lineage graph."""

from __future__ import annotations

from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import moved, wrote

from almenara_platform.alerts.graph_reach import GraphLineage
from almenara_platform.alerts.model import UNKNOWN_REACH, Reach
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.store.memory import MemoryLineageStore


def test_reach_follows_readers_and_their_owners() -> None:
    """A failing pipeline reaches what it writes, who reads it, and what those write."""
    store = MemoryLineageStore()
    radius = GraphLineage(LineageIndex(store.ledger))
    store.apply(
        [moved("raw", "sales", "etl"), wrote("mart", ("sales.a", "b"), job="marts", owner="bi")], NOON
    )
    assert radius.of("etl") == Reach(("file/mart", "file/sales"), ("marts",), ("bi",))
    assert radius.all()["marts"] == Reach(("file/mart",), (), ())


def test_reach_is_unknown_without_outputs() -> None:
    """A pipeline that nobody knows, or that wrote nothing, has no known reach."""
    store = MemoryLineageStore()
    radius = GraphLineage(LineageIndex(store.ledger))
    store.apply([run_event("START", pipeline="reader", inputs=[dataset("raw")])], NOON)
    assert radius.of("reader") == radius.of("nobody") == UNKNOWN_REACH
