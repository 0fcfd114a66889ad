"""Addresses for names that hold anything."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest

from almenara_platform.ui import links
from almenara_platform.ui.pages.runbook import for_console

NAMES = [
    "ventas_etl",
    "a/b",
    "../..",
    "..",
    ".",
    "100%",
    "%2F",
    "a b+c",
    "ñ/日本",
    "<script>",
    "javascript:alert(1)",
    "?x#y",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_survives_its_address(name: str) -> None:
    """What the server decodes once leads back to the name, in one path segment."""
    segment = links.segment(name)
    assert "/" not in unquote(segment)
    assert links.name_of(unquote(segment)) == name


@pytest.mark.parametrize("name", NAMES)
def test_an_address_stays_on_this_server(name: str) -> None:
    """No name makes a link that leads away or has another scheme."""
    parts = urlsplit(links.pipeline(name, name))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert parts.path.startswith("/pipelines/")


def test_dots_alone_are_not_left_to_the_browser() -> None:
    """Browsers resolve dot segments even when they are encoded once."""
    assert "%252E" in links.run("..")


def test_empty_parameters_are_left_out() -> None:
    """An address holds only what was chosen, encoded."""
    assert links.runs(pipeline="a&b", state="", cursor=None) == "/runs?pipeline=a%26b"


def test_links_of_a_runbook_lead_to_pages_of_this_console() -> None:
    """Another runbook is a file beside it and a page here; the console has whatever address it has."""
    written = "see [RunLate](RunLate.md) and [Runs](http://127.0.0.1:8080/runs), not [x](https://x.org/A.md)"
    shown = "see [RunLate](/runbooks/RunLate) and [Runs](/runs), not [x](https://x.org/A.md)"
    assert for_console(written) == shown
