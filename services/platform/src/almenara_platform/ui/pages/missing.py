"""What answers at addresses that do not exist."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from almenara_platform.api import problem
from almenara_platform.ui import links
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.shell import shell

_NOT_PAGES = ("/api/", "/v1/", "/_almenara/", "/_nicegui/")


def missing_page(request: Request) -> Response | None:
    """A page for people and a problem document (RFC 9457) for programs, both with status 404."""
    if request.url.path.startswith(_NOT_PAGES):
        return problem.response(HTTPStatus.NOT_FOUND, f"nothing is served at {request.url.path}")
    ui.status_code(404)
    with shell("Not found"), messages.message("search_off", "Nothing is here", "No page has this address."):
        messages.link_button("Go to the overview", links.OVERVIEW)
    return None
