"""The HTTP APIs that the commands ask: the platform's and the sample API's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from almenara_platform.cli import refusals
from almenara_platform.cli.exceptions import BodyTooLarge, CommandError, Unreachable, WrongUse

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 15.0
_TOO_LARGE = 413
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Api:
    """One HTTP API; ``name`` is what messages call it, ``token`` is sent as Bearer where there is one."""

    def __init__(
        self, name: str, base_url: str, transport: httpx.BaseTransport | None = None, token: str = ""
    ) -> None:
        import httpx  # here and below, for commands that print help ask nobody

        self.url = base_url.rstrip("/")
        self.token = token
        self._name = name
        local = urlsplit(base_url).hostname in LOOPBACK
        self._client = httpx.Client(
            base_url=self.url, timeout=TIMEOUT_SECONDS, transport=transport, trust_env=not local
        )
        if token:
            self._client.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """The JSON document at a path; parameters that are None are left out.

        Raises ``Unreachable`` when nothing answers, ``WrongUse`` for a 4xx (``BodyTooLarge`` for 413),
        ``CommandError`` for a 5xx.
        """
        given = {key: value for key, value in query.items() if value is not None}
        return self._call("GET", path, params=given)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send a JSON document and return the answer; raises as ``get`` does."""
        return self._call("POST", path, json=body)

    def upload(self, path: str, content: bytes, media_type: str) -> Any:
        """Send bytes and return the JSON answer; raises as ``get`` does."""
        return self._call("POST", path, content=content, headers={"Content-Type": media_type})

    def send(self, path: str) -> None:
        """Ask for something that has no answer; raises as ``get`` does."""
        self._ask("POST", path)

    def text(self, path: str, **query: Any) -> str:
        """The text at a path; raises as ``get`` does."""
        return self._ask("GET", path, params=query).text

    def delete(self, path: str) -> None:
        """Remove what is at a path; raises as ``get`` does."""
        self._ask("DELETE", path)

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        return _document(self._ask(method, path, **arguments), self._name)

    def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        import httpx

        try:
            answer = self._client.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise Unreachable(self._silence(error)) from error
        if answer.is_success:
            return answer
        raise _kind(answer)(refusals.told(self._name, answer))

    def _silence(self, error: httpx.HTTPError) -> str:
        import httpx

        why = "does not answer in time" if isinstance(error, httpx.TimeoutException) else "does not answer"
        return f"{self._name} {why} at {self.url}; start it with `make up`, see `almenara status`"


def segment(text: str) -> str:
    """Foreign text as one segment of a path."""
    return quote(text, safe="")


def _kind(answer: httpx.Response) -> type[CommandError]:
    if answer.status_code == _TOO_LARGE:
        return BodyTooLarge
    return WrongUse if answer.is_client_error else CommandError


def _document(answer: httpx.Response, name: str) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise CommandError(f"{name} answered no JSON at {answer.url}; is that address right?") from error
