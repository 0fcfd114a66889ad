"""The way from a command to what it works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from typer import Context

if TYPE_CHECKING:
    from almenara_platform.cli.installed import Installation


def of(context: Context) -> Installation:
    """The installation that the command was called in; the same one whenever a command asks."""
    # It brings the SDK, the runtimes and an HTTP client, which take longer to import than help to print.
    from almenara_platform.cli.installed import Installation

    root = context.find_root()
    root.obj = root.obj or Installation()
    found: Installation = root.obj
    return found


def data_folder(here: Installation) -> Path:
    """Where everything of the embedded runtime lies."""
    from almenara_platform.runtimes import composition

    return composition.data_folder(here.root, here.members)
