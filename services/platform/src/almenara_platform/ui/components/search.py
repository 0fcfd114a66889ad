"""The search box of the frame: an id or a name leads to its page."""

from __future__ import annotations

import re
from uuid import UUID

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.runs.model import Pipeline
from almenara_platform.store.port import RunQuery
from almenara_platform.ui import links
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import Console, ask, current

_TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")
_BEGINNING = re.compile(r"([0-9a-fA-F]{8}-[0-9a-fA-F-]*)…?")
"""As lists show the id of a run."""
_NEWEST = 1000


def search_box() -> None:
    """A field for a run id, a trace id, a pipeline's name or words of a log; the key ``/`` leads to it."""
    console = current()

    async def go() -> None:
        text = field.value.strip()
        if text:
            ui.navigate.to(await destination(text, console))

    field = ui.input(placeholder="Run id, trace id, pipeline or words in the logs").on("keydown.enter", go)
    field.props('outlined dense aria-label="Search" maxlength=200').classes("al-search al-field-box wide")
    field.style("max-width: 460px")
    with field.add_slot("append"):
        text("/").classes("al-quiet mono").props('aria-hidden="true" title="Press / to search"')


async def destination(text: str, console: Console) -> str:
    """The address of what ``text`` names; whatever names nothing becomes a search of the logs."""
    if is_run_id(text):
        return links.run(text)
    if _TRACE_ID.fullmatch(text):
        return links.trace(text.lower())
    try:
        return await _known(text, console) or links.logs(q=text)
    except AlmenaraPlatformError:
        return links.logs(q=text)


async def _known(text: str, console: Console) -> str | None:
    """The address of the one new run whose id begins so, or of the pipeline that is called so."""
    if begun := _BEGINNING.fullmatch(text):
        newest = await ask(console.platform.lineage.runs, RunQuery(limit=_NEWEST, brief=True))
        runs = [run.run_id for run in newest.items if run.run_id.startswith(begun[1].lower())]
        return links.run(runs[0]) if len(runs) == 1 else None
    found = best_match(text, await ask(console.platform.lineage.pipelines, 1))
    return links.pipeline(found.namespace, found.name) if found else None


def is_run_id(text: str) -> bool:
    """Whether ``text`` is a UUID as it is usually written, with hyphens."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def best_match(text: str, pipelines: list[Pipeline]) -> Pipeline | None:
    """The pipeline that is called so, or the only one whose name holds the text."""
    wanted = text.casefold()
    exact = [p for p in pipelines if wanted in (p.name.casefold(), f"{p.namespace}/{p.name}".casefold())]
    if exact:
        return exact[0]
    close = [p for p in pipelines if wanted in p.name.casefold()]
    return close[0] if len(close) == 1 else None
