"""Questions about lineage over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.platform.api.asking import ask, hits, labelling, tell
from tests.platform.conftest import Start
from tests.platform.events import dataset, run_event
from tests.platform.lineage.lineage_events import moved, source, wrote

from almenara_platform.api.lineage_answers import CHARACTERS_A_PIECE, _pieces
from almenara_platform.lineage.answers.reach import Reach, item


@pytest.fixture
def client(start: Start, tmp_path: Path) -> TestClient:
    """A platform with rules for labels and a dashboard."""
    return labelling(start, tmp_path)


def test_downstream_of_a_column(client: TestClient) -> None:
    """Items have the shape of the API, masked edges are crossed, and the path begins at the asked column."""
    tell(client, wrote("sales", ("raw.email!", "hash")), wrote("mart", ("sales.hash", "who"), job="m"))
    assert ask(client, "lineage/downstream", "raw", "email") == {
        "items": [
            {
                "namespace": "file",
                "name": "sales",
                "column": "hash",
                "hops": 1,
                "path": [["file", "raw", "email"], ["file", "sales", "hash"]],
            },
            {
                "namespace": "file",
                "name": "mart",
                "column": "who",
                "hops": 2,
                "path": [["file", "raw", "email"], ["file", "sales", "hash"], ["file", "mart", "who"]],
            },
        ],
        "partial": False,
        "next": None,
    }


def test_upstream_paths_lead_from_the_hit(client: TestClient) -> None:
    """The witness path of upstream ends at the asked column."""
    tell(client, wrote("sales", ("raw.a", "b")), wrote("mart", ("sales.b", "c"), job="m"))
    found = ask(client, "lineage/upstream", "mart", "c")
    assert hits(found) == [("sales", "b", 1), ("raw", "a", 2)]
    assert found["items"][1]["path"] == [["file", "raw", "a"], ["file", "sales", "b"], ["file", "mart", "c"]]


def test_depth_and_indirect(client: TestClient) -> None:
    """Depth counts hops, and indirect edges are left out when they are not asked for."""
    tell(client, wrote("sales", ("raw.a", "b"), ("raw.a?", "d")), wrote("mart", ("sales.b", "c"), job="m"))
    assert hits(ask(client, "lineage/downstream", "raw", "a", depth=1)) == [
        ("sales", "b", 1),
        ("sales", "d", 1),
    ]
    direct = ask(client, "lineage/downstream", "raw", "a", indirect="false")
    assert hits(direct) == [("sales", "b", 1), ("mart", "c", 2)]
    assert hits(ask(client, "lineage/downstream", "raw", "a", depth=0)) == []


def test_influence_on_the_whole_reaches_every_column(client: TestClient) -> None:
    """A filter column decides about the dataset, each of its columns, and what comes after them."""
    tell(
        client, wrote("sales", ("raw.a", "b"), whole=("raw.day?",)), wrote("mart", ("sales.b", "c"), job="m")
    )
    found = hits(ask(client, "lineage/downstream", "raw", "day"))
    assert found == [("sales", None, 1), ("sales", "b", 2), ("mart", "c", 3)]


def test_datasets_are_followed_over_jobs(client: TestClient) -> None:
    """Without a column the question is about datasets; a job between two of them is no hop."""
    tell(client, moved("a", "b", "x"), moved("b", "c", "y", number=2))
    found = ask(client, "lineage/downstream", "a")
    assert hits(found) == [("b", None, 1), ("c", None, 2)]
    assert found["items"][1]["path"] == [["file", "a", None], ["file", "b", None], ["file", "c", None]]
    assert hits(ask(client, "lineage/upstream", "c", depth=1)) == [("b", None, 1)]


def test_pages_are_whole(client: TestClient) -> None:
    """Following ``next`` gives each item once, and partial is true exactly while there is more."""
    tell(client, wrote("sales", *((f"raw.{c}", "x") for c in "abcdefg")))
    found, cursor = [], None
    while True:
        page = ask(client, "lineage/upstream", "sales", "x", limit=3, cursor=cursor)
        found += hits(page)
        cursor = page["next"]
        assert page["partial"] is (cursor is not None)
        if cursor is None:
            break
    assert found == [("raw", c, 1) for c in "abcdefg"]


def test_answer_leaves_while_it_is_made() -> None:
    """The first piece is there when nothing but its own items has been looked up, and is no small one."""
    one = orjson.dumps(item(("file", "t", "c"), 1, [])).decode()
    pieces_of = CHARACTERS_A_PIECE // len(one) + 1
    read = []

    def texts() -> Iterator[str]:
        for number in range(3 * pieces_of):
            read.append(number)
            yield one

    pieces = list(_pieces(Reach(iter(()), texts(), 3 * pieces_of, None)))
    assert len(orjson.loads(b"".join(pieces))["items"]) == len(read) == 3 * pieces_of
    read.clear()
    first = next(_pieces(Reach(iter(()), texts(), 3 * pieces_of, None)))
    assert CHARACTERS_A_PIECE <= len(first) < 2 * CHARACTERS_A_PIECE
    assert len(read) < 2 * pieces_of


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_answer_of_unknown_length_is_a_stream(client: TestClient, encoding: str) -> None:
    """Nobody waits for the length of an answer, whether or not the client takes it compressed."""
    tell(client, wrote("sales", ("raw.a", "b")))
    asked = {"namespace": "file", "name": "raw", "column": "a"}
    answer = client.get("/api/v1/lineage/downstream", params=asked, headers={"Accept-Encoding": encoding})
    assert hits(answer.json()) == [("sales", "b", 1)]
    assert "content-length" not in answer.headers


def test_diamond_ladder_has_each_column_once(client: TestClient) -> None:
    """Twenty diamonds one after another have 80 edges, a million paths and sixty columns below the first."""
    rungs = []
    for number in range(20):
        edges = [(f"t{number}.top", "left"), (f"t{number}.top", "right")]
        rungs.append(wrote(f"s{number}", *edges, job=f"s{number}", number=2 * number))
        join = [(f"s{number}.left", "top"), (f"s{number}.right", "top")]
        rungs.append(wrote(f"t{number + 1}", *join, job=f"t{number}", number=2 * number + 1))
    tell(client, *rungs)
    found = hits(ask(client, "lineage/downstream", "t0", "top"))
    assert len(found) == len(set(found)) == 60


def test_circles_and_self_edges_end(client: TestClient) -> None:
    """Lineage in a circle is answered like any other; the asked column itself is no hit."""
    tell(client, wrote("a", ("a.x", "x"), ("b.x", "x")), wrote("b", ("a.x", "x"), job="back"))
    assert hits(ask(client, "lineage/downstream", "a", "x")) == [("b", "x", 1)]
    assert hits(ask(client, "lineage/upstream", "a", "x")) == [("b", "x", 1)]
    assert [each["step"] for each in ask(client, "personal-data", "a", "x")["erase"]] == [1, 1]


def test_impact_of_a_column(client: TestClient, tmp_path: Path) -> None:
    """Dropping a column names pipelines, datasets, models, dashboards and owners that use this column."""
    model = {"datasetType": {"datasetType": "MODEL"}}
    tell(
        client,
        wrote("sales", ("raw.price", "amount"), ("raw.day", "day"), owner="sales-team"),
        wrote("churn", ("sales.amount", "weights"), job="train", owner="ml", number=2, facets=model),
        wrote("days", ("sales.day", "day"), job="calendar", owner="other", number=3),
    )
    panel = {
        "id": 7,
        "title": "Revenue",
        "targets": [{"rawSql": "SELECT sum(amount) FROM sales WHERE $__timeFilter(day)"}],
    }
    other = {"id": 8, "title": "Days", "targets": [{"rawSql": "SELECT day FROM days"}]}
    board = {"uid": "abc", "title": "Shop", "panels": [{"type": "row", "panels": [panel, other]}]}
    (tmp_path / "boards/shop.json").write_bytes(orjson.dumps(board))
    (tmp_path / "boards/broken.json").write_text("{")
    found = ask(client, "impact", "raw", "price")
    assert [each["name"] for each in found["pipelines"]] == ["etl", "train"]
    assert [(each["name"], each["columns"]) for each in found["datasets"]] == [
        ("sales", ["amount"]),
        ("churn", ["weights"]),
    ]
    assert [each["name"] for each in found["models"]] == ["churn"]
    assert [(b["title"], [p["title"] for p in b["panels"]]) for b in found["dashboards"]] == [
        ("Shop", ["Revenue"])
    ]
    assert found["owners"] == ["ml", "sales-team"]
    assert found["slos"] == []


def test_panels_with_patterns_for_labels_are_found(client: TestClient, tmp_path: Path) -> None:
    """A regular expression in a panel's selector means the tables, columns and pipelines that it fits."""
    tell(client, wrote("shop.daily_sales", ("raw.price", "amount"), job="etl_daily"))
    queries = {
        "table": 'null_percentage{table=~"daily_.*"}',
        "column": 'null_percentage{table="daily_sales", column=~"am.*"}',
        "pipeline": 'errors_total{pipeline=~"etl_(daily|hourly)"}',
        "other column": 'null_percentage{table="daily_sales", column=~"d.*"}',
        "everything": 'null_percentage{table=~".*", pipeline=~".+"}',
        "chosen by the reader": 'null_percentage{table=~"$table"}',
    }
    panels = [{"title": title, "targets": [{"expr": query}]} for title, query in queries.items()]
    (tmp_path / "boards/quality.json").write_bytes(orjson.dumps({"title": "Quality", "panels": panels}))
    (board,) = ask(client, "impact", "raw", "price")["dashboards"]
    assert [panel["title"] for panel in board["panels"]] == ["table", "column", "pipeline"]


def test_impact_of_a_type_follows_values(client: TestClient) -> None:
    """Another type matters where the value arrives, and to the pipelines that look at it."""
    tell(
        client, wrote("sales", ("raw.id!", "key"), ("raw.id", "id")), wrote("m", ("sales.key", "k"), job="m")
    )
    assert [each["columns"] for each in ask(client, "impact", "raw", "id", change="type")["datasets"]] == [
        ["id"]
    ]
    assert len(ask(client, "impact", "raw", "id", change="drop")["datasets"]) == 2


def test_impact_tells_what_is_not_certain(client: TestClient) -> None:
    """A pipeline that reads the dataset and told no columns may be affected."""
    tell(
        client,
        wrote("raw", columns=("a",)),
        moved("raw", "copy", "silent", number=2),
        moved("copy", "c", "z"),
    )
    found = ask(client, "impact", "raw", "a")
    assert [(each["name"], each["certain"]) for each in found["pipelines"]] == [
        ("silent", False),
        ("z", False),
    ]
    tell(client, wrote("sure", ("raw.a", "a"), job="zz", number=3))
    assert [each["name"] for each in ask(client, "impact", "raw", "a")["pipelines"]] == ["zz", "silent", "z"]
    assert [each["name"] for each in ask(client, "impact", "raw", "a")["datasets"]] == ["sure", "c", "copy"]
    assert [each["name"] for each in found["datasets"]] == ["c", "copy"]
    whole = ask(client, "impact", "raw")
    assert all(each["certain"] for each in whole["pipelines"])


def test_objectives_at_risk(start: Start) -> None:
    """The objectives of pipelines that are affected are named."""
    client = start()
    tell(client, wrote("mart", ("raw.a", "a"), job="ventas_etl"))
    found = ask(client, "impact", "raw", "a")
    assert {each["pipeline"] for each in found["slos"]} == {"ventas_etl"}


def test_dataset_tells_everything(client: TestClient) -> None:
    """Schema history, owners, jobs, runs, labels and edges of one dataset."""
    tell(
        client,
        wrote("people", ("crm.email", "email"), owner="crm-team"),
        wrote("people", ("crm.email", "email"), columns=("phone",), seconds=60, number=2),
    )
    found = ask(client, "dataset", "people")
    assert [len(version["columns"]) for version in found["schemas"]] == [2, 1]
    assert found["owners"] == ["crm-team"]
    assert [job["name"] for job in found["written_by"]] == ["etl"]
    assert len(found["runs"]) == 2
    assert found["labels"] == [{"column": "email", "label": "pii", "origin": "pattern"}]
    edge = found["lineage"][0]
    assert (edge["source"], edge["type"], edge["first_seen"]) == (
        ["file", "crm", "email"],
        "DIRECT",
        "2026-03-01T12:00:00Z",
    )


def test_search_finds_every_kind(client: TestClient) -> None:
    """Datasets, jobs, labels and columns are found by a part of their names, page by page."""
    tell(client, wrote("Email_log", ("raw.email", "x"), job="email_job"))
    found = client.get("/api/v1/search", params={"q": "MAIL"}).json()
    assert [item["kind"] for item in found["items"]] == ["dataset", "job", "column"]
    page = client.get("/api/v1/search", params={"q": "mail", "limit": 2}).json()
    assert page["partial"] is True
    rest = client.get("/api/v1/search", params={"q": "mail", "cursor": page["next"]}).json()
    assert [item["kind"] for item in rest["items"]] == ["column"]
    tag = client.get("/api/v1/search", params={"q": "pii"}).json()["items"][0]
    assert (tag["kind"], tag["label"]) == ("tag", "pii")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("lineage/downstream", {"depth": -1}),
        ("lineage/downstream", {"limit": 0}),
        ("lineage/downstream", {"cursor": "nonsense"}),
        ("lineage/upstream", {"column": ""}),
        ("impact", {"change": "explode"}),
        ("personal-data", {"label": "pii"}),
    ],
)
def test_senseless_questions_are_refused(client: TestClient, path: str, given: dict[str, Any]) -> None:
    """400 with the field at fault."""
    tell(client, wrote("sales", ("raw.a", "a")))
    answer = client.get(f"/api/v1/{path}", params={"namespace": "file", "name": "raw", **given})
    assert answer.status_code == 400
    assert answer.json()["field"]


def test_batch_has_a_result_for_each_event(client: TestClient) -> None:
    """What is right is stored whatever the rest is; lines that are no JSON are told by their number."""
    body = b"\n".join([orjson.dumps(wrote("sales", ("raw.a", "a"))), b"{", b'{"eventTime": "never"}'])
    answer = client.post("/api/v1/lineage/batch", content=body).json()
    assert (answer["accepted"], answer["rejected"]) == (1, 2)
    assert [result["status"] for result in answer["results"]] == [201, 400, 400]
    assert answer["results"][2]["field"] == "eventTime"
    assert hits(ask(client, "lineage/downstream", "raw", "a")) == [("sales", "a", 1)]


def test_wide_events_are_defined(client: TestClient) -> None:
    """An event of ten thousand columns is stored and answered; one beyond the body limit is refused."""
    edges = [(f"raw.c{n}", f"c{n}") for n in range(10_000)]
    tell(client, wrote("wide", *edges))
    assert hits(ask(client, "lineage/downstream", "raw", "c9999")) == [("wide", "c9999", 1)]
    answer = client.post("/api/v1/lineage", content=b" " * (33 * 2**20))
    assert answer.status_code == 413


def test_an_event_of_a_million_columns_is_refused(client: TestClient) -> None:
    """It fits into a body and not into memory: 413 with the limit, packed or plain, and nothing is kept."""
    fields = b",".join(b'{"name":"c%d"}' % number for number in range(1_000_000))
    event = orjson.dumps(run_event("COMPLETE", outputs=[dataset("wide", facets={"schema": {"fields": []}})]))
    body = event.replace(b'"fields":[]', b'"fields":[' + fields + b"]")
    for content, headers in ((body, {}), (gzip.compress(body, 1), {"Content-Encoding": "gzip"})):
        answer = client.post("/api/v1/lineage", content=content, headers=headers)
        assert answer.status_code == 413
        assert "1000000 columns" in answer.json()["detail"]
    assert client.get("/api/v1/dataset?namespace=file&name=wide").status_code == 404
    assert client.get("/api/v1/runs").json()["items"] == []


def test_every_place_of_columns_counts(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemas, edges, influences and explicit lineage are columns of an event; what is odd counts nothing."""
    monkeypatch.setattr("almenara_platform.gateway.width.MOST_COLUMNS", 9)
    explicit = {"inputs": [source("raw.a")], "fields": {"x": {"inputs": [source("raw.a")]}, "y": None}}
    event = wrote("wide", ("raw.a", "x"), ("raw.b", "x"), whole=("raw.c",), facets={"lineage": explicit})
    event["job"]["facets"]["lineage"] = {"entries": [explicit, 7]}
    event["inputs"][0]["facets"] = {"schema": {"fields": "none"}, "columnLineage": 5}
    assert client.post("/api/v1/lineage", json=event).status_code == 201
    event["outputs"][0]["facets"]["schema"]["fields"] *= 3
    answer = client.post("/api/v1/lineage", json=event)
    assert (answer.status_code, answer.json()["detail"][:34]) == (413, "The event names 10 columns and col")


def test_a_batch_is_stored_in_portions(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many wide events are stored one portion after another; one that is too wide is told by its number."""
    monkeypatch.setattr("almenara_platform.gateway.width.MOST_COLUMNS", 5)
    events = [wrote(f"d{n}", ("raw.a", "x"), ("raw.b", "y"), number=n + 1) for n in range(4)]
    events[2] = wrote("d2", *((f"raw.c{n}", f"c{n}") for n in range(6)), number=3)
    answer = client.post("/api/v1/lineage/batch", json=events).json()
    assert [each["status"] for each in answer["results"]] == [201, 201, 413, 201]
    assert (answer["accepted"], answer["rejected"]) == (3, 1)
    assert {name for name, _, _ in hits(ask(client, "lineage/downstream", "raw", "a"))} == {"d0", "d1", "d3"}
