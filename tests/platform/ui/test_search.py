"""Where the search box leads."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.page import Page
from almenara_platform.runs.model import Pipeline, Run, RunState
from almenara_platform.store.port import RunQuery
from almenara_platform.ui.components import search
from almenara_platform.ui.console import Console

PIPELINES = [
    Pipeline(namespace, name, None, None, None) for namespace, name in (("a", "sales"), ("b", "sales_daily"))
]


RUNS = [
    Run(run_id, "a", "sales", RunState.COMPLETE)
    for run_id in (
        "0199e6a4-1c1a-7000-8000-00000000005b",
        "0199e6a4-1c1a-7000-8000-00000000005c",
        "0199e6a4-1c1b-7000-8000-00000000005b",
    )
]


class Lineage:
    """Knows two pipelines and three runs, or nothing at all."""

    def __init__(self, answers: bool) -> None:
        self._answers = answers

    def pipelines(self, recent: int) -> list[Pipeline]:
        """The two, when the store answers."""
        if not self._answers:
            raise StoreUnavailable("down")
        return PIPELINES

    def runs(self, query: RunQuery) -> Page[Run]:
        """The three, when the store answers."""
        if not self._answers:
            raise StoreUnavailable("down")
        return Page(RUNS, None)


class Platform:
    """Only what the search asks."""

    def __init__(self, answers: bool) -> None:
        self.lineage = Lineage(answers)


def destination(text: str, answers: bool = True) -> str:
    """Where a text leads."""
    console = Console(Platform(answers), lambda: datetime.now(UTC))  # type: ignore[arg-type]
    return asyncio.run(search.destination(text, console))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0199e6a4-1c1a-7000-8000-00000000005b", "/runs/0199e6a4-1c1a-7000-8000-00000000005b"),
        ("4BF92F3577B34DA6A3CE929D0E0E4736", "/traces/4bf92f3577b34da6a3ce929d0e0e4736"),
        ("0199E6A4-1c1b", "/runs/0199e6a4-1c1b-7000-8000-00000000005b"),
        ("0199e6a4-1c1b…", "/runs/0199e6a4-1c1b-7000-8000-00000000005b"),
        ("0199e6a4-1c1a", "/logs?q=0199e6a4-1c1a"),
        ("Sales", "/pipelines/a/sales"),
        ("b/sales_daily", "/pipelines/b/sales_daily"),
        ("daily", "/pipelines/b/sales_daily"),
        ("sale", "/logs?q=sale"),
        ("disk full", "/logs?q=disk+full"),
    ],
)
def test_a_text_leads_to_what_it_names(text: str, address: str) -> None:
    """Ids lead to their pages, a name to its pipeline, all else to the logs."""
    assert destination(text) == address


def test_without_the_store_a_name_becomes_a_log_search() -> None:
    """The search box works while the lineage store does not."""
    assert destination("sales", answers=False) == "/logs?q=sales"
    assert destination("0199e6a4-1c1b", answers=False) == "/logs?q=0199e6a4-1c1b"
