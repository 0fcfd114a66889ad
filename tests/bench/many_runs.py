"""The API and the console with 100,000 runs, beside the same pages of a platform with 1,000.

Each run has its events, spans and log lines, put into the stores as the gateway does; runs are spread
over thirty days and 61 pipelines, every tenth has failed, and two fifths of them are of one pipeline that has
objectives. Then a platform starts over each folder, and everything is asked for a few times in
turn. A page of the console is there when Chromium shows it without the grey bars of what is still awaited.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, sync_playwright
from tests.bench.measuring import Comparison
from tests.browser.conftest import ARGUMENTS
from tests.browser.story import Telling, events, logs, spans
from tests.conftest import CHROMIUM_NAMES
from tests.platform.process import platform

from almenara_platform.logs.sqlite import SqliteLogStore
from almenara_platform.store.sqlite import sqlite_lineage_store
from almenara_platform.traces.sqlite import SqliteTraceStore

RUNS, FEW_RUNS, PIPELINES, DAYS = 100_000, 1_000, 100, 30
A_BATCH = 500
ROUNDS = 5
AIM_SECONDS, AIM_SECONDS_IN_CHROMIUM = 0.5, 1.0
SHOWN = "document.querySelector('h1') && !document.querySelector('.al-skeleton')"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Known:
    """A platform that answers, a tab in front of it, and one of its runs from the middle."""

    client: httpx.Client
    tab: Page
    run: Telling


def told(runs: int) -> Iterator[Telling]:
    """The runs, oldest first."""
    apart = timedelta(days=DAYS) / runs
    begin = datetime.now(UTC) - timedelta(days=DAYS)
    for number in range(1, runs + 1):
        place = number % PIPELINES
        pipeline = "ventas_etl" if place < 0.4 * PIPELINES else f"pipeline_{place}"
        state = "FAIL" if number % 10 == 3 else "COMPLETE"
        yield Telling(number, begin + apart * (number - 1), pipeline, seconds=20 + number % 50, state=state)


def fill(data: Path, runs: Sequence[Telling]) -> None:
    """Tell the stores of a folder about them."""
    data.mkdir(parents=True)
    lineage = sqlite_lineage_store(data / "lineage.db")
    traces, lines = SqliteTraceStore(data / "traces.db"), SqliteLogStore(data / "logs.db")
    for start in range(0, len(runs), A_BATCH):
        batch = runs[start : start + A_BATCH]
        # Not how it was queued: a third of the events that changes no page.
        lineage.apply([event for run in batch for event in events(run)[1:]], batch[-1].began)
        traces.add([span for run in batch for span in spans(run)])
        lines.add([line for run in batch for line in logs(run)])
    for store in (lineage, traces, lines):
        store.close()


ANSWERS: dict[str, Callable[[Telling], str]] = {
    "pipelines": lambda run: "/api/v1/pipelines",
    "runs": lambda run: "/api/v1/runs?limit=100",
    "failed runs of a pipeline": lambda run: "/api/v1/runs?pipeline=ventas_etl&state=FAIL&limit=100",
    "runs of a pipeline in a week": lambda run: f"/api/v1/runs?pipeline=pipeline_77&since={_week(run)}",
    "a run": lambda run: f"/api/v1/runs/{run.run_id}",
    "a trace": lambda run: f"/api/v1/traces/{run.trace_id}",
    "traces with errors": lambda run: "/api/v1/traces?error=true&service=worker-etl",
    "traces by attribute": lambda run: f"/api/v1/traces?attribute=openlineage.run_id={run.run_id}",
    "logs of a run": lambda run: f"/api/v1/logs?run_id={run.run_id}",
    "logs by number": lambda run: "/api/v1/logs?where=error_count%3E8&pipeline=ventas_etl",
    "logs by text": lambda run: "/api/v1/logs?q=threshold",
    "metrics": lambda run: "/metrics",
    "objectives": lambda run: "/api/v1/slos",
    "an objective": lambda run: "/api/v1/slos/ventas_etl-freshness",
}

PAGES: dict[str, Callable[[Telling], str]] = {
    "overview": lambda run: "/",
    "runs": lambda run: "/runs",
    "failed runs": lambda run: "/runs?state=FAIL",
    "a pipeline": lambda run: "/pipelines/retail/ventas_etl",
    "a run": lambda run: f"/runs/{run.run_id}",
    "traces": lambda run: "/traces",
    "a trace": lambda run: f"/traces/{run.trace_id}",
    "logs": lambda run: "/logs",
    "logs by number": lambda run: "/logs?where=error_count%3E8",
    "datasets": lambda run: "/datasets",
    "objectives": lambda run: "/slos",
    "an objective": lambda run: "/slos/ventas_etl-freshness",
}


def compare() -> Iterator[Comparison]:
    """Milliseconds of each answer and page."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=next(filter(None, map(shutil.which, CHROMIUM_NAMES))), args=list(ARGUMENTS)
        )
        stack.callback(browser.close)
        many, few = (_known(stack, Path(folder) / str(n), n, browser.new_page()) for n in (RUNS, FEW_RUNS))
        first = [_answer(known, ANSWERS["objectives"]) for known in (many, few)]
        yield _comparison("API: objectives, the first time after the start", *first)
        for name, address in ANSWERS.items():
            yield _comparison(f"API: {name}", *_in_turn(_answer, many, few, address), AIM_SECONDS)
        for name, address in PAGES.items():
            found = _in_turn(_page, many, few, address)
            yield _comparison(f"console: {name}", *found, AIM_SECONDS_IN_CHROMIUM)


def _comparison(what: str, mine: float, other: float, aim: float | None = None) -> Comparison:
    asked = (f"under {1000 * aim:,.0f} ms", mine < aim) if aim else ("", None)
    return Comparison(what, 1000 * mine, 1000 * other, "ms", f"with {FEW_RUNS:,} runs", *asked)


def _known(stack: ExitStack, folder: Path, count: int, tab: Page) -> Known:
    runs = list(told(count))
    begin = time.perf_counter()
    fill(folder / "data", runs)
    print(f"{'':>13}{count:,} runs told in {time.perf_counter() - begin:.0f} s", flush=True)
    settings = {
        "ALMENARA_UI": "true",
        "ALMENARA_CANARY_SECONDS": "0",
        "ALMENARA_CONFIG_DIR": str(ROOT / "config"),
        "ALMENARA_DASHBOARDS_DIR": str(ROOT / "grafana/dashboards"),
    }
    url = stack.enter_context(platform(folder, **settings)).url
    client = stack.enter_context(httpx.Client(base_url=url, timeout=120))
    return Known(client, tab, runs[count // 2])


def _in_turn(
    measure: Callable[[Known, Callable[[Telling], str]], float],
    many: Known,
    few: Known,
    address: Callable[[Telling], str],
) -> tuple[float, float]:
    """Median seconds of each, after one round that does not count."""
    pairs = [(measure(many, address), measure(few, address)) for _ in range(ROUNDS + 1)][1:]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _answer(known: Known, address: Callable[[Telling], str]) -> float:
    begin = time.perf_counter()
    known.client.get(address(known.run)).raise_for_status()
    return time.perf_counter() - begin


def _page(known: Known, address: Callable[[Telling], str]) -> float:
    begin = time.perf_counter()
    known.tab.goto(str(known.client.base_url.join(address(known.run))), wait_until="commit")
    known.tab.wait_for_function(SHOWN, timeout=120_000)
    return time.perf_counter() - begin


def _week(run: Telling) -> str:
    return quote((run.began - timedelta(days=7)).isoformat())
