"""A platform with rules for labels that is told and asked about lineage over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from tests.platform.conftest import Start

LABELS = """
labels:
  pii: ["*email*", {name: people, column: id}]
masking: {functions: [sha256], subtypes: [HASH]}
"""


def labelling(start: Start, folder: Path) -> TestClient:
    """A platform with rules for labels, and a folder for dashboards."""
    (folder / "config").mkdir()
    (folder / "config/labels.yaml").write_text(LABELS)
    (folder / "boards").mkdir()
    return start(config_dir=folder / "config", dashboards_dir=folder / "boards")


def tell(client: TestClient, *events: dict[str, Any]) -> None:
    """Send events in one batch; all of them must be taken."""
    answer = client.post("/api/v1/lineage/batch", json=list(events)).json()
    assert answer["rejected"] == 0, answer


def ask(client: TestClient, path: str, name: str, column: str | None = None, **more: Any) -> Any:
    """The answer about a dataset of the namespace ``file``, or one of its columns."""
    given = {"namespace": "file", "name": name, "column": column, **more}
    answer = client.get(f"/api/v1/{path}", params={k: v for k, v in given.items() if v is not None})
    assert answer.status_code == 200, answer.text
    return answer.json()


def hits(answer: Any) -> list[tuple[str, str | None, int]]:
    """Name, column and hops of each item."""
    return [(item["name"], item["column"], item["hops"]) for item in answer["items"]]
