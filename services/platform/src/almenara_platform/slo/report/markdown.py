"""The review as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from almenara_platform.runs.identity import short_id
from almenara_platform.runs.model import Run
from almenara_platform.slo.report.chart import burn_down_mermaid
from almenara_platform.slo.report.review import Chapter, Review
from almenara_platform.slo.report.words import amount, percent, reason, summary, verdict

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_LONGEST = 200


def render(review: Review, console_url: str) -> str:
    """The whole review; runs and traces link to the console at ``console_url``."""
    return "\n".join(_lines(review, console_url)) + "\n"


def _lines(review: Review, console_url: str) -> Iterator[str]:
    yield f"# Service levels in {review.month}"
    yield ""
    yield f"From {review.since:%Y-%m-%d} to {review.until:%Y-%m-%d %H:%M} UTC."
    yield ""
    yield "| objective | promised | reached | budget left | alerts | |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for chapter in review.chapters:
        yield _summary_row(review, chapter)
    for chapter in review.chapters:
        yield from _chapter(chapter, console_url)


def _summary_row(review: Review, chapter: Chapter) -> str:
    slo = chapter.detail.status.slo
    cells = (
        _text(slo.id),
        f"{slo.objective:g} %",
        percent(chapter.sli),
        percent(chapter.remaining),
        str(review.alerts_of(slo.id)),
        verdict(chapter),
    )
    return f"| {' | '.join(cells)} |"


def _chapter(chapter: Chapter, console_url: str) -> Iterator[str]:
    detail = chapter.detail
    yield from ("", f"## {_text(detail.status.slo.id)}: {verdict(chapter)}", "")
    yield f"{_text(detail.status.slo.description)} {_text(summary(chapter))}".strip()
    if detail.burn_down:
        title = f"Budget left of {detail.status.slo.id}"
        yield from ("", burn_down_mermaid(title, detail.burn_down, detail.since, detail.until))
    if detail.costs:
        yield from ("", "What burnt the budget:", "", "| run | ended | cost | of the budget | why |")
        yield "| --- | --- | --- | ---: | --- |"
        for cost in detail.costs:
            cells = (_run(cost.run, console_url), f"{cost.at:%Y-%m-%d %H:%M}", amount(chapter, cost))
            why = _text(reason(detail.status.slo.sli, cost))
            yield f"| {' | '.join((*cells, percent(cost.share), why))} |"


def _run(run: Run | None, console_url: str) -> str:
    if run is None:
        return "-"
    shown = f"[{short_id(run.run_id)}]({console_url}/runs/{run.run_id})"
    return f"{shown} ([trace]({console_url}/traces/{run.trace_id}))" if run.trace_id else shown


def _text(value: str) -> str:
    """Foreign text on one line, without anything that Markdown or HTML would act on."""
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))[:_LONGEST]
