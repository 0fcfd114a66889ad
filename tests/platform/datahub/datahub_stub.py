"""DataHub's GMS as far as it is documented: OpenLineage in, entities over OpenAPI v3, lineage over GraphQL.

It checks bodies as the real one's models do (required fields, names of unions), keeps the aspects, and
answers lineage out of them. Beside that it can be told to fail: refuse, be slow, or lose an answer.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

Answer = tuple[int, Any]
DATASET = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:[^,()]+,[^,()]+,[A-Z_]+\)")
FIELD = re.compile(r"urn:li:schemaField:\((urn:li:dataset:\([^()]+\)),[^,()]+\)")
OPENLINEAGE, ENTITIES, GRAPHQL = (
    "/openapi/openlineage/api/v1/lineage",
    "/openapi/v3/entity/dataset",
    "/api/graphql",
)
REQUIRED = {
    "datasetProperties": ("customProperties",),
    "status": ("removed",),
    "ownership": ("owners",),
    "schemaMetadata": ("schemaName", "platform", "version", "hash", "platformSchema", "fields"),
    "upstreamLineage": ("upstreams",),
}
"""Aspects that are known here, with the fields that their models (PDL) give no default."""


class Invalid(Exception):
    """A body that the models do not take."""


@dataclass
class DataHub:
    """What the stub holds. ``answers`` are given before its own ones; ``lost`` answers are never sent."""

    token: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    always: Answer | None = None
    seconds: float = 0.0
    lost: int = 0
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def take(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Its answer to a request."""
        time.sleep(self.seconds)
        with self.lock:
            if self.token and headers.get("Authorization") != f"Bearer {self.token}":
                return 401, {"message": "Unauthorized to perform this action."}
            if self.answers:
                return self.answers.pop(0)
            if self.always:
                return self.always
            return self._do(method, urlsplit(path), headers, body)

    def _do(self, method: str, target: Any, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "GET" and target.path.startswith(f"{ENTITIES}/"):
            urn = unquote(target.path.removeprefix(f"{ENTITIES}/"))
            return (200, {"urn": urn} | self.entities[urn]) if urn in self.entities else (404, None)
        if headers.get("Content-Type") != "application/json":
            return 415, {"code": "UNSUPPORTED_MEDIA_TYPE"}
        doors = {OPENLINEAGE: self._openlineage, ENTITIES: self._put, GRAPHQL: self._graphql}
        return doors[target.path](orjson.loads(body)) if target.path in doors else (404, None)

    def _openlineage(self, event: dict[str, Any]) -> Answer:
        about = event.get("run") or event.get("dataset") or event.get("job")
        if not about or not all(event.get(name) for name in ("eventTime", "producer", "schemaURL")):
            return 400, {"code": "INVALID_EVENT", "message": "Invalid OpenLineage event"}
        self.events.append(event)
        return 202, None

    def _put(self, entities: list[dict[str, Any]]) -> Answer:
        try:
            for entity in entities:
                check(entity)
        except (Invalid, KeyError, TypeError) as error:
            return 400, {"message": f"{type(error).__name__}: {error}"}
        for entity in entities:
            aspects = {name: body["value"] for name, body in entity.items() if name != "urn"}
            self.entities.setdefault(entity["urn"], {}).update(aspects)
        return 200, [{"urn": entity["urn"]} for entity in entities]

    def _graphql(self, question: dict[str, Any]) -> Answer:
        asked = question["variables"]["input"]
        self.asked.append(asked)
        if "scrollAcrossLineage" not in question["query"] or asked["direction"] not in (
            "UPSTREAM",
            "DOWNSTREAM",
        ):
            return 200, {"errors": [{"message": "Validation error"}]}
        degrees = next(c["values"] for f in asked["orFilters"] for c in f["and"] if c["field"] == "degree")
        hits = [hit for hit in self._reached(asked) if str(min(hit["degree"], 3)) in {d[0] for d in degrees}]
        start = int(asked.get("scrollId") or 0)
        end = start + asked["count"]
        page = {"nextScrollId": str(end) if end < len(hits) else None, "searchResults": hits[start:end]}
        return 200, {"data": {"scrollAcrossLineage": page}}

    def _reached(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        columns = asked["urn"].startswith("urn:li:schemaField:") and bool(asked.get("searchFlags"))
        edges = list(self._column_edges() if columns else self._dataset_edges())
        if asked["direction"] == "UPSTREAM":
            edges = [(target, source) for source, target in edges]
        paths, pending = {asked["urn"]: [asked["urn"]]}, deque([asked["urn"]])
        while pending:
            near = pending.popleft()
            for far in sorted(target for source, target in edges if source == near and target not in paths):
                paths[far] = [*paths[near], far]
                pending.append(far)
        kind = "SCHEMA_FIELD" if columns else "DATASET"
        return [
            {
                "degree": len(path) - 1,
                "entity": {"urn": urn, "type": kind},
                "paths": [{"path": [{"urn": each, "type": kind} for each in path]}],
            }
            for urn, path in paths.items()
            if urn != asked["urn"]
        ]

    def _dataset_edges(self) -> Iterator[tuple[str, str]]:
        for urn, aspects in self.entities.items():
            for upstream in aspects.get("upstreamLineage", {}).get("upstreams", ()):
                yield upstream["dataset"], urn

    def _column_edges(self) -> Iterator[tuple[str, str]]:
        for aspects in self.entities.values():
            for each in aspects.get("upstreamLineage", {}).get("fineGrainedLineages", ()):
                yield from ((s, t) for s in each["upstreams"] for t in each["downstreams"])


def check(entity: dict[str, Any]) -> None:
    """Raise ``Invalid`` for what the models of DataHub do not take."""
    if not DATASET.fullmatch(entity["urn"]):
        raise Invalid(f"no dataset: {entity['urn']}")
    for name, body in entity.items():
        if name == "urn":
            continue
        missing = [each for each in REQUIRED[name] if each not in body["value"]]
        if missing:
            raise Invalid(f"{name} lacks {missing}")
        _CHECKS.get(name, lambda value: None)(body["value"])


def _check_schema(value: dict[str, Any]) -> None:
    for each in value["fields"]:
        (kind,) = each["type"]["type"]
        if not re.fullmatch(r"com\.linkedin\.schema\.[A-Z][a-z]+Type", kind) or not each["fieldPath"]:
            raise Invalid(f"no field: {each}")
        if not isinstance(each["nativeDataType"], str):
            raise Invalid(f"no native type: {each}")


def _check_owners(value: dict[str, Any]) -> None:
    for each in value["owners"]:
        if (
            not re.fullmatch(r"urn:li:corp(user|Group):.+", each["owner"])
            or each["type"] != "TECHNICAL_OWNER"
        ):
            raise Invalid(f"no owner: {each}")


def _check_lineage(value: dict[str, Any]) -> None:
    for each in value["upstreams"]:
        if not DATASET.fullmatch(each["dataset"]) or each["type"] not in ("COPY", "TRANSFORMED", "VIEW"):
            raise Invalid(f"no upstream: {each}")
    for each in value.get("fineGrainedLineages", ()):
        kinds = each["upstreamType"], each["downstreamType"]
        columns = [*each["upstreams"], *each["downstreams"]]
        if kinds != ("FIELD_SET", "FIELD") or not all(map(FIELD.fullmatch, columns)):
            raise Invalid(f"no column lineage: {each}")


_CHECKS = {"schemaMetadata": _check_schema, "ownership": _check_owners, "upstreamLineage": _check_lineage}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: DataHub

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self._handle(b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self, body: bytes) -> None:
        status, document = self.hub.take(self.command, self.path, self.headers, body)
        if self.hub.lost and status < 300:
            self.hub.lost -= 1
            self.close_connection = True
            return
        content = b"" if document is None else orjson.dumps(document)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(hub: DataHub) -> Iterator[DataHub]:
    """``hub`` answers at a free port within the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
