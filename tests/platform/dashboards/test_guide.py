"""docs/guides/dashboards.md tells of every dashboard and panel, in words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.platform.dashboards import reading

GUIDE = (reading.ROOT / "docs/guides/dashboards.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("board", reading.boards(), ids=lambda board: board["uid"])
def test_every_panel_is_described(board: dict[str, Any]) -> None:
    """Each dashboard has its heading, and below it each panel its name."""
    (part,) = [part for part in GUIDE.split("\n## ") if part.startswith(f"{board['title']}\n")]
    told = set(re.findall(r"\*\*([^*]+)\*\*", part))
    titles = {panel["title"].replace(" ${service}", "") for panel in reading.panels(board)}
    assert told == titles
