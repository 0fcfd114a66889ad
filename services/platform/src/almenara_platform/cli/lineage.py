"""almenara lineage: where a column goes, what breaks, where personal data is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from almenara_platform.cli import installation
from almenara_platform.cli import lineage_views as views
from almenara_platform.cli import lineage_words as words
from almenara_platform.cli.console import console, error_console, print_json
from almenara_platform.cli.exceptions import CommandError, WrongUse
from almenara_platform.cli.lineage_import import import_events
from almenara_platform.cli.lineage_rebuild import rebuild
from almenara_platform.cli.lineage_sql import from_sql
from almenara_platform.cli.lineage_words import Form
from almenara_platform.cli.options import Json
from almenara_platform.counting import counted

app = typer.Typer(no_args_is_help=True)


class Kind(StrEnum):
    """What a change may affect."""

    PIPELINES = "pipelines"
    DATASETS = "datasets"
    DASHBOARDS = "dashboards"
    MODELS = "models"
    SLOS = "slos"


class Change(StrEnum):
    """What is done to a column."""

    DROP = "drop"
    RENAME = "rename"
    TYPE = "type"


@app.callback()
def lineage() -> None:
    """Lineage: downstream, upstream, impact of a change, personal data; import events; read SQL."""


def _reach(direction: str, description: str) -> Callable[..., None]:
    """The command for one direction; both take the same words."""

    def command(
        context: typer.Context,
        namespace: words.Namespace,
        name: words.Name,
        column: words.Column = None,
        depth: words.Depth = None,
        direct: words.Direct = False,
        limit: words.Limit = 1000,
        cursor: words.Cursor = None,
        as_json: Json = False,
        as_csv: words.Csv = False,
        as_mermaid: words.Mermaid = False,
    ) -> None:
        form = words.form(as_json, as_csv, as_mermaid)
        asked = _asked(namespace, name, column) | {"depth": depth, "limit": limit, "cursor": cursor}
        path = f"/api/v1/lineage/{direction}"
        found = installation.of(context).platform.get(path, **asked, indirect=_flag(not direct))
        drawn = partial(views.paths_tree, (namespace, name, column), upstream=direction == "upstream")
        _print_page(found, form, views.items_csv, views.paths_mermaid, drawn)

    command.__doc__ = description
    return command


app.command("downstream")(_reach("downstream", "Show everything that a column or dataset leads to."))
app.command("upstream")(_reach("upstream", "Show everything that a column or dataset comes from."))


@app.command()
def impact(
    context: typer.Context,
    namespace: words.Namespace,
    name: words.Name,
    column: words.Column = None,
    change: Annotated[Change, typer.Option(help="What is done to it.")] = Change.DROP,
    fail_on: Annotated[
        list[Kind] | None, typer.Option(help="Exit with 1 when any of this kind is affected.")
    ] = None,
    as_json: Json = False,
    as_csv: words.Csv = False,
    as_mermaid: words.Mermaid = False,
) -> None:
    """Show what breaks: `almenara lineage impact NAMESPACE NAME COLUMN --fail-on dashboards` in a check."""
    form = words.form(as_json, as_csv, as_mermaid)
    asked = _asked(namespace, name, column) | {"change": change.value}
    found = installation.of(context).platform.get("/api/v1/impact", **asked)
    match form:
        case Form.JSON:
            print_json(found)
        case Form.CSV:
            typer.echo(views.impact_csv(found), nl=False)
        case Form.MERMAID:
            typer.echo(views.impact_mermaid((namespace, name, column), found), nl=False)
        case _:
            console().print(views.impact_view(found))
    hit = [kind.value for kind in fail_on or () if found[kind.value]]
    if hit:
        counts = ", ".join(counted(len(found[kind]), kind.removesuffix("s")) for kind in hit)
        raise CommandError(f"{change.value} of {column or name} affects {counts}")


@app.command("personal-data")
def personal_data(
    context: typer.Context,
    namespace: Annotated[str | None, typer.Argument(help="With NAME: of one dataset or column.")] = None,
    name: Annotated[str | None, typer.Argument()] = None,
    column: words.Column = None,
    label: Annotated[str | None, typer.Option(help="Every column with this label, such as pii.")] = None,
    indirect: Annotated[bool, typer.Option("--indirect", help="Follow filters and joins as well.")] = False,
    as_json: Json = False,
    as_csv: words.Csv = False,
    as_mermaid: words.Mermaid = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a report for an auditor.")] = False,
) -> None:
    """Show where personal data has gone, and in what order it is erased."""
    form = words.form(as_json, as_csv, as_mermaid, as_markdown)
    if (label is None) == (name is None) or (label is not None and namespace is not None):
        raise WrongUse("say which: --label pii, or NAMESPACE NAME [COLUMN]")
    asked = {"label": label, **_asked(namespace, name, column), "indirect": _flag(indirect)}
    platform, path = installation.of(context).platform, "/api/v1/personal-data"
    if form in (Form.CSV, Form.MARKDOWN):
        given = {key: value for key, value in asked.items() if value is not None}
        text = platform.text(path, **given, format="csv" if form is Form.CSV else "md")
        typer.echo(text, nl=not text.endswith("\n"))
        return
    found = platform.get(path, **asked)
    match form:
        case Form.JSON:
            print_json(found)
        case Form.MERMAID:
            typer.echo(views.paths_mermaid(found["columns"]), nl=False)
        case _:
            console().print(views.personal_data_view(found))


@app.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A part of a name, whatever the case.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most hits.")] = 50,
    cursor: words.Cursor = None,
    as_json: Json = False,
    as_csv: words.Csv = False,
    as_mermaid: words.Mermaid = False,
) -> None:
    """Find datasets, jobs, labels and columns by a part of their names."""
    form = words.form(as_json, as_csv, as_mermaid)
    asked = {"q": text, "limit": limit, "cursor": cursor}
    found = installation.of(context).platform.get("/api/v1/search", **asked)
    _print_page(found, form, views.search_csv, views.search_mermaid, partial(views.search_view, text))


@app.command("critical-path")
def critical_path(
    context: typer.Context,
    namespace: words.Namespace,
    name: words.Name,
    hours: Annotated[float, typer.Option(min=0.1, help="How far back runs count.")] = 48,
    as_json: Json = False,
) -> None:
    """Show what delayed a dataset: the runs behind it, their slack, and the chain without any."""
    asked = _asked(namespace, name, None) | {"hours": hours}
    found = installation.of(context).platform.get("/api/v1/lineage/critical-path", **asked)
    print_json(found) if as_json else console().print(views.delivery_table(found))


app.command("import")(import_events)
app.command("rebuild")(rebuild)
app.command("from-sql")(from_sql)


def _asked(namespace: str | None, name: str | None, column: str | None) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "column": column}


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _print_page(
    found: Mapping[str, Any],
    form: Form,
    to_csv: Callable[[list[views.Item]], str],
    to_mermaid: Callable[[list[views.Item]], str],
    drawn: Callable[[list[views.Item]], RenderableType],
) -> None:
    items = found["items"]
    match form:
        case Form.JSON:
            print_json(found)
            return
        case Form.CSV:
            typer.echo(to_csv(items), nl=False)
        case Form.MERMAID:
            typer.echo(to_mermaid(items), nl=False)
        case _:
            console().print(drawn(items))
    if found["partial"]:
        error_console().print(f"There is more: --limit, or --cursor {found['next']}", markup=False)
