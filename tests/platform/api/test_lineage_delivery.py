"""The critical path across runs over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from tests.platform.api.asking import ask, tell
from tests.platform.events import dataset, run_event
from tests.platform.lineage.lineage_events import column_lineage


def test_critical_path_across_runs(client: TestClient) -> None:
    """The slowest chain of runs behind a delivery has no slack; the others could have been later."""

    def run(
        number: int, job: str, start: int, end: int, reads: list[str], writes: str
    ) -> list[dict[str, Any]]:
        more = {
            "run_id": f"00000000-0000-0000-0000-{number:012d}",
            "pipeline": job,
            "inputs": [dataset(each) for each in reads],
            "outputs": [dataset(writes)],
        }
        return [run_event("START", start, **more), run_event("COMPLETE", end, **more)]

    tell(
        client,
        *run(1, "fast", 0, 10, ["x"], "a"),
        *run(2, "slow", 0, 60, ["y"], "b"),
        *run(3, "join", 70, 100, ["a", "b"], "daily"),
    )
    found = ask(client, "lineage/critical-path", "daily", hours=24 * 366)
    slack = {each["pipeline"]: (each["slack_seconds"], each["critical"]) for each in found["runs"]}
    assert slack == {"fast": (50.0, False), "slow": (0.0, True), "join": (0.0, True)}
    assert found["length_seconds"] == 90
    assert [each["idle_seconds"] for each in found["runs"] if each["pipeline"] == "join"] == [10.0]


def test_runs_of_no_length_in_a_circle_have_a_critical_path(client: TestClient) -> None:
    """Two runs of the same instant that read what the other wrote are answered, one before the other."""
    for number, (reads, writes) in enumerate((("a", "b"), ("b", "a")), 1):
        more = {
            "run_id": f"00000000-0000-0000-0000-{number:012d}",
            "pipeline": f"make_{writes}",
            "inputs": [dataset(reads)],
            "outputs": [dataset(writes)],
        }
        tell(client, run_event("START", 0, **more), run_event("COMPLETE", 0, **more))
    found = ask(client, "lineage/critical-path", "a", hours=24 * 366)
    assert [each["pipeline"] for each in found["runs"]] == ["make_b", "make_a"]


def test_critical_path_counts_runs_whose_start_was_never_told(client: TestClient) -> None:
    """A run of which only the end came is a link of the chain that took no known time."""
    first = {"run_id": f"{1:032x}", "pipeline": "first", "outputs": [dataset("a")]}
    last = {"run_id": f"{2:032x}", "pipeline": "last", "inputs": [dataset("a")], "outputs": [dataset("b")]}
    tell(
        client,
        run_event("START", 0, **first),
        run_event("COMPLETE", 60, **first),
        run_event("COMPLETE", 90, **last),
    )
    found = ask(client, "lineage/critical-path", "b", hours=24 * 366)
    assert [(run["pipeline"], run["duration_seconds"], run["idle_seconds"]) for run in found["runs"]] == [
        ("first", 60.0, None),
        ("last", 0.0, None),
    ]
    assert len(found["chain"]) == 2


def nightly(client: TestClient, *uses: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> list[str]:
    """One pipeline run night after night with these inputs and outputs; the runs behind the last ``mart``."""
    for night, (inputs, outputs) in enumerate(uses):
        more = {"run_id": str(UUID(int=night + 1)), "inputs": inputs, "outputs": outputs}
        tell(
            client, run_event("START", night * 3600, **more), run_event("COMPLETE", night * 3600 + 60, **more)
        )
    found = ask(client, "lineage/critical-path", "mart", hours=24 * 366)
    return [run["run_id"][-2:] for run in found["runs"]]


REWRITTEN = {"lifecycleStateChange": {"lifecycleStateChange": "TRUNCATE"}}


def test_a_table_that_each_run_rewrites_does_not_chain_the_runs(client: TestClient) -> None:
    """Rows that a run wrote itself and then read are not those of the night before."""
    staged = dataset("staged", facets=REWRITTEN | column_lineage(("raw.id", "id")))
    mart = dataset("mart", facets=column_lineage(("staged.id", "id")))
    night = [dataset("raw"), dataset("staged")], [staged, mart]
    assert nightly(client, night, night, night) == ["03"]


def test_an_incremental_load_waits_for_the_load_before(client: TestClient) -> None:
    """A table that is appended to and asked how far it got has the rows of the night before in it."""
    mart = dataset("mart", facets=column_lineage(("raw.id", "id"), whole=("mart.id?",)))
    night = [dataset("raw"), dataset("mart")], [mart]
    assert nightly(client, night, night, night) == ["01", "02", "03"]


def test_a_table_that_is_only_written_does_not_chain_the_runs(client: TestClient) -> None:
    """What no run reads nobody waits for, however often it is written."""
    night = [dataset("raw")], [dataset("mart")]
    assert nightly(client, night, night, night) == ["03"]
