"""YAML values that know their file, line and field, so that a mistake can be named where it stands."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from almenara_platform.slo.duration import parse_duration
from almenara_platform.slo.errors import Fault, InvalidSpec

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a YAML document. Every reading method raises InvalidSpec naming file, line and field."""

    value: Any
    path: Path
    line: int
    field: str = ""

    def fail(self, message: str) -> NoReturn:
        """Raise InvalidSpec for this place."""
        raise InvalidSpec([Fault(self.path, self.line, self.field, message)])

    def mapping(self, known: Sequence[str] = ()) -> Node:
        """This node, if it is a mapping whose keys are all ``known`` (any key when there are none)."""
        if not isinstance(self.value, dict):
            self.fail(f"must be a mapping (key: value), not {_kind(self.value)}")
        for key in self.value:
            if known and key not in known:
                self._child(key).fail(_unknown(str(key), known))
        return self

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def __getitem__(self, key: str) -> Node:
        """The value under ``key``, which must be there."""
        if key not in self:
            self.fail(f"{key} is missing")
        return self._child(key)

    def names(self) -> list[str]:
        """The keys of a mapping."""
        return [str(key) for key in self.mapping().value]

    def items(self) -> Iterator[Node]:
        """The nodes of a list that is not empty."""
        if not isinstance(self.value, list) or not self.value:
            self.fail("must be a list with at least one entry")
        for index, value in enumerate(self.value):
            line = self.value.lc.item(index)[0] + 1
            yield Node(value, self.path, line, f"{self.field}[{index}]")

    def text(self) -> str:
        """A string that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail(f"must be text, not {_kind(self.value)}")
        return str(self.value)

    def name(self) -> str:
        """A string fit for a label and a file name."""
        if not _NAME.fullmatch(self.text()):
            self.fail(f"{self.text()!r} must start with a letter and have only letters, digits, - _ and .")
        return self.text()

    def number(self) -> float:
        """A finite number."""
        good = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not good or not math.isfinite(self.value):
            self.fail(f"must be a number, not {_kind(self.value)}")
        return float(self.value)

    def between(self, low: float, high: float, why: str = "") -> float:
        """A number from ``low`` to ``high``, both included."""
        if not low <= self.number() <= high:
            self.fail(why or f"must be from {low:g} to {high:g}, not {self.number():g}")
        return self.number()

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            self.fail(f"must be true or false, not {_kind(self.value)}")
        return self.value

    def seconds(self) -> int:
        """A duration such as 30m, in seconds."""
        try:
            return parse_duration(self.text())
        except ValueError as error:
            self.fail(str(error))

    def labels(self) -> dict[str, str]:
        """A mapping of texts."""
        return {key: self._child(key).text() for key in self.names()}

    def optional(self, key: str, read: Callable[[Node], Any], default: Any) -> Any:
        """``read`` of the value under ``key``, or ``default`` where there is none."""
        return read(self[key]) if key in self else default

    def _child(self, key: Any) -> Node:
        line = self.value.lc.key(key)[0] + 1 if hasattr(self.value, "lc") else self.line
        return Node(self.value[key], self.path, line, f"{self.field}.{key}".lstrip("."))


def read_documents(path: Path) -> list[Node]:
    """The documents of a YAML file, empty ones left out. Raises InvalidSpec for what is not YAML."""
    try:
        documents = list(YAML(typ="rt", pure=True).load_all(path.read_text(encoding="utf-8")))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InvalidSpec([Fault(path, line, "", f"not valid YAML: {error.problem}")]) from error
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise InvalidSpec([Fault(path, 1, "", f"cannot be read: {error}")]) from error
    return [Node(value, path, _first_line(value)) for value in documents if value is not None]


def _first_line(value: Any) -> int:
    return value.lc.line + 1 if hasattr(value, "lc") and value.lc.line is not None else 1


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    kind = next((name for base, name in names.items() if isinstance(value, base)), "a mapping")
    return f"{kind} ({value!r})" if isinstance(value, str | int | float) else kind


def _unknown(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"unknown key; {hint}"
