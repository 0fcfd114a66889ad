"""Who is told: routes by team and severity, receivers that have a secret, and what silences what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.rules import rulefiles
from tests.rules.programs import alertmanager, eventually
from tests.rules.promtool import check

from almenara_platform.alerts.receivers import keep_usable, secret_files

CONFIG = rulefiles.ROOT / "alertmanager/alertmanager.yml"
ROUTES = yaml.safe_load((rulefiles.ROOT / "alertmanager/tests/routes.yaml").read_text())
HTTP = {"trust_env": False, "timeout": 60}
SECRETS = (
    "pagerduty_data_engineering",
    "pagerduty_ml_platform",
    "pagerduty_platform",
    "pagerduty_streaming",
    "platform_token",
    "slack_url",
    "watchdog_url",
)


def config() -> dict[str, Any]:
    """The committed configuration."""
    return yaml.safe_load(CONFIG.read_text())


def rendered(folder: Path, secrets: tuple[str, ...]) -> tuple[Path, list[str]]:
    """The configuration for an installation that has these secrets, and what it leaves out."""
    (folder / "secrets").mkdir()
    for name in secrets:
        (folder / "secrets" / name).write_text("https://example.org/secret")
    found = config()
    left_out = keep_usable(found, folder)
    found["templates"] = [str(CONFIG.parent / "templates/*.tmpl")]
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(found))
    return file, left_out


@pytest.mark.amtool
def test_the_committed_configuration_is_valid() -> None:
    """amtool accepts it with its templates."""
    check(["amtool", "check-config", str(CONFIG)])


@pytest.mark.amtool
@pytest.mark.parametrize("case", ROUTES, ids=lambda case: "-".join(case["labels"].values()))
def test_routes(case: dict[str, Any]) -> None:
    """Each label set reaches exactly these receivers."""
    labels = [f"{name}={value}" for name, value in case["labels"].items()]
    wanted = ",".join(case["receivers"])
    command = ["amtool", "config", "routes", "test", f"--config.file={CONFIG}"]
    check([*command, f"--verify.receivers={wanted}", *labels])


def test_every_receiver_is_reached_by_a_case() -> None:
    """A receiver that no tested route leads to fails the build."""
    reached = {receiver for case in ROUTES for receiver in case["receivers"]}
    assert reached == {receiver["name"] for receiver in config()["receivers"]}


def test_secrets_are_files() -> None:
    """No secret stands in the configuration; the files that it wants are known."""
    assert tuple(secret_files(config())) == SECRETS


@pytest.mark.amtool
def test_without_secrets_everything_goes_to_the_platform(tmp_path: Path) -> None:
    """With no secret at all the webhook of the platform is what is left, and the configuration is valid."""
    file, left_out = rendered(tmp_path, ())
    check(["amtool", "check-config", str(file)])
    kept = yaml.safe_load(file.read_text())["receivers"]
    entries = [entry for receiver in kept for kind in receiver if kind != "name" for entry in receiver[kind]]
    assert {entry["url"] for entry in entries} == {"http://platform:8080/api/v1/alerts/webhook"}
    assert not any("http_config" in entry for entry in entries)
    assert "platform-page (slack)" in left_out


@pytest.mark.amtool
def test_only_the_receiver_whose_secret_exists_is_kept(tmp_path: Path) -> None:
    """With Slack's secret alone every team has Slack and nobody PagerDuty."""
    file, left_out = rendered(tmp_path, ("slack_url",))
    check(["amtool", "check-config", str(file)])
    kept = {receiver["name"]: receiver for receiver in yaml.safe_load(file.read_text())["receivers"]}
    slack = kept["streaming-page"]["slack_configs"][0]
    assert slack["api_url_file"] == str(tmp_path / "secrets/slack_url")
    assert kept["streaming-page"]["pagerduty_configs"] == []
    assert {name for name in left_out if "slack" in name} == set()


@pytest.mark.amtool
def test_with_every_secret_nothing_is_left_out(tmp_path: Path) -> None:
    """All receivers are complete."""
    file, left_out = rendered(tmp_path, SECRETS)
    check(["amtool", "check-config", str(file)])
    assert left_out == []


def routes(route: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A route and all below it."""
    yield route
    for child in route.get("routes", ()):
        yield from routes(child)


def test_maintenance_holds_tickets_back_and_no_page() -> None:
    """Every route to a ticket is muted in the windows that are defined, and a page comes at any hour."""
    defined = {interval["name"] for interval in config()["time_intervals"]}
    muted = {
        route["receiver"]: set(route.get("mute_time_intervals", ()))
        for route in routes(config()["route"])
        if "receiver" in route
    }
    assert defined
    for receiver, intervals in muted.items():
        assert intervals == (defined if receiver.endswith("-ticket") else set()), receiver


INHIBITED = [
    (
        {"alertname": "SLOBudgetBurn", "slo_id": "a", "slo_severity": "page"},
        {"alertname": "SLOBudgetBurn", "slo_id": "a", "slo_severity": "ticket"},
    ),
    ({"alertname": "PipelineStuck", "pipeline": "p"}, {"alertname": "HighLatency", "pipeline": "p"}),
    ({"alertname": "TargetDown", "job": "platform"}, {"alertname": "CanaryFailed", "signal": "log"}),
    ({"alertname": "TargetDown", "job": "loki"}, {"alertname": "LogIngestionFailing"}),
    (
        {"alertname": "TargetDown", "job": "loki"},
        {"alertname": "CollectorQueueFilling", "exporter": "otlp_http/loki"},
    ),
    ({"alertname": "TargetDown", "job": "jaeger"}, {"alertname": "TraceIngestionFailing"}),
    ({"alertname": "TargetDown", "job": "otel-collector"}, {"alertname": "LogIngestionFailing"}),
    ({"alertname": "MarquezDown"}, {"alertname": "LineageOutboxStuck", "destination": "marquez"}),
    ({"alertname": "MarquezDown"}, {"alertname": "TargetDown", "job": "marquez"}),
    ({"alertname": "TargetDown", "job": "worker-etl"}, {"alertname": "QueueTooLarge", "queue_name": "runs"}),
]
NOT_INHIBITED = [
    # Another objective, another pipeline, another exporter.
    (
        {"alertname": "SLOBudgetBurn", "slo_id": "a", "slo_severity": "page"},
        {"alertname": "SLOBudgetBurn", "slo_id": "b", "slo_severity": "ticket"},
    ),
    ({"alertname": "PipelineStuck", "pipeline": "p"}, {"alertname": "HighLatency", "pipeline": "q"}),
    (
        {"alertname": "TargetDown", "job": "loki"},
        {"alertname": "CollectorQueueFilling", "exporter": "otlp_grpc/jaeger"},
    ),
    # A queue that another worker takes from.
    (
        {"alertname": "TargetDown", "job": "worker-etl"},
        {"alertname": "QueueTooLarge", "queue_name": "orders"},
    ),
    # Both merely lack the label that must be equal.
    ({"alertname": "PipelineStuck"}, {"alertname": "HighLatency"}),
    (
        {"alertname": "SLOBudgetBurn", "slo_severity": "page"},
        {"alertname": "SLOBudgetBurn", "slo_severity": "ticket"},
    ),
]


def fits(matchers: list[str], labels: dict[str, str]) -> bool:
    """Whether labels meet every matcher of Alertmanager's, such as ``job="loki"``."""
    wanted = [re.fullmatch(r'(\w+)(=~|!=|=)"(.*)"', matcher) for matcher in matchers]
    meets = {
        "=": str.__eq__,
        "!=": str.__ne__,
        "=~": lambda value, pattern: bool(re.fullmatch(pattern, value)),
    }
    return all(each and meets[each[2]](labels.get(each[1], ""), each[3]) for each in wanted)


@pytest.mark.parametrize("rule", config()["inhibit_rules"], ids=str)
def test_every_inhibition_has_a_case(rule: dict[str, Any]) -> None:
    """A rule that no pair above tries fails the build, and one that compares a label which may lack."""
    own = [
        (source, target)
        for source, target in INHIBITED
        if fits(rule["source_matchers"], source) and fits(rule["target_matchers"], target)
    ]
    assert own
    for label in rule.get("equal", ()):
        for side in ("source_matchers", "target_matchers"):
            assert f'{label}!=""' in rule[side]
        assert any(source[label] == target[label] for source, target in own)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An Alertmanager with the committed routes and inhibitions and no receiver that reaches out."""
    folder = tmp_path_factory.mktemp("alertmanager")
    found = config()
    found["receivers"] = [{"name": receiver["name"]} for receiver in found["receivers"]]
    found["templates"] = []
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(found))
    with alertmanager(file, folder) as url:
        yield url


def inhibited(url: str, source: dict[str, str], target: dict[str, str]) -> bool:
    """Whether the target is silenced while both fire; ``case`` keeps cases apart."""
    case = str(abs(hash((tuple(source.items()), tuple(target.items())))))
    ends = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    alerts = [{"labels": labels | {"case": case}, "endsAt": ends} for labels in (source, target)]
    httpx.post(f"{url}/api/v2/alerts", json=alerts, **HTTP).raise_for_status()

    def states() -> list[dict[str, Any]]:
        answer = httpx.get(f"{url}/api/v2/alerts", params={"filter": f'case="{case}"'}, **HTTP)
        known = answer.json()
        # An alert is unprocessed until it was routed, and inhibition is decided then.
        return known if len(known) == 2 and all(a["status"]["state"] != "unprocessed" for a in known) else []

    found = {
        alert["labels"]["alertname"] + str(alert["labels"]): alert for alert in eventually(states, "routing")
    }
    told = next(alert for alert in found.values() if alert["labels"] == target | {"case": case})
    try:
        return bool(told["status"]["inhibitedBy"])
    finally:
        over = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        resolved = [{**alert, "startsAt": "2026-01-01T00:00:00Z", "endsAt": over} for alert in alerts]
        httpx.post(f"{url}/api/v2/alerts", json=resolved, **HTTP).raise_for_status()


@pytest.mark.amtool
@pytest.mark.parametrize(("source", "target"), INHIBITED)
def test_inhibition(server: str, source: dict[str, str], target: dict[str, str]) -> None:
    """What silences what."""
    eventually(lambda: inhibited(server, source, target), f"{source} silences {target}")


@pytest.mark.amtool
@pytest.mark.parametrize(("source", "target"), NOT_INHIBITED)
def test_no_inhibition(server: str, source: dict[str, str], target: dict[str, str]) -> None:
    """Alerts of other things, or that both lack a label, are told."""
    assert not inhibited(server, source, target)
