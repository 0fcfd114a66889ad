"""Where personal data has gone, for an auditor: as Markdown to read and as CSV to sort."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from almenara_platform.lineage.answers.personal_data import PersonalData
from almenara_platform.spreadsheet import csv_of

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#!~])")
_HEADER = ("list", "step", "namespace", "name", "column", "owner", "hops", "path", "remark")


def as_csv(found: PersonalData) -> str:
    """One row a column of each list: where it is, in which step it is erased, and how it got there."""
    return csv_of(_HEADER, [*_column_rows(found), *_dataset_rows(found)])


def as_markdown(found: PersonalData, asked: str, at: datetime) -> str:
    """The report: what was asked and when, the columns with their paths, and what to do in which order."""
    lines = [f"# Personal data: {_escaped(asked)}", "", f"As of {at:%Y-%m-%d %H:%M:%S} UTC.", ""]
    lines += _section("Where it is", ("dataset", "column", "hops", "how it got there"), _where(found))
    steps = ([each["step"], *_names(each)] for each in found.erase)
    lines += _section("Erase in this order", ("step", "dataset", "columns", "owner"), steps)
    rest = ([*_names(each), each["reason"]] for each in found.not_erasable)
    lines += _section("Cannot be erased", ("dataset", "columns", "owner", "reason"), rest)
    silent = ([_dataset(each), ", ".join(each["pipelines"])] for each in found.unknown)
    lines += _section("Not known: made without column lineage", ("dataset", "pipelines"), silent)
    return "\n".join(lines)


def _column_rows(found: PersonalData) -> Iterable[Sequence[object]]:
    for each in found.columns:
        path = " -> ".join(_spelled(*place) for place in each["path"])
        yield (
            "columns",
            None,
            each["namespace"],
            each["name"],
            each["column"],
            None,
            each["hops"],
            path,
            None,
        )


def _dataset_rows(found: PersonalData) -> Iterable[Sequence[object]]:
    for kind in ("erase", "not_erasable", "unknown"):
        for each in getattr(found, kind):
            remark = each.get("reason") or ", ".join(each.get("pipelines", ()))
            place = each["namespace"], each["name"]
            for column in each["columns"] or [None]:
                yield (kind, each.get("step"), *place, column, each["owner"], None, None, remark)


def _where(found: PersonalData) -> Iterable[Sequence[object]]:
    for each in found.columns:
        path = " -> ".join(_spelled(*place) for place in each["path"])
        yield _dataset(each), each["column"] or "(all)", each["hops"], path


def _names(each: dict[str, Any]) -> list[object]:
    return [_dataset(each), ", ".join(each["columns"]), each["owner"] or "nobody known"]


def _dataset(each: dict[str, Any]) -> str:
    return f"{each['namespace']} / {each['name']}"


def _spelled(namespace: str, name: str, column: str | None) -> str:
    return f"{namespace}/{name}" + (f".{column}" if column else "")


def _section(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    body = [_row(row) for row in rows]
    if not body:
        return [f"## {title}", "", "Nothing.", ""]
    return [f"## {title}", "", _row(header), "|" + " --- |" * len(header), *body, ""]


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(value: object) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(str(value).split()))
