"""A job that hands over to another job, with no dataset between them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import handed_over, moved
from tests.platform.lineage.test_neighbourhood import edges, known, layers, number

from almenara_platform.exceptions import NotFound
from almenara_platform.lineage.answers.impact import Change, impact
from almenara_platform.lineage.answers.neighbourhood import among, neighbourhood
from almenara_platform.lineage.answers.personal_data import of_column
from almenara_platform.lineage.answers.reach import Question, reach
from almenara_platform.lineage.answers.search import first_datasets, search
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import LineageIndex, Snapshot
from almenara_platform.store.memory import MemoryLineageStore

OVER = "hand-over to bulk"


def grown(*events: dict[str, Any]) -> Snapshot:
    """The graph to which these events were added one by one."""
    store = MemoryLineageStore()
    index = LineageIndex(store.ledger)
    for event in events:
        store.apply([event], NOON)
    return index.snapshot()


def test_it_stands_in_the_picture_by_its_own_name() -> None:
    """It is a place of its own between the datasets, which can be opened as a dataset can."""
    snapshot = known(*handed_over("source", "made"))
    found = neighbourhood(snapshot, number(snapshot, "source"))
    assert layers(snapshot, found) == {"source": 0, OVER: 1}
    opened = [Entity(Kind.CHANNEL, "retail", OVER)]
    found = neighbourhood(snapshot, number(snapshot, "source"), opened=opened)
    assert layers(snapshot, found) == {"source": 0, OVER: 1, "made": 2}
    assert edges(snapshot, found) == {f"source {OVER}", f"{OVER} made"}


def test_an_answer_shows_over_what_its_datasets_are_joined() -> None:
    """Datasets that only hand-overs join do not stand apart; those that lead elsewhere are left out."""
    events = [
        *handed_over("source", "made", ("feeder", "relay", "bulk")),
        *handed_over("source", "beside", ("feeder", "z")),
    ]
    snapshot = known(*events, moved("made", "copy", "copies", number=9))
    found = among(snapshot, [number(snapshot, name) for name in ("source", "made", "copy")])
    assert layers(snapshot, found) == {"source": 0, "hand-over to relay": 1, OVER: 2, "made": 3, "copy": 4}
    assert found.left_out == set()


@pytest.mark.parametrize("told", [known, grown])
def test_a_path_names_it(told: Any) -> None:
    """It counts as a hop, and its place in the path says what it is, after a restart as before."""
    snapshot = told(*handed_over("source", "made"))
    for name, way in (("source", Direction.DOWNSTREAM), ("made", Direction.UPSTREAM)):
        [item] = reach(snapshot, Question("file", name), way).items
        assert item["name"] in ("source", "made")
        assert item["hops"] == 2
        assert item["path"] == [("file", "source", None), ("retail", OVER, None), ("file", "made", None)]


def test_it_is_no_dataset() -> None:
    """Neither lists nor search nor impact offer it, and asking for it is a question for nothing."""
    snapshot = known(*handed_over("source", "made"))
    assert [each.name for each in first_datasets(snapshot, 10)] == ["made", "source"]
    hits = search(snapshot, "bulk", 10, None).items
    assert [(hit["kind"], hit["name"]) for hit in hits] == [("job", "bulk")]
    assert search(snapshot, "hand-over", 10, None).items == []
    found = impact(snapshot, "file", "source", None, Change.DROP, [], [])
    assert [each["name"] for each in found["datasets"]] == ["made"]
    assert [each["name"] for each in found["pipelines"]] == ["bulk", "feeder"]
    for name in ("bulk", OVER):
        with pytest.raises(NotFound) as refused:
            reach(snapshot, Question("retail", name), Direction.DOWNSTREAM)
        assert OVER not in str(refused.value).partition(";")[2]


def test_a_dataset_called_like_the_job_is_another_thing() -> None:
    """Namespace and name of a job may be those of a dataset as well."""
    twin = run_event("COMPLETE", pipeline="other", outputs=[dataset("bulk", namespace="retail")])
    snapshot = known(*handed_over("source", "made"), twin)
    found = neighbourhood(snapshot, number(snapshot, "source"), depth=2)
    assert layers(snapshot, found) == {"source": 0, OVER: 1, "made": 2}
    assert list(reach(snapshot, Question("retail", "bulk"), Direction.UPSTREAM).items) == []


def test_what_may_hold_a_column_is_told_beyond_it() -> None:
    """The job that takes over told no columns: what it writes is at risk, and may hold the same people."""
    first, *others = handed_over("source", "made", ("feeder", "relay", "bulk"))
    first["inputs"] = [dataset("source", "id")]
    stranger = moved("elsewhere", "apart", "stranger", number=9)
    snapshot = known(first, *others, moved("made", "copy", "copies", number=8), stranger)
    found = impact(snapshot, "file", "source", "id", Change.DROP, [], [])
    assert [(each["name"], each["certain"]) for each in found["datasets"]] == [
        ("copy", False),
        ("made", False),
    ]
    assert {each["name"] for each in found["pipelines"]} == {"feeder", "relay", "bulk", "copies"}
    unknown = of_column(snapshot, "file", "source", "id").unknown
    assert [(each["name"], each["pipelines"]) for each in unknown] == [("made", ["bulk"])]
