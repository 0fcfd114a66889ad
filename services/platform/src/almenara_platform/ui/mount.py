"""Puts the console onto the platform's application."""

from __future__ import annotations

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from almenara_platform.clock import Clock, system_clock
from almenara_platform.lineage.service import Lineage, lineage_of
from almenara_platform.platform import Platform
from almenara_platform.reliability import Reliability, unwatched
from almenara_platform.ui.components.theme import FAVICON, serve_static
from almenara_platform.ui.console import SCOPE_KEY, Console
from almenara_platform.ui.elsewhere import NOWHERE, Elsewhere
from almenara_platform.ui.pages import missing

# NiceGUI builds functions from strings, so scripts must stay 'unsafe-eval'; nothing may come from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


def mount(
    app: FastAPI,
    platform: Platform,
    clock: Clock = system_clock,
    elsewhere: Elsewhere = NOWHERE,
    watch: Reliability | None = None,
    answers: Lineage | None = None,
) -> None:
    """Serve the console of ``platform`` at every path that ``app`` has no route for.

    Without ``watch`` there are no objectives, and no alert ever came; without ``answers`` questions about
    lineage are answered from a graph that is loaded here.
    Call it after the other routes are in: what is added later is never reached.
    """
    serve_static(nicegui_app)
    watch = watch or unwatched(platform.lineage, clock)
    console = Console(platform, clock, elsewhere, watch, answers or lineage_of(platform.lineage))
    app.add_middleware(ServeConsole, console=console)
    _allow_another_start()
    ui.run_with(
        app,
        root=missing.missing_page,
        title="Almenara",
        favicon=FAVICON,
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        binding_refresh_interval=None,
        reconnect_timeout=30,
    )


def _allow_another_start() -> None:
    """NiceGUI's application is one per process and refuses new middleware once it has answered a request."""
    nicegui_app.user_middleware.clear()
    nicegui_app.middleware_stack = None


class ServeConsole:
    """Hands the console to its pages and says to browsers what a page may load."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope[SCOPE_KEY] = self._console

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _guard(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_guarded)


def _guard(headers: MutableHeaders) -> None:
    if headers.get("X-NiceGUI-Content") == "page":
        headers.update(_PAGE_HEADERS)
