"""A job that hands over to another job is offered as a dataset nowhere over HTTP."""

from __future__ import annotations

from fastapi.testclient import TestClient
from tests.platform.api.asking import ask, hits, tell
from tests.platform.lineage.lineage_events import handed_over

OVER = "hand-over to bulk"


def test_a_hand_over_is_offered_as_a_dataset_nowhere(client: TestClient) -> None:
    """Only the path of what lies beyond it names it, as what it is."""
    tell(client, *handed_over("source", "made"))
    down = ask(client, "lineage/downstream", "source")
    assert hits(down) == [("made", None, 2)]
    assert down["items"][0]["path"] == [
        ["file", "source", None],
        ["retail", OVER, None],
        ["file", "made", None],
    ]
    assert hits(ask(client, "lineage/upstream", "made")) == [("source", None, 2)]
    assert [each["name"] for each in ask(client, "impact", "source")["datasets"]] == ["made"]
    listed = client.get("/api/v1/datasets").json()["items"]
    assert {each["name"] for each in listed} == {"source", "made"}
    for words in ("bulk", "hand-over"):
        found = client.get("/api/v1/search", params={"q": words}).json()["items"]
        assert [hit["kind"] for hit in found] == ["job"] * (words == "bulk")
    for name in ("bulk", OVER):
        for path in ("dataset", "lineage/downstream", "impact", "personal-data"):
            asked = {"namespace": "retail", "name": name}
            assert client.get(f"/api/v1/{path}", params=asked).status_code == 404, path
