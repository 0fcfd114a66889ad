"""Rules for labels and masking."""

from __future__ import annotations

from pathlib import Path

import pytest

from almenara_platform.lineage.graph import EdgeFlag
from almenara_platform.lineage.rules import NO_RULES, InvalidRules, load_rules, rules_or_none

CONTENT = '[0,[["{}",{},{}]]]'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of rules is."""
    return tmp_path / "labels.yaml"


@pytest.mark.parametrize(
    ("subtype", "description", "masking", "masked"),
    [
        ("TRANSFORMATION", '"SHA256(email)"', "null", True),
        ("TRANSFORMATION", '"sha256(email)"', "false", False),
        ("TRANSFORMATION", '"my_sha256_column + 1"', "null", False),
        ("hash", "null", "null", True),
        ("IDENTITY", "null", "true", True),
        ("IDENTITY", "null", "null", False),
    ],
)
def test_masking(path: Path, subtype: str, description: str, masking: str, masked: bool) -> None:
    """What an event says counts; where it says nothing, subtypes and functions do."""
    path.write_text("masking: {subtypes: [HASH], functions: [sha256]}")
    flags = load_rules(path).flags(CONTENT.format(subtype, description, masking))
    assert bool(flags & EdgeFlag.MASKED) is masked


def test_edge_is_masked_when_every_way_is() -> None:
    """One transformation that lets the value through is enough for it to be there."""
    flags = NO_RULES.flags('[0,[["IDENTITY",null,false],["TRANSFORMATION",null,true]]]')
    assert flags == EdgeFlag.NONE
    assert NO_RULES.flags('[1,[["FILTER",null,false]]]') == EdgeFlag.INDIRECT
    assert NO_RULES.flags('[0,[["AGGREGATION",null,false]]]') == EdgeFlag.AGGREGATED


def test_patterns_ignore_case_and_may_name_the_dataset(path: Path) -> None:
    """A glob alone is for columns everywhere."""
    path.write_text('labels: {pii: ["*mail*", {namespace: "pg*", name: crm, column: id}]}')
    rules = load_rules(path)
    assert list(rules.labels("file", "x", "E_Mail")) == ["pii"]
    assert list(rules.labels("pg://host", "crm", "id")) == ["pii"]
    assert list(rules.labels("file", "crm", "id")) == []
    assert list(rules.labels("file", "crm", "")) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("labels: [", "not YAML"),
        ("label: {}", "unknown key 'label'"),
        ("labels: {pii: email}", "labels.pii is not a list"),
        ("labels: {pii: [{name: x}]}", "names no column"),
        ("labels: {pii: [{colum: x}]}", "unknown key 'colum'"),
        ("masking: {functions: md5}", "masking.functions is not a list"),
    ],
)
def test_faults_are_named(path: Path, text: str, fault: str) -> None:
    """A slip in the file is told with its place, and does not stop the platform."""
    path.write_text(text)
    with pytest.raises(InvalidRules, match=fault):
        load_rules(path)
    assert rules_or_none(path) == NO_RULES


def test_rules_of_the_repository_are_right() -> None:
    """The file that is shipped can be read."""
    rules = load_rules(Path(__file__).parents[3] / "config/labels.yaml")
    assert list(rules.labels("file", "sales", "household_id")) == ["pii"]
