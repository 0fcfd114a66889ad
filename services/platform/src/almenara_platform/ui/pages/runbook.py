"""A runbook: what to do about an alert."""

from __future__ import annotations

import re

from nicegui import ui

from almenara_platform.ui import links
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import current

WRITTEN_FOR = "http://127.0.0.1:8080"
"""The console in the links of runbooks, which are read elsewhere too; here it is this one."""
ANOTHER = re.compile(r"\]\((\w+)\.md\)")
"""The link to another runbook, as it works beside the file; here each is a page."""

PROSE = """
.al-prose { padding-top: 16px; max-width: 90ch; line-height: 1.6; overflow-wrap: anywhere; }
.al-prose pre { overflow-x: auto; }
.al-prose h2 { margin: 20px 0 4px; }
.al-prose li { margin: 3px 0; }
"""


@ui.page(f"{links.RUNBOOKS}/{{alert:path}}")
async def runbook_page(alert: str) -> None:
    """The page ``/runbooks/{alert}``."""
    runbooks, wanted = current().watch.runbooks, links.name_of(alert)
    with shell("Runbook"):
        await Pane(lambda: runbooks.text(wanted), lambda found: _show(wanted, found)).load()


def _show(alert: str, markdown: str) -> None:
    name_page(alert)
    with ui.element("div").classes("al-crumbs"):
        ui.link("Alerts", links.ALERTS)
        text("/")
        text("Runbook")
    ui.add_css(PROSE)
    with ui.element("section").classes("al-panel"), ui.element("div").classes("al-panel-body al-prose"):
        ui.markdown(for_console(markdown))


def for_console(markdown: str) -> str:
    """A runbook whose links to the console and to other runbooks lead to pages of this console."""
    return ANOTHER.sub(rf"]({links.RUNBOOKS}/\1)", markdown.replace(f"]({WRITTEN_FOR}", "]("))
