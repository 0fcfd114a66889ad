"""What the refusal of an HTTP API means at a terminal: what is wrong, and which command helps."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

# The APIs advise in their own terms; the longest route stands first where one begins another.
COMMANDS = {
    "GET /api/v1/outbox/dead": "`almenara outbox dead`",
    "GET /api/v1/runs": "`almenara runs`",
    "GET /api/v1/traces": "`almenara trace find`",
    "GET /api/v1/search?q=": "`almenara lineage search`",
}
_OWN_TOKEN = "the token of the checkout is taken where ALMENARA_API_TOKEN is not set"
_NO_TOKEN = "set ALMENARA_API_TOKEN to what `almenara env` prints in the checkout that runs it"


def told(name: str, answer: httpx.Response) -> str:
    """One line on an answer that is no success; ``name`` is what messages call the API."""
    problem = _problem(answer)
    detail = _detail(problem)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return _token(name, answer.request)
    if not detail or detail == answer.reason_phrase:
        return _strange(name, answer)
    said = _in_commands(detail)
    if answer.is_client_error:
        return said
    trace_id = problem.get("trace_id")
    where = f", trace {trace_id}; see `almenara logs`" if trace_id else ""
    return f"{name} cannot answer: {said}{where}"


def _token(name: str, request: httpx.Request) -> str:
    if "Authorization" in request.headers:
        return f"{name} refuses this write token; {_OWN_TOKEN}"
    return f"{name} wants its write token for that; {_NO_TOKEN}"


def _strange(name: str, answer: httpx.Response) -> str:
    status = f"{answer.status_code} {answer.reason_phrase}".strip()
    address = answer.request.url.copy_with(query=None)
    return f"{name} answered {status} at {address}; is that its address, and is it of this version?"


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """A problem+json document; Alertmanager answers a bare text."""
    try:
        problem = answer.json()
    except ValueError:
        return {}
    if isinstance(problem, str):
        return {"detail": problem}
    return problem if isinstance(problem, dict) else {}


def _detail(problem: dict[str, Any]) -> str:
    return str(next(filter(None, (problem.get(name) for name in ("detail", "title", "message"))), ""))


def _in_commands(detail: str) -> str:
    """An API's sentence as the end of a line that began with ``error:``."""
    for route, command in COMMANDS.items():
        detail = detail.replace(route, command)
    # What begins with another word may begin with a name.
    return ("no " + detail[3:] if detail.startswith("No ") else detail).removesuffix(".")
