"""What counts as a label and what counts as masking: rules that are data, from ``config/labels.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import yaml
from loguru import logger

from almenara_platform.lineage.facts.model import WHOLE
from almenara_platform.lineage.graph import EdgeFlag

_AGGREGATION = "AGGREGATION"
_FIELDS = ("namespace", "name", "column")


class InvalidRules(ValueError):
    """The file of rules cannot be read; the message names the file and the entry at fault."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Columns that carry a label; each part is a glob (``*email*``) that ignores case."""

    label: str
    namespace: re.Pattern[str]
    name: re.Pattern[str]
    column: re.Pattern[str]

    def matches(self, namespace: str, name: str) -> bool:
        """Whether the dataset fits; the column is asked for apart, because names of columns repeat."""
        return bool(self.name.match(name) and self.namespace.match(namespace))


@dataclass(frozen=True)
class Rules:
    """Patterns of labels, and which transformations mask although nobody says so.

    ``masking_subtypes`` are subtypes in upper case; ``masking_functions`` are names of functions in lower
    case that mask wherever a transformation's description calls them.
    """

    patterns: Sequence[Pattern] = ()
    masking_subtypes: frozenset[str] = frozenset()
    masking_functions: frozenset[str] = frozenset()

    def flags(self, content: str) -> EdgeFlag:
        """What the content of an edge means for those who walk over it."""
        indirect, transformations = orjson.loads(content)
        found = EdgeFlag.INDIRECT if indirect else EdgeFlag.NONE
        if all(self._masks(*each) for each in transformations):
            found |= EdgeFlag.MASKED
        if all(_is(subtype, _AGGREGATION) for subtype, _, _ in transformations):
            found |= EdgeFlag.AGGREGATED
        return found

    def labels(self, namespace: str, name: str, column: str) -> Iterator[str]:
        """The labels that patterns give to a column."""
        for pattern in self._patterns_of(column):
            if pattern.matches(namespace, name):
                yield pattern.label

    def _patterns_of(self, column: str) -> Sequence[Pattern]:
        found = self._by_column.get(column)
        if found is None:
            found = [p for p in self.patterns if column != WHOLE and p.column.match(column)]
            self._by_column[column] = found
        return found

    @cached_property
    def _by_column(self) -> dict[str, Sequence[Pattern]]:
        return {}

    @cached_property
    def _calls(self) -> re.Pattern[str]:
        names = "|".join(map(re.escape, sorted(self.masking_functions))) or r"(?!)"
        return re.compile(rf"\b(?:{names})\s*\(", re.IGNORECASE)

    def _masks(self, subtype: str | None, description: str | None, masking: bool | None) -> bool:
        if masking is not None:
            return masking
        return (subtype or "").upper() in self.masking_subtypes or bool(self._calls.search(description or ""))


NO_RULES = Rules()


def load_rules(path: Path) -> Rules:
    """The rules in a file; none where there is no file. Raises ``InvalidRules``."""
    if not path.is_file():
        return NO_RULES
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidRules(f"{path} is not YAML: {error}") from error
    where = _Where(path)
    where.check_keys(document, "the file", ("labels", "masking"))
    masking = document.get("masking") or {}
    where.check_keys(masking, "masking", ("subtypes", "functions"))
    return Rules(
        tuple(_patterns(document.get("labels") or {}, where)),
        frozenset(text.upper() for text in where.texts(masking.get("subtypes"), "masking.subtypes")),
        frozenset(text.lower() for text in where.texts(masking.get("functions"), "masking.functions")),
    )


def rules_or_none(path: Path) -> Rules:
    """As ``load_rules``, but a slip in the file is logged and must not stop the intake."""
    try:
        return load_rules(path)
    except InvalidRules as error:
        logger.error("label_rules_are_invalid", fault=str(error))
        return NO_RULES


@dataclass(frozen=True, slots=True)
class _Where:
    """The file that a fault is in."""

    path: Path

    def check_keys(self, value: Any, place: str, known: Iterable[str]) -> None:
        if not isinstance(value, dict):
            raise InvalidRules(f"{self.path}: {place} is not a mapping")
        for key in value:
            if key not in known:
                raise InvalidRules(
                    f"{self.path}: {place} has the unknown key {key!r}; known: {', '.join(known)}"
                )

    def texts(self, value: Any, place: str) -> list[str]:
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidRules(f"{self.path}: {place} is not a list of texts")
        return value


def _patterns(labels: Mapping[str, Any], where: _Where) -> Iterator[Pattern]:
    if not isinstance(labels, dict):
        raise InvalidRules(f"{where.path}: labels is not a mapping")
    for label, entries in labels.items():
        if not isinstance(entries, list):
            raise InvalidRules(f"{where.path}: labels.{label} is not a list")
        for number, entry in enumerate(entries):
            yield _pattern(str(label), entry, f"labels.{label}[{number}]", where)


def _pattern(label: str, entry: Any, place: str, where: _Where) -> Pattern:
    given = {"column": entry} if isinstance(entry, str) else entry
    where.check_keys(given, place, _FIELDS)
    if not isinstance(given.get("column"), str):
        raise InvalidRules(f"{where.path}: {place} names no column")
    globs = (str(given.get(field, "*")) for field in _FIELDS)
    return Pattern(label, *(re.compile(translate(glob), re.IGNORECASE) for glob in globs))


def _is(subtype: str | None, wanted: str) -> bool:
    return (subtype or "").upper() == wanted
