"""How the outbox looks on a terminal; every function takes the API's JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from almenara_platform.cli.console import plain
from almenara_platform.cli.formats import DASH, count, duration, first_line, local_time

Document = Mapping[str, Any]
NOWHERE = "Lineage is forwarded to nobody; ALMENARA_MARQUEZ_URL or ALMENARA_DATAHUB_URL name a destination."


def backlog_table(backlogs: Sequence[Document]) -> RenderableType:
    """One row a destination."""
    if not backlogs:
        return Text(NOWHERE)
    table = Table("destination", "waiting", "since", "dead letters", "last error")
    for each in backlogs:
        name = each["destination"] if each["configured"] else f"{each['destination']} (not configured)"
        since = duration(each["oldest_age_seconds"]) if each["pending"] else DASH
        dead = plain(count(each["dead"]), "bold red" if each["dead"] else "")
        error = plain(first_line(each["last_error"] or DASH))
        table.add_row(plain(name), count(each["pending"]), since, dead, error)
    return table


def dead_table(letters: Sequence[Document]) -> RenderableType:
    """One row a dead letter."""
    if not letters:
        return Text("There are no dead letters.")
    table = Table("number", "destination", "run, job or dataset", "event", "put aside", "reason")
    for each in letters:
        kind = each["event_type"] + (" (sent without it)" if each["forwarded"] else "")
        cells = plain(each["destination"]), plain(each["lane"]), plain(kind), local_time(each["settled_at"])
        table.add_row(str(each["id"]), *cells, plain(each["reason"] or DASH))
    return table


def letter_view(letter: Document) -> RenderableType:
    """A dead letter with its event."""
    facts = Table.grid(padding=(0, 2))
    sent = "yes, without the part at fault" if letter["forwarded"] else "no"
    for name, value in (
        ("destination", letter["destination"]),
        ("run, job or dataset", letter["lane"]),
        ("event", letter["event_type"] or DASH),
        ("reason", letter["reason"] or DASH),
        ("sent", sent),
        ("tries", count(letter["tries"])),
        ("accepted", local_time(letter["accepted_at"])),
        ("put aside", local_time(letter["settled_at"])),
    ):
        facts.add_row(plain(name, "dim"), plain(value))
    return Group(facts, plain(orjson.dumps(letter["event"], option=orjson.OPT_INDENT_2).decode()))
