"""Arguments and options that the lineage commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from almenara_platform.cli.exceptions import WrongUse

Namespace = Annotated[str, typer.Argument(help="Where the dataset lives, such as postgres://host:5432.")]
Name = Annotated[str, typer.Argument(help="What it is called there, such as shop.public.sales.")]
Column = Annotated[str | None, typer.Argument(help="One of its columns; the dataset itself without it.")]
Depth = Annotated[int | None, typer.Option(min=0, help="Most hops; any number by default.")]
Direct = Annotated[bool, typer.Option("--direct", help="Leave out filters, joins, groups and order.")]
Limit = Annotated[int, typer.Option(min=1, help="Most items.")]
Cursor = Annotated[str | None, typer.Option(help="`next` of the page before.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print rows for a spreadsheet.")]
Mermaid = Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid flowchart.")]


class Form(StrEnum):
    """How an answer is printed."""

    TREE = "tree"
    JSON = "json"
    CSV = "csv"
    MERMAID = "mermaid"


def form(as_json: bool, as_csv: bool, as_mermaid: bool) -> Form:
    """The one form that was asked for; raises ``WrongUse`` for several."""
    asked = [f for f, on in ((Form.JSON, as_json), (Form.CSV, as_csv), (Form.MERMAID, as_mermaid)) if on]
    if len(asked) > 1:
        raise WrongUse("print it in one form: --json, --csv or --mermaid")
    return asked[0] if asked else Form.TREE
