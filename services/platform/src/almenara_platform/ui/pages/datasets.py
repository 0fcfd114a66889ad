"""The datasets that runs read and wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from nicegui import ui

from almenara_platform.canary.names import NAME, NAMESPACE
from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.lineage.answers.about import named_columns
from almenara_platform.lineage.service import Lineage
from almenara_platform.page import Page
from almenara_platform.platform import Platform
from almenara_platform.runs.model import Dataset
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.fields import text_field
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, DataTable, Row, when
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import ask, current

PAGE = 200
_COLUMNS_SHOWN = 12

PipelinesByName = dict[str, str]


@dataclass(slots=True)
class Found:
    """Datasets so far and the page address of each pipeline's name where it is unique."""

    page: Page[Dataset]
    pipelines: PipelinesByName = field(default_factory=dict)


@ui.page(links.DATASETS)
async def datasets_page(q: str = "") -> None:
    """The page ``/datasets``; ``q`` keeps only those whose name or column has it."""
    console = current()
    with shell("Datasets"):
        heading("Datasets", 1)
        await Pane(
            lambda: find(console.platform, console.answers), lambda found: DatasetList(found, q)
        ).load()


def find(platform: Platform, answers: Lineage) -> Found:
    """The first datasets and the pipelines to link to."""
    return Found(some(platform, answers), addresses(platform))


def some(platform: Platform, answers: Lineage, cursor: str | None = None) -> Page[Dataset]:
    """Datasets; those without a schema have the columns that lineage names, of no known type."""
    page, snapshot = platform.lineage.datasets(PAGE, cursor), answers.index.snapshot()
    items = [
        each
        if each.schema
        else replace(each, schema=tuple(named_columns(snapshot, each.namespace, each.name)))
        for each in page.items
    ]
    return Page(items, page.next)


def addresses(platform: Platform) -> PipelinesByName:
    """Where each pipeline's page is; a name that stands in several namespaces leads to its runs."""
    known: PipelinesByName = {}
    for pipeline in platform.lineage.pipelines(1):
        twice = pipeline.name in known
        known[pipeline.name] = (
            links.runs(pipeline=pipeline.name) if twice else links.pipeline(pipeline.namespace, pipeline.name)
        )
    return known


class DatasetList:
    """The table with a field that narrows down what is loaded."""

    def __init__(self, found: Found, words: str) -> None:
        self._console = current()
        self._pipelines = found.pipelines
        self._datasets: list[Dataset] = []
        with ui.element("div").classes("al-row"):
            self._words = text_field("Name or column", self._show, words, wide=True).classes("al-page-search")
            self._words.style("max-width: 420px")
            self._summary = text("").classes("al-quiet").props('role="status"')
        with ui.element("section").classes("al-panel").props('aria-label="Datasets"'):
            self._table = DataTable("Datasets", table_columns.DATASETS)
            self._empty = messages.message(
                "dataset", "No datasets", "No dataset that a run reported matches."
            )
            with ui.element("div").classes("al-row al-panel-foot") as self._foot:
                messages.button("Load more", self._load_more, icon="expand_more")
        self._add(found.page)

    def _add(self, page: Page[Dataset]) -> None:
        self._datasets.extend(page.items)
        self._next = page.next
        self._foot.set_visibility(page.next is not None)
        self._show()

    async def _load_more(self) -> None:
        try:
            self._add(await ask(some, self._console.platform, self._console.answers, self._next))
        except AlmenaraPlatformError as error:
            ui.notify(f"The datasets cannot be reached: {error}", type="negative")

    def _show(self) -> None:
        words = (self._words.value or "").strip()
        shown = sorted((each for each in self._datasets if matches(each, words)), key=_is_canary)
        now = self._console.clock()
        self._table.show([_row(dataset, self._pipelines, now) for dataset in shown])
        self._table.set_visibility(bool(shown))
        self._empty.set_visibility(not shown)
        more = " loaded so far" if self._next else ""
        self._summary.set_text(f"{fmt.count(len(shown))} of {fmt.count(len(self._datasets))}{more}")


def matches(dataset: Dataset, words: str) -> bool:
    """Whether all words stand in the dataset's names or in one of its columns."""
    text_ = " ".join(
        [dataset.namespace, dataset.name, *(column.name for column in dataset.schema)]
    ).casefold()
    return all(word in text_ for word in words.casefold().split())


def _is_canary(dataset: Dataset) -> bool:
    """The platform's check of itself stands last: nobody looks for it."""
    return (dataset.namespace, dataset.name) == (NAMESPACE, NAME)


def _row(dataset: Dataset, pipelines: PipelinesByName, now: datetime) -> Row:
    cells: dict[str, Cell] = {
        "dataset": {
            "text": dataset.name,
            "sub": dataset.namespace,
            "href": links.dataset(dataset.namespace, dataset.name),
        },
        "columns": {"tags": _columns(dataset)},
        "produced": {"tags": _jobs(dataset.produced_by, pipelines)},
        "consumed": {"tags": _jobs(dataset.consumed_by, pipelines)},
        "seen": when(dataset.last_seen, now, links.run(dataset.last_run_id) if dataset.last_run_id else None),
    }
    return Row(f"{dataset.namespace}\n{dataset.name}", cells)


def _columns(dataset: Dataset) -> list[dict[str, str]]:
    tags = [
        {"text": column.name, "title": column.type or "type unknown"}
        for column in dataset.schema[:_COLUMNS_SHOWN]
    ]
    hidden = dataset.schema[_COLUMNS_SHOWN:]
    if hidden:
        tags.append({"text": f"{len(hidden)} more", "title": ", ".join(column.name for column in hidden)})
    return tags


def _jobs(names: Iterable[str], pipelines: PipelinesByName) -> list[dict[str, str]]:
    return [{"text": name, "href": pipelines.get(name, "")} for name in names]
