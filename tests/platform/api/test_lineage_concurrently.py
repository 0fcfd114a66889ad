"""Questions over HTTP that are all under way at the same time, while events come in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import httpx
from fastapi.testclient import TestClient
from tests.platform.lineage.lineage_events import wrote

QUESTIONS = 2000
EVENTS = 60
ASKED = {"namespace": "file", "name": "raw", "column": "a", "limit": 100_000}


def whole(answer: dict[str, Any]) -> int:
    """How many datasets an answer names; each must have both of its columns."""
    found = defaultdict(set)
    for item in answer["items"]:
        found[item["name"]].add(item["column"])
    assert all(columns == {"left", "right"} for columns in found.values())
    assert (answer["partial"], answer["next"]) == (False, None)
    return len(found)


def test_two_thousand_questions_at_once(client: TestClient) -> None:
    """Every one is answered with 200, and none with half of an event."""

    async def ask_and_tell() -> tuple[list[int], list[int]]:
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://platform", timeout=None) as there:

            async def tell() -> list[int]:
                statuses = []
                for number in range(1, EVENTS + 1):
                    edges = [("raw.a", "left"), ("raw.a", "right")]
                    event = wrote(f"out{number}", *edges, seconds=number, number=number)
                    statuses.append((await there.post("/api/v1/lineage", json=event)).status_code)
                return statuses

            async def ask() -> int:
                answer = await there.get("/api/v1/lineage/downstream", params=ASKED)
                assert answer.status_code == 200, answer.text
                return whole(answer.json())

            asking = [ask() for _ in range(QUESTIONS)]
            told, *sizes = await asyncio.gather(tell(), *asking)
            return told, sizes

    assert client.post("/api/v1/lineage", json=wrote("raw", columns=("a",))).status_code == 201
    told, sizes = asyncio.run(ask_and_tell())
    assert told == [201] * EVENTS
    assert len(sizes) == QUESTIONS
    assert whole(client.get("/api/v1/lineage/downstream", params=ASKED).json()) == EVENTS
