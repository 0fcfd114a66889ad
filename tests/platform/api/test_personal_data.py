"""Where personal data has gone, by labels and by columns, over HTTP."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.platform.api.asking import ask, labelling, tell
from tests.platform.conftest import Start
from tests.platform.lineage.lineage_events import moved, wrote


@pytest.fixture
def client(start: Start, tmp_path: Path) -> TestClient:
    """A platform with rules for labels and a dashboard."""
    return labelling(start, tmp_path)


def test_personal_data_stops_where_it_is_masked(client: TestClient) -> None:
    """Labels follow direct edges up to a hash; copies are erased before what they were made from."""
    tell(
        client,
        wrote("people", ("crm.email", "email"), ("crm.email!", "hash"), owner="crm-team"),
        wrote("mart", ("people.email", "contact"), ("people.hash", "key"), job="m", owner="bi"),
        wrote("counts", ("people.email#", "domains"), job="c", number=3),
    )
    found = client.get("/api/v1/personal-data?label=pii").json()
    assert found["label"] == "pii"
    where = {(i["name"], i["column"]): len(i["path"]) for i in found["columns"]}
    assert where == {
        ("crm", "email"): 1,
        ("people", "email"): 2,
        ("mart", "contact"): 3,
        ("counts", "domains"): 3,
    }
    assert found["erase"] == [
        {"step": 1, "namespace": "file", "name": "mart", "columns": ["contact"], "owner": "bi"},
        {"step": 2, "namespace": "file", "name": "people", "columns": ["email"], "owner": "crm-team"},
        {"step": 3, "namespace": "file", "name": "crm", "columns": ["email"], "owner": None},
    ]
    assert [(each["name"], each["columns"]) for each in found["not_erasable"]] == [("counts", ["domains"])]


def test_a_label_follows_the_values_to_every_dataset(client: TestClient) -> None:
    """A dataset tells the labels that came along, not those that a hash or a filter held back."""
    tell(
        client,
        wrote("mart", ("people.email", "contact"), ("people.email!", "key"), ("people.email?", "day")),
        wrote("deep", ("mart.contact", "c"), ("mart.key", "k"), job="m", number=2),
    )
    labels = {name: ask(client, "dataset", name)["labels"] for name in ("people", "mart", "deep")}
    assert labels == {
        "people": [{"column": "email", "label": "pii", "origin": "pattern"}],
        "mart": [{"column": "contact", "label": "pii", "origin": "lineage"}],
        "deep": [{"column": "c", "label": "pii", "origin": "lineage"}],
    }


def test_hash_with_the_name_of_its_source_is_no_personal_data(client: TestClient) -> None:
    """A pattern labels by name, but not what was written masked."""
    tell(client, wrote("sales", ("raw.email!", "email")))
    found = client.get("/api/v1/personal-data?label=pii").json()
    assert [item["name"] for item in found["columns"]] == ["raw"]


def test_indirect_personal_data_only_when_asked(client: TestClient) -> None:
    """What was filtered by a person's column is told on demand."""
    tell(client, wrote("sales", ("raw.amount", "amount"), ("raw.id?", "amount")))
    names = [i["column"] for i in ask(client, "personal-data", "raw", "id")["columns"]]
    more = [i["column"] for i in ask(client, "personal-data", "raw", "id", indirect="true")["columns"]]
    assert (names, more) == (["id"], ["id", "amount"])


def test_pipelines_without_column_lineage_are_told(client: TestClient) -> None:
    """Where nobody told the columns, personal data may have gone unseen, and the answer says so."""
    tell(client, wrote("people", columns=("email",)), moved("people", "copy", "silent", number=2))
    found = client.get("/api/v1/personal-data?label=pii").json()
    assert [(each["name"], each["pipelines"]) for each in found["unknown"]] == [("copy", ["silent"])]


def test_a_copy_whose_columns_nobody_told_is_erased_before_its_source(client: TestClient) -> None:
    """That a job reads one and writes the other is enough; where it told columns, those alone count."""
    for number, name in enumerate(("members", "points"), 1):
        tell(client, wrote(name, columns=("email",), job=f"schema of {name}", number=number))
    tell(client, moved("members", "points", "silent", number=3))
    found = client.get("/api/v1/personal-data?label=pii").json()
    assert [(each["step"], each["name"]) for each in found["erase"]] == [(1, "points"), (2, "members")]
    tell(client, wrote("members", ("points.email", "email"), job="back", number=4))
    tell(client, wrote("points", ("members.city", "email"), job="silent", number=5))
    found = client.get("/api/v1/personal-data?label=pii").json()
    assert [(each["step"], each["name"]) for each in found["erase"]] == [(1, "members"), (2, "points")]


def test_labels_from_tags(client: TestClient) -> None:
    """The key of a tag labels its field, or every column without one; false takes it away."""
    tags = [
        {"key": "sensitive", "value": "true", "field": "a"},
        {"key": "internal", "value": "true"},
        {"key": "secret", "value": "false", "field": "b"},
    ]
    tell(client, wrote("sales", columns=("a", "b"), facets={"tags": {"tags": tags}}))

    def columns(label: str) -> list[str]:
        found = client.get("/api/v1/personal-data", params={"label": label}).json()
        return [item["column"] for item in found["columns"]]

    assert (columns("sensitive"), columns("internal")) == (["a"], ["a", "b"])
    assert client.get("/api/v1/personal-data?label=secret").status_code == 404


def test_labelled_dataset_without_columns_is_told(client: TestClient) -> None:
    """What a labelled dataset holds, and what is made of it, is not known; it is no reason to say nothing."""
    tags = {"tags": {"tags": [{"key": "vip", "value": "true"}]}}
    tell(client, wrote("vault", facets=tags), moved("vault", "copy", "silent", number=2))
    found = client.get("/api/v1/personal-data?label=vip").json()
    assert [(each["name"], each["pipelines"]) for each in found["unknown"]] == [
        ("copy", ["silent"]),
        ("vault", ["etl"]),
    ]
    assert (found["columns"], found["erase"]) == ([], [])
    assert client.get("/api/v1/search?q=vip").json()["items"][0]["label"] == "vip"
    assert ask(client, "personal-data", "vault")["unknown"] == found["unknown"]
    for form in ("md", "csv"):
        assert "vault" in client.get(f"/api/v1/personal-data?label=vip&format={form}").text
    tell(client, wrote("vault", columns=("a",), facets=tags, seconds=60))
    found = client.get("/api/v1/personal-data?label=vip").json()
    assert [each["column"] for each in found["columns"]] == ["a"]
    assert [each["name"] for each in found["unknown"]] == ["copy"]


def test_labels_by_hand(start: Start, tmp_path: Path) -> None:
    """Labels are put and removed with the write token, and outlive a restart."""
    client = start(api_token="s3cret")
    token = {"Authorization": "Bearer s3cret"}
    client.post("/api/v1/lineage", json=wrote("sales", columns=("a",)), headers=token)
    place = {"namespace": "file", "name": "sales", "column": "a", "label": "vip"}
    assert client.put("/api/v1/labels", params=place).status_code == 401
    assert client.put("/api/v1/labels", params=place, headers=token).status_code == 204
    again = start(api_token="s3cret")
    assert again.get("/api/v1/labels").json()["items"] == [place]
    assert [i["name"] for i in again.get("/api/v1/personal-data?label=vip").json()["columns"]] == ["sales"]
    assert again.delete("/api/v1/labels", params=place, headers=token).status_code == 204
    assert again.delete("/api/v1/labels", params=place, headers=token).status_code == 404
    assert again.get("/api/v1/personal-data?label=vip").status_code == 404
    unknown = again.put("/api/v1/labels", params=place | {"column": "aa"}, headers=token)
    assert unknown.status_code == 404


def test_report_for_the_auditor_computes_nothing(client: TestClient) -> None:
    """Names that a spreadsheet would take for formulas are text, and markup in Markdown is spelled out."""
    name = '=HYPERLINK("http://x","email")'
    tell(client, wrote("sales", (f"raw.{name}", "+1+email"), owner="@team|x"))
    rows = list(csv.reader(io.StringIO(client.get("/api/v1/personal-data?label=pii&format=csv").text)))
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    assert f"'{name}" in {cell for row in rows for cell in row}
    text = client.get("/api/v1/personal-data?label=pii&format=md").text
    assert "# Personal data: label pii" in text
    assert "@team\\|x" in text
