"""One request and its answer, described by the HTTP semantic conventions of OpenTelemetry."""

from __future__ import annotations

from typing import Any

from starlette.routing import Match
from starlette.types import Message, Scope

# https://opentelemetry.io/docs/specs/semconv/http/http-spans/
KNOWN_METHODS = frozenset(
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"]
)
OTHER_METHOD = "_OTHER"
NO_ROUTE = "unmatched"
CLIENT_CLOSED_REQUEST = 499


class Exchange:
    """What is known of a request, and by and by of its answer."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.original_method: str = scope["method"]
        self.method = self.original_method if self.original_method in KNOWN_METHODS else OTHER_METHOD
        self.path: str = scope["path"]
        self.status = 0

    def see(self, message: Message) -> None:
        """Take note of what is sent to the client."""
        if message["type"] == "http.response.start":
            self.status = message["status"]

    def fail(self, error: BaseException) -> None:
        """The application raised: 500 unless an answer had begun, 499 when the client left."""
        if not self.status:
            self.status = 500 if isinstance(error, Exception) else CLIENT_CLOSED_REQUEST

    @property
    def route(self) -> str:
        """The template of the path, such as /runs/{run_id}, or "" when no route matched."""
        if self._scope.get("endpoint") is None:
            return ""
        # new versions of FastAPI keep an included route as it was written, and its prefixes beside it
        included = self._scope.get("fastapi", {}).get("effective_route_context")
        path = getattr(included or self._scope.get("route"), "path", "") or _matching_path(self._scope)
        return f"{_mounted_at(self._scope)}{path}" if path else ""

    @property
    def route_label(self) -> str:
        """The template, or one word for all paths without."""
        return self.route or NO_ROUTE

    @property
    def span_name(self) -> str:
        """Method and template: few names, however many paths."""
        method = "HTTP" if self.method == OTHER_METHOD else self.method
        return f"{method} {self.route}".strip()

    def request_attributes(self) -> dict[str, Any]:
        """What is known when the request comes; the query is left out, for it may hold secrets."""
        host, port = self._scope.get("server") or ("", None)
        client = self._scope.get("client") or ("", None)
        attributes = {
            "http.request.method": self.method,
            "url.path": self.path,
            "url.scheme": self._scope.get("scheme", "http"),
            "server.address": host,
            "server.port": port,
            "client.address": client[0],
            "network.protocol.version": self._scope.get("http_version"),
            "user_agent.original": _header(self._scope, b"user-agent"),
        }
        if self.method == OTHER_METHOD:
            attributes["http.request.method_original"] = self.original_method
        return {name: value for name, value in attributes.items() if value}

    def answer_attributes(self, error: BaseException | None) -> dict[str, Any]:
        """What is known at the end."""
        attributes: dict[str, Any] = {"http.response.status_code": self.status}
        if self.route:
            attributes["http.route"] = self.route
        if error is not None:
            attributes["error.type"] = type(error).__qualname__
        elif self.status >= 500:
            attributes["error.type"] = str(self.status)
        return attributes


def _matching_path(scope: Scope) -> str:
    """Starlette's own routes do not leave themselves in the scope, so they are asked again."""
    for route in getattr(scope.get("app"), "routes", ()):
        if route.matches({**scope, "root_path": ""})[0] is not Match.NONE:
            return str(getattr(route, "path", ""))
    return ""


def _mounted_at(scope: Scope) -> str:
    root: str = scope.get("root_path", "")
    return root.removeprefix(scope.get("app_root_path", ""))


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
