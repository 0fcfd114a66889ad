"""Marquez 0.51.1 as it was measured: its answers, what it keeps, and how an odd name poisons its lists.

Beside the measured answers it can be told to fail: refuse, be slow, hang, answer 5xx, or lose an answer
after it has taken the event.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from threading import Event, Lock, Thread
from typing import Any

import orjson

from almenara_platform.clock import parse_time

NAMESPACE = re.compile(r"[a-zA-Z0-9:;=/_\-.@+]+")
STATES = {"START": "RUNNING", "COMPLETE": "COMPLETED", "FAIL": "FAILED", "ABORT": "ABORTED"}
Answer = tuple[int, dict[str, Any] | None]


@dataclass
class Marquez:
    """What the stub holds. ``answers`` are given before its own ones; ``lost`` answers are never sent.

    Once it has ``enough`` events it hangs, a minute at most, until it is told to ``go_on``.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    always: Answer | None = None
    seconds: float = 0.0
    enough: float = inf
    go_on: Event = field(default_factory=Event)
    lost: int = 0
    poisoned: bool = False
    overlapping: int = 0
    most_at_once: int = 0
    url: str = ""
    _open: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, body: bytes) -> Answer:
        """Its answer to an event."""
        run_id = _run_id(body)
        with self._lock:
            self.overlapping += run_id in self._open
            self._open.append(run_id)
            self.most_at_once = max(self.most_at_once, len(self._open))
        try:
            time.sleep(self.seconds)
            if len(self.events) >= self.enough:
                self.go_on.wait(60)
            return self._answer(body)
        finally:
            with self._lock:
                self._open.remove(run_id)

    def is_idle(self) -> bool:
        """Whether no event is on its way."""
        with self._lock:
            return not self._open

    def loses(self) -> bool:
        """Whether an answer is one of those that are never sent."""
        with self._lock:
            self.lost -= (losing := self.lost > 0)
            return losing

    def lists(self) -> Answer:
        """Its answer to a list of jobs, datasets or runs."""
        return (500, {"code": 500, "message": "There was an error"}) if self.poisoned else (200, {})

    def _answer(self, body: bytes) -> Answer:
        with self._lock:
            if self.answers:
                return self.answers.pop(0)
            if self.always:
                return self.always
            return self._judge(body)

    def _judge(self, body: bytes) -> Answer:
        try:
            event = orjson.loads(body)
            parse_time(event["eventTime"])
        except (ValueError, TypeError, KeyError):
            return 500, {"code": 400, "message": "Unable to process JSON"}
        if not all(event.get(name) for name in ("job", "producer")) and not event.get("dataset"):
            return 422, {"errors": ["job must not be null"]}
        if any(_poisons(dataset) for dataset in _datasets(event)):
            self.poisoned = True
            return 400, {"code": 400, "message": "invalid name"}
        self._keep(event)
        if event.get("run") and "eventType" not in event:
            return 500, {"code": 500, "message": "There was an error"}
        return 201, None

    def _keep(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if event.get("run"):
            run_id = event["run"]["runId"]
            self.history[run_id].append(event.get("eventType"))
            self.states[run_id] = STATES.get(event.get("eventType"), "RUNNING")


def _run_id(body: bytes) -> str:
    try:
        return str(orjson.loads(body)["run"]["runId"])
    except (ValueError, TypeError, KeyError):
        return ""


def _datasets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for dataset in (*event.get("inputs", ()), *event.get("outputs", ()), event.get("dataset")):
        if dataset:
            yield dataset
            yield from dataset.get("facets", {}).get("symlinks", {}).get("identifiers", ())


def _poisons(dataset: dict[str, Any]) -> bool:
    return not dataset["name"] or not NAMESPACE.fullmatch(dataset["namespace"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    marquez: Marquez

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.marquez.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.headers.get("Content-Type") != "application/json":
            return self._tell(415, {"code": 415, "message": "HTTP 415 Unsupported Media Type"})
        status, document = self.marquez.take(body)
        if status == 201 and self.marquez.loses():
            self.close_connection = True
            return None
        return self._tell(status, document)

    def do_GET(self) -> None:
        self._tell(*self.marquez.lists())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _tell(self, status: int, document: dict[str, Any] | None) -> None:
        body = b"" if document is None else orjson.dumps(document)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def marquez(port: int = 0) -> Iterator[Marquez]:
    """A Marquez at a free port (or this one) within the block."""
    state = Marquez()
    with serving(state, port):
        yield state


@contextmanager
def serving(state: Marquez, port: int = 0) -> Iterator[None]:
    """``state`` answers within the block; it can be started again at its port."""
    handler = type("Handler", (_Handler,), {"marquez": state})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
