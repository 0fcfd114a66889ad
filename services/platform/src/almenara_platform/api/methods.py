"""A path that exists, asked with a method that it does not take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPMethod, HTTPStatus

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class WrongMethod(BaseRoute):
    """Answers 405 with all methods of a path that ``routes`` have, but not for the method of the request.

    It stands before whatever takes every path that is left, such as the console.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = tuple(routes)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a route has the path; one with the method as well has answered before."""
        known = scope["type"] == "http" and self._best(scope) is Match.PARTIAL
        return (Match.FULL if known else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request."""
        allowed = ", ".join(self._allowed(scope))
        detail = f"{scope['path']} takes {allowed}, not {scope['method']}"
        raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, detail, {"Allow": allowed})

    def _allowed(self, scope: Scope) -> Iterator[str]:
        for method in HTTPMethod:
            served = HTTPMethod.GET if method is HTTPMethod.HEAD else method
            if self._best({**scope, "method": served.value}) is Match.FULL:
                yield method.value

    def _best(self, scope: Scope) -> Match:
        return max((route.matches(scope)[0] for route in self._routes), key=lambda match: match.value)
