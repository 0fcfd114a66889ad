"""HEAD on what answers GET."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from tests.platform.conftest import Start

from almenara_platform.api.head import HeadAsGet

SERVED = ["/healthz", "/readyz", "/openapi.json", "/docs", "/api/v1/runs", "/api/v1/pipelines"]
PAGES = ["/", "/runs", "/lineage"]
MOST_PIECES = 1000


class Sent:
    """An application's messages as they go to the server, around ``HeadAsGet``."""

    def __init__(self, app: Starlette) -> None:
        self.messages: list[Message] = []
        self.scope: Scope = {}
        self._app = HeadAsGet(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and keep what was sent."""
        # From this version on an application is not told beforehand that nobody listens any more.
        self.scope = scope
        scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}

        async def kept(message: Message) -> None:
            self.messages.append(message)
            await send(message)

        await self._app(scope, receive, kept)


@pytest.mark.parametrize(("ui", "paths"), [(False, SERVED), (True, [*SERVED, *PAGES])])
def test_head_tells_what_get_would(start: Start, ui: bool, paths: list[str]) -> None:
    """The status and the headers are those of GET, and there is no body."""
    client = start(ui=ui)
    for path in paths:
        got, head = client.get(path), client.head(path)
        assert (path, head.status_code, head.content) == (path, got.status_code, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
        if path not in PAGES:  # a page names its own visit
            assert head.headers.get("content-length") == got.headers.get("content-length")


def test_what_cannot_be_had_has_no_head(client: TestClient) -> None:
    """What is not there is not found, and a path that takes only POST says so."""
    assert client.head("/api/v1/runs/nobody").status_code == 404
    refused = client.head("/api/v1/lineage")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_head_is_no_operation_of_its_own(client: TestClient) -> None:
    """The OpenAPI document describes each route once."""
    paths = client.get("/openapi.json").json()["paths"]
    assert not [path for path, operations in paths.items() if "head" in operations]


def test_a_body_is_not_sent() -> None:
    """The server gets one empty body, and whoever watches from outside sees HEAD and its route."""

    async def page(_: Request) -> Response:
        return Response(b"a page")

    app = Sent(Starlette(routes=[Route("/page", page)]))
    answer = TestClient(app).head("/page")
    assert answer.headers["content-length"] == "6"
    assert [message.get("body") for message in app.messages] == [None, b""]
    assert (app.scope["method"], app.scope["endpoint"]) == ("HEAD", page)


def test_a_stream_is_not_read_to_its_end() -> None:
    """A body in pieces is given up, and its source is closed."""
    pieces: list[int] = []

    async def stream(_: Request) -> Response:
        def many() -> Iterator[bytes]:
            for number in range(MOST_PIECES):
                pieces.append(number)
                yield b"x"

        return StreamingResponse(many())

    app = Sent(Starlette(routes=[Route("/stream", stream)]))
    assert TestClient(app).head("/stream").status_code == 200
    assert pieces == [0]
    assert [message.get("body") for message in app.messages] == [None, b""]
