"""How answers of DataHub look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from almenara_platform.cli.console import plain
from almenara_platform.cli.formats import DASH
from almenara_platform.datahub.aspects import Entity
from almenara_platform.datahub.urns import place_of
from almenara_platform.spreadsheet import csv_of

if TYPE_CHECKING:
    from almenara_platform.datahub.client import Hit

_HEADER = ("platform", "name", "column", "kind", "hops", "urn")


def item(hit: Hit) -> dict[str, Any]:
    """A hit as JSON."""
    platform, name, column = hit.place
    path = [place_of(urn) for urn in hit.path]
    place = {"platform": platform, "name": name, "column": column}
    return place | {"kind": hit.kind, "hops": hit.hops, "urn": hit.urn, "path": path}


def hits_csv(hits: Iterable[Hit]) -> str:
    """One row a hit."""
    return csv_of(_HEADER, ((*hit.place, hit.kind, hit.hops, hit.urn) for hit in hits))


def hits_table(urn: str, hits: Iterable[Hit]) -> Table:
    """One row a hit, the nearest first."""
    table = Table("hops", "platform", "name", "column", "kind", title=plain(urn), title_justify="left")
    for hit in sorted(hits, key=lambda each: (each.hops, each.place[:2], each.place[2] or "")):
        platform, name, column = hit.place
        table.add_row(str(hit.hops), plain(platform), plain(name), plain(column or DASH), plain(hit.kind))
    return table


def written(entity: Entity) -> Text:
    """What was sent."""
    aspects = ", ".join(name for name in entity if name != "urn")
    return plain(f"{entity['urn']}: {aspects} written to DataHub")
