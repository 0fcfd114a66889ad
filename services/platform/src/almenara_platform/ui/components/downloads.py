"""Answers as files to take along."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.ui.components.messages import button
from almenara_platform.ui.console import ask

CSV, MARKDOWN = "text/csv", "text/markdown"


def download_button(label: str, write: Callable[[], str], file_name: str, media_type: str) -> ui.button:
    """A button that makes the reader's browser save what ``write`` (run in a thread) says."""

    async def send() -> None:
        try:
            content = await ask(write)
        except AlmenaraPlatformError as error:
            ui.notify(str(error), type="negative")
            return
        ui.download.content(content.encode(), file_name, media_type)

    return button(label, send, icon="download")
