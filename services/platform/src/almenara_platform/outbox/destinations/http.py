"""Posting an OpenLineage event, and what the answer means for it."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from almenara_platform.outbox.destinations.port import Away, Failed, Refused

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
SHOWN = 500
_AWAY = frozenset({502, 503, 504})
# Wrong address, missing credentials, too many requests: right the setting and the same event is taken.
_NOT_THE_EVENT = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 426, 429})


class EventPoster:
    """Posts events to ``url``; ``name`` is what messages call the receiver, ``token`` goes as Bearer."""

    def __init__(self, name: str, url: str, token: str = "", timeout: httpx.Timeout = TIMEOUT) -> None:
        self._name = name
        self._url = url
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        self._client = httpx.Client(timeout=timeout, headers=headers)

    def post(self, event: dict[str, Any]) -> None:
        """Send it; raises ``Refused``, ``Failed`` or ``Away``."""
        try:
            answer = self._client.post(self._url, content=orjson.dumps(event))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Away(f"{self._name} cannot be reached at {self._url}: {error}") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Away(f"{self._url} is no address of {self._name}: {error}") from error
        except httpx.HTTPError as error:
            # It may have arrived: the same event goes again, before any later one of its run.
            raise Failed(f"{self._name} gave no answer ({type(error).__name__}).") from error
        self._judge(answer)

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _judge(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        status = answer.status_code
        said = f"{self._name} answered {status}: {answer.text.strip()[:SHOWN] or answer.reason_phrase}"
        if status in _AWAY or status in _NOT_THE_EVENT or answer.is_redirect:
            raise Away(said)
        if answer.is_client_error or _is_hidden_400(answer):
            raise Refused(said)
        raise Failed(said)


def _is_hidden_400(answer: httpx.Response) -> bool:
    """Whether a 500 carries ``"code": 400``, as Marquez tells of an event that it cannot read."""
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return False
    code = document.get("code") if isinstance(document, dict) else None
    return isinstance(code, int) and 400 <= code < 500
