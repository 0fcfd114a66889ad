"""What the refusals of the HTTP APIs read like at a terminal."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

import almenara_platform
from almenara_platform.cli.refusals import COMMANDS, told


def answer(status: int, document: object = None, token: str = "") -> httpx.Response:
    """An answer of the platform to a request with this token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = httpx.Request("GET", "http://platform/api/v1/runs/1?limit=2", headers=headers)
    if document is None:
        return httpx.Response(status, text="<html>", request=request)
    return httpx.Response(status, json=document, request=request)


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (
            answer(404, {"detail": "No run 'abc' is known; GET /api/v1/runs lists them."}),
            "no run 'abc' is known; `almenara runs` lists them",
        ),
        (
            answer(404, {"detail": "No dead letter 7 is known; GET /api/v1/outbox/dead lists them."}),
            "no dead letter 7 is known; `almenara outbox dead` lists them",
        ),
        (answer(400, {"detail": "'2026-13' is not a month.", "field": "month"}), "'2026-13' is not a month"),
        (answer(400, "bad matcher"), "bad matcher"),
        (
            answer(503, {"detail": "Jaeger does not answer."}),
            "the platform cannot answer: Jaeger does not answer",
        ),
        (
            answer(500, {"detail": "The platform failed.", "trace_id": "0af7"}),
            "the platform cannot answer: The platform failed, trace 0af7; see `almenara logs`",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(refusal: httpx.Response, line: str) -> None:
    """No status, no route and no field of a body: the reason, and the command that helps."""
    assert told("the platform", refusal) == line


def test_a_wrong_token_is_told_from_a_missing_one() -> None:
    """Somebody with another platform's token looks elsewhere than somebody without any."""
    unauthorized = {"detail": "Send ALMENARA_API_TOKEN.", "title": "Unauthorized"}
    assert "refuses this write token" in told("the platform", answer(401, unauthorized, "wrong"))
    assert "`almenara env`" in told("the platform", answer(401, unauthorized))


@pytest.mark.parametrize("document", [None, {"detail": "Not Found"}, []])
def test_another_server_is_asked_whether_it_is_meant(document: object) -> None:
    """An answer without a reason of its own comes from a server that does not know the route."""
    line = told("the platform", answer(404, document))
    assert line.startswith("the platform answered 404 Not Found at http://platform/api/v1/runs/1; ")


def test_every_advice_of_the_platform_has_its_command() -> None:
    """A route in a message that commands show is one for which the terminal has a command."""
    package = Path(almenara_platform.__file__).parent
    advised = {
        line.partition("; GET ")[2].split()[0].rstrip('".')
        for file in package.rglob("*.py")
        for line in file.read_text().splitlines()
        if "; GET /api" in line
    }
    routes = {route.removeprefix("GET ") for route in COMMANDS}
    assert advised - {"/api/v1/labels"} <= routes
    assert len(advised) > 2
