"""From a trace to its run, for links that know no more than a trace id, such as a metric's exemplar."""

from __future__ import annotations

from fastapi.responses import RedirectResponse
from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.platform import Platform
from almenara_platform.ui import links
from almenara_platform.ui.console import ask, current
from almenara_platform.ui.pages.trace import RUN_ID, find_trace


@ui.page("/traces/{trace_id}/run")
async def run_of_trace(trace_id: str) -> RedirectResponse:
    """Lead to the run of a trace; to the trace's own page when it belongs to none or cannot be read."""
    trace_id = links.name_of(trace_id)
    try:
        run_id = await ask(find_run_id, current().platform, trace_id)
    except AlmenaraPlatformError:
        run_id = ""
    return RedirectResponse(links.run(run_id) if run_id else links.trace(trace_id))


def find_run_id(platform: Platform, trace_id: str) -> str:
    """The run that a span of the trace names, or nothing; raises ``NotFound`` for an unknown trace."""
    spans = find_trace(platform, trace_id).spans
    return next((str(span.attributes[RUN_ID]) for span in spans if span.attributes.get(RUN_ID)), "")
