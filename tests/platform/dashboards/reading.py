"""The committed dashboards as data: their panels, and every query that Grafana would send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "grafana/dashboards").glob("*.json"))
_LABEL_VALUES = re.compile(r"label_values\((.*), *(\w+)\)")
_QUERY_RESULT = re.compile(r"query_result\((.*)\)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One query: where it stands, of which datasource, its text, and how it is asked.

    ``each`` is the variable whose every value the panel is repeated for.
    """

    board: str
    place: str
    source: str
    text: str
    how: str = "range"
    exemplars: bool = False
    each: str = ""

    def __str__(self) -> str:
        return f"{self.board}: {self.place}"


def board(path: Path) -> dict[str, Any]:
    """A dashboard as Grafana reads it."""
    return json.loads(path.read_text(encoding="utf-8"))


def boards() -> list[dict[str, Any]]:
    """All dashboards."""
    return [board(path) for path in FILES]


def panels(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The panels of a dashboard without its row headings."""
    return [panel for panel in document["panels"] if panel["type"] != "row"]


def every_query() -> list[Asked]:
    """The queries of every panel, variable and annotation."""
    return [asked for document in boards() for asked in queries(document)]


def queries(document: Mapping[str, Any]) -> Iterator[Asked]:
    """The queries of one dashboard."""
    for panel in panels(document):
        for target in panel["targets"]:
            place = f"{panel['title']} {target['refId']}"
            yield _target(document["uid"], place, target, panel.get("repeat", ""))
    for variable in document["templating"]["list"]:
        yield _variable(document["uid"], variable)
    for annotation in document["annotations"]["list"]:
        yield _annotation(document["uid"], annotation)


def _target(uid: str, place: str, target: Mapping[str, Any], each: str) -> Asked:
    source = target["datasource"]["uid"]
    text = target.get("expr") or target.get("rawSql") or target.get("query") or target.get("service", "")
    how = "instant" if target.get("instant") else target.get("queryType") or "range"
    return Asked(uid, place, source, text, how, bool(target.get("exemplar")), each)


def _variable(uid: str, variable: Mapping[str, Any]) -> Asked:
    source, query = variable["datasource"]["uid"], variable["query"]
    place = f"variable {variable['name']}"
    if isinstance(query, str):
        return Asked(uid, place, source, query, "table")
    if found := _LABEL_VALUES.fullmatch(query["query"]):
        return Asked(uid, place, source, found[1], f"values of {found[2]}")
    return Asked(uid, place, source, _QUERY_RESULT.fullmatch(query["query"])[1], "instant")


def _annotation(uid: str, annotation: Mapping[str, Any]) -> Asked:
    place, source = f"annotation {annotation['name']}", annotation["datasource"]["uid"]
    text = annotation.get("expr") or annotation["target"]["rawSql"]
    return Asked(uid, place, source, text)


def variables_in(text: str) -> set[str]:
    """The names of the variables that a text uses, Grafana's own (which begin with __) included."""
    return {found[1] or found[3] for found in _VARIABLE.finditer(text)}


def interpolate(text: str, values: Mapping[str, str | list[str]]) -> str:
    """The text with its variables filled in as Grafana does it: alone, as a pattern of several, or as SQL."""
    return _VARIABLE.sub(lambda found: _value(values[found[1] or found[3]], found[2] or ""), text)


def _value(value: str | list[str], form: str) -> str:
    several = [value] if isinstance(value, str) else value
    if form == "sqlstring":
        return ",".join("'" + each.replace("'", "''") + "'" for each in several)
    return several[0] if len(several) == 1 else f"({'|'.join(several)})"
