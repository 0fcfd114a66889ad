"""How answers about lineage look: as trees, tables, CSV and Mermaid. All take the API's JSON documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.tree import Tree

from almenara_platform.cli.console import harmless, plain
from almenara_platform.cli.formats import DASH, duration, local_time
from almenara_platform.lineage.hand_over import is_hand_over
from almenara_platform.spreadsheet import csv_of

Item = Mapping[str, Any]
Place = tuple[str, str, str | None]
ITEM_HEADER = ("namespace", "name", "column", "hops", "path")
_MERMAID_SYNTAX = re.compile(r"[\"`<>&#;\\]")
_HIT_HEADER = ("kind", "namespace", "name", "column", "label")
_KINDS = ("pipelines", "datasets", "dashboards", "models", "slos")


def spelled(place: Sequence[str | None]) -> str:
    """A dataset, or a column with a point before it."""
    namespace, name, column = place
    dataset = " / ".join(filter(None, (namespace, name)))
    return harmless(dataset + (f" . {column}" if column else ""))


def paths_tree(asked: Place, items: Iterable[Item], upstream: bool) -> Tree:
    """Each item below the one that its path comes by, from what was asked outwards."""
    tree = Tree(plain(spelled(asked), "bold"))
    branches: dict[Place, Tree] = {asked: tree}
    for item in items:
        path = [_place(each) for each in (reversed(item["path"]) if upstream else item["path"])]
        parent = tree
        for place in path[:-1]:
            if _hands_over(place) and place not in branches:
                branches[place] = parent.add(plain(spelled(place), "italic"))
            parent = branches.get(place, parent)
        branches[path[-1]] = parent.add(plain(spelled(path[-1])))
    return tree


def items_csv(items: Iterable[Item]) -> str:
    """One row an item, its path as a text."""
    rows = ([i["namespace"], i["name"], i["column"], i["hops"], path_text(i["path"])] for i in items)
    return csv_of(ITEM_HEADER, rows)


def path_text(path: Iterable[Sequence[str | None]]) -> str:
    """A path on one line."""
    return " -> ".join(spelled(place) for place in path)


def paths_mermaid(items: Iterable[Item]) -> str:
    """The union of all paths as a flowchart; a path of one place is a box without an arrow.

    Where a job hands over to another the box is round.
    """
    numbers: dict[Place, str] = {}
    arrows: dict[str, None] = {}
    lines = ["flowchart LR"]
    for item in items:
        path = [_place(each) for each in item["path"]]
        for place in path:
            if place not in numbers:
                numbers[place] = f"n{len(numbers)}"
                left, right = ("([", "])") if _hands_over(place) else ("[", "]")
                lines.append(f'    {numbers[place]}{left}"{_mermaid_text(spelled(place))}"{right}')
        arrows.update((f"    {numbers[one]} --> {numbers[other]}", None) for one, other in pairwise(path))
    return "\n".join([*lines, *arrows]) + "\n"


def impact_view(found: Mapping[str, Any]) -> RenderableType:
    """A table of each kind of thing that is affected."""
    parts: list[RenderableType] = []
    for kind in _KINDS:
        if found[kind]:
            table = Table("name", "whose", "what", title=f"{kind} ({len(found[kind])})", title_justify="left")
            for each in found[kind]:
                whose = each.get("owner") or each.get("team") or DASH
                table.add_row(plain(_name(each)), plain(whose), plain(_what(each)))
            parts.append(table)
    owners = ", ".join(found["owners"]) or "nobody known"
    return Group(*parts, plain(f"To be told: {owners}" if parts else "Nothing is affected."))


def impact_mermaid(asked: Place, found: Mapping[str, Any]) -> str:
    """What is affected as a flowchart: datasets by their paths, perhaps ones dotted, then who uses them."""
    chart = paths_mermaid([{"path": [list(asked)]}, *found["datasets"]])
    lines = [
        f'    m{number}(["{_mermaid_text(f"{kind[:-1]} {_name(each)}")}"])\n    n0 -.-> m{number}'
        for number, (kind, each) in enumerate(_beside_paths(found))
    ]
    return chart + "".join(f"{line}\n" for line in lines)


def _beside_paths(found: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """What is affected and has no path of columns."""
    for kind in ("pipelines", "datasets", "dashboards", "slos"):
        yield from ((kind, each) for each in found[kind] if not each.get("path"))


def impact_csv(found: Mapping[str, Any]) -> str:
    """One row for each thing that is affected."""
    rows = [
        (kind, each.get("namespace"), _name(each), each.get("owner") or each.get("team"), _what(each))
        for kind in _KINDS
        for each in found[kind]
    ]
    return csv_of(("kind", "namespace", "name", "owner", "what"), rows)


def personal_data_view(found: Mapping[str, Any]) -> RenderableType:
    """Where the data is, in what order it is erased, and what cannot be."""
    where = Table("dataset", "column", "how it got there", title="Where it is", title_justify="left")
    for each in found["columns"]:
        dataset = spelled((each["namespace"], each["name"], None))
        where.add_row(dataset, plain(each["column"] or DASH), plain(path_text(each["path"])))
    erase = Table("step", "dataset", "columns", "owner", title="Erase in this order", title_justify="left")
    for each in found["erase"]:
        erase.add_row(str(each["step"]), *_erase_cells(each))
    parts: list[RenderableType] = [where, erase]
    for title, key in (("Cannot be erased", "not_erasable"), ("Not known: no column lineage", "unknown")):
        if found.get(key):
            table = Table("dataset", "columns", "owner", title=title, title_justify="left")
            for each in found[key]:
                table.add_row(*_erase_cells(each))
            parts.append(table)
    return Group(*parts)


def search_csv(items: Iterable[Item]) -> str:
    """One row a hit."""
    rows = ([each[name] for name in _HIT_HEADER] for each in items)
    return csv_of(_HIT_HEADER, rows)


def search_mermaid(items: Iterable[Item]) -> str:
    """Each hit as a box; a search draws no arrows."""
    hits = (_hit_text(each) for each in items)
    boxes = [f'    n{number}["{_mermaid_text(hit)}"]' for number, hit in enumerate(hits)]
    return "\n".join(["flowchart LR", *boxes]) + "\n"


def _hit_text(each: Item) -> str:
    named = (
        each["label"] if each["kind"] == "tag" else spelled((each["namespace"], each["name"], each["column"]))
    )
    return f"{each['kind']} {harmless(named)}"


def search_view(asked: str, items: Sequence[Item]) -> RenderableType:
    """One row a hit, or what was searched in vain."""
    if not items:
        return plain(f"Nothing has {asked!r} in its name; searched: datasets, jobs, labels and columns.")
    table = Table("kind", "namespace", "name", "column")
    for each in items:
        name = each["label"] if each["kind"] == "tag" else each["name"]
        table.add_row(
            each["kind"], plain(each["namespace"] or DASH), plain(name), plain(each["column"] or DASH)
        )
    return table


def delivery_table(found: Mapping[str, Any]) -> Table:
    """One row a run in the order in which they could begin; the critical ones stand out."""
    title = f"{harmless(found['name'])} delivered {local_time(found['delivered_at'])}"
    table = Table("pipeline", "run", "took", "waited before", "slack", title=title, title_justify="left")
    for run in found["runs"]:
        style = "bold red" if run["critical"] else ""
        slack = "critical" if run["critical"] else duration(run["slack_seconds"])
        times = duration(run["duration_seconds"]), duration(run["idle_seconds"]), slack
        table.add_row(plain(run["pipeline"], style), run["run_id"], *times)
    table.caption = f"critical chain: {duration(found['length_seconds'])}"
    return table


def _name(each: Item) -> str:
    return harmless(each["id"] if "id" in each else each["name"])


def _what(each: Item) -> str:
    if "panels" in each:
        return "; ".join(f"panel {panel['title']}: {', '.join(panel['uses'])}" for panel in each["panels"])
    doubt = "" if each.get("certain", True) else "perhaps: its columns are not known"
    return " ".join(filter(None, [", ".join(each.get("columns", ())), doubt]))


def _erase_cells(each: Item) -> tuple[RenderableType, ...]:
    dataset = spelled((each["namespace"], each["name"], None))
    return plain(dataset), plain(", ".join(each["columns"]) or DASH), plain(each["owner"] or DASH)


def _hands_over(place: Place) -> bool:
    """Whether a path passes from job to job here: no dataset stands between them."""
    return place[2] is None and is_hand_over(place[1])


def _place(value: Sequence[str | None]) -> Place:
    namespace, name, column = value
    return str(namespace), str(name), column


def _mermaid_text(text: str) -> str:
    return _MERMAID_SYNTAX.sub(lambda found: f"#{ord(found[0])};", text)
