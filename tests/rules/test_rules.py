"""The committed rules: their promtool tests pass, and no alert comes without test, runbook and links."""

from __future__ import annotations

import json
import re
from pathlib import Path

import promql_parser
import pytest
import yaml
from tests.platform.dashboards.test_queries import declared
from tests.rules import rulefiles
from tests.rules.conftest import RETENTION_SECONDS
from tests.rules.promtool import check

from almenara_platform.slo.generate import generate, stale_files
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.pipelines import load_pipelines
from almenara_platform.ui import links
from almenara_platform.ui.pages.runbook import WRITTEN_FOR

ANNOTATIONS = ("summary", "description", "value", "runbook_url", "dashboard", "console")
PAGES = {links.OVERVIEW, links.RUNS, links.LOGS, links.TRACES, links.DATASETS, links.OPERATIONS}
PAGES |= {links.SLOS, links.ALERTS}
RUNBOOK_SECTIONS = ("## Meaning", "## Impact", "## Confirm", "## What to do", "## What not to do")
# Fires always and needs no data, so it has no case in which it just does not.
ONLY_FIRES = {"Watchdog"}
# Generated for each objective; tests/rules/test_histories.py holds their cases.
GENERATED = {"SLOBudgetBurn"}


@pytest.mark.promtool
@pytest.mark.parametrize("path", rulefiles.TESTS, ids=lambda path: path.name)
def test_promtool_tests_pass(path: Path) -> None:
    """Each file of prometheus/tests passes."""
    check(["promtool", "test", "rules", str(path)])


@pytest.mark.parametrize("path", rulefiles.TESTS, ids=lambda path: path.name)
def test_groups_are_evaluated_in_a_known_order(path: Path) -> None:
    """promtool takes groups in any order unless told, so that one may miss what another has just recorded."""
    case = yaml.safe_load(path.read_text())
    files = [yaml.safe_load((path.parent / name).read_text()) for name in case["rule_files"]]
    groups = {group["name"] for file in files for group in file["groups"]}
    assert len(groups) == 1 or set(case.get("group_eval_order", ())) == groups


@pytest.mark.promtool
def test_rules_are_valid() -> None:
    """Prometheus accepts every rule file, with its linter on."""
    check(["promtool", "check", "rules", "--lint=all", "--lint-fatal", *map(str, rulefiles.RULES)])


def test_generated_rules_are_current(checkout: Path) -> None:
    """What `almenara slo generate` writes today is what is committed."""
    slos = load_slos([checkout / "config/slos"], RETENTION_SECONDS)
    files = generate(slos, load_pipelines(checkout / "config/pipelines.yaml"))
    assert stale_files(checkout / "prometheus/rules", files) == []


@pytest.mark.parametrize("name", [name for name in rulefiles.alert_names() if name not in GENERATED])
def test_every_alert_has_three_cases(name: str) -> None:
    """Each alert is tested firing, just not firing, and without data."""
    wanted = {f"{name} fires", f"{name} just does not fire", f"{name} without data"}
    if name in ONLY_FIRES:
        wanted = {f"{name} fires"}
    assert wanted <= set(rulefiles.tests())


@pytest.mark.parametrize("name", [name for name in rulefiles.alert_names() if name not in GENERATED])
def test_every_alert_that_fires_says_whose_it_is(name: str) -> None:
    """Routes go by team and messages by pipeline: the test in which an alert fires expects both labels."""
    case = rulefiles.tests()[f"{name} fires"]
    told = [alert["exp_labels"] for each in case.get("alert_rule_test", ()) for alert in each["exp_alerts"]]
    for each in case.get("promql_expr_test", ()):
        told += [_labels(sample["labels"]) for sample in each["exp_samples"]]
    assert told
    assert all(labels.get("team") and labels.get("pipeline") for labels in told)


def _labels(series: str) -> dict[str, str]:
    return {each.name: each.value for each in promql_parser.parse(series).matchers.matchers}


@pytest.mark.parametrize("rule", rulefiles.alerts(), ids=lambda rule: rule["alert"])
def test_every_alert_is_complete(rule: dict) -> None:
    """Each alert has severity, the annotations that a message needs, and links that name it."""
    assert rule["labels"]["severity"] in ("critical", "warning", "none")
    assert [name for name in ANNOTATIONS if not rule["annotations"].get(name)] == []
    assert rule["annotations"]["runbook_url"].endswith(f"/runbooks/{rule['alert']}")
    assert "$externalLabels.grafana" in rule["annotations"]["dashboard"]
    assert "$externalLabels.console" in rule["annotations"]["console"]


@pytest.mark.parametrize("rule", rulefiles.alerts(), ids=lambda rule: rule["alert"])
def test_every_dashboard_link_leads_to_a_dashboard(rule: dict, checkout: Path) -> None:
    """The dashboard of an alert's link is one of ours, and it has the variables that the link sets."""
    link = rule["annotations"]["dashboard"]
    found = re.search(r"/d/([\w-]+)", link)
    assert found, link
    board = json.loads((checkout / f"grafana/dashboards/{found[1]}.json").read_text())
    known = {f"var-{variable['name']}" for variable in board["templating"]["list"]}
    assert set(re.findall(r"var-\w+", link)) <= known


@pytest.mark.parametrize("name", rulefiles.alert_names())
def test_every_alert_has_a_runbook(name: str, checkout: Path) -> None:
    """docs/runbooks/<Alert>.md has every section."""
    text = (checkout / f"docs/runbooks/{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert [section for section in RUNBOOK_SECTIONS if section not in text] == []


@pytest.mark.parametrize("name", rulefiles.alert_names())
def test_every_runbook_confirms_with_a_query_and_the_console(name: str, checkout: Path) -> None:
    """How to confirm an alert is a query or command, and a link to a page that the console has."""
    text = (checkout / f"docs/runbooks/{name}.md").read_text(encoding="utf-8")
    confirm = text.partition("## Confirm\n")[2].partition("\n## ")[0]
    assert re.search(r"^- [^\n]*`[^`]+`", confirm, re.MULTILINE)
    pages = re.findall(rf"\]\({re.escape(WRITTEN_FOR)}([^)?]*)", confirm)
    assert pages
    assert set(pages) <= PAGES


def test_no_runbook_without_an_alert(checkout: Path) -> None:
    """A runbook whose alert is gone is removed with it."""
    found = {path.stem for path in (checkout / "docs/runbooks").glob("*.md")} - {"README"}
    assert found == set(rulefiles.alert_names())


def metric_names(expression: str) -> set[str]:
    """The names of the series that a PromQL expression reads."""
    found: set[str] = set()
    pending = [promql_parser.parse(expression)]
    while pending:
        node = pending.pop()
        if isinstance(node, promql_parser.VectorSelector):
            found.add(node.name or "")
        pending += [child for child in _children(node) if child is not None]
    return found


def _children(node: object) -> list:
    names = ("lhs", "rhs", "expr", "param", "vector_selector", "vs")
    return [getattr(node, name, None) for name in names] + list(getattr(node, "args", None) or [])


@pytest.mark.parametrize("path", rulefiles.RULES, ids=lambda path: path.name)
def test_rules_read_only_known_metrics(path: Path) -> None:
    """A rule reads only declared metrics, recordings, and what a component is known to export."""
    groups = yaml.safe_load(path.read_text())["groups"]
    read = set().union(*(metric_names(rule["expr"]) for group in groups for rule in group["rules"]))
    assert sorted(read - set(declared())) == []
