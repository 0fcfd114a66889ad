"""Conditions on log fields as people write them: ``error_count>3``, ``table=sales``."""

from __future__ import annotations

import math
import re

from almenara_platform.exceptions import BadRequest
from almenara_platform.logs.port import Condition, Operator

_FORM = re.compile(r"\s*(?P<field>[\w.\-]+)\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?P<value>.*?)\s*", re.DOTALL)
_ADVICE = "write a field, one of = != > >= < <= and a value, such as error_count>3"


def parse_condition(text: str) -> Condition:
    """One condition; its value is a number when it reads as one. Raises ``BadRequest`` (field ``where``)."""
    match = _FORM.fullmatch(text)
    if match is None or not match["value"]:
        raise BadRequest(f"{text[:80]!r} is not a condition: {_ADVICE}", field="where")
    return Condition(match["field"], Operator(match["operator"]), _number_or_text(match["value"]))


def _number_or_text(value: str) -> float | str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    return number if math.isfinite(number) else value.strip("\"'")
