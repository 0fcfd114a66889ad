"""What many events say of job and datasets is kept once, and nobody who asks can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, Engine, select
from tests.contract.lineage_stores import LINEAGE_STORES
from tests.contract.test_remembered_rows import beside
from tests.platform.events import NOON, at, dataset, run_event, whole_run

from almenara_platform.outbox.sql import SqlOutbox
from almenara_platform.runs.model import Run
from almenara_platform.store import gist, schema, shared, sql
from almenara_platform.store.database import Database
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore, RunQuery
from almenara_platform.store.sql import SqlLineageStore

ADAPTERS = {name: opened for name, opened in LINEAGE_STORES.items() if name != "memory"}
DESTINATION = "memory"
Events = list[dict[str, Any]]
SAME: dict[str, Any] = {
    "job_facets": {"ownership": {"owners": [{"name": "bi"}]}},
    "inputs": [dataset("sales", "day", "amount")],
    "outputs": [dataset("daily", "day", outputFacets={"outputStatistics": {"rowCount": 7}})],
}
UNCOUNTED: dict[str, Any] = SAME | {"outputs": [dataset("daily", "day")]}
OTHER: dict[str, Any] = SAME | {"outputs": [dataset("monthly", "month")]}
WIDE: dict[str, Any] = SAME | {"outputs": [dataset("wide", *(f"column_{n}" for n in range(1000)))]}


@pytest.fixture(autouse=True)
def new_process() -> Iterator[Callable[[], None]]:
    """Nothing was told before; calling it forgets what this process has read and heard since."""

    def forget() -> None:
        shared._KNOWN.clear()
        gist.of.cache_clear()

    forget()
    yield forget
    forget()


def run_id(number: int) -> str:
    """The id of a run."""
    return f"0195aaaa-0000-7000-8000-{number:012}"


def ran(number: int, start: float = 0, **told: Any) -> Events:
    """START and COMPLETE of a run that tells this both times."""
    return whole_run(run_id(number), start, **(told or SAME))


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    """An event that does not have these members."""
    return {name: value for name, value in event.items() if name not in names}


def nobody_ran(number: int, **what: Any) -> dict[str, Any]:
    """A DatasetEvent or JobEvent."""
    return {"eventTime": at(number).isoformat(), "producer": "https://example.org/emitter", **what}


def story() -> Events:
    """Three runs for each way to tell the same, and what is not about runs."""
    events = [event for number in (1, 2, 3) for event in ran(number)]
    events += [event | {"inputs": None} for number in (4, 5, 6) for event in ran(number, **OTHER)]
    events += [without(event, "inputs", "outputs") for number in (7, 8, 9) for event in ran(number)]
    events += [event | {"inputs": None, "outputs": None} for number in (10, 11) for event in ran(number)]
    events += [event for number in (12, 13) for event in ran(number, **WIDE)]
    for number in (14, 15):
        events += [run_event("START", run_id=run_id(number), **SAME)]
        events += [run_event("COMPLETE", 60, run_id=run_id(number), **OTHER)]
    events += [nobody_ran(second, dataset=dataset("sales", "day", "amount")) for second in (1, 2, 3)]
    events += [nobody_ran(second, **without(ran(1)[0], "run", "eventTime")) for second in (4, 5, 6)]
    return events


def at_once(events: Events) -> list[Events]:
    """All in one batch."""
    return [events]


def one_by_one(events: Events) -> list[Events]:
    """Each in a batch of its own."""
    return [[event] for event in events]


def bare(runs: Sequence[Run]) -> list[Run]:
    """Runs without their facets, which lists do not have."""
    return [replace(run, facets={}) for run in runs]


def answers(store: LineageStore) -> dict[str, Any]:
    """All that a store tells of the runs."""
    ids = [run_id(number) for number in range(1, 16)]
    pipelines = store.pipelines()
    return {
        "events": [[orjson.dumps(event) for event in store.events(each)] for each in ids],
        "run": [store.run(each) for each in ids],
        "runs": bare(store.runs(RunQuery(limit=99)).items),
        "brief": bare(store.runs(RunQuery(limit=99, brief=True)).items),
        "pipelines": [(each.name, each.owner, bare(each.recent)) for each in pipelines],
        "last": bare([each.last_run for each in pipelines if each.last_run]),
    }


def stored(store: SqlLineageStore) -> Events:
    """Every event that is kept, of runs or not, as it came."""
    statement = select(schema.events.c.body, schema.shared.c.parts).select_from(shared.WHOLE)
    with store.database.reading() as connection:
        rows = connection.execute(statement.order_by(schema.events.c.id)).all()
    return [shared.whole(*row) for row in rows]


def kept(store: SqlLineageStore) -> list[str]:
    """The names of what is shared."""
    with store.database.reading() as connection:
        return list(connection.scalars(select(schema.shared.c.digest)))


def named(store: SqlLineageStore) -> list[str | None]:
    """What each event names, in the order in which they came."""
    with store.database.reading() as connection:
        return list(connection.scalars(select(schema.events.c.shared).order_by(schema.events.c.id)))


@pytest.mark.parametrize("batches", [at_once, one_by_one])
def test_runs_that_tell_the_same_are_told_whole(
    store: SqlLineageStore, batches: Callable[[Events], list[Events]], new_process: Callable[[], None]
) -> None:
    """Events, runs and pipelines are what they would be in memory, by this process and by the next."""
    memory = MemoryLineageStore()
    for batch in batches(story()):
        store.apply(batch, NOON)
    memory.apply(story(), NOON)
    assert len(kept(store)) == 5
    expected = answers(memory)
    assert answers(store) == expected
    assert stored(store) == story()
    new_process()
    assert answers(beside(store)) == expected
    store.apply([run_event("RUNNING", 70, run_id=run_id(2), **SAME)], NOON)
    memory.apply([run_event("RUNNING", 70, run_id=run_id(2), **SAME)], NOON)
    assert answers(store) == answers(memory)


def test_memory_gives_back_what_was_sent() -> None:
    """What the others are compared with does not depend on what is shared."""
    memory = MemoryLineageStore()
    memory.apply(story(), NOON)
    assert [*memory.events(run_id(1)), *memory.events(run_id(2))] == ran(1) + ran(2)
    outputs = {run.run_id: [each.name for each in run.outputs] for run in memory.runs(RunQuery()).items}
    assert (outputs[run_id(3)], outputs[run_id(14)]) == (["daily"], ["daily", "monthly"])


def test_parts_are_kept_once_from_the_second_time_on(store: SqlLineageStore) -> None:
    """What may never come again stays in its event, and what came again is in no event any more."""
    for number, told in ((1, SAME), (2, OTHER)):
        store.apply([run_event("START", run_id=run_id(number), **told)], NOON)
    assert kept(store) == []
    for number in (3, 4, 5):
        store.apply([run_event("START", run_id=run_id(number), **SAME)], NOON)
    [key] = kept(store)
    assert named(store) == [None, None, key, key, key]
    with store.database.reading() as connection:
        bodies = connection.scalars(select(schema.events.c.body).order_by(schema.events.c.id)).all()
        runs = connection.execute(select(schema.runs).where(schema.runs.c.shared == key)).all()
    assert [b"daily" in body for body in bodies] == [True, False, False, False, False]
    assert len(runs) == 3
    assert not any(b'"day"' in row.document + row.fold for row in runs)


def test_parts_that_are_told_twice_at_once_are_kept_once(store: SqlLineageStore) -> None:
    """All events of the batch name them, the first as well."""
    store.apply(ran(1) + ran(2), NOON)
    assert named(store) == kept(store) * 4


def test_parts_go_with_the_last_who_names_them(store: SqlLineageStore) -> None:
    """When all runs are forgotten nothing is shared, and what comes afterwards is whole."""
    store.apply(ran(1) + ran(2) + ran(3, **OTHER), NOON)
    assert len(kept(store)) == 2
    assert store.forget(at(1800)) == 3
    assert kept(store) == []
    store.apply(ran(4), NOON)
    assert (store.events(run_id(4)), len(kept(store))) == (ran(4), 1)


def test_parts_of_no_run_go_as_well(store: SqlLineageStore) -> None:
    """What datasets and jobs told of themselves is given up where there are no runs to forget."""
    store.apply([nobody_ran(second, dataset=dataset("sales", "day")) for second in (1, 2)], NOON)
    assert len(kept(store)) == 1
    assert store.forget(at(1800)) == 0
    assert kept(store) == []


def test_a_run_that_stays_keeps_its_parts(store: SqlLineageStore) -> None:
    """Others that told the same are forgotten, and it is still told whole."""
    store.apply(ran(1) + ran(2, **OTHER) + ran(3, start=3600), NOON)
    assert store.forget(at(1800)) == 2
    assert store.events(run_id(3)) == ran(3, start=3600)
    assert [each.name for each in store.runs(RunQuery()).items[0].outputs] == ["daily"]
    assert kept(store) == [named(store)[0]]


def test_parts_that_were_given_up_are_kept_anew(store: SqlLineageStore) -> None:
    """Platforms that remember them find out, though no event came since."""
    other = beside(store)
    for number, platform in enumerate((store, other), 1):
        platform.apply(ran(number) + ran(number + 10, start=3600, **OTHER), NOON)
    assert store.forget(at(1800)) == 2
    for number, platform in enumerate((other, store), 3):
        platform.apply(ran(number), NOON)
        assert store.events(run_id(number)) == ran(number)
        store.forget(at(1800))


class Emptied(dict[str, Any]):
    """What is emptied by another thread whenever this one has looked into it."""

    def __contains__(self, key: object) -> bool:
        """Whether it was there."""
        found = super().__contains__(key)
        self.clear()
        return found


def test_what_is_known_may_be_emptied_at_any_time(
    store: SqlLineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is told whole while another thread makes room for others."""
    store.apply(ran(1) + ran(2) + ran(3, **OTHER), NOON)
    expected, _ = store.run(run_id(2)), store.run(run_id(3))
    assert len(shared._KNOWN) == 2
    monkeypatch.setattr(shared, "_KNOWN", Emptied(shared._KNOWN))
    assert store.run(run_id(2)) == expected
    monkeypatch.setattr(shared, "_MOST", 1)
    assert store.run(run_id(1)) is not None
    assert len(shared._KNOWN) == 1


class Interrupted(Database):
    """Something happens before each writing transaction."""

    def __init__(self, engine: Engine, meanwhile: Callable[[], None]) -> None:
        super().__init__(engine)
        self._meanwhile = meanwhile

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction after what happens."""
        self._meanwhile()
        return super().writing()


def test_parts_that_are_named_while_they_are_given_up_stay(
    store: SqlLineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event that comes between the search for the unused and their deletion is told whole."""

    def interrupted(database: Database) -> None:
        shared.forget_unused(Interrupted(database.engine, lambda: store.apply(ran(4), NOON)))

    store.apply(ran(1) + ran(2, **OTHER) + ran(3, start=3600, **WIDE), NOON)
    monkeypatch.setattr(sql, "forget_unused", interrupted)
    assert store.forget(at(1800)) == 2
    assert store.events(run_id(4)) == ran(4)
    assert kept(store) == [named(store)[-1]]


def test_what_is_forwarded_is_the_whole_event(store: SqlLineageStore) -> None:
    """The outbox puts together what an event shares, of runs or not, until a person has mended it."""
    forwarding = SqlLineageStore(store.database.engine, "SELECT 0", [DESTINATION])
    outbox = SqlOutbox(store.database)
    of_a_dataset = [nobody_ran(second, dataset=dataset("sales", "day")) for second in (1, 2)]
    forwarding.apply(ran(1) + ran(2) + of_a_dataset, NOON)
    assert None not in named(store)
    lanes = outbox.lanes(DESTINATION, NOON, 99, ())
    letters = sorted((each for lane in lanes for each in outbox.lane(DESTINATION, lane)), key=lambda x: x.id)
    assert [outbox.event(letter.id) for letter in letters] == ran(1) + ran(2) + of_a_dataset
    outbox.refused(letters[0], NOON, "no")
    outbox.replay(letters[0].id, NOON, ran(1, **OTHER)[0])
    assert outbox.event(letters[0].id) == ran(1, **OTHER)[0]
    assert outbox.event(letters[1].id) == ran(1)[1]


def test_runs_share_their_parts_whatever_they_measured(
    store: SqlLineageStore, new_process: Callable[[], None]
) -> None:
    """Each run has its own numbers of rows, and its parts are kept with those of the others."""

    def counted(number: int) -> Events:
        measured = {"outputStatistics": {"rowCount": number, "size": 10 * number}}
        told = SAME | {"outputs": [dataset("daily", "day", outputFacets=measured)]}
        return [run_event("START", run_id=run_id(number), **UNCOUNTED), *ran(number, **told)[1:]]

    events = [event for number in range(1, 5) for event in counted(number)]
    memory = MemoryLineageStore()
    for place in (store, memory):
        for batch in one_by_one(events):
            place.apply(batch, NOON)
    new_process()
    assert answers(store) == answers(memory)
    assert [run.outputs[0].rows for run in store.runs(RunQuery()).items] == [4, 3, 2, 1]
    with store.database.reading() as connection:
        assert len(connection.execute(select(schema.shared)).all()) == 1


def test_what_is_told_with_a_dataset_goes_before_what_is_measured_of_it(store: SqlLineageStore) -> None:
    """One event that says the same thing in both places says it in the first."""
    both = dataset("sales", facets={"dataQualityMetrics": {"rowCount": 1}})
    event = run_event(
        "COMPLETE", inputs=[both | {"inputFacets": {"dataQualityMetrics": {"rowCount": 2}}}], run_id=run_id(1)
    )
    store.apply([event | {"eventTime": at(seconds).isoformat()} for seconds in (0, 1)], NOON)
    run = store.run(run_id(1))
    assert run is not None
    assert run.inputs[0].rows == 1
