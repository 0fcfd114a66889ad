"""Names and times as emitters tell them, and how they come back."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from tests.platform.api.asking import ask, hits, tell
from tests.platform.lineage.lineage_events import wrote


def test_dataset_with_several_names_is_told_as_one(client: TestClient) -> None:
    """Schemas, runs, quality and edges that were told under any of its names are those of the dataset."""
    link = {"symlinks": {"identifiers": [{"namespace": "file", "name": "db.t", "type": "TABLE"}]}}
    check = {"table": "t", "check": "row_count", "column": None, "value": 7}
    told = wrote("db.t", ("src.a", "a"), ("src.a", "c"), job="by_name", seconds=60, number=2)
    told["run"]["facets"] = {"almenara_run": {"attempt": 1, "stages": [], "quality": [check]}}
    tell(
        client,
        wrote("path", ("src.a", "a"), job="by_path", facets=link),
        told,
        wrote("db.t", ("src.a", "a"), job="by_path", seconds=90, number=3),
    )
    found = ask(client, "dataset", "db.t")
    assert found == ask(client, "dataset", "path")
    assert (found["name"], found["symlinks"]) == ("path", [["file", "db.t"]])
    assert [[c["name"] for c in version["columns"]] for version in found["schemas"]] == [["a"], ["a", "c"]]
    assert found["schemas"][0]["first_seen"] < found["schemas"][1]["first_seen"]
    assert [run["pipeline"] for run in found["runs"]] == ["by_path", "by_name", "by_path"]
    assert [(check["check"], check["value"]) for check in found["quality"]] == [("row_count", 7)]


def test_names_that_differ_in_case_are_different(client: TestClient) -> None:
    """Datasets and columns keep the case they were told in; a name in another case is offered all of them."""
    tell(client, wrote("Sales", ("raw.a", "Id")), wrote("sales", ("raw.a", "id"), job="m", number=2))
    assert hits(ask(client, "lineage/downstream", "raw", "a")) == [("Sales", "Id", 1), ("sales", "id", 1)]
    unknown = client.get("/api/v1/dataset?namespace=file&name=SALES")
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["Sales", "sales"])
    unknown = client.get("/api/v1/impact?namespace=file&name=sales&column=ID")
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["id"])


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-03-01T12:00:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00.123456789Z", "2026-03-01T12:00:00.123456Z"),
        ("2026-03-01T14:00:00.999999999+02:00", "2026-03-01T12:00:00.999999Z"),
    ],
)
def test_times_are_microseconds_of_utc(client: TestClient, told: str, read: str) -> None:
    """Without a zone a time is UTC; what is finer than a microsecond is cut off."""
    tell(client, wrote("sales", ("raw.a", "b")) | {"eventTime": told})
    assert ask(client, "dataset", "sales")["lineage"][0]["first_seen"] == read


@pytest.mark.parametrize(
    ("path", "given", "near"),
    [
        ("lineage/downstream", {"name": "salse"}, "sales"),
        ("lineage/upstream", {"name": "SALES"}, "sales"),
        ("impact", {"name": "sales", "column": "amuont"}, "amount"),
        ("dataset", {"name": "sale"}, "sales"),
        ("dataset", {"name": "sale", "namespace": "files"}, "file / sales"),
        ("impact", {"name": "sales", "namespace": "files"}, "file / sales"),
    ],
)
def test_unknown_names_have_near_ones(
    client: TestClient, path: str, given: dict[str, str], near: str
) -> None:
    """404 names what was perhaps meant."""
    tell(client, wrote("sales", ("raw.amount", "amount")))
    answer = client.get(f"/api/v1/{path}", params={"namespace": "file", **given})
    assert answer.status_code == 404
    assert near in answer.json()["near"]
