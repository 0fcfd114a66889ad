"""How many bodies are held at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request

from almenara_platform.exceptions import StoreUnavailable, TooLarge
from almenara_platform.gateway.body import BodyReader

LIMIT = 1000


def request(*chunks: bytes) -> Request:
    """A request whose body comes in these parts."""
    messages = iter(
        [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        + [{"type": "http.request", "body": b"", "more_body": False}]
    )

    async def receive() -> dict[str, object]:
        return next(messages)

    return Request({"type": "http", "headers": []}, receive)


async def held(reader: BodyReader, size: int, release: asyncio.Event) -> AsyncIterator[int]:
    """Reads a body and keeps it until released."""
    async with reader.read(request(b"x" * size)) as body:
        yield len(body)
        await release.wait()


def test_bodies_in_flight_are_bounded() -> None:
    """While eight full bodies are held a ninth is told to come again, and once one is gone it is taken."""

    async def scenario() -> None:
        reader, release = BodyReader(LIMIT), asyncio.Event()
        holders = [held(reader, LIMIT, release) for _ in range(8)]
        assert [await anext(holder) for holder in holders] == [LIMIT] * 8
        with pytest.raises(StoreUnavailable, match="again"):
            async with reader.read(request(b"x")):
                pass
        release.set()
        for holder in holders:
            assert [size async for size in holder] == []
        async with reader.read(request(b"x" * LIMIT)) as body:
            assert len(body) == LIMIT

    asyncio.run(scenario())


def test_refused_body_gives_its_room_back() -> None:
    """A thousand bodies that are too large leave as much room as there was."""

    async def scenario() -> None:
        reader = BodyReader(LIMIT)
        for _ in range(1000):
            with pytest.raises(TooLarge):
                async with reader.read(request(b"x" * 600, b"x" * 600)):
                    pass
        async with reader.read(request(b"x" * LIMIT)) as body:
            assert len(body) == LIMIT

    asyncio.run(scenario())
