"""The HTTP API of DataHub's metadata service (GMS): entities over OpenAPI v3, lineage over GraphQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from almenara_platform.datahub.aspects import Entity
from almenara_platform.datahub.exceptions import DataHubRefused, DataHubUnavailable
from almenara_platform.datahub.urns import Place, place_of

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
MOST_TRIES = 4
PAGE = 500
_SHOWN = 500
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_ENTITIES = "/openapi/v3/entity/dataset"
_QUERY = """
query lineage($input: ScrollAcrossLineageInput!) {
  scrollAcrossLineage(input: $input) {
    nextScrollId
    searchResults { degree entity { urn type } paths { path { urn type } } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that lineage leads to: what it is, how far, and the way to it where DataHub tells one."""

    urn: str
    kind: str
    hops: int
    path: tuple[str, ...]

    @property
    def place(self) -> Place:
        """Platform, name, column."""
        return place_of(self.urn)


class DataHub:
    """GMS at ``url``. What got no answer, or a 5xx, is asked again: all of it may be done twice.

    Every method raises ``DataHubRefused`` and, after four tries, ``DataHubUnavailable``.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        timeout: httpx.Timeout = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=self.url, timeout=timeout, headers=headers)
        self._retrying = Retrying(
            retry=retry_if_exception_type(DataHubUnavailable),
            stop=stop_after_attempt(MOST_TRIES),
            wait=wait_exponential(0.5, max=8),
            sleep=sleep,
            reraise=True,
        )

    def put(self, entities: Sequence[Entity]) -> None:
        """Write aspects of datasets; each replaces the one of its name, others stay."""
        self._ask("POST", _ENTITIES, params={"async": "false"}, json=entities)

    def knows(self, urn: str) -> bool:
        """Whether there is such a dataset."""
        return self._ask("GET", f"{_ENTITIES}/{quote(urn, safe='')}", absent=404).status_code != 404

    def lineage(self, urn: str, direction: str, hops: int | None, most: int) -> Iterator[Hit]:
        """What is DOWNSTREAM or UPSTREAM of a dataset or column, up to ``most``; any hops without a number.

        DataHub tells hops apart up to two; what is three or more away counts as one group for it.
        """
        asked = _question(urn, direction, hops, min(PAGE, most))
        given = 0
        while True:
            found = self._query({"input": asked})["scrollAcrossLineage"]
            for hit in map(_hit, found["searchResults"]):
                if hops is not None and hit.hops > hops:
                    continue
                yield hit
                given += 1
                if given >= most:
                    return
            if not found.get("nextScrollId") or not found["searchResults"]:
                return
            asked = asked | {"scrollId": found["nextScrollId"]}

    def close(self) -> None:
        """Release connections."""
        self._client.close()

    def _query(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self._ask("POST", "/api/graphql", json={"query": _QUERY, "variables": variables})
        document = _document(answer)
        if document.get("errors") or not document.get("data"):
            told = [str(error.get("message")) for error in document.get("errors") or ()]
            raise DataHubRefused(f"DataHub did not answer the question: {'; '.join(told) or 'no data'}")
        return document["data"]

    def _ask(self, method: str, path: str, absent: int | None = None, **arguments: Any) -> httpx.Response:
        return self._retrying(lambda: self._try(method, path, absent, **arguments))

    def _try(self, method: str, path: str, absent: int | None, **arguments: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **arguments)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise DataHubRefused(f"{self.url} is no address of DataHub: {error}") from error
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}"
            raise DataHubUnavailable(f"DataHub does not answer at {self.url} ({why})") from error
        if answer.is_success or answer.status_code == absent:
            return answer
        said = f"DataHub answered {answer.status_code}: {_said(answer)}"
        if answer.status_code in _LATER:
            raise DataHubUnavailable(said)
        hint = "; is ALMENARA_DATAHUB_TOKEN right?" if answer.status_code in (401, 403) else ""
        hint = "; is ALMENARA_DATAHUB_URL the address of its GMS?" if answer.is_redirect else hint
        raise DataHubRefused(said + hint)


def _question(urn: str, direction: str, hops: int | None, count: int) -> dict[str, Any]:
    degrees = ["1", "2", "3+"] if hops is None or hops > 2 else [str(hop + 1) for hop in range(hops)]
    near = {"field": "degree", "condition": "EQUAL", "values": degrees}
    there = {"field": "removed", "condition": "EQUAL", "values": ["true"], "negated": True}
    asked: dict[str, Any] = {"urn": urn, "direction": direction, "query": "*", "count": count}
    asked["orFilters"] = [{"and": [near, there]}]
    if urn.startswith("urn:li:schemaField:"):
        # Without it the answer names the datasets of the columns.
        columns = {"baseEntityType": "SCHEMA_FIELD", "groupingEntityType": "SCHEMA_FIELD"}
        asked["searchFlags"] = {"groupingSpec": {"groupingCriteria": columns}}
    return asked


def _hit(result: Mapping[str, Any]) -> Hit:
    entity, paths = result["entity"], result.get("paths") or []
    path = tuple(step["urn"] for step in paths[0]["path"]) if paths else ()
    return Hit(entity["urn"], entity["type"], int(result["degree"]), path)


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise DataHubRefused(
            f"{answer.url} answered no JSON; is ALMENARA_DATAHUB_URL the address of its GMS?"
        )
    return document


def _said(answer: httpx.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        return answer.text.strip()[:_SHOWN] or answer.reason_phrase
    told = document.get("message") or document.get("error") if isinstance(document, dict) else None
    return str(told or document)[:_SHOWN]
