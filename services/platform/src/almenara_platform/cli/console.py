"""Where the commands print: people read a rich console, programs read JSON."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

WIDTH_OF_FILES = 200
CONTROL = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}


def console() -> Console:
    """The console on stdout as it is now; a file or pipe gets wide lines, for nothing in it to be cut."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)


def error_console() -> Console:
    """The console on stderr as it is now."""
    return Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    """One JSON document on stdout, indented, without colour or wrapping."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    sys.stdout.write(text)


def harmless(text: object) -> str:
    """Foreign text without the control characters that would move a terminal's cursor or colour."""
    return str(text).translate(CONTROL)


def plain(text: object, style: str = "") -> Text:
    """Foreign text for a table or tree: nothing in it is taken for markup or a control sequence."""
    return Text(harmless(text), style=style)
