"""Slack, PagerDuty and a dead man's switch as local servers that check what they are sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import jsonschema

TEXT = {"type": "string"}
SLACK = {
    # https://api.slack.com/reference/messaging/attachments
    "type": "object",
    "required": ["attachments"],
    "properties": {
        "channel": {"type": "string", "pattern": "^[#@C]"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["fallback", "text", "title"],
                "properties": {
                    "fallback": {"type": "string", "minLength": 1},
                    "color": {"type": "string", "pattern": "^(good|warning|danger|#[0-9a-fA-F]{6})$"},
                    "title": {"type": "string", "minLength": 1},
                    "title_link": {"type": "string", "format": "uri", "pattern": "^https?://"},
                    "text": {"type": "string", "minLength": 1, "maxLength": 8000},
                    "mrkdwn_in": {
                        "type": "array",
                        "items": {"enum": ["pretext", "text", "fields", "fallback"]},
                    },
                },
            },
        },
    },
}
PAGERDUTY = {
    # https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
    "type": "object",
    "required": ["routing_key", "event_action", "dedup_key"],
    "properties": {
        "routing_key": {"type": "string", "pattern": "^[0-9a-zA-Z]{32}$"},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "minLength": 1, "maxLength": 255},
        "client": TEXT,
        "client_url": {"type": "string", "pattern": "^https?://"},
        "links": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["href"],
                "properties": {"href": {"type": "string", "pattern": "^https?://"}, "text": TEXT},
            },
        },
        "payload": {
            "type": "object",
            "required": ["summary", "source", "severity"],
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "source": {"type": "string", "minLength": 1},
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "component": TEXT,
                "group": TEXT,
                "class": TEXT,
                "custom_details": {"type": "object"},
            },
        },
    },
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
}
ANY = {"type": "object"}


class Received:
    """What came in, and what was wrong with it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bodies: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[str] = []

    def add(self, path: str, body: dict[str, Any], schema: dict[str, Any]) -> bool:
        """Keep a message; False when it breaks its service's schema."""
        errors = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(body)]
        with self._lock:
            self._bodies.append((path, body))
            self.faults += errors
        return not errors

    def at(self, path: str) -> list[dict[str, Any]]:
        """The messages that came to one address, oldest first."""
        with self._lock:
            return [body for where, body in self._bodies if where == path]

    def slack(self, *words: str) -> list[str]:
        """Title and text of the Slack messages that have all these words, oldest first."""
        sent = [each for body in self.at("/slack") for each in body["attachments"]]
        texts = [f"{each['title']}\n{each['text']}" for each in sent]
        return [text for text in texts if all(word in text for word in words)]

    def pages(self, action: str, pipeline: str, alert: str = "") -> list[dict[str, Any]]:
        """PagerDuty's events of one pipeline that trigger or resolve; with ``alert`` those that name it."""
        return [
            body
            for body in self.at("/v2/enqueue")
            if body["event_action"] == action
            and body["payload"].get("component") == pipeline
            and alert in str(body["payload"]["custom_details"].get("value"))
        ]


SCHEMAS = {"/slack": SLACK, "/v2/enqueue": PAGERDUTY, "/watchdog": ANY}
ACCEPTED = {"/slack": (200, b"ok"), "/v2/enqueue": (202, b'{"status":"success"}'), "/watchdog": (200, b"")}


@contextmanager
def receivers(host: str = "127.0.0.1") -> Iterator[tuple[int, Received]]:
    """The port of the services on ``host`` and what they received."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            good = received.add(self.path, body, SCHEMAS[self.path])
            status, answer = ACCEPTED[self.path] if good else (400, b"invalid_payload")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer((host, 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, received
    finally:
        server.shutdown()
        server.server_close()
