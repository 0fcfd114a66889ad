"""A dashboard's variables, filled in from their own queries as Grafana does it, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.platform.dashboards import reading
from tests.platform.dashboards.reading import Asked
from tests.stack.grafana.backends import Backends

MANY = 2


def chosen(board: Mapping[str, Any], backends: Backends, run_id: str, several: bool) -> dict[str, Any]:
    """Name to value: All of the options, or the first ``MANY`` of them, or the one of a single choice."""
    values: dict[str, Any] = {}
    asked = {found.place: found for found in reading.queries(board)}
    for variable in board["templating"]["list"]:
        name = variable["name"]
        found = options(variable, asked[f"variable {name}"], backends, values)
        if name == "run_id":
            assert run_id in found, "the run is not among the newest"
            values[name] = run_id
        elif variable.get("multi"):
            values[name] = found[:MANY] if several else variable.get("allValue") or found
        else:
            values[name] = found[0] if found else ""
    return values


def options(
    variable: Mapping[str, Any], asked: Asked, backends: Backends, values: Mapping[str, Any]
) -> list[str]:
    """The values that the variable offers."""
    found = [_option(answer) for answer in backends.ask(asked, values)]
    if not variable.get("regex"):
        return found
    pattern = re.compile(variable["regex"].strip("/"))
    return [match[1] for text in found if (match := pattern.search(text))]


def _option(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if "metric" in answer:
        labels = ",".join(f'{name}="{value}"' for name, value in answer["metric"].items())
        return f"{{{labels}}} {answer['value'][1]}"
    return answer.get("__value") or next(iter(answer.values()))
