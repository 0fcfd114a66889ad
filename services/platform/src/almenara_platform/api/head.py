"""HEAD on whatever answers GET (RFC 9110, 9.3.2)."""

from __future__ import annotations

from http import HTTPMethod
from typing import Any

import anyio
import anyio.lowlevel
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Answers HEAD as GET would, without the body, so that no route has to be told twice.

    A body that comes in pieces is given up with its first one: it may be long, or never end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != HTTPMethod.HEAD:
            await self._app(scope, receive, send)
            return
        # The server goes by its own scope, and would wait for the body of a GET.
        asked: dict[str, Any] = {**scope, "method": HTTPMethod.GET.value}
        with anyio.CancelScope() as rest:

            async def send_head(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await send(message)
                    await send({"type": "http.response.body", "body": b""})
                elif message.get("more_body"):
                    rest.cancel()
                    await anyio.lowlevel.checkpoint()

            await self._app(asked, receive, send_head)
        # Whoever observes requests from outside reads the route here.
        scope.update(asked | {"method": scope["method"]})
