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
    MARKDOWN = "markdown"


def form(as_json: bool, as_csv: bool, as_mermaid: bool, as_markdown: bool = False) -> Form:
    """The one form that was asked for; raises ``WrongUse`` for several."""
    wanted = {Form.JSON: as_json, Form.CSV: as_csv, Form.MERMAID: as_mermaid, Form.MARKDOWN: as_markdown}
    asked = [form for form, on in wanted.items() if on]
    if len(asked) > 1:
        raise WrongUse(f"print it in one form: {' or '.join(f'--{form}' for form in asked)}")
    return asked[0] if asked else Form.TREE
