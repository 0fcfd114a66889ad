"""What a failure reaches, from the datasets that runs read and wrote, and the metric of it."""

from __future__ import annotations

from uuid import UUID

from tests.platform.events import at, dataset, run_event

from almenara_platform.alerts.graph_reach import GraphLineage
from almenara_platform.alerts.metrics import ReachCollector
from almenara_platform.alerts.model import Reach
from almenara_platform.alerts.reach import NoLineage
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.store.memory import MemoryLineageStore


def lineage(*steps: tuple[str, list[str], list[str]]) -> GraphLineage:
    """What is known when each pipeline read and wrote datasets."""
    store = MemoryLineageStore()
    for number, (pipeline, read, wrote) in enumerate(steps, start=1):
        owner = {"ownership": {"owners": [{"name": f"{pipeline}-team", "type": "team"}]}}
        event = run_event(
            "COMPLETE",
            pipeline=pipeline,
            run_id=str(UUID(int=number)),
            inputs=[dataset(name) for name in read],
            outputs=[dataset(name) for name in wrote],
            job_facets=owner,
        )
        store.apply([event], at(number))
    return GraphLineage(LineageIndex(store.ledger))


def test_everything_downstream_is_reached() -> None:
    """Pipelines that read what it wrote, and what those wrote, with their owners; upstream is not."""
    radius = lineage(
        ("source", [], ["raw"]),
        ("etl", ["raw"], ["daily"]),
        ("report", ["daily"], ["pdf"]),
        ("mail", ["pdf"], []),
        ("unrelated", ["x"], ["y"]),
    )
    assert radius.of("etl") == Reach(
        datasets=("file/daily", "file/pdf"),
        pipelines=("mail", "report"),
        owners=("mail-team", "report-team"),
    )


def test_cycles_end() -> None:
    """Two pipelines that read one another's datasets reach each other once."""
    radius = lineage(("a", ["y"], ["x"]), ("b", ["x"], ["y"]))
    assert radius.of("a").pipelines == ("b",)


def test_without_lineage_nothing_is_known() -> None:
    """A pipeline that wrote nothing, or a platform without lineage, is unknown rather than harmless."""
    assert not lineage(("etl", ["raw"], [])).of("etl").known
    assert not NoLineage().of("etl").known


def test_the_metric_leaves_out_what_is_unknown() -> None:
    """Messages say unknown where there is no series."""
    collector = ReachCollector(lineage(("etl", [], ["daily"]), ("report", ["daily"], [])))
    [family] = collector.collect()
    assert {tuple(sample.labels.values()): sample.value for sample in family.samples} == {
        ("etl", "datasets"): 1,
        ("etl", "pipelines"): 1,
        ("etl", "owners"): 1,
    }
