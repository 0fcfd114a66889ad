"""A dashboard's variables, filled in from their own queries as Grafana does it, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.models.dashboard import VariableSort
from tests.platform.dashboards import reading
from tests.platform.dashboards.reading import Asked
from tests.stack.grafana.backends import Backends

MANY = 2
ALPHABETICAL = VariableSort.ALPHABETICAL_ASC.value


def chosen(board: Mapping[str, Any], backends: Backends, run_id: str, several: bool) -> dict[str, Any]:
    """Name to value: All of the options, or the last ``MANY`` of them, or the one of a single choice.

    The last services are those that the runs went through; the first, the platform, has no error to show.
    """
    values: dict[str, Any] = {}
    asked = {found.place: found for found in reading.queries(board)}
    for variable in board["templating"]["list"]:
        name = variable["name"]
        found = options(variable, asked[f"variable {name}"], backends, values)
        if name == "run_id":
            assert run_id in found, "the run is not among the newest"
            values[name] = run_id
        elif variable.get("multi"):
            values[name] = found[-MANY:] if several else variable.get("allValue") or found
        else:
            values[name] = found[0] if found else ""
    return values


def options(
    variable: Mapping[str, Any], asked: Asked, backends: Backends, values: Mapping[str, Any]
) -> list[str]:
    """The values that the variable offers, in Grafana's order: a backend's own may change with each call."""
    found = [_option(answer) for answer in backends.ask(asked, values)]
    if variable.get("regex"):
        pattern = re.compile(variable["regex"].strip("/"))
        found = [match[1] for text in found if (match := pattern.search(text))]
    return sorted(found) if variable.get("sort") == ALPHABETICAL else found


def _option(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if "metric" in answer:
        labels = ",".join(f'{name}="{value}"' for name, value in answer["metric"].items())
        return f"{{{labels}}} {answer['value'][1]}"
    return answer.get("__value") or next(iter(answer.values()))
