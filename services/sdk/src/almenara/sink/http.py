"""Carries payloads over HTTP and judges what the server answers."""

from __future__ import annotations

import gzip
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from opentelemetry import context as otel
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY

from almenara.spool import Rejected, Unavailable

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
COMPRESS_FROM_BYTES = 1024
LONGEST_ANSWER_BYTES = 64 * 1024
# instrumentation libraries look for these keys; without them a request that carries spans would make new ones
UNOBSERVED = otel.Context(
    {
        _SUPPRESS_INSTRUMENTATION_KEY: True,
        _SUPPRESS_HTTP_INSTRUMENTATION_KEY: True,
        "suppress_instrumentation": True,
    }
)
TRY_AGAIN = frozenset({408, 425, 429})
WRONG_TOKEN = "the write token is {}; set ALMENARA_API_TOKEN to the platform's and start again"
# these judge the configuration, not the payload, which is as good as ever once somebody has mended it
MENDABLE = {
    401: WRONG_TOKEN.format("missing or wrong"),
    403: WRONG_TOKEN.format("not allowed to write"),
    404: "nothing takes signals there; check ALMENARA_URL, ALMENARA_OTLP_ENDPOINT and ALMENARA_LINEAGE_URL",
    405: "nothing takes signals there; check ALMENARA_URL, ALMENARA_OTLP_ENDPOINT and ALMENARA_LINEAGE_URL",
    407: "the proxy wants a login; put it into HTTP_PROXY or list the host in NO_PROXY",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where payloads of one kind are posted.

    `accepted` reads a successful answer (media type, body): the number of items that were refused. It raises
    ValueError when no server of this kind would answer so, which may be a proxy's login page.
    """

    url: str
    content_type: str
    headers: Mapping[str, str]
    accepted: Callable[[str, bytes], int]
    compress: bool


# A client imports modules and loads certificates. A child that is forked meanwhile, as by servers with a
# preloaded application, would wait for ever for the locks that this takes.
_OPENING = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_OPENING.acquire, after_in_parent=_OPENING.release, after_in_child=_OPENING.release
    )


class HttpDelivery:
    """One keep-alive connection to one endpoint, for one thread; no instrumentation sees its requests."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client: httpx.Client | None = None

    def __call__(self, payload: bytes) -> int:
        """Post the payload; the number of its items that were refused. Raises Unavailable and Rejected."""
        token = otel.attach(UNOBSERVED)
        try:
            status, headers, body = self._post(payload)
        except (httpx.HTTPError, OSError) as error:
            self.close()
            raise Unavailable(f"{self._endpoint.url} did not answer: {_named(error)}") from error
        finally:
            otel.detach(token)
        return self._judge(status, headers, body)

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client:
            client.close()

    def _post(self, payload: bytes) -> tuple[int, Mapping[str, str], bytes]:
        headers = {**self._endpoint.headers, "Content-Type": self._endpoint.content_type}
        if self._endpoint.compress and len(payload) >= COMPRESS_FROM_BYTES:
            payload = gzip.compress(payload, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        with self._opened().stream("POST", self._endpoint.url, content=payload, headers=headers) as response:
            return response.status_code, response.headers, _beginning(response)

    def _opened(self) -> httpx.Client:
        if self._client is None:
            _keep_quiet()
            with _OPENING:
                self._client = httpx.Client(timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS))
        return self._client

    def _judge(self, status: int, headers: Mapping[str, str], body: bytes) -> int:
        answer = f"{self._endpoint.url} answered {status}"
        if 200 <= status < 300:
            try:
                return self._endpoint.accepted(_media_type(headers), _whole(body))
            except ValueError as error:
                raise Unavailable(f"{answer} with something else than a receipt: {error}") from error
        if advice := MENDABLE.get(status):
            raise Unavailable(f"{answer}: {advice}", _retry_after(headers), topic=self._topic(status))
        if 400 <= status < 500 and status not in TRY_AGAIN:
            raise Rejected(f"{answer}: {body[:200].decode(errors='replace')!r}")
        raise Unavailable(answer, _retry_after(headers))

    def _topic(self, status: int) -> str:
        return f"{urlsplit(self._endpoint.url).netloc} answers {status}"


def _named(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _beginning(response: httpx.Response) -> bytes:
    """The body, or one byte more than is read of one that goes on."""
    body = b""
    for part in response.iter_bytes():
        body += part
        if len(body) > LONGEST_ANSWER_BYTES:
            break
    return body[: LONGEST_ANSWER_BYTES + 1]


def _whole(body: bytes) -> bytes:
    # The beginning of rubbish may be a valid message, and no receipt is that long.
    if len(body) > LONGEST_ANSWER_BYTES:
        raise ValueError(f"more than {LONGEST_ANSWER_BYTES:,} bytes")
    return body


def _retry_after(headers: Mapping[str, str]) -> float:
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


class _NotOurOwnRequests(logging.Filter):
    """A request that carries logs must not make new ones."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not threading.current_thread().name.startswith("almenara-")


_FILTER = _NotOurOwnRequests()


def _keep_quiet() -> None:
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
        logging.getLogger(name).addFilter(_FILTER)
