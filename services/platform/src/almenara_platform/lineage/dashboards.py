"""Which panels of Grafana's dashboards use which tables and metrics, read from their JSON files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from loguru import logger

from almenara.exceptions import SqlError
from almenara.sql import SqlLineage, derive

_SQL_KEYS = ("rawSql", "rawSQL", "rawQuery", "query")
_MACRO = re.compile(r"\$__\w+\(([^(),]*)[^()]*\)")
_VARIABLE = re.compile(r"\$\{[^}]*\}|\$__?\w+|\[\[\w+\]\]|\$\w+")
# Whatever schema a variable stands for, the table behind it has the same name.
_SCHEMA_VARIABLE = re.compile(rf"[\"`]?(?:{_VARIABLE.pattern})[\"`]?\.(?=[\w\"`$\[])")
_TABLE = re.compile(r"\b(?:from|join)\s+([\w.\"`]+)", re.IGNORECASE)
_IS_SQL = re.compile(r"\bselect\b", re.IGNORECASE)
_METRIC = re.compile(r"(?<![\w:\"'=~])([a-zA-Z_:][\w:]*)(?![\w:(])(?:\s*\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "sum", "avg", "min", "max", "count", "topk", "bottomk"}
_MATCHER = re.compile(r"(\w+)\s*=~?\s*([\"'`])(.*?)\2")
_NAMELESS = re.compile(r"(?<![\w:])\{([^}]*)\}")
_NAME = "__name__"
_ANYTHING = (".*", ".+")


@dataclass(frozen=True, slots=True)
class TableUse:
    """A table in a panel's SQL; ``columns`` is None where they could not be told."""

    table: str
    columns: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric in a panel's PromQL with the values that its labels are compared with."""

    metric: str
    labels: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel and what its queries use."""

    id: int | None
    title: str
    tables: tuple[TableUse, ...]
    metrics: tuple[MetricUse, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard; ``file`` is its name below the folder."""

    uid: str
    title: str
    file: str
    panels: tuple[Panel, ...]


def load_dashboards(folder: Path) -> list[Dashboard]:
    """Every dashboard in a folder by file name; a file that is none is logged and left out."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        try:
            found.append(_dashboard(orjson.loads(path.read_bytes()), str(path.relative_to(folder))))
        except (OSError, orjson.JSONDecodeError, TypeError, AttributeError) as error:
            logger.warning("dashboard_not_read", file=str(path), fault=str(error))
    return found


class Dashboards:
    """The dashboards of a folder, read again when one of its files has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: tuple[object, list[Dashboard]] = ((), [])

    def all(self) -> Sequence[Dashboard]:
        """Every dashboard as its file is now."""
        state = tuple(sorted((str(p), p.stat().st_mtime_ns) for p in self._folder.rglob("*.json")))
        if state != self._read[0]:
            self._read = (state, load_dashboards(self._folder))
        return self._read[1]


def _dashboard(document: Mapping[str, Any], file: str) -> Dashboard:
    document = document.get("dashboard") or document
    title = str(document.get("title") or file)
    return Dashboard(str(document.get("uid") or ""), title, file, tuple(_panels(document.get("panels"))))


def _panels(value: Any) -> Iterator[Panel]:
    for panel in value or ():
        yield from _panels(panel.get("panels"))
        texts = list(_queries(panel.get("targets")))
        if texts:
            tables = tuple(use for text in texts if _IS_SQL.search(text) for use in tables_of(text))
            metrics = tuple(use for text in texts if not _IS_SQL.search(text) for use in metrics_of(text))
            yield Panel(panel.get("id"), str(panel.get("title") or ""), tables, metrics)


def _queries(targets: Any) -> Iterator[str]:
    for target in targets or ():
        for key in ("expr", *_SQL_KEYS):
            if isinstance(target.get(key), str) and target[key].strip():
                yield target[key]


def tables_of(sql: str) -> list[TableUse]:
    """The tables that a query reads, with their columns where the query names them all."""
    plain = _MACRO.sub(lambda found: f"{found[1]} IS NOT NULL" if found[1] else "1", sql)
    plain = _VARIABLE.sub("1", _SCHEMA_VARIABLE.sub("", plain))
    try:
        found = derive(plain, "postgres")
    except SqlError:
        return [TableUse(_unquoted(table), None) for table in dict.fromkeys(_TABLE.findall(plain))]
    return [TableUse(table, _columns(found, table)) for table in found.inputs]


def metrics_of(expression: str) -> list[MetricUse]:
    """The metrics that an expression reads."""
    found = []
    plain = _NAMELESS.sub(_named, _GROUPING.sub(" ", _VARIABLE.sub("", expression)))
    for metric, matchers in _METRIC.findall(plain):
        if metric.lower() in _KEYWORDS:
            continue
        values = {name: _values(value) for name, _, value in _MATCHER.findall(matchers or "")}
        found.append(MetricUse(metric, values))
    return found


def _values(value: str) -> frozenset[str]:
    """The alternatives of a matcher, or the whole of it where they are in parentheses."""
    return frozenset([value] if "(" in value else value.split("|"))


def _named(selector: re.Match[str]) -> str:
    """``{__name__="up", job="x"}`` as ``up{job="x"}``; a selector of logs names no metric."""
    names = [value for label, _, value in _MATCHER.findall(selector[1]) if label == _NAME]
    return f"{names[0]}{selector[0]}" if names else ""


def fits(value: str, name: str) -> bool:
    """Whether what a label is compared with is this name, or a regular expression for it but not for all."""
    if value == name:
        return True
    try:
        return value not in _ANYTHING and re.fullmatch(value, name) is not None
    except re.error:
        return False


def uses_table(uses: Iterable[TableUse], dataset: str, columns: Iterable[str]) -> bool:
    """Whether one of the uses is of this dataset and, where that can be told, of one of these columns."""
    wanted = {column.lower() for column in columns}
    return any(
        is_table(dataset, use.table) and (use.columns is None or not wanted or bool(wanted & use.columns))
        for use in uses
    )


def is_table(dataset: str, table: str) -> bool:
    """Whether a table, perhaps without its schema, is the dataset called ``shop.public.sales``."""
    low, wanted = dataset.lower(), table.lower()
    return low == wanted or low.endswith((f".{wanted}", f"/{wanted}"))


def last_name(dataset: str) -> str:
    """What a dataset is called without its schema or folder."""
    return re.split(r"[./]", dataset)[-1]


def _columns(found: SqlLineage, table: str) -> frozenset[str] | None:
    if found.unresolved:
        return None
    edges = {edge.source_column.lower() for edge in found.edges if edge.source_table == table}
    return frozenset(edges | {use.column.lower() for _, use in found.influences if use.table == table})


def _unquoted(table: str) -> str:
    return table.replace('"', "").replace("`", "")
