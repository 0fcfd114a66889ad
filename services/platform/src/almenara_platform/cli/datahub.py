"""almenara datahub: datasets and lineage of the platform written to DataHub, and lineage read from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from almenara_platform.cli import datahub_views as views
from almenara_platform.cli import installation
from almenara_platform.cli import lineage_words as words
from almenara_platform.cli.client import Api
from almenara_platform.cli.console import console, error_console, print_json
from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.cli.lineage_words import Form
from almenara_platform.cli.options import Json
from almenara_platform.datahub import aspects
from almenara_platform.datahub.aspects import Entity
from almenara_platform.datahub.urns import dataset_urn, field_urn

if TYPE_CHECKING:
    from almenara_platform.datahub.client import DataHub

app = typer.Typer(no_args_is_help=True)
MOST_SOURCES = 10_000
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be sent, as JSON, and send nothing.")
]
Hops = Annotated[int | None, typer.Option("--depth", min=1, help="Most hops; any number by default.")]


@app.callback()
def datahub() -> None:
    """DataHub at ALMENARA_DATAHUB_URL: register datasets, emit lineage, ask what is downstream."""


@app.command()
def register(
    context: typer.Context,
    namespace: words.Namespace,
    name: words.Name,
    column: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME:TYPE, in place of what is known.")
    ] = None,
    owner: Annotated[
        list[str] | None, typer.Option(help="In place of the known ones; team:data for a group.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="In place of the known one.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Write a dataset's properties, schema and owners to DataHub: as the platform knows, or as you say."""
    said = {
        "schema": [_column(each) for each in column or ()],
        "owners": list(owner or ()),
        "description": description,
    }
    given = {key: value for key, value in said.items() if value}
    known = _known(installation.of(context).platform, namespace, name, needed="schema" not in given)
    _send(context, [aspects.description_of(known | given, _environment(context))], dry_run)


@app.command()
def emit(
    context: typer.Context,
    namespace: words.Namespace,
    name: words.Name,
    dry_run: DryRun = False,
) -> None:
    """Write what a dataset and its columns come from to DataHub, in place of what it had of them."""
    platform = installation.of(context).platform
    known = _known(platform, namespace, name, needed=True)
    asked = {"namespace": namespace, "name": name, "depth": 1, "limit": MOST_SOURCES}
    found = platform.get("/api/v1/lineage/upstream", **asked)["items"]
    sources = [(each["namespace"], each["name"]) for each in found]
    _send(context, [aspects.lineage_of(known, sources, _environment(context))], dry_run)


def _reach(direction: str) -> Callable[..., None]:
    """The command for one direction; both take the same words."""

    def command(
        context: typer.Context,
        namespace: words.Namespace,
        name: words.Name,
        column: words.Column = None,
        depth: Hops = None,
        limit: words.Limit = 1000,
        as_json: Json = False,
        as_csv: words.Csv = False,
    ) -> None:
        form = words.form(as_json, as_csv, False)
        _ask(context, direction.upper(), (namespace, name, column), depth, limit, form)

    command.__doc__ = f"Show what DataHub has {direction} of a dataset or column."
    return command


for direction in ("downstream", "upstream"):
    app.command(direction)(_reach(direction))


def _ask(
    context: typer.Context,
    direction: str,
    place: tuple[str, str, str | None],
    depth: int | None,
    limit: int,
    form: Form,
) -> None:
    namespace, name, column = place
    dataset = dataset_urn(namespace, name, _environment(context))
    with closing(_connect(context)) as there:
        urn = field_urn(dataset, column) if column else dataset
        hits = list(there.lineage(urn, direction, depth, limit + 1))
        if not hits and not there.knows(dataset):
            raise WrongUse(f"DataHub knows no {dataset}; `almenara datahub register` puts it there")
    shown = hits[:limit]
    match form:
        case Form.JSON:
            print_json(
                {"urn": urn, "items": [views.item(hit) for hit in shown], "partial": len(hits) > limit}
            )
        case Form.CSV:
            typer.echo(views.hits_csv(shown), nl=False)
        case _:
            console().print(views.hits_table(urn, shown))
    if len(hits) > limit:
        error_console().print("There is more: --limit", markup=False)


def _known(platform: Api, namespace: str, name: str, needed: bool) -> dict[str, Any]:
    """What the platform knows of a dataset; where it is not needed, an unknown one has a name only."""
    try:
        return platform.get("/api/v1/dataset", namespace=namespace, name=name)
    except WrongUse:
        if needed:
            raise
        return {"namespace": namespace, "name": name}


def _column(text: str) -> dict[str, str | None]:
    name, _, kind = text.partition(":")
    if not name:
        raise WrongUse(f"--column {text!r} has no name; write --column total:decimal")
    return {"name": name, "type": kind or None}


def _send(context: typer.Context, entities: Sequence[Entity], dry_run: bool) -> None:
    if dry_run:
        print_json(entities)
        return
    with closing(_connect(context)) as there:
        there.put(entities)
    for each in entities:
        console().print(views.written(each))


def _connect(context: typer.Context) -> DataHub:
    from almenara_platform.datahub.client import DataHub  # with an HTTP client and its retries

    members = installation.of(context).members
    url = str(members.value("ALMENARA_DATAHUB_URL") or "")
    if not url:
        raise WrongUse("no DataHub is set; put the address of its GMS into ALMENARA_DATAHUB_URL")
    return DataHub(url, str(members.value("ALMENARA_DATAHUB_TOKEN") or ""))


def _environment(context: typer.Context) -> str:
    return str(installation.of(context).members.value("ALMENARA_DATAHUB_ENV"))
