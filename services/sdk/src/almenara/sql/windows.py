"""Windows that a WINDOW clause names, written where they are used."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

_PARTS = ("partition_by", "order")
_USERS = ("expressions", "order", "qualify")


def name_windows(statement: exp.Expr) -> exp.Expr:
    """The statement with what a named window says at every function over it."""
    for select in list(statement.find_all(exp.Select)):
        named: dict[str, exp.Window] = {}
        for window in select.args.get("windows") or []:
            _complete(window, named)
            named[window.name] = window
        if named:
            for window in _used(select):
                _complete(window, named)
            select.set("windows", None)
    return statement


def _used(select: exp.Select) -> list[exp.Window]:
    parts = [part for name in _USERS for part in _listed(select.args.get(name))]
    return [window for part in parts for window in part.find_all(exp.Window)]


def _complete(window: exp.Window, named: Mapping[str, exp.Window]) -> None:
    model = named.get(window.alias)
    if model is None:
        return
    for part in _PARTS:
        value = model.args.get(part)
        if value and not window.args.get(part):
            window.set(part, [one.copy() for one in value] if isinstance(value, list) else value.copy())
    window.set("alias", None)


def _listed(value: object) -> list[exp.Expr]:
    given = value if isinstance(value, list) else [value]
    return [one for one in given if isinstance(one, exp.Expr)]
