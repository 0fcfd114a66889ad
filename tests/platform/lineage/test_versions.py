"""Which version a run has read of a dataset that it also wrote."""

from __future__ import annotations

from typing import Any

import pytest
from tests.platform.events import dataset, run_event
from tests.platform.lineage.lineage_events import column_lineage

from almenara_platform.lineage.answers.versions import read_the_one_before
from almenara_platform.lineage.facts import Entity, Kind

TABLE = Entity(Kind.DATASET, "file", "table")


def changed(state: str) -> dict[str, Any]:
    """What the run did to the dataset as a whole."""
    return {"lifecycleStateChange": {"lifecycleStateChange": state}}


def version(name: str) -> dict[str, Any]:
    """The version that was read or written."""
    return {"version": {"datasetVersion": name}}


def explicit(*sources: str) -> dict[str, Any]:
    """All that flows into the dataset."""
    return {"lineage": {"inputs": [{"type": "DATASET", "namespace": "file", "name": n} for n in sources]}}


INTO = column_lineage(("raw.a", "a"))
ITSELF = column_lineage(("table.a", "a"))
ANEW = changed("OVERWRITE")


def ran(
    kind: str = "COMPLETE", seconds: float = 0, *, read: Any = (), wrote: Any = (), other: Any = ()
) -> Any:
    """An event of a run that reads a table and writes it and another, each with these facets."""
    outputs = [dataset("table", facets=dict(wrote)), dataset("other", facets=dict(other))]
    return run_event(kind, seconds, inputs=[dataset("table", facets=dict(read))], outputs=outputs)


@pytest.mark.parametrize(
    ("told", "before"),
    [
        ({}, True),
        ({"wrote": INTO, "other": ITSELF}, True),
        ({"wrote": changed("ALTER") | INTO}, True),
        ({"wrote": changed("DROP")}, True),
        ({"wrote": ANEW}, False),
        ({"wrote": ANEW | INTO}, False),
        ({"wrote": changed("TRUNCATE") | INTO, "other": ITSELF}, False),
        ({"wrote": changed("CREATE") | INTO, "other": ITSELF}, False),
        ({"wrote": ANEW | ITSELF}, True),
        ({"wrote": ANEW | column_lineage(("raw.a", "a"), whole=("table.a?",))}, True),
        ({"wrote": ANEW | explicit("raw", "table")}, True),
        ({"wrote": ANEW | explicit("raw"), "other": ITSELF}, False),
        ({"wrote": changed("TRUNCATE"), "other": ITSELF}, True),
        ({"wrote": changed("TRUNCATE"), "other": explicit("table")}, True),
        ({"read": version("1"), "wrote": ANEW | version("2")}, True),
        ({"read": version("2"), "wrote": version("2")}, False),
        ({"read": version("2"), "wrote": version("2") | ITSELF}, True),
        ({"wrote": {"lifecycleStateChange": {"lifecycleStateChange": 7}, "version": []}}, True),
    ],
)
def test_what_a_run_tells_of_the_table(told: dict[str, Any], before: bool) -> None:
    """Lineage counts before versions, versions before what was done to the table."""
    assert read_the_one_before([ran(**told)], lambda each: each == TABLE) is before


@pytest.mark.parametrize("looked_up", ["1", "2"])
def test_the_first_version_read_and_the_last_one_written_count(looked_up: str) -> None:
    """An emitter that looks up versions at each event tells at the end what the run itself has made."""
    begun = ran("START", read=version("1"), wrote=ANEW | version("1"))
    ended = ran("COMPLETE", 60, read=version(looked_up), wrote=ANEW | version("2"))
    for events in ([begun, ended], [ended, begun]):
        assert read_the_one_before(events, lambda each: each == TABLE)
