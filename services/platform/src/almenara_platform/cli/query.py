"""almenara query: questions to Prometheus by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isclose
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from almenara_platform.cli import installation
from almenara_platform.cli.client import segment
from almenara_platform.cli.console import console, plain, print_json
from almenara_platform.cli.formats import DASH, measured
from almenara_platform.cli.known import explain_nothing
from almenara_platform.cli.options import Json
from almenara_platform.promql.library import LIBRARY

BARS = "▁▂▃▄▅▆▇█"
NOISE = 1e-6
QUANTILE = re.compile(r":p\d+_")
ESTIMATED = "estimated from the buckets of a histogram; the true value lies in the same bucket"
Name = Annotated[str | None, typer.Argument(help="Which question; without one, all are listed.")]


def query(
    context: typer.Context,
    name: Name = None,
    pipeline: Annotated[str | None, typer.Option("--pipeline", "-p", help="One pipeline only.")] = None,
    stage: Annotated[str | None, typer.Option(help="One stage only.")] = None,
    minutes: Annotated[float, typer.Option(min=1, help="How far back the spark line goes.")] = 60,
    as_json: Json = False,
) -> None:
    """Ask Prometheus a named question: the value, a spark line, and the PromQL to take along."""
    if name is None:
        print_json(_named()) if as_json else console().print(_names_table())
        return
    platform = installation.of(context).platform
    found = platform.get(f"/api/v1/query/{segment(name)}", pipeline=pipeline, stage=stage, minutes=minutes)
    if as_json:
        print_json(found)
        return
    if not found["items"]:
        explain_nothing(platform, pipeline)
    console().print(_table(found) if found["items"] else plain("Nothing in this time.", "dim"))
    console().print(plain(found["promql"], "cyan"), soft_wrap=True)


def spark_line(values: Sequence[float]) -> str:
    """A bar for each value, from the lowest to the highest; flat where they differ by rounding only."""
    if not values:
        return ""
    low, high = min(values), max(values)
    flat = isclose(low, high, rel_tol=NOISE)
    scale = 0.0 if flat else (len(BARS) - 1) / (high - low)
    return "".join(BARS[round((value - low) * scale)] for value in values)


def _table(found: Mapping[str, Any]) -> Table:
    unit = found["unit"]
    now = f"now ({unit})" if unit not in ("", "s") else "now"
    table = Table("series", now, "", title=found["question"])
    if QUANTILE.search(found["promql"]):
        table.caption = ESTIMATED
    for series in found["items"]:
        labels = ", ".join(f"{name}={value}" for name, value in sorted(series["labels"].items()))
        points = [value for _, value in series["points"]]
        line = Text(spark_line(points), style="cyan")
        table.add_row(plain(labels or DASH), measured(series["value"], unit), line)
    return table


def _names_table() -> Table:
    table = Table("name", "question")
    for each in LIBRARY:
        table.add_row(each.name, each.question)
    return table


def _named() -> list[dict[str, str]]:
    return [{"name": each.name, "question": each.question, "promql": each.promql} for each in LIBRARY]
