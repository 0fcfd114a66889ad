"""Log queries in LogQL.

The expression lets through at least what a query asks for; ``matching.matches`` decides in the end, because
Loki keeps every field as text and writes names its own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import orjson

from almenara_platform.logs.level import rank
from almenara_platform.logs.matching import ERROR_FIELD, OWN_FIELDS, number_text
from almenara_platform.logs.port import Condition, LogQuery, Operator

_IDENTITY = ("run_id", "trace_id", "span_id", "pipeline")
_STORED_AS_NAMED = (*_IDENTITY, "stage")
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_]")
_ORDERED = (Operator.GT, Operator.GE, Operator.LT, Operator.LE)


def expression(query: LogQuery) -> str:
    """A log selector with its filters, the cheapest first."""
    service = f"={quoted(query.service)}" if query.service is not None else '=~".+"'
    filters = [*_identity(query), *_content(query), *(map(_condition, query.where))]
    return " ".join([f"{{service_name{service}}}", *filter(None, filters)])


def stored_name(field: str) -> str:
    """The name that Loki keeps a field under (OTLP attribute to label name)."""
    name = _NOT_IN_A_NAME.sub("_", field)
    return f"key_{name}" if name[:1].isdigit() else name


def as_stored(query: LogQuery) -> LogQuery:
    """The query with the names of fields as Loki keeps them."""
    renamed = (
        one if one.field in OWN_FIELDS else replace(one, field=stored_name(one.field)) for one in query.where
    )
    return replace(query, where=tuple(renamed))


def quoted(text: str) -> str:
    """A text in LogQL: the escapes of JSON are also those of Go."""
    return orjson.dumps(text).decode()


def _identity(query: LogQuery) -> Iterator[str]:
    for name in _IDENTITY:
        asked = getattr(query, name)
        if asked is not None:
            yield f"| {name}={quoted(asked)}"


def _content(query: LogQuery) -> Iterator[str]:
    if query.text is not None:
        part = quoted(f"(?is).*{_literal(query.text)}.*")
        yield '| label_format line_text="{{__line__}}"'
        yield f"| line_text=~{part} or {ERROR_FIELD}=~{part} | drop line_text"
    if query.level is not None:
        yield f'| severity_number="" or severity_number>={rank(query.level)}'


def _condition(condition: Condition) -> str:
    name, value = condition.field, condition.value
    if name in OWN_FIELDS and name not in _STORED_AS_NAMED:
        return ""
    if condition.operator is Operator.EQ and isinstance(value, str) and value:
        return f"| {name}={quoted(value)}"
    if condition.operator in _ORDERED and _is_plain(value):
        return f"| {name}{condition.operator.value}{number_text(float(value))}"
    return f'| {name}!=""'


def _is_plain(value: str | float) -> bool:
    """Whether LogQL's grammar takes the number as it is: no sign, no exponent."""
    return not isinstance(value, str) and value >= 0 and "e" not in number_text(value)


def _literal(text: str) -> str:
    """The text for RE2, with nothing in it that means more than itself; Loki takes no NUL as it is."""
    return re.sub(r"[.+*?()|\[\]{}^$\\]", lambda sign: f"\\{sign[0]}", text).replace("\0", r"\x00")
